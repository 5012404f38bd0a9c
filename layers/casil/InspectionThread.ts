/**
 * Long blocks are decided on by a thread of their own: started with the first one, gone when there was none for a while.
 * A thread that dies or hangs fails whoever waits for it, which is an inspection that failed; the next block starts
 * another one.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as path from "node:path"
import { Worker } from "node:worker_threads"
import type { Judgement } from "../../src/casil/Decision.ts"
import { LongBlocks, type Order } from "../../src/casil/LongBlocks.ts"
import type { InspectionOrder, InspectionReport } from "./InspectionMessage.ts"

export interface ThreadOptions {
  readonly start?: () => Worker
  /** How long the thread stays without work, in milliseconds. */
  readonly idleMs?: number
  /** How long one block may take with those before it, in milliseconds: then the thread hangs. */
  readonly patienceMs?: number
  /** Blocks that wait at one time; more are decided in place. */
  readonly most?: number
}

/** Beside the bundle lies `inspect.js`; in development the source runs as it is. */
const startThread = (): Worker => {
  const file = import.meta.filename.endsWith(".ts") ? "inspect-main.ts" : "inspect.js"
  return new Worker(path.join(import.meta.dirname, file), {
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 }
  })
}

type Answer = Effect.Effect<Judgement, "failed">

const failed: Answer = Effect.fail("failed")

export class InspectionThread implements LongBlocks {
  readonly #start: () => Worker
  readonly #idleMs: number
  readonly #patienceMs: number
  readonly #most: number
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #worker: Worker | undefined
  #timer: NodeJS.Timeout | undefined
  #lastId = 0
  #closed = false

  constructor({ idleMs = 60_000, most = 64, patienceMs = 10_000, start = startThread }: ThreadOptions = {}) {
    this.#start = start
    this.#idleMs = idleMs
    this.#patienceMs = patienceMs
    this.#most = most
  }

  decide(order: Order): Effect.Effect<Judgement | "busy", "failed"> {
    return Effect.suspend((): Effect.Effect<Judgement | "busy", "failed"> => {
      if (this.#closed || this.#waiting.size >= this.#most) return Effect.succeed("busy" as const)
      return Effect.timeoutOrElse(this.#ask(order), {
        duration: this.#patienceMs,
        orElse: () =>
          Effect.suspend(() => {
            this.#drop()
            return failed
          })
      })
    })
  }

  /** Ends the thread; whoever still waits is told that inspection failed. */
  close(): void {
    this.#closed = true
    this.#drop()
  }

  #ask(order: Order): Answer {
    return Effect.callback<Judgement, "failed">((resume) => {
      const id = ++this.#lastId
      this.#waiting.set(id, resume)
      clearTimeout(this.#timer)
      this.#running().postMessage({ ...order, id } satisfies InspectionOrder, [])
      return Effect.sync(() => void this.#waiting.delete(id))
    })
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = this.#start()
    this.#worker = worker
    // it never keeps the gateway from ending
    worker.unref()
    worker.on("message", ({ id, judgement }: InspectionReport) => {
      this.#settle(id, judgement === undefined ? failed : Effect.succeed(judgement))
      if (this.#waiting.size === 0) this.#timer = setTimeout(() => this.#drop(), this.#idleMs).unref()
    })
    worker.on("error", () => this.#lost(worker))
    worker.on("exit", () => this.#lost(worker))
    return worker
  }

  #settle(id: number, answer: Answer): void {
    const settle = this.#waiting.get(id)
    this.#waiting.delete(id)
    settle?.(answer)
  }

  #lost(worker: Worker): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    // whoever is told may ask again at once: that is another thread's work
    for (const id of Array.from(this.#waiting.keys())) this.#settle(id, failed)
  }

  #drop(): void {
    clearTimeout(this.#timer)
    const worker = this.#worker
    if (worker === undefined) return
    this.#lost(worker)
    void worker.terminate()
  }
}

export const layer = (options: ThreadOptions = {}): Layer.Layer<never> =>
  Layer.effectContext(
    Effect.acquireRelease(
      Effect.sync(() => new InspectionThread(options)),
      (thread) => Effect.sync(() => thread.close())
    ).pipe(Effect.map((thread) => Context.make(LongBlocks, thread)))
  )
