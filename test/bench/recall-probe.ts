/**
 * Memory in a process of its own: `write FILE` stores the turns that `read FILE` then finds, cold and warm; `rebuild FILE`
 * asks once, without what was kept of the index. Prints one JSON object.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { readFileSync } from "node:fs"
import * as LocalRecall from "../../layers/memory/LocalRecall.ts"
import * as SqliteMemory from "../../layers/memory/SqliteMemory.ts"
import * as SqliteSnapshots from "../../layers/memory/SqliteSnapshots.ts"
import * as StaticEmbedder from "../../layers/memory/StaticEmbedder.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import type { Store } from "../../layers/store/Store.ts"
import { AgentId, defaultTenant, PrincipalId } from "../../src/domain/Ids.ts"
import { MemoryScope } from "../../src/memory/MemoryScope.ts"
import type { MemoryTurn } from "../../src/memory/MemoryTurn.ts"
import { Recall } from "../../src/memory/Recall.ts"
import { Snapshots } from "../../src/memory/Snapshots.ts"
import { percentile } from "./row.ts"

const [what, file = ""] = process.argv.slice(2)

const scopeOf = (name: string): MemoryScope =>
  MemoryScope.make({ tenant: defaultTenant, agent: AgentId.make("bench"), principal: PrincipalId.make(name) })
const small = scopeOf("small")
const large = scopeOf("large")
const warmUp = scopeOf("warm up")

const words = readFileSync(new URL("../../layers/memory/vectors/words.txt", import.meta.url), "utf8").split("\n")

const generator = (seed: number) => {
  let state = seed
  return (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return state / 0x8000_0000
  }
}

/** So many words, the frequent ones as frequent as they are. */
const sentence = (random: () => number, length: number): string =>
  Array.from({ length }, () => words[Math.floor(words.length ** random())] ?? "word").join(" ")

const begin = Date.UTC(2023, 0, 1)

/** Some thirty words each, a few to a session, a new day with every thirtieth. */
const turnsOf = (count: number): ReadonlyArray<MemoryTurn> => {
  const random = generator(count)
  return Array.from({ length: count }, (_, i) => ({
    id: `turn ${i}`,
    conversation: "talk",
    at: begin + Math.floor(i / 30) * 86_400_000 + (i % 30) * 60_000,
    role: i % 2 === 0 ? "user" : "assistant",
    speaker: undefined,
    text: `I ${sentence(random, 12 + Math.floor(random() * 36))}.`,
    turn: undefined
  }))
}

const remember = (scope: MemoryScope, turns: ReadonlyArray<MemoryTurn>) =>
  Effect.flatMap(Recall, (recall) => recall.remember(scope, turns))

const options = { budgetTokens: 3_000, now: begin + 400 * 86_400_000 }

const random = generator(7)
const ask = (scope: MemoryScope) =>
  Effect.gen(function* () {
    const recall = yield* Recall
    const question = `When did I ${sentence(random, 7)}?`
    const began = performance.now()
    yield* recall.recall(scope, question, options)
    return performance.now() - began
  })

const times = (scope: MemoryScope, count: number) =>
  Effect.gen(function* () {
    const all: Array<number> = []
    for (let i = 0; i < count; i++) all.push(yield* ask(scope))
    return all.toSorted((a, b) => a - b)
  })

const write = Effect.gen(function* () {
  yield* remember(warmUp, turnsOf(4_000))
  const turns = turnsOf(20_000)
  const began = performance.now()
  yield* remember(scopeOf("measured"), turns)
  const perSecond = turns.length / ((performance.now() - began) / 1000)
  yield* remember(small, turnsOf(10_000))
  yield* remember(large, turnsOf(100_000))
  // whoever asks has the index kept for the next start
  yield* ask(small)
  const snapshots = yield* Snapshots
  for (let kept = 0; kept === 0; kept = (yield* snapshots.read(small))?.length ?? 0) yield* Effect.yieldNow
  return { perSecond }
})

const resident = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().rss / 2 ** 20
}

const layerOf = (snapshots: Layer.Layer<never, never, Store>) =>
  LocalRecall.layerThreaded().pipe(
    Layer.provide(Layer.merge(SqliteMemory.layer, StaticEmbedder.layer)),
    Layer.provideMerge(snapshots),
    Layer.provideMerge(SqliteStore.layer(file))
  )
const layer = layerOf(SqliteSnapshots.layer)

const read = Effect.gen(function* () {
  const before = resident()
  const began = performance.now()
  const context = Context.pick(Recall)(yield* Layer.build(layer))
  const within = <A, E>(effect: Effect.Effect<A, E, Recall>) => Effect.provideContext(effect, context)
  yield* within(ask(small))
  const cold = performance.now() - began
  const warm = yield* within(times(small, 600))
  const added = resident() - before
  yield* within(times(large, 20))
  const thread = yield* within(times(large, 200))
  return {
    cold,
    added,
    p50: percentile(warm, 0.5),
    p95: percentile(warm, 0.95),
    threadP50: percentile(thread, 0.5),
    threadP95: percentile(thread, 0.95)
  }
})

const stored = Effect.gen(function* () {
  const context = Context.pick(Recall, Snapshots)(yield* Layer.build(layer))
  return yield* Effect.provideContext(write, context)
})

const rebuild = Effect.gen(function* () {
  const began = performance.now()
  const context = Context.pick(Recall)(yield* Layer.build(layerOf(Layer.empty)))
  yield* Effect.provideContext(ask(small), context)
  return { rebuilt: performance.now() - began }
})

const programs = { write: stored, read, rebuild }

if (what !== "write" && what !== "read" && what !== "rebuild") throw new Error("write, read or rebuild")
const figures: Effect.Effect<object, unknown, Scope.Scope> = programs[what]
process.stdout.write(JSON.stringify(await Effect.runPromise(Effect.scoped(figures))))
