import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { due, graceMs, type Missed } from "../../src/schedule/Due.ts"
import { type Plan, slotsBetween } from "../../src/schedule/Plan.ts"

const minute = 60_000
const hourly: Plan = { _tag: "Every", ms: 60 * minute }
const hour = (n: number) => n * 60 * minute

describe("a job", () => {
  it("waits for its next slot", () => {
    assert.deepStrictEqual(due(hourly, "skip", hour(5), hour(5)), { _tag: "wait", next: hour(6) })
    assert.deepStrictEqual(due(hourly, "skip", hour(5), hour(6) - 1), { _tag: "wait", next: hour(6) })
  })

  it("is due at its slot, and within the grace after it", () => {
    for (const late of [0, 1, graceMs]) {
      assert.deepStrictEqual(due(hourly, "skip", hour(5), hour(6) + late), {
        _tag: "run",
        slot: hour(6),
        passedOver: 0
      })
    }
    assert.deepStrictEqual(due(hourly, "skip", hour(5), hour(6) + graceMs + 1), {
      _tag: "skip",
      slot: hour(6),
      passedOver: 0
    })
  })

  it("T16: runs once, not once for each, after many slots were missed", () => {
    assert.deepStrictEqual(due(hourly, "run_once", hour(5), hour(29) + 30 * minute), {
      _tag: "run",
      slot: hour(29),
      passedOver: 23
    })
    const minutely: Plan = { _tag: "Every", ms: minute }
    assert.deepStrictEqual(due(minutely, "skip", 0, 5 * minute + 1), { _tag: "run", slot: 5 * minute, passedOver: 4 })
    assert.deepInclude(due(minutely, "skip", 0, hour(1_000)), { _tag: "run", passedOver: 1_000 })
  })

  it("T34: runs nothing twice when the clock goes back", () => {
    assert.deepStrictEqual(due(hourly, "run_once", hour(9), hour(6)), { _tag: "wait", next: hour(10) })
  })

  it("T34: every slot is waited for, run, skipped or passed over exactly once, whenever it is looked at", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 90 }),
        fc.constantFrom<Missed>("skip", "run_once"),
        fc.array(fc.integer({ min: -20 * minute, max: 200 * minute }), { maxLength: 40 }),
        (minutes, missed, steps) => {
          const plan: Plan = { _tag: "Every", ms: minutes * minute }
          let [cursor, now, latest] = [0, 0, 0]
          const accounted: Array<number> = []
          for (const step of steps) {
            now = Math.max(0, now + step)
            latest = Math.max(latest, now)
            const answer = due(plan, missed, cursor, now)
            if (answer._tag === "wait") {
              assert.isAbove(answer.next ?? 0, cursor)
              assert.isAbove(answer.next ?? 0, now)
              continue
            }
            const passed = slotsBetween(plan, cursor, answer.slot, 10_000)
            assert.strictEqual(passed.length, answer.passedOver + 1)
            assert.isAtMost(answer.slot, now)
            accounted.push(...passed)
            cursor = answer.slot
          }
          assert.deepStrictEqual(accounted, slotsBetween(plan, 0, latest, 100_000))
        }
      )
    )
  })
})
