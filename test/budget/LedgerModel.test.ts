/** Random lives of a ledger, step by step against its specification, on both stores. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import { layerMemory } from "../../layers/budget/MemoryLedgerStore.ts"
import * as SqliteLedgerStore from "../../layers/budget/SqliteLedgerStore.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { accountsOf } from "../../src/budget/Account.ts"
import { LedgerStore } from "../../src/budget/LedgerStore.ts"
import type { BudgetLimits } from "../../src/budget/Limits.ts"
import { calendar } from "../../src/budget/Period.ts"
import type { Evidence } from "../../src/budget/Settlement.ts"
import { AgentId, InstanceId, TenantId } from "../../src/domain/Ids.ts"
import type { InstanceFacts } from "../../src/domain/Instance.ts"
import { holdId, numbers, price, spender, unlimited, usageOf } from "./fixtures.ts"
import { ReferenceLedger } from "./referenceLedger.ts"

const limits: BudgetLimits = {
  ...unlimited,
  timeZone: "Europe/Berlin",
  monthStart: 15,
  installation: { tokens: 12_000 },
  tenant: { micros: 60_000 },
  session: { tokens: 4_000, micros: 40_000 },
  day: { tokens: 3_000 },
  agents: new Map([[AgentId.make("main"), { day: { tokens: 2_000, micros: 20_000 } }]])
}

const small = (max: number) => fc.integer({ min: 0, max })
const evidence: fc.Arbitrary<Evidence> = fc.record({
  unused: fc.boolean(),
  usage: fc.option(
    fc.tuple(small(150), small(60), small(20), small(20)).map((counts) => usageOf(...counts)),
    { nil: undefined }
  ),
  final: fc.boolean(),
  delivered: small(60)
})

const step = fc.oneof(
  {
    arbitrary: fc.record({
      type: fc.constant("hold" as const),
      owner: small(3),
      input: small(400),
      output: fc.integer({ min: 1, max: 60 }),
      least: fc.integer({ min: 1, max: 30 }),
      priced: fc.boolean()
    }),
    weight: 5
  },
  { arbitrary: fc.record({ type: fc.constant("settle" as const), which: small(40), evidence }), weight: 4 },
  { arbitrary: fc.record({ type: fc.constant("journal" as const), which: small(40), evidence }), weight: 2 },
  { arbitrary: fc.record({ type: fc.constant("crash" as const) }), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant("wait" as const), hours: fc.integer({ min: -2, max: 30 }) }), weight: 1 }
)
type Step = typeof step extends fc.Arbitrary<infer A> ? A : never

const owners = [0, 1, 2, 3].map((n) => ({
  ...spender,
  tenant: TenantId.make(n < 3 ? "default" : "acme"),
  agent: AgentId.make(n < 2 ? "main" : "other"),
  session: `s${n}`
}))

const life = (steps: ReadonlyArray<Step>) =>
  Effect.gen(function* () {
    const store = yield* LedgerStore
    const reference = new ReferenceLedger()
    const days = calendar(limits.timeZone, limits.monthStart)
    // The days around the end of summer time, and the beginning of a budget month.
    let at = Date.parse("2026-10-13T20:00:00Z")
    let generation = 0
    const ids: Array<ReturnType<typeof holdId>> = []
    const instance = (): InstanceFacts => ({
      id: InstanceId.make(`inst_${String(generation).padStart(16, "0")}`),
      pid: generation + 1,
      startTicks: "1"
    })
    for (const one of steps) {
      switch (one.type) {
        case "hold": {
          const who = owners[one.owner] ?? spender
          const accounts = accountsOf(limits, who, days(at))
          const quote = {
            ...numbers,
            inputBound: one.input,
            inputEstimate: Math.floor(one.input / 2),
            outputCeiling: one.output,
            outputMinimum: one.least,
            price: one.priced || who.tenant === "default" ? price : { ...price, output: 0 }
          }
          const id = holdId(ids.length)
          ids.push(id)
          const request = {
            id,
            instance: instance(),
            at,
            day: days(at).day.key,
            spender: who,
            quote,
            accounts,
            warn: 0.75
          }
          const decision = yield* store.hold(request)
          const expected = reference.hold(id, generation, accounts, quote)
          assert.strictEqual(decision._tag === "Held" ? decision.maxOutputTokens : undefined, expected)
          break
        }
        case "settle": {
          const id = ids[one.which % Math.max(1, ids.length)]
          if (id === undefined || !(reference.open.has(id) || reference.settled.has(id))) break
          reference.settle(id, one.evidence)
          const charge = yield* store.settle(id, one.evidence, at)
          assert.strictEqual(charge.costMicros, reference.settled.get(id))
          break
        }
        case "journal": {
          const id = ids[one.which % Math.max(1, ids.length)]
          if (id === undefined) break
          yield* store.journal(id, one.evidence)
          reference.journal(id, one.evidence)
          break
        }
        case "crash": {
          generation++
          const living = instance().id
          yield* store.recover((other) => other.id === living, at)
          reference.crash(generation)
          break
        }
        case "wait":
          at += one.hours * 3_600_000
      }
      const accounts = owners.flatMap((who) => accountsOf(limits, who, days(at)))
      const balances = yield* store.balances(accounts)
      assert.deepStrictEqual(
        balances.map(({ warnedTokens: _t, warnedMicros: _m, ...sums }) => sums),
        accounts.map((account) => reference.of(account.id))
      )
    }
    generation++
    yield* store.recover(() => false, at)
    reference.crash(generation)
    for (const [id, sums] of reference.sums) {
      assert.deepInclude(sums, { heldTokens: 0, heldMicros: 0 }, id)
    }
    const charged = yield* store.charges(spender.turn)
    assert.deepStrictEqual(new Map(charged.map((one) => [one.holdId as string, one.costMicros])), reference.settled)
  })

const backends = {
  memory: layerMemory,
  sqlite: Layer.orDie(
    Layer.provide(
      SqliteLedgerStore.layer(() => undefined),
      SqliteStore.layerMemory
    )
  )
} as const

describe("T12, T13: holds, settlements, crashes, replays and clock changes in any order", () => {
  for (const [name, backend] of Object.entries(backends)) {
    it(`leave in the ${name} store what the specification says`, () =>
      fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) =>
          Effect.runPromise(Effect.provide(life(steps), Layer.fresh(backend)))
        ),
        { numRuns: 150 }
      ))
  }
})
