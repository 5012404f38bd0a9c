/**
 * The queue of commands and its group commit. Commands that arrive within one turn of the event loop share one
 * transaction and one fsync; callers are answered after its COMMIT. Where nothing waits, a command that needs no fsync
 * is committed at once.
 */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import * as Metrics from "../../src/domain/Metrics.ts"
import { openFault, storeError, storeFault } from "./SqliteFault.ts"
import type { Database, Durability, StoreError } from "./Store.ts"

interface Pending {
  readonly full: boolean
  /** Runs the command; throws what it throws. */
  readonly run: (db: Database) => void
  /** Answers with what the command returned. */
  readonly succeed: () => void
  readonly fail: (exit: Exit.Exit<never, StoreError>) => void
  cancelled: boolean
}

/** A batch ends after this many commands or this time, so that other work of the process goes on in between. */
const batchCommands = 512
const batchMillis = 4
/** So many commands of one turn of the event loop are committed at once; whoever comes later shares a batch. */
const atOnce = 8

/** Another process holds the lock for one batch at a time: short waits first. */
const backOff = Schedule.min([Schedule.exponential("1 millis", 1.5), Schedule.spaced("5 millis")]).pipe(
  Schedule.jittered
)

export class Writer {
  readonly path: string
  readonly db: Database
  /** Held during a batch, and by whoever else needs the connection over several turns. */
  readonly lock = Semaphore.makeUnsafe(1)
  readonly #queue: Array<Pending> = []
  #wake: (() => void) | undefined
  #closed = false
  /** Commands committed at once in this turn of the event loop. */
  #alone = 0
  #synchronous: "FULL" | "NORMAL" | undefined

  readonly #patience: Duration.Input
  readonly #inPlace: () => boolean

  /**
   * `inPlace`: whether the file still stands at its path; `patience`: how long a lock that another process holds is
   * waited for.
   */
  constructor(db: Database, path: string, inPlace: () => boolean, patience: Duration.Input = "5 seconds") {
    this.db = db
    this.path = path
    this.#inPlace = inPlace
    this.#patience = patience
  }

  /** Answers after the commit of the batch that `command` was part of. */
  submit<A>(command: (db: Database) => A, durability: Durability): Effect.Effect<A, StoreError> {
    return Effect.callback<A, StoreError>((resume) => {
      if (this.#closed) return resume(Effect.fail(storeError("closed", this.path)))
      let answer: Exit.Exit<A, StoreError>
      const pending: Pending = {
        full: durability === "full",
        run: (db) => {
          answer = Exit.succeed(command(db))
        },
        succeed: () => resume(answer),
        fail: resume,
        cancelled: false
      }
      const alone = !pending.full && this.#isIdle()
      this.#queue.push(pending)
      // where it could not begin, it waits like any other
      if (!alone || this.#attempt() !== undefined) this.#notify()
      return Effect.sync(() => {
        pending.cancelled = true
      })
    })
  }

  /** Commits batch after batch, for ever. */
  get run(): Effect.Effect<never> {
    // what a start does not need is not made with it
    const drain = Effect.suspend(() => this.#drain)
    return Effect.forever(Effect.andThen(this.#nextTurn, drain))
  }

  /** Takes no more commands and commits those it has. To be run after `run` was interrupted. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.#closed = true
    return this.#queue.length === 0 ? Effect.void : Effect.andThen(this.#drain, this.close)
  })

  /** Retries `attempt` while another connection holds the lock. Waits by the real clock, whatever clock is provided. */
  retryLocked<A>(attempt: Effect.Effect<A, StoreError>): Effect.Effect<A, StoreError> {
    const schedule = Schedule.upTo(backOff, { duration: this.#patience })
    return Effect.retry(attempt, { schedule, while: (error) => error.kind === "locked" }).pipe(
      Effect.provideService(Clock.Clock, Clock.Clock.defaultValue())
    )
  }

  /** Sets what the next commit survives. Outside a transaction only. */
  synchronous(durability: Durability): void {
    const level = durability === "full" ? "FULL" : "NORMAL"
    if (level === this.#synchronous) return
    this.db.raw.exec(`PRAGMA synchronous = ${level}`)
    this.#synchronous = level
  }

  /** Nobody waits or holds the connection, and this turn of the event loop has room. */
  #isIdle(): boolean {
    if (this.#queue.length > 0 || this.#alone >= atOnce || this.db.raw.isTransaction) return false
    this.#alone += 1
    if (this.#alone === 1) {
      setImmediate(() => {
        this.#alone = 0
      })
    }
    return true
  }

  #notify(): void {
    const wake = this.#wake
    if (wake === undefined) return
    this.#wake = undefined
    // Not a microtask: commands that other sockets bring in this turn shall join the batch.
    setImmediate(wake)
  }

  get #nextTurn(): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      this.#wake = () => resume(Effect.void)
      if (this.#queue.length > 0) this.#notify()
    })
  }

  get #drain(): Effect.Effect<void> {
    const attempt = Effect.suspend(() => {
      const error = this.#attempt()
      return error === undefined ? Effect.void : Effect.fail(error)
    })
    return this.retryLocked(attempt).pipe(
      Effect.catch((error) => Effect.sync(() => this.#refuse(error))),
      this.lock.withPermits(1)
    )
  }

  /** One transaction, without a break: gives the error, with the queue untouched, where it could not begin. */
  #attempt(): StoreError | undefined {
    try {
      if (!this.#inPlace()) return storeError("moved", this.path)
      this.synchronous(this.#queue.some((pending) => pending.full) ? "full" : "normal")
      this.db.run("BEGIN IMMEDIATE")
    } catch (cause) {
      return openFault(cause, this.path)
    }
    const done: Array<Pending> = []
    const began = performance.now()
    try {
      this.#fill(done)
      if (this.db.raw.isTransaction) this.db.run("COMMIT")
      Metrics.storeCommit.recordUnsafe({}, (performance.now() - began) / 1000)
    } catch (cause) {
      this.#rollback()
      const exit = Exit.fail(openFault(cause, this.path))
      for (const pending of done) pending.fail(exit)
      return undefined
    }
    for (const pending of done) pending.succeed()
    return undefined
  }

  /** Runs commands until the batch is full; `done` has those that the COMMIT decides about. Throws store faults. */
  #fill(done: Array<Pending>): void {
    const started = performance.now()
    for (let pending = this.#queue.shift(); pending !== undefined; pending = this.#queue.shift()) {
      if (pending.cancelled) continue
      done.push(pending)
      const savepoint = done.length > 1 || this.#queue.length > 0
      const thrown = this.#step(pending, savepoint)
      if (thrown !== undefined) {
        done.pop()
        pending.fail(thrown)
      }
      if (done.length >= batchCommands || performance.now() - started > batchMillis || !savepoint) return
    }
  }

  /** Runs one command; gives the defect of one that threw, after undoing what it wrote. */
  #step(pending: Pending, savepoint: boolean): Exit.Exit<never> | undefined {
    if (savepoint) this.db.run("SAVEPOINT command")
    try {
      pending.run(this.db)
    } catch (cause) {
      if (storeFault(cause, this.path) !== undefined || !this.db.raw.isTransaction) throw cause
      if (savepoint) {
        this.db.run("ROLLBACK TO command")
        this.db.run("RELEASE command")
      } else this.db.run("ROLLBACK")
      return Exit.die(cause)
    }
    // SQLite ends a transaction by itself on some faults, even if the command swallowed the error.
    if (!this.db.raw.isTransaction) throw storeError("failed", this.path)
    if (savepoint) this.db.run("RELEASE command")
    return undefined
  }

  #rollback(): void {
    try {
      if (this.db.raw.isTransaction) this.db.raw.exec("ROLLBACK")
    } catch {
      // Nothing to do about it: the next BEGIN reports the state of the connection.
    }
  }

  /** The lock did not come free or the file is unusable: everybody who waits is told. */
  #refuse(error: StoreError): void {
    const exit = Exit.fail(error)
    for (const pending of this.#queue.splice(0)) if (!pending.cancelled) pending.fail(exit)
  }
}
