/** What memory has for a message: instructions and facts that may matter, and what was said before. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { inSpan } from "../../src/domain/InSpan.ts"
import { touches, wantedBy, worthOf } from "../../src/memory/facts/FactChoice.ts"
import { lookups } from "../../src/memory/facts/FactKey.ts"
import { relatedNames } from "../../src/memory/facts/Related.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import { Memory } from "../../src/memory/Memory.ts"
import { type Known, nothingKnown } from "../../src/memory/MemoryChoice.ts"
import type { MemoryError } from "../../src/memory/MemoryError.ts"
import { type Hit, Recall } from "../../src/memory/Recall.ts"
import { Remembering } from "../../src/memory/Remembering.ts"
import { dayIn } from "./Zone.ts"

export interface Options {
  readonly timezone: string
  /** The most that recalled utterances may cost, in tokens. */
  readonly recalled: number
}

/** Facts that are looked at for one message. */
const mostFacts = 64
/** A fact that the request shows anyway, in the words it was said with, is worth so much of itself. */
const shownAnyway = 0.3

/** What a recalled utterance's date or vector adds to its score when it matters without a word in common. */
const telling = 0.3

/** The best of what was said may still have nothing to do with the message: that costs tokens and says nothing. */
const matters = ({ turn, why }: Hit, wanted: ReadonlySet<string>): boolean =>
  touches(turn.text, wanted) ||
  why.some(({ weight, why: signal }) => weight >= telling && (signal === "date" || signal === "vector"))

export const layer = ({ recalled, timezone }: Options): Layer.Layer<never, never, FactStore | Recall | Remembering> =>
  Layer.effect(
    Memory,
    Effect.gen(function* () {
      const store = yield* FactStore
      const recall = yield* Recall
      const remembering = yield* Remembering
      const day = dayIn(timezone)
      const known = Effect.fnUntraced(function* ({
        at,
        message,
        scope,
        shown
      }: Parameters<(typeof Memory)["Service"]["known"]>[0]): Effect.fn.Return<Known, MemoryError> {
        // what was said a moment ago in another session is known in this one
        yield* remembering.catchUp(scope)
        const wanted = wantedBy(message)
        const today = day(at)
        const keys = lookups(message)
        const { edges, facts, instructions } = yield* store.about(scope, keys, mostFacts)
        const related = relatedNames(keys, facts, edges)
        const exclude = new Set(shown.flatMap((turn) => [`${turn}:user`, `${turn}:assistant`]))
        const asked = { budgetTokens: recalled, now: at, exclude, echo: message, related }
        const { hits } = yield* recall.recall(scope, message, asked)
        const meant = new Set([...wanted, ...related.flatMap(({ name }) => [...wantedBy(name)])])
        return {
          instructions,
          facts: facts.flatMap((fact) => {
            const repeats = fact.turn !== undefined && shown.includes(fact.turn)
            const worth = worthOf(fact, wanted, today) * (repeats ? shownAnyway : 1)
            return worth > 0 ? [{ fact, worth }] : []
          }),
          recalled: hits.filter((hit) => matters(hit, meant))
        }
      }, inSpan("Memory.known"))
      return {
        known: (asked) =>
          known(asked).pipe(
            Effect.catch((error) =>
              Effect.as(Effect.logWarning("A turn goes on without memory.", error.reason), nothingKnown)
            ),
            // nor does a fault of ours end a turn: what memory adds is worth less than the answer
            Effect.catchDefect((defect) =>
              Effect.as(Effect.logError("A turn goes on without memory.", defect), nothingKnown)
            )
          )
      }
    })
  )
