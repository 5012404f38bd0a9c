/** Facts out of finished turns: the user's own sentences, by rules, once for each message. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { jobOfPrincipal } from "../../src/domain/Ids.ts"
import { inSpan } from "../../src/domain/InSpan.ts"
import { extract } from "../../src/memory/extract/Extract.ts"
import type { Focus } from "../../src/memory/extract/Stated.ts"
import { isKeepable, type Kept, type Mention, ofInstruction, ofStated } from "../../src/memory/facts/Statement.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import { Learner } from "../../src/memory/Remembering.ts"
import { dayIn } from "./Zone.ts"

export interface Options {
  /** IANA time zone in which "yesterday" is meant. */
  readonly timezone: string
}

/** A correction without a subject ("no, it's Lola") is about what was said within this time, in milliseconds. */
const sameTalk = 30 * 60 * 1000

const mention = ({ name, of, role }: Mention): Focus["about"] => ({
  role,
  name,
  of: of === undefined ? undefined : mention(of)
})

/** What a message right after this statement may correct. */
export const focusOf = (last: Kept | undefined, at: number): Focus | undefined => {
  if (last === undefined || at - last.at > sameTalk || at < last.at) return undefined
  const { about, attribute, object, slot, value } = last.said
  return {
    about: mention(about),
    attribute,
    value,
    many: slot === undefined,
    object: object === undefined ? undefined : mention(object)
  }
}

export const layer = ({ timezone }: Options): Layer.Layer<never, never, FactStore> =>
  Layer.effect(
    Learner,
    Effect.map(FactStore, (store) => {
      const day = dayIn(timezone)
      return Effect.fnUntraced(function* ({ said, scope, turn }) {
        // what a job says is the operator's, and no statement of a person
        if (jobOfPrincipal(scope.principal) !== undefined) return
        const message = said.find(({ role }) => role === "user")
        if (message === undefined) return
        const last = focusOf(yield* store.last(scope), message.at)
        const today = day(message.at)
        const { facts, instructions } = extract(message.text, { today }, last)
        const statements = [...facts.map(ofStated), ...instructions.map(ofInstruction)].filter(isKeepable)
        yield* store.learn(scope, { turn, origin: "rules", at: message.at, day: today, statements })
      }, inSpan("Memory.learn"))
    })
  )
