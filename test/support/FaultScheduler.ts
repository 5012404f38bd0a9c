/**
 * A scheduler that counts the operations of all fibers under it, and does something before one of them: every place at
 * which a program can be interrupted, or its process die, is such an operation.
 */
import { MixedScheduler, type Scheduler, type SchedulerDispatcher } from "effect/Scheduler"

export class FaultScheduler implements Scheduler {
  readonly executionMode = "async"
  readonly #plain = new MixedScheduler()
  #counting = false
  #at = 0
  #strike: (() => void) | undefined
  #dead = false
  /** Operations since `arm`. */
  operations = 0

  /** Counts from now on, and calls `strike` before the operation `at`; from 1, none for 0. */
  arm(at: number, strike: () => void): void {
    this.operations = 0
    this.#at = at
    this.#strike = strike
    this.#counting = true
  }

  /** From now on nothing under it does anything: what the death of a process is to a program. */
  kill(): void {
    this.#dead = true
  }

  get isDead(): boolean {
    return this.#dead
  }

  shouldYield(fiber: Parameters<Scheduler["shouldYield"]>[0]): boolean {
    if (this.#dead) return true
    if (this.#counting) {
      this.operations += 1
      if (this.operations === this.#at) {
        this.#strike?.()
        // No scheduler of Effect's yields before the first operation of a run: a fiber that was interrupted before it
        // began would begin all the same, and forget that it was interrupted.
        return this.#dead || fiber.currentOpCount > 1
      }
    }
    return this.#plain.shouldYield(fiber)
  }

  makeDispatcher(): SchedulerDispatcher {
    const inner = this.#plain.makeDispatcher()
    return {
      scheduleTask: (task, priority) => {
        if (this.#dead) return
        inner.scheduleTask(() => {
          if (!this.#dead) task()
        }, priority)
      },
      flush: () => inner.flush()
    }
  }
}
