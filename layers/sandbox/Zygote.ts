/** The gateway's hand on the zygote: starts it, asks for slots, kills them, starts another where it died. */
import { type ChildProcess, fork } from "node:child_process"
import { readFileSync } from "node:fs"
import { Socket } from "node:net"
import { codeInWords } from "../platform/ErrorCode.ts"
import type { Programs } from "./Programs.ts"
import type { Order, Report } from "./ZygoteMessage.ts"

export interface ZygoteEvents {
  readonly onSlot: (id: number, pid: number, socket: Socket) => void
  /** The slot's process is gone, or never was; `how` it ended, in words, where that is known. */
  readonly onExit: (id: number, how?: string) => void
}

/** Ends a process that has lost its parent, unless its number already belongs to another program. */
const killOrphan = (pid: number, program: string): void => {
  try {
    if (readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(program)) process.kill(pid, "SIGKILL")
  } catch {
    // it is gone already
  }
}

/** After this long without a word that a killed slot is gone, the zygote does nothing any more. */
const HUNG_MS = 5000

/** Node ends with 9 where it does not know a flag. */
const ended = (report: Exclude<Report, { readonly kind: "slot" }>): string =>
  report.kind === "failed" ? report.message : (report.signal ?? `exit code ${report.code}`)

export class Zygote {
  readonly #programs: Programs
  readonly #events: ZygoteEvents
  #child: ChildProcess | undefined
  #closed = false
  /** Slots that were ordered and have not exited; with their process where it is known. */
  readonly #slots = new Map<number, number | undefined>()
  /** Gives up on the zygote; runs while some slot was ordered dead and is not known to be. */
  #patience: NodeJS.Timeout | undefined
  readonly #dying = new Set<number>()

  constructor(programs: Programs, events: ZygoteEvents) {
    this.#programs = programs
    this.#events = events
  }

  /** Process id, while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(id: number): void {
    this.#slots.set(id, undefined)
    this.#spawn()
    this.#order({ kind: "start", id })
  }

  kill(id: number): void {
    if (!this.#slots.has(id)) return
    this.#order({ kind: "kill", id })
    this.#dying.add(id)
    this.#patience ??= setTimeout(() => this.#child?.kill("SIGKILL"), HUNG_MS).unref()
  }

  /** Ends the zygote and with it every slot; answers when its process is gone. */
  async close(): Promise<void> {
    this.#closed = true
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()))
    child.stdin?.destroy()
    const timer = setTimeout(() => child.kill("SIGKILL"), 2000)
    await gone
    clearTimeout(timer)
    this.#lost()
  }

  #order(order: Order): void {
    const child = this.#child
    // a broken channel ends in `exit`, which settles every slot
    if (child?.connected === true) child.send(order, () => {})
  }

  #spawn(): void {
    if (this.#child !== undefined || this.#closed) return
    let child: ChildProcess
    try {
      child = this.#fork()
    } catch (error) {
      // no memory for another process, for one; told later, as every other end is
      setImmediate(() => this.#lost(codeInWords(error)))
      return
    }
    this.#child = child
    child.stdin?.on("error", () => {})
    // where it cannot be started this comes at once, and must not keep everything else from its turn
    child.on("error", (error) => setImmediate(() => this.#died(child, codeInWords(error))))
    child.on("exit", () => this.#died(child))
    child.on("message", (message, handle) => this.#onReport(message as Report, handle))
  }

  #fork(): ChildProcess {
    return fork(this.#programs.zygote, [JSON.stringify(this.#programs.slot)], {
      execPath: this.#programs.slot.node,
      execArgv: ["--no-warnings", "--max-old-space-size=32"],
      // its standard input ends when the gateway does, however that happens
      stdio: ["pipe", "ignore", "ignore", "ipc"],
      env: {},
      serialization: "json"
    })
  }

  #died(child: ChildProcess, how?: string): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.#lost(how)
  }

  /** Nobody watches the slots any more. */
  #lost(how?: string): void {
    this.#dying.clear()
    this.#calm()
    const slots = [...this.#slots]
    this.#slots.clear()
    for (const [id, pid] of slots) {
      if (pid !== undefined) killOrphan(pid, this.#programs.slot.arguments.at(-1) ?? "")
      this.#events.onExit(id, how)
    }
  }

  /** It obeys, so what else it was told is on its way. */
  #calm(): void {
    clearTimeout(this.#patience)
    this.#patience =
      this.#dying.size === 0 ? undefined : setTimeout(() => this.#child?.kill("SIGKILL"), HUNG_MS).unref()
  }

  // the zygote is our own program and sees no guest data: its reports are taken as they are
  #onReport(report: Report, handle: unknown): void {
    if (report.kind === "slot") {
      this.#slots.set(report.id, report.pid)
      if (handle instanceof Socket) this.#events.onSlot(report.id, report.pid, handle)
      else this.kill(report.id)
    } else {
      if (this.#dying.delete(report.id)) this.#calm()
      if (this.#slots.delete(report.id)) this.#events.onExit(report.id, ended(report))
    }
  }
}
