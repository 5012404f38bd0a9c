/** A gateway in a process of its own, on free ports, with a state folder that is gone after the test. */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ClientOptions } from "ws"
import { onTestFinished } from "vitest"
import { JsonRpcClient } from "./JsonRpcClient.ts"
import { freePort } from "./ports.ts"
import { node, program, withPlugins } from "./repository.ts"

/** A new folder that is removed after the test. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "exoclaw-e2e-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Start {
  /** State folder; a new one if left out. */
  readonly state?: string
  /** Text of `config.toml` in the state folder. */
  readonly config?: string
  readonly env?: Readonly<Record<string, string>>
  /** Further arguments. */
  readonly args?: ReadonlyArray<string>
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Nothing of the developer's own configuration, and nothing to find in the network. */
const bare = (home: string): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: home,
  // the child's own output is what some tests look at
  NODE_NO_WARNINGS: "1"
})

/** Starts the program with these arguments and environment; killed with the test. */
export const spawnProgram = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>): Program => {
  const child = spawn(node, [program, ...args], { env, stdio: ["ignore", "pipe", "pipe"] })
  const started = new Program(child)
  onTestFinished(() => started.kill("SIGKILL").then(() => undefined))
  return started
}

export class Program {
  readonly child: ChildProcess
  readonly exited: Promise<Ended>
  stdout = ""
  stderr = ""
  readonly #watchers = new Set<() => void>()
  /** It has ended and its streams with it: a process is gone before the last of what it wrote has arrived. */
  #hasSaidAll = false

  constructor(child: ChildProcess) {
    this.child = child
    const changed = () => {
      for (const look of this.#watchers) look()
    }
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      this.stdout += text
      changed()
    })
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      this.stderr += text
      changed()
    })
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#hasSaidAll = true
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr })
        changed()
      })
    })
  }

  /** Waits for output; undefined where the program ended without it. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray | undefined> {
    return new Promise((resolve) => {
      const look = () => {
        const found = pattern.exec(this.stdout) ?? pattern.exec(this.stderr)
        if (found === null && !this.#hasSaidAll) return
        this.#watchers.delete(look)
        resolve(found ?? undefined)
      }
      this.#watchers.add(look)
      look()
    })
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal)
    return this.exited
  }
}

export interface Gateway extends Program {
  readonly state: string
  /** `http://127.0.0.1:PORT` of the two listeners. */
  readonly url: string
  readonly operatorUrl: string
  /** The token that the first start wrote. */
  readonly operatorToken: string
  readonly open: (token?: string, options?: ClientOptions) => Promise<JsonRpcClient>
  /** With that token, or another one; with `null` none. */
  readonly openOperator: (token?: string | null) => Promise<JsonRpcClient>
}

const ws = (url: string): string => `${url.replace(/^http/, "ws")}/ws`

/** Starts a gateway and does not wait for anything. */
export const launch = async ({ args = [], config, env = {}, state = temporaryFolder() }: Start = {}) => {
  await withPlugins()
  if (config !== undefined) {
    mkdirSync(state, { recursive: true })
    writeFileSync(join(state, "config.toml"), config)
  }
  const file = join(state, "config.toml")
  const operatorPort = await freePort()
  const started = spawnProgram(
    [
      "gateway",
      "--port",
      "0",
      "--operator-port",
      String(operatorPort),
      "--state",
      state,
      ...(existsSync(file) ? ["--config", file] : []),
      ...args
    ],
    { ...bare(state), ...env }
  )
  return { program: started, state, operatorPort, operatorUrl: `http://127.0.0.1:${operatorPort}` }
}

/** A gateway that is ready. Fails with what it said where it does not start. */
export const start = async (options: Start = {}, attempts = 3): Promise<Gateway> => {
  const { operatorPort, operatorUrl, program: started, state } = await launch(options)
  const url = (await started.waitFor(/^exoclaw gateway listening on (\S+)$/m))?.[1]
  if (url === undefined) {
    const { code, stderr, stdout } = await started.exited
    // a port that was free a moment ago may be a connection's by now
    const isTaken = stderr.includes(`port ${operatorPort} is in use`)
    if (isTaken && attempts > 1) return start({ ...options, state }, attempts - 1)
    throw new Error(`the gateway ended with ${code}:\n${stdout}${stderr}`)
  }
  const operatorToken = readFileSync(join(state, "operator.token"), "utf8").trim()
  const clients: Array<JsonRpcClient> = []
  onTestFinished(() => {
    for (const client of clients) client.socket.terminate()
  })
  const open = async (to: string, token?: string, with_?: ClientOptions) => {
    const client = await JsonRpcClient.open(to, token, with_)
    clients.push(client)
    return client
  }
  return Object.assign(started, {
    state,
    url,
    operatorUrl,
    operatorToken,
    open: (token?: string, with_?: ClientOptions) => open(ws(url), token, with_),
    openOperator: (token: string | null = operatorToken) => open(ws(operatorUrl), token ?? undefined)
  })
}
