/** Verification of a database file without a gateway, for `exoclaw audit verify`. */
import * as Effect from "effect/Effect"
import type { AuditVerdict } from "../../src/audit/Audit.ts"
import type { Trust } from "../../src/audit/Checkpoint.ts"
import { openReads } from "../store/SqliteStore.ts"
import type { StoreError } from "../store/Store.ts"
import { readStanding, walkChain } from "./walk.ts"

/**
 * Walks the chain in the file at `path`, which is only read; a gateway may be running on it.
 *
 * What it notices: a changed, removed, added or moved entry, and a tail cut off without care. Whoever may write the
 * file can compute the whole chain anew, but not its checkpoints: up to the last of those, that is noticed where
 * `trust` has the key. Behind it, and where the checkpoints were cut off, too, only what was noted elsewhere helps:
 * the newest checkpoint, or an anchor that `exoclaw audit verify` printed.
 */
export const verifyFile = (path: string, trust: Trust = {}): Effect.Effect<AuditVerdict, StoreError> =>
  Effect.scoped(Effect.flatMap(openReads(path), (read) => walkChain(read, trust)))

/** The public keys whose signatures are in the file. */
export const signersOf = (path: string): Effect.Effect<ReadonlyArray<string>, StoreError> =>
  Effect.scoped(
    Effect.flatMap(openReads(path), (read) =>
      read((db) =>
        readStanding(db).log === undefined
          ? []
          : db
              .all("SELECT key FROM audit_checkpoints UNION SELECT key FROM audit_pruned ORDER BY key")
              .map(({ key }) => String(key))
      )
    )
  )
