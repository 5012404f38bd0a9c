/**
 * How much of what answers a question stands in the context that recall assembles for it: `npm run eval:memory --
 * --data FILE [--json] [--others N]`. FILE is described in `README.md`. ER@B is the share of a question's evidence that is
 * whole inside B tokens (o200k, exact, speakers and day headers included), Full@B the share of questions with all of it.
 * The store, the index and the renderer are the gateway's own.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as o200k from "gpt-tokenizer/encoding/o200k_base"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as LocalRecall from "../../../layers/memory/LocalRecall.ts"
import * as SqliteMemory from "../../../layers/memory/SqliteMemory.ts"
import * as StaticEmbedder from "../../../layers/memory/StaticEmbedder.ts"
import * as SqliteStore from "../../../layers/store/SqliteStore.ts"
import { AgentId, defaultTenant, PrincipalId } from "../../../src/domain/Ids.ts"
import { Imports } from "../../../src/memory/Imports.ts"
import { MemoryScope } from "../../../src/memory/MemoryScope.ts"
import { Recall } from "../../../src/memory/Recall.ts"
import { lineTokens, render } from "../../../src/memory/RecallText.ts"
import { openScratch } from "../../support/scratch.ts"
import { DataError, type History, loadHistories } from "./data.ts"
import { lengthened } from "./longer.ts"
import { budgets, comparison, counts, type Outcome, reach, reachTable, rowOf, standardError, table } from "./report.ts"

const usage =
  "npm run eval:memory -- --data FILE [--json] [--others N]; test/evals/memory/README.md says what FILE may be."

const refuse = (message: string): never => {
  process.stderr.write(`eval:memory: ${message}\n`)
  process.exit(2)
}

const argumentsGiven = () => {
  try {
    return parseArgs({
      options: {
        data: { type: "string" },
        json: { type: "boolean", default: false },
        others: { type: "string", default: "0" }
      }
    }).values
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  }
}

const args = argumentsGiven()
const file = args.data ?? refuse(`--data FILE is missing.\n${usage}`)
const others = Number(args.others)
if (!Number.isInteger(others) || others < 0 || others > 1_000) refuse("--others takes a number from 0 to 1000.")

const load = (): ReadonlyArray<History> => {
  try {
    return lengthened(loadHistories(file), others)
  } catch (error) {
    if (error instanceof DataError) return refuse(error.message)
    throw error
  }
}

const exactTokens = (text: string): number => o200k.countTokens(text, { disallowedSpecial: new Set<string>() })
const megabytes = (bytes: number): number => Math.round(bytes / 104_857.6) / 10

const scopeOf = (place: number): MemoryScope =>
  MemoryScope.make({
    tenant: defaultTenant,
    agent: AgentId.make("eval"),
    principal: PrincipalId.make(`history-${place}`)
  })

interface Measured {
  readonly outcomes: ReadonlyArray<Outcome>
  readonly milliseconds: ReadonlyArray<number>
  readonly over: number
  readonly fill: number
  readonly turnsPerSecond: number
}

const measure = (histories: ReadonlyArray<History>) =>
  Effect.gen(function* () {
    const recall = yield* Recall
    const outcomes: Array<Outcome> = []
    const milliseconds: Array<number> = []
    let over = 0
    let filled = 0
    let stored = 0
    let storing = 0
    for (const [place, { name, questions, turns }] of histories.entries()) {
      const scope = scopeOf(place)
      const began = performance.now()
      stored += yield* recall.remember(
        scope,
        turns.map((turn) => ({ ...turn, turn: undefined }))
      )
      storing += performance.now() - began
      for (const { category, evidence, now, question } of questions) {
        const shares: Array<number> = []
        for (const budget of budgets) {
          const started = performance.now()
          const { hits } = yield* recall.recall(scope, question, { budgetTokens: budget, now })
          if (budget === 3_000) milliseconds.push(performance.now() - started)
          const tokens = exactTokens(render(hits))
          if (tokens > budget) over += 1
          filled += tokens / budget
          const found = new Set(hits.map(({ turn }) => turn.id))
          shares.push(evidence.filter((id) => found.has(id)).length / evidence.length)
        }
        outcomes.push({ history: name, category, recall: shares })
      }
    }
    const measured: Measured = {
      outcomes,
      milliseconds: milliseconds.toSorted((a, b) => a - b),
      over,
      fill: filled / (outcomes.length * budgets.length || 1),
      turnsPerSecond: Math.round(stored / (storing / 1000 || 1))
    }
    return measured
  })

openScratch()
const folder = mkdtempSync(join(tmpdir(), "exoclaw-eval-memory-"))
try {
  const histories = load()
  exactTokens("the tokenizer is loaded before anything is measured")
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  const recallLayer = LocalRecall.layer.pipe(
    Layer.provide(Layer.merge(SqliteMemory.layer, StaticEmbedder.layer)),
    Layer.provide(SqliteStore.layer(join(folder, "exoclaw.db"))),
    // a history is what its users said, not somebody's file
    Layer.provide(Layer.succeed(Imports, { requests: true }))
  )
  const { added, fill, milliseconds, outcomes, over, turnsPerSecond } = await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const context = yield* Layer.build(recallLayer)
        const measured = yield* Effect.provideContext(measure(histories), Context.pick(Recall)(context))
        globalThis.gc?.()
        return { ...measured, added: process.memoryUsage().rss - before }
      })
    )
  )
  const answered = outcomes.filter(counts)
  const names = [...new Set(outcomes.map(({ category }) => category))].toSorted()
  const total = rowOf("all", answered)
  const categories = names.map((name) =>
    rowOf(
      name,
      outcomes.filter(({ category }) => category === name)
    )
  )
  const perHistory = histories.map(({ name }) =>
    rowOf(
      name,
      answered.filter(({ history }) => history === name)
    )
  )
  const at = (share: number): number =>
    Math.round((milliseconds[Math.min(milliseconds.length - 1, Math.floor(milliseconds.length * share))] ?? 0) * 100) /
    100
  const historyTokens = Math.round(
    histories.reduce((sum, { turns }) => sum + turns.reduce((all, turn) => all + lineTokens(turn), 0), 0) /
      histories.length
  )
  const latencyMs = { p50: at(0.5), p95: at(0.95) }
  const multiHop = categories.find(({ name }) => name === "multi-hop")
  const goals = reach({ total, multiHop, historyTokens, latencyMs, turnsPerSecond })
  const result = {
    data: file,
    others,
    histories: histories.length,
    turns: histories.reduce((sum, { turns }) => sum + turns.length, 0),
    questions: answered.length,
    dropped: histories.reduce((sum, { dropped }) => sum + dropped, 0),
    budgets,
    total,
    categories,
    perHistory,
    standardError: standardError(answered),
    latencyMs,
    historyTokens,
    reach: goals,
    rssAddedMb: megabytes(added),
    turnsPerSecond,
    contextsOverBudget: over,
    budgetUsed: Math.round(fill * 1000) / 10
  }
  if (args.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
  else {
    process.stdout.write(
      `${histories.length} histories, ${result.turns} turns, some ${historyTokens} tokens each, ${answered.length} questions (${result.dropped} name no turn)\n\n` +
        `${table([total, ...categories])}\n\n${table(perHistory)}\n\n` +
        `standard error over histories, ER@3K: ${result.standardError ?? "-"} points\n` +
        `recall p50 ${result.latencyMs.p50} ms, p95 ${result.latencyMs.p95} ms; RSS +${result.rssAddedMb} MB; ` +
        `stored ${turnsPerSecond} turns/s\n` +
        `contexts over their budget by the exact tokenizer: ${over}; of a budget ${result.budgetUsed} % is used\n\n` +
        `${reachTable(goals)}\n`
    )
    if (multiHop !== undefined && others === 0) {
      process.stdout.write(`\nLoCoMo, other methods on all ten conversations:\n${comparison(total, multiHop)}\n`)
    }
  }
  if (over > 0) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
