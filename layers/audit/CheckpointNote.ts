/**
 * The newest checkpoint, noted beside the key, apart from the database: it tells where the database itself was put back
 * or cut off together with its checkpoints.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { hash } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { AuditKeyUnusable } from "../../src/audit/Audit.ts"
import { Checkpoint, type Trust } from "../../src/audit/Checkpoint.ts"
import { codeInWords } from "../platform/ErrorCode.ts"
import { find, publish, readIfThere, trusted } from "./AuditKey.ts"

const Note = Schema.fromJsonString(Schema.Struct({ database: Schema.String, checkpoint: Checkpoint }))

/** The note of a database, by its path. */
export const noteFile = (keyFile: string, database: string): string =>
  join(dirname(keyFile), `audit-${hash("sha256", resolve(database), "hex").slice(0, 16)}.json`)

export const readNote = Effect.fn("CheckpointNote.read")(function* (keyFile: string, database: string) {
  const path = noteFile(keyFile, database)
  const text = yield* readIfThere(path)
  if (text === undefined) return undefined
  return yield* Schema.decodeEffect(Note)(text).pipe(
    Effect.map(({ checkpoint }) => ({ checkpoint, source: path })),
    Effect.mapError(() => new AuditKeyUnusable({ path, why: "it is not written as the note of a checkpoint" }))
  )
})

export const writeNote = Effect.fn("CheckpointNote.write")(function* (
  keyFile: string,
  database: string,
  checkpoint: Checkpoint
) {
  const path = noteFile(keyFile, database)
  const text = yield* Effect.orDie(Schema.encodeEffect(Note)({ database: resolve(database), checkpoint }))
  yield* publish(path, `${text}\n`, false)
})

/** Forgets the note, where an operator has put another database in that place. */
export const forgetNote = (keyFile: string, database: string): Effect.Effect<void, AuditKeyUnusable> => {
  const path = noteFile(keyFile, database)
  return Effect.tryPromise({
    try: () => fs.rm(path, { force: true }),
    catch: (cause) => new AuditKeyUnusable({ path, why: `it cannot be removed (${codeInWords(cause)})` })
  })
}

/** What this machine knows of a database's log: its own key and those it trusts, and the note. */
export const trustOf = Effect.fn("CheckpointNote.trustOf")(function* (
  keyFile: string,
  database: string
): Effect.fn.Return<Trust, AuditKeyUnusable> {
  const own = yield* find(keyFile)
  const noted = yield* readNote(keyFile, database)
  const keys = [...(own === undefined ? [] : [own.publicKey]), ...(yield* trusted(keyFile))]
  return keys.length === 0 ? { noted } : { keys, noted }
})
