/** Runs the command line in this process, with everything it sees of a process made up. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Io } from "../../layers/cli/Io.ts"
import { program } from "../../layers/cli/program.ts"
import { outcome } from "../../layers/cli/run.ts"
import { hideToken } from "../../layers/cli/SecretArguments.ts"
import { processSurroundings } from "../../layers/config/Surroundings.ts"

export interface Done {
  readonly out: string
  readonly err: string
  readonly code: number
}

interface World {
  readonly env?: Readonly<Record<string, string>>
  readonly home?: string
}

const made: Array<string> = []
process.once("exit", () => {
  for (const folder of made) fs.rmSync(folder, { recursive: true, force: true })
})

/** An empty folder that is gone when the test's process is. */
export const folder = (): string => {
  const created = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-cli-"))
  made.push(created)
  return created
}

const noHome = path.join(os.tmpdir(), "exoclaw-no-home")

/** What `exoclaw ARGS` prints and exits with, without a terminal. */
export const exoclaw = async (args: ReadonlyArray<string>, world: World = {}): Promise<Done> => {
  let out = ""
  let err = ""
  const cleaned = hideToken(args)
  const home = world.home ?? noHome
  const surroundings = await Effect.runPromise(processSurroundings)
  const io = Io.of({
    out: (text) => void (out += text),
    drained: Effect.void,
    err: (text) => void (err += text),
    terminal: { stdin: false, stdout: false, stderr: false },
    colors: false,
    surroundings: { ...surroundings, home, variables: new Map(Object.entries(world.env ?? {})) },
    token: cleaned.token === undefined ? undefined : Redacted.make(cleaned.token),
    onInterrupt: () => () => undefined,
    untilSignal: Effect.never
  })
  const exit = await Effect.runPromiseExit(Effect.provideService(program(cleaned.args), Io, io))
  const { code, text } = outcome(exit)
  return { out, err: err + text, code }
}

/** A configuration file with this text, in a folder of its own. */
export const configWith = (text: string): string => {
  const file = path.join(folder(), "config.toml")
  fs.writeFileSync(file, text)
  return file
}
