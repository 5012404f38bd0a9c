/** What a command sees of the process around it: its streams, its environment, and the token of its command line. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Surroundings } from "../config/Surroundings.ts"

export class Io extends Context.Service<
  Io,
  {
    /** Writes to standard output: results. */
    readonly out: (text: string) => void
    /** Waits until the streams take more: for what is too long to pile up in memory. */
    readonly drained: Effect.Effect<void>
    /** Writes to standard error: everything said on the way. */
    readonly err: (text: string) => void
    /** Which of the streams are a terminal. */
    readonly terminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean }
    /** Whether the terminal shows colours and its user wants them. */
    readonly colors: boolean
    readonly surroundings: Surroundings
    /** The value of `--token`, which stands nowhere else any more. */
    readonly token: Redacted.Redacted<string> | undefined
    /** Calls `listener` at Ctrl-C instead of ending the process, until the returned function is called. */
    readonly onInterrupt: (listener: () => void) => () => void
    /** Waits for the first signal to end; for a service, whose end on a signal is a good one. */
    readonly untilSignal: Effect.Effect<void>
  }
>()("exoclaw/cli/Io") {}
