/** Lines that somebody types, or that a file or pipe holds. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createInterface } from "node:readline"

export interface Lines {
  /** The next line; undefined at the end. */
  readonly next: Effect.Effect<string | undefined>
}

/**
 * One line that is typed after `prompt`; undefined at Ctrl-C or Ctrl-D. An interface of its own, so that between two
 * prompts the terminal is as it was and Ctrl-C a signal again.
 */
export const question = (prompt: string, history: ReadonlyArray<string> = []): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    const lines = createInterface({ input: process.stdin, output: process.stdout, prompt, history: [...history] })
    let answered = false
    const answer = (line: string | undefined) => {
      if (answered) return
      answered = true
      lines.close()
      if (line === undefined) process.stdout.write("\n")
      resume(Effect.succeed(line))
    }
    lines.on("line", answer)
    lines.on("close", () => answer(undefined))
    lines.on("SIGINT", () => answer(undefined))
    lines.prompt()
    return Effect.sync(() => lines.close())
  })

const typed = (): Lines => {
  const history: Array<string> = []
  return {
    next: Effect.suspend(() => question("> ", history)).pipe(
      Effect.tap((line) =>
        Effect.sync(() => {
          if (line !== undefined && line !== "" && history[0] !== line) history.unshift(line)
        })
      )
    )
  }
}

/** Lines wait where they are until they are asked for. */
const read = Effect.acquireRelease(
  Effect.sync(() => createInterface({ input: process.stdin })),
  (lines) => Effect.sync(() => lines.close())
).pipe(
  Effect.map((lines): Lines => {
    const iterator = lines[Symbol.asyncIterator]()
    return {
      next: Effect.map(
        Effect.promise(() => iterator.next()),
        ({ done, value }) => (done === true ? undefined : value)
      )
    }
  })
)

/** Standard input; with a prompt where somebody types. */
export const open = (prompt: boolean): Effect.Effect<Lines, never, Scope.Scope> => (prompt ? Effect.sync(typed) : read)
