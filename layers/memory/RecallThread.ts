/** The gateway's hand on its recall thread: started with the first large scope, gone when nobody asked for a while. */
import * as Effect from "effect/Effect"
import * as path from "node:path"
import { Worker } from "node:worker_threads"
import { MemoryError, MemoryUnavailable } from "../../src/memory/MemoryError.ts"
import type { Recalled } from "../../src/memory/Recall.ts"
import type { RecallOrder, RecallReport, ThreadData } from "./RecallMessage.ts"

export interface ThreadOptions {
  readonly start?: (data: ThreadData) => Worker
  /** How long the thread stays without work, in milliseconds. */
  readonly idleMs?: number
}

/** Beside the bundle lies `recall.js`; in development the source runs as it is. */
const startThread = (data: ThreadData): Worker => {
  const file = import.meta.filename.endsWith(".ts") ? "recall-main.ts" : "recall.js"
  return new Worker(path.join(import.meta.dirname, file), {
    workerData: data,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 }
  })
}

const unavailable = (cause: unknown): MemoryError => new MemoryError({ reason: new MemoryUnavailable({ cause }) })

type Settle = (answer: Effect.Effect<Recalled, MemoryError>) => void

export class RecallThread {
  readonly #data: ThreadData
  readonly #start: (data: ThreadData) => Worker
  readonly #idleMs: number
  readonly #waiting = new Map<number, Settle>()
  #worker: Worker | undefined
  #timer: NodeJS.Timeout | undefined
  #lastId = 0
  #closed = false

  constructor(data: ThreadData, { idleMs = 300_000, start = startThread }: ThreadOptions = {}) {
    this.#data = data
    this.#start = start
    this.#idleMs = idleMs
  }

  ask(order: Omit<RecallOrder, "id">): Effect.Effect<Recalled, MemoryError> {
    return Effect.callback<Recalled, MemoryError>((resume) => {
      if (this.#closed) return resume(Effect.fail(unavailable("the gateway stops")))
      const id = ++this.#lastId
      this.#waiting.set(id, resume)
      clearTimeout(this.#timer)
      this.#running().postMessage({ ...order, id } satisfies RecallOrder, [])
      return Effect.sync(() => void this.#waiting.delete(id))
    })
  }

  /** Ends the thread; whoever still waits gets an error. */
  close(): void {
    this.#closed = true
    this.#drop()
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = this.#start(this.#data)
    this.#worker = worker
    // it never keeps the gateway from ending
    worker.unref()
    worker.on("message", (report: RecallReport) => {
      this.#settle(
        report.id,
        "recalled" in report ? Effect.succeed(report.recalled) : Effect.fail(unavailable(report.failed))
      )
      if (this.#waiting.size === 0) this.#timer = setTimeout(() => this.#drop(), this.#idleMs).unref()
    })
    worker.on("error", (error) => this.#lost(worker, error))
    worker.on("exit", () => this.#lost(worker, "the recall thread ended"))
    return worker
  }

  #settle(id: number, answer: Effect.Effect<Recalled, MemoryError>): void {
    const settle = this.#waiting.get(id)
    this.#waiting.delete(id)
    settle?.(answer)
  }

  #lost(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    // whoever is told may ask again at once: that is another thread's work
    const waiting = Array.from(this.#waiting.keys())
    for (const id of waiting) this.#settle(id, Effect.fail(unavailable(cause)))
  }

  #drop(): void {
    clearTimeout(this.#timer)
    const worker = this.#worker
    if (worker === undefined) return
    this.#lost(worker, "the recall thread was ended")
    void worker.terminate()
  }
}
