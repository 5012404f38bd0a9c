import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { accountsOf, extractionSession } from "../../src/budget/Account.ts"
import { type BudgetLimits, defaultLimits, stricter } from "../../src/budget/Limits.ts"
import { calendar } from "../../src/budget/Period.ts"
import { statusOf } from "../../src/budget/Status.ts"
import { AgentId, JobId, PrincipalId, principalOfJob, principalOfToken, TenantId } from "../../src/domain/Ids.ts"
import type { OwnLimits } from "../../src/domain/Limit.ts"
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

  it("facts by a model have an account of their own beside all others', and no session's", () => {
    const extraction = { day: { tokens: 70 }, month: { micros: 80 } }
    const limits = { ...unlimited, extraction, session: { tokens: 1 } }
    const accounts = of(limits, { ...spender, session: extractionSession, work: "extraction" })
    assert.deepStrictEqual(accounts.map(({ id, limit }) => [id, limit]).slice(-4), [
      ["agent:main", {}],
      ["extraction:all", {}],
      ["extraction:all:month:2026-11-01", { micros: 80 }],
      ["extraction:all:day:2026-11-20", { tokens: 70 }]
    ])
    assert.notInclude(
      of(limits).map(({ scope }) => scope),
      "extraction"
    )
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

  it("T16: a sender of a channel pays from an account of its own, limited by what every sender may spend", () => {
    const sender = { total: { tokens: 90 }, day: { tokens: 70 }, session: { tokens: 50 }, turn: { micros: 5 } }
    const limits = { ...unlimited, sender }
    const principal = PrincipalId.make("channel:tg:+49 160/1:2")
    assert.deepStrictEqual(
      of(limits, { ...spender, principal })
        .filter(({ id }) => /^(?:sender|session|turn):/.test(id))
        .map((one) => [one.id, one.limit, one.resetsAt]),
      [
        ["sender:tg:+49 160%2F1%3A2", { tokens: 90 }, null],
        ["sender:tg:+49 160%2F1%3A2:day:2026-11-20", { tokens: 70 }, "2026-11-21T00:00:00.000Z"],
        ["session:default:main:ws:local:p1", { tokens: 50, micros: undefined }, null],
        ["turn:turn_0000000000000001", { tokens: undefined, micros: 5 }, null]
      ]
    )
    assert.notInclude(
      of(limits).map(({ scope }) => scope),
      "sender"
    )
  })

  it("the holder of a token pays from an account of its own, by the configuration first, then by what was stored", () => {
    const limits = { ...unlimited, tokens: new Map([["ci", { total: { tokens: 9 } }]]) }
    const ofToken = (name: string, stored?: OwnLimits) =>
      accountsOf(limits, { ...spender, principal: principalOfToken(name) }, calendar("UTC", 1)(noon), stored)
        .filter(({ scope }) => scope === "token")
        .map((one) => [one.id, one.limit])
    assert.deepStrictEqual(ofToken("ci", { total: { tokens: 1 } }), [["token:ci", { tokens: 9 }]])
    assert.deepStrictEqual(ofToken("laptop", { month: { micros: 7 } }), [
      ["token:laptop", {}],
      ["token:laptop:month:2026-11-01", { micros: 7 }]
    ])
    assert.deepStrictEqual(ofToken("bare"), [["token:bare", {}]])
  })

  it("T12: no two of tenant, kind, name and period ever share an account", () => {
    const own = { total: {}, day: { tokens: 1 }, month: { tokens: 1 } }
    const name = fc.oneof(
      fc.constantFrom("a", "day", "month", "a:day:2026-11-20", "acme/a", "2026-11-20", "%3A"),
      fc.string({ minLength: 1, maxLength: 6 })
    )
    const whose = fc.record({
      tenant: fc.constantFrom("default", "acme"),
      kind: fc.constantFrom("token", "channel"),
      channel: fc.constantFrom("a", "day", "month"),
      name
    })
    const accounts = ({ channel, kind, name, tenant }: typeof whose extends fc.Arbitrary<infer A> ? A : never) => {
      const principal = kind === "token" ? principalOfToken(name) : PrincipalId.make(`channel:${channel}:${name}`)
      const limits = { ...unlimited, sender: own, tokens: new Map([[name, own]]) }
      return of(limits, { tenant: TenantId.make(tenant), principal })
        .map(({ id }) => id)
        .filter((id) => /^(?:token|sender):/.test(id))
    }
    const printable = (one: { readonly name: string }) => /^[^\p{C}]+$/u.test(one.name)
    // a token's name has neither colon nor slash
    const real = (one: { readonly kind: string; readonly name: string }) =>
      one.kind !== "token" || /^[A-Za-z0-9_.-]+$/.test(one.name)
    const valid = whose.filter((one) => printable(one) && real(one))
    fc.assert(
      fc.property(valid, valid, (one, other) => {
        const same =
          JSON.stringify({ ...one, channel: one.kind === "token" ? "" : one.channel }) ===
          JSON.stringify({ ...other, channel: other.kind === "token" ? "" : other.channel })
        const [ids, others] = [accounts(one), accounts(other)]
        assert.strictEqual(new Set(ids).size, 3)
        if (same) assert.deepStrictEqual(ids, others)
        else assert.isFalse(ids.some((id) => others.includes(id)))
      }),
      { numRuns: 500 }
    )
  })

  it("a turn has an account once it is limited, each attempt at it its own", () => {
    const limits = {
      ...unlimited,
      turn: { tokens: 60 },
      agents: new Map([[AgentId.make("main"), { turn: { tokens: 40 } }]])
    }
    const turns = (attempt?: number) =>
      of(limits, { ...spender, attempt })
        .filter(({ scope }) => scope === "turn")
        .map((one) => [one.key, one.limit.tokens])
    assert.deepStrictEqual(turns(), [["turn_0000000000000001", 40]])
    assert.deepStrictEqual(turns(7), [["turn_0000000000000001@7", 40]])
    assert.notInclude(
      of(unlimited).map(({ scope }) => scope),
      "turn"
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
    assert.isTrue(new Set(ids).has("day:2026-11-21 Pacific/Kiritimati"))
    assert.isTrue(new Set(ids).has("agent:b"))
  })

  it("is shown in both units, empty where nothing was spent, without a limit as null", () => {
    const limits = { ...unlimited, tenant: { micros: 7 }, warn: 0.75, pause: 0.9 }
    const rows = statusOf(of(limits), [], limits)
    assert.strictEqual(rows.length, 12)
    assert.deepStrictEqual(rows[7], {
      scope: "tenant",
      key: "default",
      unit: "micros",
      limit: 7,
      spent: 0,
      held: 0,
      warnAt: 6,
      pauseAt: 7,
      since: null,
      resetsAt: null
    })
    assert.deepInclude(rows[6], { limit: null, warnAt: null, pauseAt: null })
    assert.isNull(statusOf(of(limits), [], unlimited)[7]?.pauseAt)
  })
})
