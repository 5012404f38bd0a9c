/** Servers of others that a test starts for itself: on a free port of this machine, ended and forgotten after it. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { freePort } from "./ports.ts"

const find = (program: string): string | undefined =>
  [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/bin"]
    .map((folder) => join(folder, program))
    .find(existsSync)

/** The first line that a program says of its version, or undefined where it is not installed. */
export const versionOf = (program: string): string | undefined => {
  const path = find(program)
  return path === undefined
    ? undefined
    : spawnSync(path, ["--version"], { encoding: "utf8" }).stdout.trim().split("\n")[0]
}

/** Whether there is such a program; prints which, so that a run says what it ran with. */
export const isInstalled = (program: string): boolean => {
  const version = versionOf(program)
  console.log(version === undefined ? `skipped: ${program} is not installed` : `with ${version}`)
  return version !== undefined
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", () => resolve(false))
  })

/** One server that can be killed and started again on the same port, with the same folder. */
export class OwnServer {
  readonly port: number
  readonly folder: string
  readonly #program: string
  readonly #args: (port: number, folder: string) => ReadonlyArray<string>
  #child: ChildProcess | undefined

  constructor(program: string, port: number, args: (port: number, folder: string) => ReadonlyArray<string>) {
    this.port = port
    this.folder = mkdtempSync(join(tmpdir(), "exoclaw-server-"))
    this.#program = find(program) ?? program
    this.#args = args
  }

  get pid(): number {
    return this.#child?.pid ?? -1
  }

  async start(): Promise<void> {
    this.#child = spawn(this.#program, this.#args(this.port, this.folder), { stdio: "ignore" })
    while (!(await answers(this.port))) {
      if (this.#child.exitCode !== null) throw new Error(`${this.#program} ended with ${this.#child.exitCode}`)
    }
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, "exit")
    child.kill(signal)
    await ended
  }

  /** Loses all that it kept, while it does not run. */
  forget(): void {
    for (const name of readdirSync(this.folder)) rmSync(join(this.folder, name), { recursive: true, force: true })
  }

  /** Stops it as it is, without ending it, and lets it go on. */
  pause(): void {
    this.#child?.kill("SIGSTOP")
  }
  resume(): void {
    this.#child?.kill("SIGCONT")
  }

  async remove(): Promise<void> {
    this.resume()
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A Redis without persistence, unless `args` say otherwise. */
export const ownRedis = async (
  args: ReadonlyArray<string> = ["--save", "", "--appendonly", "no"]
): Promise<OwnServer> => {
  const server = new OwnServer("redis-server", await freePort(), (port, folder) => [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--loglevel",
    "warning",
    ...args
  ])
  await server.start()
  return server
}

/** A NATS server with JetStream in its own folder. */
export const ownNats = async (): Promise<OwnServer> => {
  const server = new OwnServer("nats-server", await freePort(), (port, folder) => [
    "--addr",
    "127.0.0.1",
    "--port",
    String(port),
    "--jetstream",
    "--store_dir",
    folder
  ])
  await server.start()
  return server
}
