import { assert, describe, it } from "@effect/vitest"
import { accountsOf } from "../../src/budget/Account.ts"
import { type BudgetLimits, defaultLimits, stricter } from "../../src/budget/Limits.ts"
import { calendar } from "../../src/budget/Period.ts"
import { statusOf } from "../../src/budget/Status.ts"
import { AgentId, JobId, principalOfJob } from "../../src/domain/Ids.ts"
import { spender, unlimited } from "./fixtures.ts"

const noon = Date.parse("2026-11-20T12:00:00Z")
const of = (limits: BudgetLimits, owner: Parameters<typeof accountsOf>[1] = spender) =>
  accountsOf(limits, owner, calendar(limits.timeZone, limits.monthStart)(noon))

describe("Account", () => {
  it("gives every spender its six accounts, limited or not", () => {
    assert.deepStrictEqual(
      of(unlimited).map((one) => [one.id, one.resetsAt]),
      [
        ["installation:all", null],
        ["month:2026-11-01", "2026-12-01T00:00:00.000Z"],
        ["day:2026-11-20", "2026-11-21T00:00:00.000Z"],
        ["tenant:default", null],
        ["agent:main", null],
        ["session:default:main:ws:local:p1", null]
      ]
    )
  })

  it("limits the installation to two million tokens a day where nobody configured anything", () => {
    assert.deepStrictEqual(
      of(defaultLimits)
        .filter((one) => one.limit.tokens !== undefined || one.limit.micros !== undefined)
        .map((one) => [one.id, one.limit]),
      [["day:2026-11-20", { tokens: 2_000_000 }]]
    )
  })

  it("gives an agent with limits of its own its own day and month, and its sessions the stricter limit", () => {
    const own = { session: { tokens: 50, micros: 9 }, day: { tokens: 70 }, month: { tokens: 80 } }
    const limits = { ...unlimited, session: { tokens: 60, micros: 5 }, agents: new Map([[AgentId.make("main"), own]]) }
    const limited = of(limits).filter((one) => one.limit.tokens !== undefined)
    assert.deepStrictEqual(
      limited.map((one) => [one.id, one.limit]),
      [
        ["month:main:2026-11-01", { tokens: 80 }],
        ["day:main:2026-11-20", { tokens: 70 }],
        ["session:default:main:ws:local:p1", { tokens: 50, micros: 5 }]
      ]
    )
    const other = of(limits, { ...spender, agent: AgentId.make("other") })
    assert.deepStrictEqual(other.at(-1)?.limit, { tokens: 60, micros: 5 })
    assert.strictEqual(other.length, 6)
  })

  it("T16: a job pays from an account of its own, its run from the stricter limit, and nobody else does", () => {
    const job = JobId.make("report")
    const own = { session: { tokens: 50 }, day: { tokens: 70 }, month: { micros: 80 } }
    const limits = { ...unlimited, session: { tokens: 60 }, schedules: new Map([[job, own]]) }
    const accounts = of(limits, { ...spender, principal: principalOfJob(job) })
    assert.deepStrictEqual(
      accounts.filter(({ id }) => /^(?:schedule|session):/.test(id)).map((one) => [one.id, one.limit, one.resetsAt]),
      [
        ["schedule:report", {}, null],
        ["schedule:report:month:2026-11-01", { micros: 80 }, "2026-12-01T00:00:00.000Z"],
        ["schedule:report:day:2026-11-20", { tokens: 70 }, "2026-11-21T00:00:00.000Z"],
        ["session:default:main:ws:local:p1", { tokens: 50, micros: undefined }, null]
      ]
    )
    const unknown = of(limits, { ...spender, principal: principalOfJob(JobId.make("other")) })
    assert.deepStrictEqual(
      unknown.slice(-2).map(({ id }) => id),
      ["schedule:other", "session:default:main:ws:local:p1"]
    )
    assert.notInclude(
      of(limits).map(({ scope }) => scope),
      "schedule"
    )
  })

  it("takes of two limits the stricter, unit by unit", () => {
    assert.deepStrictEqual(stricter({ tokens: 5 }, { micros: 7 }), { tokens: 5, micros: 7 })
    assert.deepStrictEqual(stricter({ micros: 5 }, { tokens: 3, micros: 7 }), { tokens: 3, micros: 5 })
    assert.deepStrictEqual(stricter({ tokens: 5 }, undefined), { tokens: 5 })
  })

  it("shows a tenant without agent or session what concerns it", () => {
    const scopes = of(unlimited, { tenant: spender.tenant }).map((one) => one.scope)
    assert.deepStrictEqual(scopes, ["installation", "month", "day", "tenant"])
  })

  it("keeps accounts of different owners and periods apart", () => {
    const ids = [
      ...of(unlimited),
      ...of(unlimited, { ...spender, agent: AgentId.make("b"), session: "other" }),
      ...of({ ...unlimited, timeZone: "Pacific/Kiritimati" })
    ].map((one) => one.id)
    assert.isTrue(new Set(ids).has("day:2026-11-21"))
    assert.isTrue(new Set(ids).has("agent:b"))
  })

  it("is shown in both units, empty where nothing was spent, without a limit as null", () => {
    const rows = statusOf(of({ ...unlimited, tenant: { micros: 7 } }), [])
    assert.strictEqual(rows.length, 12)
    assert.deepStrictEqual(rows[7], {
      scope: "tenant",
      key: "default",
      unit: "micros",
      limit: 7,
      spent: 0,
      held: 0,
      resetsAt: null
    })
    assert.strictEqual(rows[6]?.limit, null)
  })
})
