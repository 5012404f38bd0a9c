/** Calls that are over for their caller and not yet settled, by turn. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { TurnId } from "../domain/Ids.ts"

export class Pending {
  readonly #fibers = new Map<TurnId, Set<Fiber.Fiber<void>>>()

  add(turn: TurnId, fiber: Fiber.Fiber<void>): void {
    const fibers = this.#fibers.get(turn) ?? new Set()
    this.#fibers.set(turn, fibers.add(fiber))
    fiber.addObserver(() => {
      fibers.delete(fiber)
      if (fibers.size === 0) this.#fibers.delete(turn)
    })
  }

  /** Waits for those of the turn that are under way now. */
  await(turn: TurnId): Effect.Effect<void> {
    return Effect.suspend(() => Effect.asVoid(Fiber.awaitAll([...(this.#fibers.get(turn) ?? [])])))
  }
}
