/** What every ledger store must do; run against each backend. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { type Account, accountsOf } from "../../src/budget/Account.ts"
import type { HoldDecision } from "../../src/budget/HoldDecision.ts"
import { LedgerStore } from "../../src/budget/LedgerStore.ts"
import type { BudgetLimits } from "../../src/budget/Limits.ts"
import { calendar } from "../../src/budget/Period.ts"
import type { QuoteNumbers } from "../../src/budget/Quote.ts"
import { type Evidence, nothingKnown } from "../../src/budget/Settlement.ts"
import type { Spender } from "../../src/budget/Spender.ts"
import {
  AgentId,
  type HoldId,
  InstanceId,
  JobId,
  PrincipalId,
  principalOfJob,
  TenantId,
  TurnId
} from "../../src/domain/Ids.ts"
import type { InstanceFacts } from "../../src/domain/Instance.ts"
import { emptyBalance, facts, holdId, numbers, spender, unlimited, usageOf } from "./fixtures.ts"

const noon = 1_700_000_000_000

interface Asked {
  readonly limits?: BudgetLimits
  readonly who?: Spender
  readonly quote?: Partial<QuoteNumbers>
  readonly at?: number
  readonly instance?: InstanceFacts
}

const accountsAt = (limits: BudgetLimits, who: Spender, at: number): ReadonlyArray<Account> =>
  accountsOf(limits, who, calendar(limits.timeZone, limits.monthStart)(at))

const request = (id: HoldId, asked: Asked = {}) => {
  const { limits = unlimited, who = spender, at = noon, instance = facts } = asked
  return {
    id,
    instance,
    at,
    day: calendar(limits.timeZone, limits.monthStart)(at).day.key,
    spender: who,
    quote: { ...numbers, ...asked.quote },
    accounts: accountsAt(limits, who, at),
    warn: limits.warn
  }
}

const finally_ = (input: number, output: number): Evidence => ({
  unused: false,
  usage: usageOf(input, output),
  final: true,
  delivered: 0
})

export const ledgerStoreContract = (
  name: string,
  backend: Layer.Layer<LedgerStore>,
  audit: () => ReadonlyArray<string>
) => {
  const day = (limits: BudgetLimits = unlimited, at = noon) =>
    Effect.gen(function* () {
      const store = yield* LedgerStore
      const account = accountsAt(limits, spender, at).find((one) => one.scope === "day")
      const [balance] = yield* store.balances(account === undefined ? [] : [account])
      return balance ?? emptyBalance
    })

  describe(`LedgerStore: ${name}`, () => {
    it.effect("holds in every account, and releases and charges in every account", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const accounts = accountsAt(unlimited, spender, noon)
        const decision = yield* store.hold(request(holdId(1)))
        assert.strictEqual(decision._tag, "Held")
        for (const balance of yield* store.balances(accounts)) {
          assert.strictEqual(balance.heldTokens, 150)
          assert.strictEqual(balance.heldMicros, 100 * 3.75 + 50 * 15)
          assert.strictEqual(balance.spentTokens, 0)
        }
        const charge = yield* store.settle(holdId(1), finally_(70, 20), noon + 5)
        assert.deepStrictEqual(charge, {
          holdId: holdId(1),
          ...spender,
          provider: "anthropic",
          model: "claude-test",
          usage: usageOf(70, 20),
          reported: usageOf(70, 20),
          raw: null,
          costMicros: 510,
          inputMicros: 210,
          savedMicros: 0,
          priceVersion: "test",
          basis: "usage",
          flagged: false,
          alarm: false,
          heldTokens: 150,
          heldMicros: 1125,
          heldAt: noon,
          settledAt: noon + 5
        })
        for (const balance of yield* store.balances(accounts)) {
          assert.strictEqual(balance.heldTokens, 0)
          assert.strictEqual(balance.heldMicros, 0)
          assert.strictEqual(balance.spentTokens, 90)
          assert.strictEqual(balance.spentMicros, 510)
        }
        assert.deepStrictEqual(yield* store.charges(spender.turn), [charge])
      }).pipe(Effect.provide(backend))
    )

    it.effect("settles once: a second settlement changes nothing and says what the first did", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        yield* store.hold(request(holdId(1)))
        const first = yield* store.settle(holdId(1), finally_(70, 20), noon)
        const second = yield* store.settle(holdId(1), nothingKnown, noon + 1)
        assert.deepStrictEqual(second, first)
        assert.strictEqual((yield* day()).spentTokens, 90)
      }).pipe(Effect.provide(backend))
    )

    it.effect("changes nothing on a refusal, and clamps to what is left", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const limits = { ...unlimited, day: { tokens: 280 } }
        const first = yield* store.hold(request(holdId(1), { limits }))
        const second = yield* store.hold(request(holdId(2), { limits }))
        const third = yield* store.hold(request(holdId(3), { limits }))
        assert.strictEqual(first._tag === "Held" && first.maxOutputTokens, 50)
        assert.strictEqual(second._tag === "Held" && second.maxOutputTokens, 30)
        assert.strictEqual(third._tag, "Refused")
        if (third._tag === "Refused" && third.reason._tag === "BudgetExceeded") {
          assert.strictEqual(third.reason.scope, "day")
          assert.strictEqual(third.reason.held, 280)
          assert.strictEqual(third.reason.limit, 280)
          assert.strictEqual(third.reason.wanted, 110)
        }
        assert.strictEqual((yield* day(limits)).heldTokens, 280)
        assert.isTrue(audit().includes("budget.refused"))
      }).pipe(Effect.provide(backend))
    )

    it.effect("settles in the period the hold was taken in", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        yield* store.hold(request(holdId(1)))
        yield* store.settle(holdId(1), finally_(70, 20), noon + 86_400_000)
        assert.strictEqual((yield* day(unlimited, noon)).spentTokens, 90)
        assert.deepStrictEqual(yield* day(unlimited, noon + 86_400_000), emptyBalance)
      }).pipe(Effect.provide(backend))
    )

    it.effect("T12: knows what was spent and is held in a day or month whose limit is set in the middle of it", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const other = { ...spender, agent: AgentId.make("other") }
        yield* store.hold(request(holdId(1)))
        yield* store.settle(holdId(1), finally_(70, 20), noon)
        yield* store.hold(request(holdId(2), { at: noon - 86_400_000 }))
        yield* store.settle(holdId(2), finally_(70, 20), noon)
        yield* store.hold(request(holdId(3), { who: other }))
        yield* store.hold(request(holdId(4)))
        const own = { day: { tokens: 1_000 }, month: { micros: 1_000_000 } }
        const limits = { ...unlimited, agents: new Map([[spender.agent, own]]) }
        const late = accountsAt(limits, spender, noon).filter(({ key }) => key.startsWith(`${spender.agent}:`))
        const sums = Effect.map(store.balances(late), (balances) =>
          balances.map(({ heldTokens, spentTokens }) => [spentTokens, heldTokens])
        )
        // the month, then the day
        const before = [
          [180, 150],
          [90, 150]
        ]
        assert.deepStrictEqual(yield* sums, before)
        const decision = yield* store.hold(
          request(holdId(5), { limits, quote: { inputBound: 900, outputMinimum: 50 } })
        )
        assert.deepInclude(decision._tag === "Refused" ? decision.reason : decision, {
          scope: "day",
          spent: 90,
          held: 150
        })
        assert.deepStrictEqual(yield* sums, before)
        yield* store.settle(holdId(4), finally_(70, 20), noon)
        assert.deepStrictEqual(yield* sums, [
          [270, 0],
          [180, 0]
        ])
      }).pipe(Effect.provide(backend))
    )

    it.effect("T12: a day in another time zone has what was spent in its own hours, whatever the other one had", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const later = noon + 3 * 3_600_000
        // a quarter past ten in the evening and past one in the night in UTC: two days there, one in Kathmandu
        yield* store.hold(request(holdId(1)))
        yield* store.settle(holdId(1), finally_(70, 20), noon)
        yield* store.hold(request(holdId(2), { at: later }))
        yield* store.settle(holdId(2), finally_(50, 10), later)
        const spentIn = (timeZone: string) =>
          Effect.map(
            store.balances(
              accountsAt({ ...unlimited, timeZone }, spender, later).filter(({ scope }) => scope === "day")
            ),
            (balances) => balances.map(({ spentTokens }) => spentTokens)
          )
        assert.deepStrictEqual(yield* spentIn("UTC"), [60])
        assert.deepStrictEqual(yield* spentIn("Asia/Kathmandu"), [150])
        const limits = { ...unlimited, timeZone: "Asia/Kathmandu", day: { tokens: 250 } }
        const decision = yield* store.hold(request(holdId(3), { limits, at: later, quote: { inputBound: 100 } }))
        assert.deepInclude(decision._tag === "Refused" ? decision.reason : decision, { spent: 150, scope: "day" })
      }).pipe(Effect.provide(backend))
    )

    it.effect("says a warning once per account, unit and period", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const limits = { ...unlimited, day: { tokens: 1_000, micros: 1_000_000 }, session: { tokens: 1_000 } }
        yield* store.hold(request(holdId(1), { limits, quote: { outputCeiling: 800 } }))
        yield* store.settle(holdId(1), finally_(100, 650), noon)
        const warned = yield* store.hold(request(holdId(2), { limits }))
        const again = yield* store.hold(request(holdId(3), { limits, quote: { inputBound: 10 } }))
        assert.deepStrictEqual(
          warned._tag === "Held" ? warned.warnings.map((one) => [one.scope, one.unit, one.spent, one.limit]) : [],
          [
            ["day", "tokens", 750, 1_000],
            ["session", "tokens", 750, 1_000]
          ]
        )
        assert.deepStrictEqual(again._tag === "Held" ? again.warnings : "refused", [])
        const dear = { ...unlimited, day: { micros: 13_000 } }
        const money = yield* store.hold(request(holdId(4), { limits: dear, quote: { outputMinimum: 1 } }))
        assert.deepStrictEqual(money._tag === "Held" ? money.warnings.map((one) => one.unit) : money.reason.message, [
          "micros"
        ])
        for (const n of [2, 3, 4]) yield* store.settle(holdId(n), { ...nothingKnown, unused: true }, noon)
        // What was said of one unit stays said when the other follows.
        const still = yield* store.hold(request(holdId(5), { limits, quote: { inputBound: 10, outputCeiling: 1 } }))
        assert.deepStrictEqual(still._tag === "Held" ? still.warnings : still.reason.message, [])
      }).pipe(Effect.provide(backend))
    )

    it.effect("says a warning again at the mark of a limit that was raised since", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const low = { limits: { ...unlimited, day: { tokens: 1_000 } }, quote: { outputCeiling: 10, outputMinimum: 1 } }
        const high = { ...low, limits: { ...unlimited, day: { tokens: 2_000 } } }
        const warned = (decision: HoldDecision) => (decision._tag === "Held" ? decision.warnings.length : -1)
        yield* store.hold(request(holdId(1), { limits: unlimited, quote: { outputCeiling: 800 } }))
        yield* store.settle(holdId(1), finally_(100, 700), noon)
        assert.strictEqual(warned(yield* store.hold(request(holdId(2), low))), 1)
        assert.strictEqual(warned(yield* store.hold(request(holdId(3), high))), 0)
        yield* store.settle(holdId(2), finally_(100, 700), noon)
        assert.strictEqual(warned(yield* store.hold(request(holdId(4), high))), 1)
        assert.strictEqual(warned(yield* store.hold(request(holdId(5), high))), 0)
      }).pipe(Effect.provide(backend))
    )

    it.effect("T16: warns a job at each of its calls, and whoever asks next all the same", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const limits = { ...unlimited, day: { tokens: 1_000 } }
        const job = { who: { ...spender, principal: principalOfJob(JobId.make("watch")) } }
        yield* store.hold(request(holdId(1), { limits, quote: { outputCeiling: 800 } }))
        yield* store.settle(holdId(1), finally_(100, 700), noon)
        const small = { limits, quote: { inputBound: 10, outputCeiling: 10, outputMinimum: 1 } }
        const warned = (decision: HoldDecision) => (decision._tag === "Held" ? decision.warnings.length : -1)
        assert.strictEqual(warned(yield* store.hold(request(holdId(2), { ...small, ...job }))), 1)
        assert.strictEqual(warned(yield* store.hold(request(holdId(3), { ...small, ...job }))), 1)
        assert.strictEqual(warned(yield* store.hold(request(holdId(4), small))), 1)
        assert.strictEqual(warned(yield* store.hold(request(holdId(5), { ...small, ...job }))), 0)
      }).pipe(Effect.provide(backend))
    )

    it.effect("T13: settles the holds of dead instances by their journal, else at the bound, and no others", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const dead = { ...facts, id: InstanceId.make("inst_0000000000000002"), pid: 1 }
        yield* store.hold(request(holdId(1), { instance: dead }))
        yield* store.hold(request(holdId(2), { instance: dead }))
        yield* store.hold(request(holdId(3), { instance: dead }))
        yield* store.hold(request(holdId(4)))
        yield* store.journal(holdId(1), finally_(70, 20), noon)
        yield* store.journal(holdId(2), { unused: false, usage: usageOf(70, 1), final: false, delivered: 3 }, noon)
        const lives = (instance: InstanceFacts) => instance.id !== dead.id
        const charges = yield* store.recover(lives, noon + 9)
        assert.deepStrictEqual(
          charges.map((charge) => [charge.holdId, charge.basis, charge.usage.input, charge.usage.output]),
          [
            [holdId(1), "usage", 70, 20],
            [holdId(2), "bound", 70, 50],
            [holdId(3), "bound", 100, 50]
          ]
        )
        assert.strictEqual((yield* day()).heldTokens, 150)
        assert.deepStrictEqual(yield* store.recover(lives, noon + 10), [])
        // The owner was alive after all, in another place: its late settlement changes nothing.
        assert.strictEqual((yield* store.settle(holdId(3), nothingKnown, noon + 11)).settledAt, noon + 9)
      }).pipe(Effect.provide(backend))
    )

    it.effect("T13: sets more aside for a call that turns out to use more than was held, and releases all of it", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const limits = { ...unlimited, day: { tokens: 1_000 } }
        yield* store.hold(request(holdId(1), { limits }))
        const partial = (input: number, delivered: number) =>
          store.journal(holdId(1), { unused: false, usage: usageOf(input, 0), final: false, delivered }, noon)
        yield* partial(100, 50)
        assert.strictEqual((yield* day(limits)).heldTokens, 150)
        // 900 in and the 50 that may still come
        yield* partial(900, 0)
        assert.deepInclude(yield* day(limits), { heldTokens: 950, heldMicros: 900 * 3 + 50 * 15 })
        assert.deepStrictEqual(audit().at(-1), "budget.extended")
        assert.strictEqual((yield* store.hold(request(holdId(2), { limits })))._tag, "Refused")
        // 210 out crossed the wire: a limit holds back the next call, not what was used
        yield* partial(900, 210)
        assert.deepInclude(yield* day(limits), { heldTokens: 1_110, heldMicros: 900 * 3 + 210 * 15 })
        yield* partial(900, 60)
        assert.strictEqual((yield* day(limits)).heldTokens, 1_110)
        const charge = yield* store.settle(holdId(1), finally_(900, 215), noon)
        assert.deepInclude(charge, { alarm: true, heldTokens: 150, heldMicros: 1125 })
        assert.deepInclude(yield* day(limits), { spentTokens: 1_115, heldTokens: 0, heldMicros: 0 })
      }).pipe(Effect.provide(backend))
    )

    it.effect("T13: a hold that was extended is released whole after a crash", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        yield* store.hold(request(holdId(1)))
        yield* store.journal(holdId(1), finally_(700, 90), noon)
        assert.strictEqual((yield* day()).heldTokens, 790)
        yield* store.recover(() => false, noon)
        assert.deepInclude(yield* day(), { spentTokens: 790, heldTokens: 0, heldMicros: 0 })
      }).pipe(Effect.provide(backend))
    )

    it.effect("refuses a hold that is there already, and changes nothing by it", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        yield* store.hold(request(holdId(1)))
        assert.strictEqual((yield* Effect.exit(store.hold(request(holdId(1)))))._tag, "Failure")
        assert.strictEqual((yield* day()).heldTokens, 150)
      }).pipe(Effect.provide(backend))
    )

    it.effect("T15: keeps what the vendor said word for word beside its counts, over a crash too", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const usage = { ...usageOf(70, 20, 5, 6), cacheWriteLong: 4, reasoning: 12 }
        const raw = { prompt_tokens: 81, new_kind_of_token: 9, tier: "standard", details: { deep: [1, null] } }
        const evidence: Evidence = { unused: false, usage, final: true, delivered: 0, raw }
        yield* store.hold(request(holdId(1), { instance: { ...facts, id: InstanceId.make("inst_0000000000000002") } }))
        yield* store.hold(request(holdId(2)))
        yield* store.journal(holdId(1), evidence, noon)
        const [recovered] = yield* store.recover(({ id }) => id === facts.id, noon)
        const settled = yield* store.settle(holdId(2), evidence, noon)
        const charges = yield* store.charges(spender.turn)
        assert.deepStrictEqual<ReadonlyArray<unknown>>(charges, [recovered, settled])
        for (const charge of charges) {
          assert.deepInclude(charge, { raw, reported: usage, usage: usageOf(70, 20, 5, 6), basis: "usage" })
        }
      }).pipe(Effect.provide(backend))
    )

    it.effect("releases, as unused, what was not confirmed, where there is such a hold", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        yield* store.hold(request(holdId(1)))
        yield* store.hold(request(holdId(2)))
        yield* store.settle(holdId(2), finally_(70, 20), noon)
        yield* store.abandon([holdId(1), holdId(2), holdId(9)], noon + 1)
        yield* store.abandon([holdId(1)], noon + 2)
        assert.deepInclude(yield* day(), { spentTokens: 90, heldTokens: 0, heldMicros: 0 })
        assert.deepStrictEqual(
          (yield* store.charges(spender.turn)).map(({ basis, holdId: id, settledAt }) => [id, basis, settledAt]),
          [
            [holdId(2), "usage", noon],
            [holdId(1), "none", noon + 1]
          ]
        )
      }).pipe(Effect.provide(backend))
    )

    it.effect("ignores a journal entry of a settled hold", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        yield* store.hold(request(holdId(1)))
        yield* store.settle(holdId(1), finally_(70, 20), noon)
        yield* store.journal(holdId(1), finally_(7, 2), noon)
        assert.strictEqual((yield* store.charges(spender.turn))[0]?.usage.input, 70)
      }).pipe(Effect.provide(backend))
    )

    it.effect("records neither a tentative refusal nor one that is waited out, but what has no price at once", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const limits = { ...unlimited, day: { tokens: 200 } }
        yield* store.hold(request(holdId(1), { limits }))
        const before = audit().length
        const tentative = { ...request(holdId(2), { limits }), attempt: "tentative" as const }
        assert.strictEqual((yield* store.hold(tentative))._tag, "Refused")
        const patient = yield* store.hold({ ...request(holdId(2), { limits }), patient: true })
        assert.isTrue(patient._tag === "Refused" && patient.waitFor !== undefined)
        assert.strictEqual(audit().length, before)
        const beyond = request(holdId(2), { limits, quote: { inputBound: 300 } })
        yield* store.hold({ ...beyond, patient: true })
        const money = { ...unlimited, day: { micros: 1 } }
        yield* store.hold({
          ...request(holdId(3), { limits: money, quote: { price: undefined } }),
          attempt: "tentative"
        })
        assert.deepStrictEqual(audit().slice(before), ["budget.refused", "budget.refused"])
      }).pipe(Effect.provide(backend))
    )

    it.effect("records use above the hold as it is, with an alarm, and remembers the model", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        yield* store.hold(request(holdId(1), { quote: { price: undefined } }))
        const charge = yield* store.settle(holdId(1), finally_(500, 20), noon)
        assert.isTrue(charge.alarm)
        assert.strictEqual(charge.priceVersion, null)
        assert.strictEqual((yield* day()).spentTokens, 520)
        assert.strictEqual((yield* day()).heldTokens, 0)
        assert.deepStrictEqual(yield* store.overran, ["anthropic/claude-test"])
        assert.deepStrictEqual(audit().slice(-3), ["budget.hold", "budget.settled", "budget.alarm"])
      }).pipe(Effect.provide(backend))
    )

    it.effect("sums charges by agent, session, day and model, filtered by owner and time", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const other: Spender = {
          tenant: TenantId.make("acme"),
          principal: PrincipalId.make("token:ci"),
          agent: AgentId.make("coder"),
          session: "acme:coder:ws:local:p2",
          turn: TurnId.make("turn_0000000000000002")
        }
        const spend = (n: number, asked: Asked, input: number) =>
          Effect.andThen(store.hold(request(holdId(n), asked)), store.settle(holdId(n), finally_(input, 10), noon))
        yield* spend(1, {}, 80)
        yield* spend(2, { at: noon + 86_400_000, quote: { model: "small" } }, 70)
        yield* spend(3, { who: other }, 90)
        const by = (query: Parameters<typeof store.usage>[0]) =>
          Effect.map(store.usage(query), (rows) => rows.map((row) => [row.group, row.calls, row.input]))
        assert.deepStrictEqual(yield* by({ by: "agent" }), [
          ["main", 2, 150],
          ["coder", 1, 90]
        ])
        assert.deepStrictEqual(yield* by({ by: "session" }), [
          [spender.session, 2, 150],
          [other.session, 1, 90]
        ])
        assert.deepStrictEqual(yield* by({ by: "day" }), [
          ["2023-11-14", 2, 170],
          ["2023-11-15", 1, 70]
        ])
        assert.deepStrictEqual(yield* by({ by: "model" }), [
          ["anthropic/claude-test", 2, 170],
          ["anthropic/small", 1, 70]
        ])
        assert.deepStrictEqual(yield* by({ by: "agent", tenant: other.tenant }), [["coder", 1, 90]])
        assert.deepStrictEqual(yield* by({ by: "agent", principal: other.principal }), [["coder", 1, 90]])
        assert.deepStrictEqual(yield* by({ by: "agent", session: spender.session }), [["main", 2, 150]])
        assert.deepStrictEqual(yield* by({ by: "day", agent: other.agent }), [["2023-11-14", 1, 90]])
        assert.deepStrictEqual(yield* by({ by: "agent", from: noon + 1 }), [["main", 1, 70]])
        assert.deepStrictEqual(yield* by({ by: "agent", to: noon }), [])
        assert.deepStrictEqual(yield* by({ by: "model", newest: 1 }), [["anthropic/small", 1, 70]])
        assert.lengthOf(yield* by({ by: "session", newest: 99 }), 2)
        const [first] = yield* store.usage({ by: "agent", agent: spender.agent })
        assert.strictEqual(first?.firstAt, noon)
      }).pipe(Effect.provide(backend))
    )

    it.effect("T26: knows whether another tenant than the asking one ever held anything", () =>
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const [ours, acme] = [spender.tenant, TenantId.make("acme")]
        assert.deepStrictEqual([yield* store.others(ours), yield* store.others(acme)], [false, false])
        yield* store.hold(request(holdId(1)))
        assert.deepStrictEqual([yield* store.others(ours), yield* store.others(acme)], [false, true])
        yield* store.hold(request(holdId(2), { who: { ...spender, tenant: acme } }))
        assert.deepStrictEqual([yield* store.others(ours), yield* store.others(acme)], [true, true])
      }).pipe(Effect.provide(backend))
    )

    it.effect("refuses to settle a hold that never was", () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit((yield* LedgerStore).settle(holdId(9), nothingKnown, noon))
        assert.strictEqual(exit._tag, "Failure")
      }).pipe(Effect.provide(backend))
    )
  })
}
