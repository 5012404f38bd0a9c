import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { beyond, maxSeries, Series } from "../../src/domain/Series.ts"

const make = (id: string) =>
  new Series((attributes) => Metric.counter(id, { incremental: true, attributes }), ["a", "b"])

const of = (id: string) =>
  Effect.map(Metric.snapshot, (all) =>
    all.flatMap((one) =>
      one.id === id && one.type === "Counter" ? [{ labels: one.attributes ?? {}, n: one.state.count }] : []
    )
  )

describe("Series", () => {
  it.effect("is one series for each set of values; an empty value leaves its label out", () =>
    Effect.gen(function* () {
      const series = make("series_distinct")
      yield* series.record({ a: "x", b: "y" }, 1)
      series.recordUnsafe({ b: "y", a: "x" }, 2)
      yield* series.record({ a: "x", b: "" }, 5)
      assert.sameDeepMembers(yield* of("series_distinct"), [
        { labels: { a: "x", b: "y" }, n: 3 },
        { labels: { a: "x" }, n: 5 }
      ])
    })
  )

  it.effect("T28: has a bounded number of series, whatever the values are", () =>
    Effect.gen(function* () {
      const series = make("series_bounded")
      const updates = maxSeries * 3
      for (let i = 0; i < updates; i++) yield* series.record({ a: String(i), b: "" }, 1)
      const all = yield* of("series_bounded")
      assert.isAtMost(all.length, maxSeries + 2)
      assert.isTrue(all.some(({ labels, n }) => Object.values(labels).includes(beyond) && Number(n) > maxSeries))
      assert.strictEqual(
        all.reduce((sum, { n }) => sum + Number(n), 0),
        updates
      )
    })
  )
})
