/** `exoclaw audit export`: the audit log as JSON Lines, page by page out of the database, with or without a gateway. */
import * as Effect from "effect/Effect"
import { readRecords } from "../audit/records.ts"
import { databaseOf, kindOf } from "./audit.ts"
import { Io } from "./Io.ts"
import { writerTo } from "./NewFile.ts"
import type { Where } from "./reach.ts"

interface Export extends Where {
  readonly file: string | undefined
  readonly after: number | undefined
  readonly kind: string | undefined
  readonly out: string | undefined
}

export const exportLog = Effect.fnUntraced(function* (input: Export) {
  const { after = 0, kind, out } = input
  yield* kindOf(kind)
  const io = yield* Io
  const path = yield* databaseOf(input)
  const write = yield* writerTo(out)
  const entries = yield* readRecords(path, { after, kind }, (lines) => write(`${lines.join("\n")}\n`))
  // standard output has the entries alone
  io.err(`${entries} ${entries === 1 ? "entry" : "entries"}${out === undefined ? "" : `, in ${out}`}.\n`)
}, Effect.scoped)
