/** The gateway's hand on its counting program: started with the first count, gone when nobody has counted for a while. */
import * as Effect from "effect/Effect"
import { type ChildProcess, fork } from "node:child_process"
import * as path from "node:path"
import type { Encoding } from "../../src/model/Tokenizer.ts"
import type { CountOrder, CountReport } from "./CountMessage.ts"

interface Job {
  readonly encoding: Encoding
  readonly texts: ReadonlyArray<string>
  readonly done: (tokens: number | undefined) => void
}

export interface CounterOptions {
  readonly start?: () => ChildProcess
  /** Longest time for one request, the start of the program included, in milliseconds. */
  readonly limitMs?: number
  /** How long the program stays without work, in milliseconds. */
  readonly idleMs?: number
}

/** Beside the bundle lies `count.js`; in development the source runs as it is. It may read its own code and vocabularies only. */
export const startProgram = (): ChildProcess => {
  const here = import.meta.dirname
  const source = import.meta.filename.endsWith(".ts")
  const file = path.join(here, source ? "count-main.ts" : "count.js")
  const root = path.join(here, "..", "..")
  const readable = source
    ? [here, path.join(root, "package.json"), path.join(root, "node_modules", "gpt-tokenizer")]
    : [file, path.join(here, "vocabulary")]
  return fork(file, [], {
    execArgv: [
      "--no-warnings",
      "--max-semi-space-size=1",
      "--max-old-space-size=256",
      "--permission",
      ...readable.map((entry) => `--allow-fs-read=${entry}`)
    ],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: {}
  })
}

export class TokenCounter {
  readonly #options: Required<CounterOptions>
  readonly #waiting: Array<Job> = []
  #current: (Job & { readonly id: number }) | undefined
  #child: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined
  #lastId = 0
  /** The program of now has answered at least once. */
  #proven = false
  /** The program ended before it ever answered: it cannot run here. */
  #broken = false

  constructor(options: CounterOptions = {}) {
    this.#options = { start: startProgram, limitMs: 10_000, idleMs: 60_000, ...options }
  }

  /** Tokens of all texts together; undefined where no count came. Requests are served one at a time, in order. */
  count(encoding: Encoding, texts: ReadonlyArray<string>): Effect.Effect<number | undefined> {
    return Effect.callback<number | undefined>((resume) => {
      const job: Job = { encoding, texts, done: (tokens) => resume(Effect.succeed(tokens)) }
      this.#waiting.push(job)
      this.#next()
      return Effect.sync(() => {
        const place = this.#waiting.indexOf(job)
        if (place >= 0) this.#waiting.splice(place, 1)
      })
    })
  }

  /** Ends the program; whoever still waits gets no count. */
  close(): void {
    this.#broken = true
    this.#drop("SIGKILL")
    this.#settle(undefined)
  }

  #next(): void {
    if (this.#current !== undefined) return
    if (this.#broken) {
      for (const { done } of this.#waiting.splice(0)) done(undefined)
      return
    }
    clearTimeout(this.#timer)
    const job = this.#waiting.shift()
    const { idleMs, limitMs } = this.#options
    if (job === undefined) {
      if (this.#child !== undefined) this.#timer = setTimeout(() => this.#drop("SIGTERM"), idleMs).unref()
      return
    }
    const id = ++this.#lastId
    this.#current = { ...job, id }
    const child = this.#running()
    const order: CountOrder = { id, encoding: job.encoding, texts: job.texts }
    // a broken channel ends in `exit`, which settles what is under way
    child.send(order, () => {})
    this.#timer = setTimeout(() => {
      this.#drop("SIGKILL")
      this.#settle(undefined)
    }, limitMs)
  }

  #settle(tokens: number | undefined): void {
    const job = this.#current
    this.#current = undefined
    job?.done(tokens)
    this.#next()
  }

  #running(): ChildProcess {
    if (this.#child !== undefined) return this.#child
    const child = this.#options.start()
    this.#child = child
    this.#proven = false
    // it never keeps the gateway from ending, and ends with it: its channel closes
    child.unref()
    child.channel?.unref()
    child.on("error", () => this.#lost(child))
    child.on("exit", () => this.#lost(child))
    child.on("message", ({ id, tokens }: CountReport) => {
      if (this.#current?.id !== id) return
      this.#proven = true
      this.#settle(tokens)
    })
    return child
  }

  #lost(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.#broken ||= !this.#proven
    this.#settle(undefined)
  }

  #drop(signal: NodeJS.Signals): void {
    const child = this.#child
    this.#child = undefined
    clearTimeout(this.#timer)
    child?.kill(signal)
  }
}
