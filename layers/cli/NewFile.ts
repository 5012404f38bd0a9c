/** Where a command writes what may be long: a new file, or standard output. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { open } from "node:fs/promises"
import { codeInWords } from "../platform/ErrorCode.ts"
import { exitCode } from "./ExitCode.ts"
import { type CliFailure, failure } from "./Failure.ts"
import { Io } from "./Io.ts"

export type Write = (text: string) => Effect.Effect<void, CliFailure>

/** A new file of its owner's alone; one that is there is not replaced. */
const toFile = (path: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.tryPromise({
        try: () => open(path, "wx", 0o600),
        catch: (cause) => {
          const why = codeInWords(cause)
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

/** To the file at `out`, or to standard output where none is named. */
export const writerTo = (out: string | undefined): Effect.Effect<Write, CliFailure, Io | Scope.Scope> =>
  Effect.gen(function* () {
    const io = yield* Io
    if (out !== undefined) return yield* toFile(io.surroundings.absolute(out))
    return (text: string) =>
      Effect.andThen(
        Effect.sync(() => io.out(text)),
        io.drained
      )
  })
