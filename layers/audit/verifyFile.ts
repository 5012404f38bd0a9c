/** Verification of a database file without a gateway, for `exoclaw audit verify`. */
import * as Effect from "effect/Effect"
import type { AuditVerdict } from "../../src/audit/Audit.ts"
import type { ChainHead } from "../../src/audit/Chain.ts"
import { openReads } from "../store/SqliteStore.ts"
import type { StoreError } from "../store/Store.ts"
import { walkChain } from "../store/AuditRows.ts"

/**
 * Walks the chain in the file at `path`, which is only read; a gateway may be running on it.
 *
 * What it notices: a changed, removed, added or moved entry, and a tail cut off without care. What it cannot notice
 * alone: whoever may write the file can compute the whole chain anew. For that give it an `anchor`, a position and
 * hash noted earlier at another place (`exoclaw audit verify` prints them).
 */
export const verifyFile = (path: string, anchor?: ChainHead): Effect.Effect<AuditVerdict, StoreError> =>
  Effect.scoped(Effect.flatMap(openReads(path), (read) => walkChain(read, anchor)))
