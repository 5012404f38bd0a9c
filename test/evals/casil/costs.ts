/** What an inspection costs: realistic JSON of three sizes, and the worst 64 KiB known. Microseconds. */
import { performance } from "node:perf_hooks"
import * as Effect from "effect/Effect"
import { Casil } from "../../../src/casil/Casil.ts"
import { defaultPolicy } from "../../../src/casil/Policy.ts"
import { hostile } from "../../support/hostileText.ts"

export interface Cost {
  readonly goal: number
  readonly p50: number
  readonly p95: number
}

const KIB = 1024

const messages = (bytes: number): string => {
  const entries: Array<unknown> = []
  for (let size = 0, n = 0; size < bytes; n++) {
    const entry = {
      id: n,
      key: `articles/${n}`,
      url: `https://example.com/articles/${n}?page=2`,
      title: "Minutes of the weekly meeting",
      author: { name: "Luna Ashford", role: "editor", since: "2024-03-01T09:30:00Z" },
      body: "The committee agreed that the bridge stays open; skating, however, moves to the pond: see note 7."
    }
    size += JSON.stringify(entry).length + 1
    entries.push(entry)
  }
  return JSON.stringify(entries).slice(0, bytes)
}

const times = (run: () => void, rounds: number): { readonly p50: number; readonly p95: number } => {
  for (let i = 0; i < rounds; i++) run()
  const all = Array.from({ length: rounds }, () => {
    const start = performance.now()
    run()
    return (performance.now() - start) * 1000
  }).toSorted((a, b) => a - b)
  return { p50: Math.round(all[rounds >> 1] ?? 0), p95: Math.round(all[Math.floor(rounds * 0.95)] ?? 0) }
}

/** Costs by what was inspected. */
export const costs = (): Readonly<Record<string, Cost>> =>
  Effect.runSync(
    Effect.gen(function* () {
      const casil = yield* Casil
      const inspect = (text: string) => () => void Effect.runSyncExit(casil.text("prompt", text))
      const sizes = [
        [1, 25],
        [8, 250],
        [64, 2000]
      ] as const
      const usual = sizes.map(
        ([kib, goal]) =>
          [`JSON, ${kib} KiB`, { goal, ...times(inspect(messages(kib * KIB)), 2400 / kib ** 0.5) }] as const
      )
      const worst = Object.entries(hostile(64 * KIB))
        .map(([name, text]) => [name, text, times(inspect(text), 1).p50] as const)
        .toSorted(([, , a], [, , b]) => b - a)
        .slice(0, 8)
        .map(([name, text]) => [`hostile 64 KiB: ${name}`, { goal: 10_000, ...times(inspect(text), 20) }] as const)
        .toSorted(([, a], [, b]) => b.p50 - a.p50)
      return Object.fromEntries([...usual, ...worst])
    }).pipe(Effect.provide(Casil.layer({ metadata: { ...defaultPolicy.metadata, logs: false } })))
  )
