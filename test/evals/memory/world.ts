/** A history as recall's index sees it, without a store. */
import * as Effect from "effect/Effect"
import * as StaticEmbedder from "../../../layers/memory/StaticEmbedder.ts"
import { AgentId, defaultTenant, PrincipalId } from "../../../src/domain/Ids.ts"
import { Embedder } from "../../../src/memory/Embedder.ts"
import { MemoryScope } from "../../../src/memory/MemoryScope.ts"
import { analyse, embeddable, read } from "../../../src/memory/recall/Analysis.ts"
import { analyseQuery } from "../../../src/memory/recall/Query.ts"
import { measure, Ranker, type Signals } from "../../../src/memory/recall/Rank.ts"
import { ScopeIndex } from "../../../src/memory/recall/ScopeIndex.ts"
import type { EvalQuestion, History } from "./data.ts"

/** A question with the signals of all utterances in its pool. */
export interface Example {
  readonly question: EvalQuestion
  readonly index: ScopeIndex
  readonly signals: Signals
  /** Places in `signals.rows` of the evidence; what the pool left out is not among them. */
  readonly evidence: ReadonlyArray<number>
}

const embedder = await Effect.runPromise(Effect.provide(Embedder, StaticEmbedder.layer))
const scope = MemoryScope.make({
  tenant: defaultTenant,
  agent: AgentId.make("eval"),
  principal: PrincipalId.make("training")
})
const vectorsOf = (texts: Parameters<typeof embedder.embed>[0]) => Effect.runSync(embedder.embed(texts, scope))

const indexOf = ({ turns }: History): ScopeIndex => {
  const index = new ScopeIndex("")
  const readings = turns.map((turn) => read({ ...turn, turn: undefined }))
  const vectors = vectorsOf(readings.map(embeddable))
  readings.forEach((reading, i) =>
    index.add(i + 1, analyse(reading, embedder.id, vectors[i] ?? new Float32Array(), true).features)
  )
  return index
}

export const examplesOf = (history: History): ReadonlyArray<Example> => {
  const index = indexOf(history)
  const ranker = new Ranker()
  const rowOf = new Map(history.turns.map(({ id }, row) => [id, row]))
  return history.questions.map((question) => {
    const query = analyseQuery(question.question, question.now)
    const words = query.words.filter(({ term }) => !index.speakerTerms.has(term)).map(({ text }) => text)
    const [vector = new Float32Array()] = vectorsOf([{ text: question.question, words }])
    const signals = measure(index, ranker, query, vector)
    const placeOf = new Map(Array.from(signals.rows, (row, place) => [row, place]))
    const evidence = question.evidence.flatMap((id) => placeOf.get(rowOf.get(id) ?? -1) ?? [])
    return { question, index, signals, evidence }
  })
}
