/** Forgetting over the stores of memory and the journal. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TurnId } from "../../src/domain/Ids.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import { type Forgotten, Forgetting, type Held, Journal, type Unwanted } from "../../src/memory/Forgetting.ts"
import type { Mention, Statement } from "../../src/memory/facts/Statement.ts"
import type { MemoryError } from "../../src/memory/MemoryError.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import { mentions } from "../../src/memory/Mention.ts"

/** Rows that are read between two looks at what else there is to do. */
const page = 200

const ofMention = (mention: Mention | undefined): ReadonlyArray<string> =>
  mention === undefined ? [] : [mention.role ?? "", mention.name ?? "", ...ofMention(mention.of)]

/** What somebody said in it. */
const textsOf = ({ about, object, replaces = "", value }: Statement): ReadonlyArray<string> => [
  value,
  replaces,
  ...ofMention(about),
  ...ofMention(object)
]

/** Whether what a plugin keeps is told: where more than a text goes, nobody knows which words of it stand elsewhere. */
const mayStay = ({ all, facts, text, turns }: Unwanted): ((kept: string) => boolean) =>
  text === undefined || all || facts.length + turns.length > 0 ? () => true : mentions(text)

interface Found {
  readonly turns: ReadonlyArray<TurnId>
  /** Utterances that no turn has: of an import. */
  readonly utterances: ReadonlyArray<string>
  readonly facts: ReadonlyArray<number>
}

const make = Effect.gen(function* () {
  const journal = yield* Journal
  const store = yield* MemoryStore
  const facts = yield* FactStore

  /** All pages of something, one after the other. */
  const every = Effect.fnUntraced(function* <A>(
    read: (after: number) => Effect.Effect<ReadonlyArray<A>, MemoryError>,
    placeOf: (row: A) => number,
    visit: (row: A) => void
  ) {
    for (let after = 0; ;) {
      const rows = yield* read(after)
      for (const row of rows) visit(row)
      const last = rows.at(-1)
      if (last === undefined || rows.length < page) return
      after = placeOf(last)
      yield* Effect.yieldNow
    }
  })

  const held = Effect.fnUntraced(function* (scope: MemoryScope): Effect.fn.Return<Held, MemoryError> {
    const { entities, statements } = yield* facts.counts(scope)
    const { turns: utterances } = yield* store.counts(scope)
    return { turns: yield* journal.count(scope), utterances, statements, entities }
  })

  const saying = Effect.fnUntraced(function* (scope: MemoryScope, text: string): Effect.fn.Return<Found, MemoryError> {
    const says = mentions(text)
    const turns: Array<TurnId> = []
    const utterances: Array<string> = []
    const numbers: Array<number> = []
    yield* every(
      (after) => journal.page(scope, after, page),
      ({ place }) => place,
      ({ texts, turn }) => texts.some(says) && turns.push(turn)
    )
    yield* every(
      (after) => store.page(scope, after, page),
      ({ n }) => n,
      ({ id, speaker, text: said, turn }) => {
        if (!says(said) && !says(speaker ?? "")) return
        if (turn === undefined) utterances.push(id)
        else turns.push(turn)
      }
    )
    yield* every(
      (after) => facts.statements(scope, after, page),
      ({ n }) => n,
      ({ n, said }) => textsOf(said).some(says) && numbers.push(n)
    )
    return { turns: [...new Set(turns)], utterances, facts: numbers }
  })

  const find = Effect.fnUntraced(function* (
    scope: MemoryScope,
    unwanted: Unwanted
  ): Effect.fn.Return<Found, MemoryError> {
    const said =
      unwanted.text === undefined ? { turns: [], utterances: [], facts: [] } : yield* saying(scope, unwanted.text)
    const numbers = [...unwanted.facts, ...said.facts]
    const sources = numbers.length === 0 ? [] : yield* facts.sources(scope, numbers)
    const turns: Array<TurnId> = [...unwanted.turns, ...said.turns, ...sources]
    const utterances: Array<string> = [...said.utterances]
    if (unwanted.all) {
      yield* every(
        (after) => journal.page(scope, after, page),
        ({ place }) => place,
        ({ turn }) => turns.push(turn)
      )
    }
    return { turns: [...new Set(turns)], utterances, facts: numbers }
  })

  const remove = Effect.fnUntraced(function* (scope: MemoryScope, unwanted: Unwanted, found: Found) {
    // memory first: what a crash leaves is found again by the journal
    if (unwanted.all) {
      yield* facts.forget(scope, { _tag: "all" })
      yield* store.remove(scope, { _tag: "all" })
    } else {
      if (found.facts.length > 0) yield* facts.forget(scope, { _tag: "facts", facts: found.facts })
      yield* facts.forget(scope, { _tag: "turns", turns: found.turns })
      if (found.utterances.length > 0) yield* store.remove(scope, { _tag: "ids", ids: found.utterances })
      if (found.turns.length > 0) yield* store.remove(scope, { _tag: "turns", turns: found.turns })
    }
    yield* journal.erase(scope, found.turns)
  })

  const forget = Effect.fn("Memory.forget")(function* (
    scope: MemoryScope,
    unwanted: Unwanted,
    rehearse: boolean
  ): Effect.fn.Return<Forgotten, MemoryError> {
    const before = yield* held(scope)
    const found = yield* find(scope, unwanted)
    const inPlugins = (yield* journal.pluginTexts(scope)).filter(mayStay(unwanted)).length
    if (rehearse) {
      const left = found.turns.length + found.utterances.length + found.facts.length
      return { before, after: before, turns: found.turns.length, left, inPlugins, scrubbed: false }
    }
    yield* remove(scope, unwanted, found)
    const after = yield* held(scope)
    const rest = yield* find(scope, { ...unwanted, facts: [], turns: [] })
    const scrubbed = yield* journal.scrub
    const left = rest.turns.length + rest.utterances.length + rest.facts.length
    return { before, after, turns: before.turns - after.turns, left, inPlugins, scrubbed }
  })

  return Forgetting.of({ forget, held })
})

export const layer: Layer.Layer<Forgetting, never, FactStore | Journal | MemoryStore> = Layer.effect(Forgetting, make)
