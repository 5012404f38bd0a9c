/** The audit log of a database, with its checkpoints signed by the key of this user. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Audit } from "../../src/audit/Audit.ts"
import { defaultKeyFile } from "../audit/AuditKey.ts"
import { trustOf } from "../audit/CheckpointNote.ts"
import * as Checkpoints from "../audit/Checkpoints.ts"
import * as SqliteAudit from "../audit/SqliteAudit.ts"
import { processSurroundings } from "../config/Surroundings.ts"
import type { Store } from "../store/Store.ts"

export interface Options {
  /** Path of the database. */
  readonly database: string
  /** Days after which entries are taken out; undefined keeps them. */
  readonly retentionDays: number | undefined
}

export const layer = ({ database, retentionDays }: Options): Layer.Layer<Audit, never, Store> =>
  Layer.unwrap(
    Effect.map(processSurroundings, ({ home, variables }) => {
      const keyFile = defaultKeyFile(variables, home)
      return Layer.merge(
        SqliteAudit.layerTrusting(trustOf(keyFile, database)),
        Checkpoints.layer({ keyFile, retentionDays })
      )
    })
  )
