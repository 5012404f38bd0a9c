/** The real program in processes of its own: a gateway, commands, and commands in a pseudo-terminal. */
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { freePort } from "../support/ports.ts"
import type { Done } from "./support.ts"

export const main = path.resolve(import.meta.dirname, "../../layers/main.ts")

export type Env = Readonly<Record<string, string>>

/** A clean environment: what the tests' own shell says about exoclaw and its vendors does not count. */
export const environment = (home: string, env: Env = {}): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: home,
  TERM: "xterm",
  NO_COLOR: "1",
  ...env
})

export class Running {
  readonly child: ChildProcess
  out = ""
  err = ""
  readonly ended: Promise<Done>
  #changed: () => void = () => undefined

  constructor(child: ChildProcess) {
    this.child = child
    child.stdout?.setEncoding("utf8").on("data", (chunk) => {
      this.out += chunk
      this.#changed()
    })
    child.stderr?.setEncoding("utf8").on("data", (chunk) => {
      this.err += chunk
      this.#changed()
    })
    this.ended = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        resolve({ out: this.out, err: this.err, code: signal === null ? (code ?? -1) : -1 })
        this.#changed()
      })
    })
  }

  /** Waits until the output matches; fails with all of it when the process ends before. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    while (true) {
      const match = pattern.exec(this.out + this.err)
      if (match !== null) return match
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        const { err, out } = await this.ended
        const last = pattern.exec(out + err)
        if (last !== null) return last
        throw new Error(`it ended before ${pattern} came:\n${out}${err}`)
      }
      await new Promise<void>((resolve) => (this.#changed = resolve))
    }
  }

  type(text: string): void {
    this.child.stdin?.write(text)
  }
}

/** Starts `exoclaw ARGS`. */
export const start = (args: ReadonlyArray<string>, home: string, env: Env = {}): Running =>
  new Running(spawn(process.execPath, [main, ...args], { env: environment(home, env), stdio: "pipe" }))

/** Runs `exoclaw ARGS` to its end, with nothing or this text on its standard input. */
export const runToEnd = (args: ReadonlyArray<string>, home: string, input = "", env: Env = {}): Promise<Done> => {
  const running = start(args, home, env)
  running.child.stdin?.end(input)
  return running.ended
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** Starts `exoclaw ARGS` in a pseudo-terminal; what it shows arrives on `out`, standard error included. */
export const inTerminal = (args: ReadonlyArray<string>, home: string, env: Env = {}): Running => {
  // in the place of the shell, which would take a Ctrl-C for itself, too
  const command = `exec ${[process.execPath, main, ...args].map(quoted).join(" ")}`
  // `script` is a part of util-linux: it gives its child a terminal and passes on what is typed and shown
  return new Running(
    spawn("script", ["--quiet", "--return", "--flush", "--command", command, "/dev/null"], {
      env: environment(home, env),
      stdio: "pipe"
    })
  )
}

export interface Gateway {
  readonly process: Running
  readonly home: string
  /** Sends the signal and gives how it ended. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<Done>
}

/** A gateway that is listening, configured by `~/.exoclaw/config.toml` so that commands find it by themselves. */
export const startGateway = async (home: string, config = "", args: ReadonlyArray<string> = []): Promise<Gateway> => {
  const state = path.join(home, ".exoclaw")
  const file = path.join(state, "config.toml")
  if (!fs.existsSync(file)) {
    fs.mkdirSync(state, { recursive: true, mode: 0o700 })
    fs.writeFileSync(file, `[gateway]\nport = ${await freePort()}\noperator_port = ${await freePort()}\n${config}`)
  }
  const running = start(["gateway", ...args], home)
  await running.until(/^exoclaw gateway listening on http:\/\/\S+$/m)
  return {
    process: running,
    home,
    stop: (signal = "SIGTERM") => {
      running.child.kill(signal)
      return running.ended
    }
  }
}
