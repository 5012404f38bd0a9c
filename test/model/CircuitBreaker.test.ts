import type { ModelErrorKind } from "../../src/model/ModelError.ts"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import {
  admit,
  type Circuit,
  closed,
  defaultCircuitPolicy,
  failed,
  isIllness,
  waitMs
} from "../../src/model/CircuitBreaker.ts"

const policy = { failures: 3, openMs: 1_000, maxOpenMs: 3_000 }
const fail = (circuit: Circuit, now: number) => failed(circuit, now, policy)
const opened = fail(fail(fail(closed, 0), 0), 0)

describe("the circuit of a provider", () => {
  it("opens after its failures in a row, not before", () => {
    assert.strictEqual(waitMs(fail(fail(closed, 0), 0), 0), 0)
    assert.strictEqual(waitMs(opened, 0), 1_000)
    assert.strictEqual(admit(opened, 400).refusedForMs, 600)
  })

  it("lets one probe through when its time is over, and no second one beside it", () => {
    const probe = admit(opened, 1_000)
    assert.isUndefined(probe.refusedForMs)
    assert.isDefined(admit(probe.circuit, 1_001).refusedForMs)
  })

  it("opens for twice as long after a failed probe, up to its limit", () => {
    let circuit: Circuit = opened
    let now = 0
    const waits: Array<number> = []
    for (let i = 0; i < 4; i++) {
      now += waitMs(circuit, now)
      circuit = fail(admit(circuit, now).circuit, now)
      waits.push(waitMs(circuit, now))
    }
    assert.deepStrictEqual(waits, [2_000, 3_000, 3_000, 3_000])
  })

  it("is not closed for ever by a probe that never reports", () => {
    const probe = admit(opened, 1_000)
    assert.isUndefined(admit(probe.circuit, 2_000).refusedForMs)
  })

  it("waits no longer than it was opened for where the clock was set back", () => {
    const late = fail(fail(fail(closed, 3_600_000), 3_600_000), 3_600_000)
    assert.strictEqual(waitMs(late, 5), 1_000)
    assert.strictEqual(waitMs(admit(late, 3_601_000).circuit, 5), 1_000)
  })

  it("takes no notice of late failures of calls from before it opened", () => {
    assert.deepStrictEqual(fail(opened, 900), opened)
  })

  it("never refuses for longer than its limit, whatever happens", () => {
    const step = fc.record({ wait: fc.nat(5_000), what: fc.constantFrom("admit", "fail", "succeed") })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let circuit: Circuit = closed
        let now = 0
        for (const { wait, what } of steps) {
          now += wait
          circuit = what === "admit" ? admit(circuit, now).circuit : what === "fail" ? fail(circuit, now) : closed
          assert.isAtMost(waitMs(circuit, now), policy.maxOpenMs)
        }
      })
    )
  })

  it("counts a provider's illness, never a wrong request, a wrong key or a rate limit", () => {
    const counts = (kind: ModelErrorKind) => isIllness({ kind, retryable: true })
    assert.isTrue(counts("overloaded") && counts("unreachable") && counts("timeout") && counts("protocol"))
    assert.isFalse(counts("invalid_request") || counts("authentication") || counts("rate_limited"))
    assert.isFalse(isIllness({ kind: "protocol", retryable: false }))
    assert.isAbove(defaultCircuitPolicy.failures, 1)
  })
})
