/** `exoclaw audit export`: the audit log as JSON Lines, page by page out of the database, with or without a gateway. */
import * as Effect from "effect/Effect"
import { open } from "node:fs/promises"
import { AuditKind } from "../../src/audit/AuditEvent.ts"
import { readRecords } from "../audit/records.ts"
import { databaseOf } from "./audit.ts"
import { exitCode } from "./ExitCode.ts"
import { type CliFailure, failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import type { Where } from "./reach.ts"

interface Export extends Where {
  readonly file: string | undefined
  readonly after: number | undefined
  readonly kind: string | undefined
  readonly out: string | undefined
}

type Write = (text: string) => Effect.Effect<void, CliFailure>

/** A new file of its owner's alone; one that is there is not replaced. */
const toFile = (path: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.tryPromise({
        try: () => open(path, "wx", 0o600),
        catch: (cause) => {
          const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error"
          const taken = why === "EEXIST" ? "there is a file of that name" : `it cannot be written (${why})`
          return failure(`--out: ${path}: ${taken}.`, exitCode.usage)
        }
      }),
      (file) => Effect.promise(() => file.close())
    ),
    (file): Write =>
      (text) =>
        Effect.tryPromise({
          try: () => file.writeFile(text),
          catch: (cause) => failure(`--out: ${path} cannot be written: ${cause instanceof Error ? cause.message : ""}.`)
        })
  )

export const exportLog = Effect.fnUntraced(function* (input: Export) {
  const { after = 0, kind, out } = input
  if (kind !== undefined && !AuditKind.literals.some((known) => known === kind)) {
    return yield* failure(
      `--kind: there is no kind "${kind}". There are: ${AuditKind.literals.join(", ")}.`,
      exitCode.usage
    )
  }
  const io = yield* Io
  const path = yield* databaseOf(input)
  const write: Write =
    out === undefined
      ? (text) =>
          Effect.andThen(
            Effect.sync(() => io.out(text)),
            io.drained
          )
      : yield* toFile(io.surroundings.absolute(out))
  const entries = yield* readRecords(path, { after, kind }, (lines) => write(`${lines.join("\n")}\n`))
  // standard output has the entries alone
  io.err(`${entries} ${entries === 1 ? "entry" : "entries"}${out === undefined ? "" : `, in ${out}`}.\n`)
}, Effect.scoped)
