/** What inspection costs: clean JSON of three sizes, what is out of scope, and the worst 64 KiB we know. Microseconds. */
import { performance } from "node:perf_hooks"
import * as Effect from "effect/Effect"
import type * as Context from "effect/Context"
import { Casil } from "../../src/casil/Casil.ts"
import { json as jsonWalker } from "../../src/casil/Walker.ts"
import type { Json } from "../../src/domain/Json.ts"
import { defaultPolicy } from "../../src/casil/Policy.ts"
import { PolicyInForce } from "../../src/casil/PolicyInForce.ts"
import { hostile, hostileValues } from "../support/hostileText.ts"

const HOSTILE = "hostile 64 KiB: "

export interface CasilFigure {
  readonly name: string
  /** Goal of the design, in microseconds. */
  readonly goal: number
  readonly p50: number
  readonly worst: number
}

const cleanValue = (bytes: number): ReadonlyArray<Json> => {
  const entries: Array<Json> = []
  for (let size = 0, n = 0; size < bytes; n++) {
    const entry = {
      id: n,
      url: `https://example.com/articles/${n}?page=2`,
      title: "Minutes of the weekly meeting",
      author: { name: "Luna Ashford", role: "editor", since: "2024-03-01T09:30:00Z" },
      body: "The committee agreed that the bridge stays open; skating, however, moves to the pond: see note 7."
    }
    size += JSON.stringify(entry).length + 1
    entries.push(entry)
  }
  return entries
}

const measure = (run: () => void, rounds: number): { readonly p50: number; readonly worst: number } => {
  for (let i = 0; i < rounds; i++) run()
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now()
    run()
    return (performance.now() - start) * 1000
  }).toSorted((a, b) => a - b)
  return { p50: times[rounds >> 1] ?? 0, worst: times.at(-1) ?? 0 }
}

/** Measures; `rounds` for 8 KiB. */
export const casilFigures = (rounds = 300): Effect.Effect<ReadonlyArray<CasilFigure>> =>
  Effect.gen(function* () {
    const casil: Context.Service.Shape<typeof Casil> = yield* Casil
    const figures: Array<CasilFigure> = []
    const goals = [
      [1, 25],
      [8, 250],
      [64, 2000]
    ] as const
    for (const [kib, goal] of goals) {
      const value = cleanValue(kib * 1024 - 256)
      const text = JSON.stringify(value).slice(0, kib * 1024)
      figures.push({
        name: `clean JSON text, ${kib} KiB`,
        goal,
        ...measure(() => Effect.runSync(casil.text("prompt", text)), Math.ceil((rounds * 64) / kib / 8))
      })
      figures.push({
        name: `clean JSON value, ${kib} KiB`,
        goal,
        ...measure(
          () => Effect.runSync(casil.value<Json>("tool_input", value, jsonWalker)),
          Math.ceil((rounds * 64) / kib / 8)
        )
      })
    }
    const { covers } = yield* PolicyInForce
    const questions = 10_000
    let covered = 0
    const out = measure(() => {
      for (let i = 0; i < questions; i++) if (covers("lobby", "news")) covered++
    }, 50)
    figures.push({ name: "out of scope", goal: 0.2, p50: out.p50 / questions, worst: out.worst / questions + covered })
    for (const [name, text] of Object.entries(hostile(64 * 1024))) {
      const inspect = () => Effect.runSyncExit(casil.text("prompt", text))
      figures.push({ name: `${HOSTILE}${name}`, goal: 10_000, ...measure(inspect, Math.ceil(rounds / 15)) })
    }
    for (const [name, value] of Object.entries(hostileValues(64 * 1024))) {
      const inspect = () => Effect.runSyncExit(casil.value<Json>("tool_input", value, jsonWalker))
      figures.push({ name: `${HOSTILE}${name}`, goal: 10_000, ...measure(inspect, Math.ceil(rounds / 15)) })
    }
    return figures
  }).pipe(Effect.provide(Casil.layer({ metadata: { ...defaultPolicy.metadata, logs: false } })))

/** The dearest of the hostile ones. */
export const dearest = (figures: ReadonlyArray<CasilFigure>): CasilFigure =>
  figures.filter(({ name }) => name.startsWith(HOSTILE)).reduce((a, b) => (b.p50 > a.p50 ? b : a))

if (import.meta.main) {
  const figures = await Effect.runPromise(casilFigures())
  const rounded = (value: number) => Number(value.toPrecision(3))
  console.table(figures.map((f) => ({ ...f, p50: rounded(f.p50), worst: rounded(f.worst) })))
}
