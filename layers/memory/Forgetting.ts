/** Forgetting over the stores of memory and the journal. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TurnId } from "../../src/domain/Ids.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import { type Forgotten, Forgetting, type Held, Journal, type Unwanted } from "../../src/memory/Forgetting.ts"
import { attributes } from "../../src/memory/extract/ModelAnswer.ts"
import { instruction, type Mention, type Statement } from "../../src/memory/facts/Statement.ts"
import { importedRequest } from "../../src/memory/Imports.ts"
import type { MemoryError } from "../../src/memory/MemoryError.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import { mentions } from "../../src/memory/Mention.ts"

/** Rows that are read between two looks at what else there is to do. */
const page = 200

const ofMention = (mention: Mention | undefined): ReadonlyArray<string> =>
  mention === undefined ? [] : [mention.role ?? "", mention.name ?? "", ...ofMention(mention.of)]

/** What somebody said in it. The names of most properties are ours; others are words of the message, or of a file. */
const textsOf = ({ about, attribute, object, replaces = "", slot, value }: Statement): ReadonlyArray<string> => [
  value,
  replaces,
  usual.has(attribute) ? "" : attribute,
  slot === undefined || slot === attribute ? "" : slot.replace(instructed, ""),
  ...ofMention(about),
  ...ofMention(object)
]

const usual: ReadonlySet<string> = new Set([...attributes.keys(), instruction, importedRequest, "event"])
const instructed = new RegExp(`^${instruction}:`)

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
      ({ conversation, id, speaker, text: said, turn }) => {
        // what a session is called stays with the session; an import's name is words of a file
        const called = turn === undefined && says(conversation)
        if (!called && !says(said) && !says(speaker ?? "")) return
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
    // asked for before anything is deleted: what is left of a matter does not tell what it was
    const connected = numbers.length === 0 ? [] : yield* facts.connected(scope, numbers)
    const turns: Array<TurnId> = [...unwanted.turns, ...said.turns, ...sources]
    const utterances: Array<string> = [...said.utterances]
    if (unwanted.all) {
      yield* every(
        (after) => journal.page(scope, after, page),
        ({ place }) => place,
        ({ turn }) => turns.push(turn)
      )
    }
    return { turns: [...new Set(turns)], utterances, facts: [...new Set([...numbers, ...connected])] }
  })

  const remove = Effect.fnUntraced(function* (scope: MemoryScope, unwanted: Unwanted, found: Found) {
    // The journal first: whoever learns from a turn that is gone by then takes it back (`Remembering`), and with it goes
    // what its database has of it, at once.
    const erased = yield* journal.erase(scope, found.turns)
    if (unwanted.all) {
      yield* facts.forget(scope, { _tag: "all" })
      yield* store.remove(scope, { _tag: "all" })
      return erased
    }
    const statements = Effect.gen(function* () {
      if (found.turns.length > 0) yield* facts.forget(scope, { _tag: "turns", turns: found.turns })
      if (found.facts.length > 0) yield* facts.forget(scope, { _tag: "statements", statements: found.facts })
    })
    const utterances = Effect.gen(function* () {
      if (found.utterances.length > 0) yield* store.remove(scope, { _tag: "ids", ids: found.utterances })
      if (found.turns.length > 0) yield* store.remove(scope, { _tag: "turns", turns: found.turns })
    })
    // last goes what the rest is found by, if this ends here and is asked for again: the fact, or who said the text
    const isByFact = unwanted.facts.length > 0
    yield* isByFact ? Effect.andThen(utterances, statements) : Effect.andThen(statements, utterances)
    return erased
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
    const erased = yield* remove(scope, unwanted, found)
    const after = yield* held(scope)
    const rest = yield* find(scope, { ...unwanted, facts: [], turns: [] })
    const scrubbed = yield* journal.scrub
    const left = rest.turns.length + rest.utterances.length + rest.facts.length
    return { before, after, turns: erased, left, inPlugins, scrubbed }
  })

  return Forgetting.of({ forget, held })
})

export const layer: Layer.Layer<Forgetting, never, FactStore | Journal | MemoryStore> = Layer.effect(Forgetting, make)
