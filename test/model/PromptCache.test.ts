import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { cacheMinimum, CacheHabits, cacheTtlMs, marksFor } from "../../src/model/PromptCache.ts"

describe("the least that a vendor caches", () => {
  it("is known by model, with or without a date; of other vendors' models nothing is", () => {
    assert.deepStrictEqual(
      [
        "claude-opus-5",
        "claude-opus-4-7",
        "claude-haiku-4-5-20251001",
        "claude-sonnet-4-5",
        "claude-3-5-haiku-latest",
        "claude-of-tomorrow",
        "deepseek-chat"
      ].map(cacheMinimum),
      [512, 2_048, 4_096, 1_024, 2_048, 1_024, undefined]
    )
  })
})

describe("the habit of a prompt", () => {
  const minute = 60_000

  it("is thought worth a mark at first, and is not any more after some that came too late", () => {
    const habits = new CacheHabits()
    const slow = Array.from({ length: 6 }, (_, n) => habits.worth("a", n * 10 * minute))
    assert.deepStrictEqual(slow, [true, true, true, false, false, false])
    // somebody talks again: two answers within the time suffice
    const [first, second] = [habits.worth("a", 50 * minute + 1), habits.worth("a", 51 * minute)]
    assert.deepStrictEqual([first, second], [true, true])
    assert.isTrue(habits.worth("another", 51 * minute))
  })

  it("stays worth it where every other prompt comes soon, as in turns that call one tool", () => {
    const habits = new CacheHabits()
    for (let n = 0; n < 50; n++) {
      assert.isTrue(habits.worth("a", n * 60 * minute))
      assert.isTrue(habits.worth("a", n * 60 * minute + 1_000))
    }
  })

  it("loses at most three writes where nothing comes soon enough", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: cacheTtlMs, max: 50 * cacheTtlMs }), { maxLength: 50 }), (gaps) => {
        const habits = new CacheHabits()
        let now = 0
        const marked = gaps.filter((gap) => habits.worth("a", (now += gap)))
        assert.isAtMost(marked.length, 3)
      })
    )
  })

  it("forgets the beginning that was not used longest", () => {
    const habits = new CacheHabits()
    for (let n = 0; n < 6; n++) habits.worth("slow", n * 10 * minute)
    for (let n = 0; n < 300; n++) habits.worth(`beginning ${n}`, 60 * minute)
    assert.isTrue(habits.worth("slow", 100 * minute))
  })
})

describe("what of a prompt comes again", () => {
  const now = 10 * cacheTtlMs
  const prompted = { history: 4, slides: false, lastTurnAt: now - 1_000, exchanges: 0 }

  it("is the history of a conversation that goes on, unless the next turn begins with another part of it", () => {
    assert.strictEqual(marksFor(prompted, now).history, 4)
    assert.strictEqual(marksFor({ ...prompted, slides: true }, now).history, 0)
    assert.strictEqual(marksFor({ ...prompted, lastTurnAt: now - cacheTtlMs }, now).history, 0)
    assert.strictEqual(marksFor({ ...prompted, history: 0, lastTurnAt: undefined }, now).history, 0)
  })

  it("is the whole of it in a turn that keeps calling tools", () => {
    assert.deepStrictEqual(
      [0, 1, 2, 3].map((exchanges) => marksFor({ ...prompted, exchanges }, now).turn),
      [false, false, true, true]
    )
  })
})
