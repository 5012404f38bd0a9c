/**
 * Random lives of a ledger, step by step against its specification, on both stores at once: holds, extensions,
 * settlements, releases, crashes, replays, reloads, and clocks that run on, jump and go back over the days on which
 * zones change their offset and months end. `EXOCLAW_LIVES` asks for more of them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as fc from "fast-check"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll } from "vitest"
import { Books, layerBooks } from "../../layers/budget/MemoryLedgerStore.ts"
import * as SqliteLedgerStore from "../../layers/budget/SqliteLedgerStore.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { type Account, accountsOf } from "../../src/budget/Account.ts"
import type { HoldDecision } from "../../src/budget/HoldDecision.ts"
import { LedgerStore } from "../../src/budget/LedgerStore.ts"
import type { BudgetLimits } from "../../src/budget/Limits.ts"
import { calendar } from "../../src/budget/Period.ts"
import type { QuoteNumbers } from "../../src/budget/Quote.ts"
import type { Evidence } from "../../src/budget/Settlement.ts"
import type { Spender } from "../../src/budget/Spender.ts"
import { AgentId, InstanceId, PrincipalId, principalOfToken, TenantId, TurnId } from "../../src/domain/Ids.ts"
import type { InstanceFacts } from "../../src/domain/Instance.ts"
import { holdId, numbers, price, spender, unlimited, usageOf } from "./fixtures.ts"
import { accountsBySpecification, dateIn, dearest, type Outcome, ReferenceLedger } from "./referenceLedger.ts"

const base: BudgetLimits = {
  ...unlimited,
  installation: { tokens: 12_000 },
  tenant: { micros: 60_000 },
  session: { tokens: 4_000, micros: 40_000 },
  day: { tokens: 3_000 },
  agents: new Map([[AgentId.make("main"), { day: { tokens: 2_000, micros: 20_000 } }]]),
  sender: { day: { tokens: 900 }, session: { micros: 9_000 } },
  tokens: new Map([["ci", { total: { tokens: 2_500 }, month: { micros: 15_000 }, turn: { tokens: 1_500 } }]])
}

/** What the file says from one reload to the next. */
const configurations: ReadonlyArray<BudgetLimits> = [
  { ...base, timeZone: "Europe/Berlin", monthStart: 15 },
  { ...base, timeZone: "America/New_York", monthStart: 1, warn: 0.3, pause: 0.4 },
  { ...base, timeZone: "Australia/Lord_Howe", monthStart: 28, day: { tokens: 1_000 }, turn: { micros: 4_000 } },
  { ...base, timeZone: "America/Sao_Paulo", monthStart: 4, agent: { tokens: 2_000 }, pause: 0.2 },
  { ...base, timeZone: "Pacific/Apia", monthStart: 28, month: { tokens: 5_000 }, day: {} },
  { ...base, timeZone: "Asia/Beirut", monthStart: 28, installation: {}, tenant: {}, session: {}, tokens: new Map() },
  { ...base, timeZone: "America/Havana", monthStart: 1, pause: 0.1 },
  { ...base, timeZone: "UTC", monthStart: 1, pause: 0.9, warn: 0 },
  // somebody's own days and months come and go
  { ...base, timeZone: "UTC", monthStart: 9, agents: new Map(), sender: {}, tokens: new Map() },
  {
    ...base,
    timeZone: "UTC",
    monthStart: 9,
    agents: new Map([[AgentId.make("other"), { month: { tokens: 2_000 } }]]),
    sender: { month: { micros: 20_000 } },
    tokens: new Map([["ci", { day: { tokens: 1_500 } }]])
  }
]

/** Instants around which the days of a zone are short, long, doubled or missing. */
const changes: Readonly<Record<string, ReadonlyArray<string>>> = {
  "Europe/Berlin": ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"],
  // back on the first of a month
  "America/New_York": ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"],
  // by half an hour
  "Australia/Lord_Howe": ["2026-10-03T15:30:00Z"],
  // midnight is missing; back at midnight
  "America/Sao_Paulo": ["2018-11-04T03:00:00Z", "2018-02-18T02:00:00Z"],
  // a day is missing
  "Pacific/Apia": ["2011-12-30T10:00:00Z"],
  // forward at midnight
  "Asia/Beirut": ["2026-03-28T22:00:00Z"],
  // midnight comes twice, on the first of a month
  "America/Havana": ["2026-11-01T05:00:00Z"]
}

/** Ends of months, and of February in a year that has a day more. */
const ends = ["2026-01-01T00:00:00Z", "2024-02-29T12:00:00Z", "2026-02-28T23:30:00Z", "2026-12-31T22:59:59Z"]

/** Of the instants that matter in a zone, one. */
const edge = (zone: string, which: number): number => {
  const own = changes[zone] ?? []
  // its own as often as all the others
  const all = [...own, ...own, ...own, ...ends]
  return Date.parse(all[which % all.length] ?? "2026-01-01T00:00:00Z")
}

const minute = 60_000
const upTo = (max: number) => fc.integer({ min: 0, max })
const evidence: fc.Arbitrary<Evidence> = fc.record({
  unused: fc.oneof({ arbitrary: fc.constant(false), weight: 4 }, fc.constant(true)),
  usage: fc.option(
    // now and then far more than was held
    fc
      .tuple(fc.oneof({ arbitrary: upTo(150), weight: 5 }, upTo(2_000)), upTo(90), upTo(20), upTo(20))
      .map((counts) => usageOf(...counts)),
    { nil: undefined }
  ),
  final: fc.boolean(),
  delivered: upTo(90)
})

const step = fc.oneof(
  {
    arbitrary: fc.record({
      type: fc.constant("hold" as const),
      owner: upTo(5),
      input: upTo(400),
      output: fc.integer({ min: 1, max: 60 }),
      least: fc.integer({ min: 1, max: 30 }),
      priced: fc.oneof({ arbitrary: fc.constant(true), weight: 7 }, fc.constant(false)),
      /** Which of the accounts an approver let it pass, bit by bit. */
      passed: fc.oneof(fc.constant(0), upTo(4_095)),
      attempt: fc.constantFrom("final" as const, "tentative" as const),
      patient: fc.boolean()
    }),
    weight: 10
  },
  // of those that were settled before, too: a replay
  { arbitrary: fc.record({ type: fc.constant("settle" as const), which: upTo(40), evidence }), weight: 8 },
  { arbitrary: fc.record({ type: fc.constant("journal" as const), which: upTo(40), evidence }), weight: 5 },
  { arbitrary: fc.record({ type: fc.constant("again" as const), which: upTo(40) }), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant("crash" as const) }), weight: 2 },
  { arbitrary: fc.record({ type: fc.constant("recover" as const) }), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant("reload" as const), to: upTo(configurations.length - 1) }), weight: 1 },
  {
    arbitrary: fc.record({ type: fc.constant("wait" as const), minutes: fc.integer({ min: -180, max: 1_800 }) }),
    weight: 2
  },
  {
    arbitrary: fc.record({
      type: fc.constant("jump" as const),
      to: upTo(20),
      minutes: fc.integer({ min: -90, max: 90 })
    }),
    weight: 2
  }
)
type Step = typeof step extends fc.Arbitrary<infer A> ? A : never

const owners: ReadonlyArray<Spender> = [0, 1, 2, 3, 4, 5].map((n) => ({
  ...spender,
  tenant: TenantId.make(n === 3 ? "acme" : "default"),
  principal:
    [spender.principal, principalOfToken("ci"), PrincipalId.make("channel:tg:ada")][n % 3] ?? spender.principal,
  agent: AgentId.make(n < 2 ? "main" : "other"),
  session: `s${n}`,
  turn: TurnId.make(`turn_${String(n).padStart(16, "0")}`)
}))

const outcomeOf = (decision: HoldDecision): Outcome => {
  if (decision._tag === "Held") {
    const warned = decision.warnings.map(({ account, unit }) => `${account} ${unit}`)
    return { tag: "Held", output: decision.maxOutputTokens, warned }
  }
  const { reason } = decision
  return reason._tag === "PauseForApproval"
    ? { tag: "PauseForApproval", account: reason.account }
    : { tag: reason._tag }
}

/** A refusal has the true numbers of an account that really cannot cover the least. */
const isTrue = (
  decision: HoldDecision,
  accounts: ReadonlyArray<Account>,
  reference: ReferenceLedger,
  quote: QuoteNumbers
) => {
  if (decision._tag === "Held" || decision.reason._tag !== "BudgetExceeded") return
  const { held, limit, resetsAt, scope, spent, unit, wanted } = decision.reason
  const least = Math.min(quote.outputMinimum, quote.outputCeiling)
  const found = accounts.find((one) => {
    const sums = reference.of(one.id)
    const [a, b] = unit === "tokens" ? [sums.spentTokens, sums.heldTokens] : [sums.spentMicros, sums.heldMicros]
    return one.scope === scope && one.limit[unit] === limit && one.resetsAt === resetsAt && a === spent && b === held
  })
  assert.isDefined(found)
  assert.strictEqual(wanted, unit === "tokens" ? quote.inputBound + least : dearest(quote, least))
  assert.isAbove(spent + held + wanted, limit)
  const onlyHeld = spent + wanted <= limit
  if (decision.waitFor !== undefined) assert.isTrue(onlyHeld)
}

/** A real database in a file, with what its audit was told. */
interface Real {
  readonly store: LedgerStore["Service"]
  readonly accounts: Effect.Effect<ReadonlyArray<unknown>>
  readonly scope: Scope.Closeable
}

const open = (file: string, audit: Array<AuditEvent>): Effect.Effect<Real> =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const layer = Layer.provideMerge(
      SqliteLedgerStore.layer((_, event) => audit.push(event)),
      Layer.orDie(SqliteStore.layer(file))
    )
    const context = yield* Layer.buildWithScope(Layer.fresh(layer), scope)
    return {
      store: Context.get(context, LedgerStore),
      accounts: Effect.orDie(
        Context.get(context, Store).read((db) => db.all("SELECT account FROM balances").map(({ account }) => account))
      ),
      scope
    }
  })

const life = (file: string, first: number, steps: ReadonlyArray<Step>) =>
  Effect.gen(function* () {
    const audit: Array<AuditEvent> = []
    let real = yield* open(file, audit)
    const books = new Books()
    const memory = Context.get(yield* Effect.scoped(Layer.build(layerBooks(books))), LedgerStore)
    /** The same of both stores; what one refuses the other must refuse. */
    const both = <A>(ask: (store: LedgerStore["Service"]) => Effect.Effect<A, unknown>) =>
      Effect.gen(function* () {
        const one = yield* Effect.exit(ask(memory))
        const other = yield* Effect.exit(ask(real.store))
        assert.strictEqual(other._tag, one._tag)
        if (Exit.isFailure(one) || Exit.isFailure(other)) return undefined
        assert.deepStrictEqual(other.value, one.value)
        return one.value
      })

    const reference = new ReferenceLedger()
    let limits = configurations[first % configurations.length] ?? base
    let days = calendar(limits.timeZone, limits.monthStart)
    let at = edge(limits.timeZone, 0) - 40 * minute
    let generation = 0
    const asked: Array<Parameters<LedgerStore["Service"]["hold"]>[0]> = []
    const instance = (): InstanceFacts => ({
      id: InstanceId.make(`inst_${String(generation).padStart(16, "0")}`),
      pid: generation + 1,
      startTicks: "1"
    })
    const pick = (which: number) => asked[which % Math.max(1, asked.length)]?.id
    const recover = () => {
      const living = instance().id
      reference.crash(generation)
      return both((store) => store.recover((other) => other.id === living, at))
    }

    for (const one of steps) {
      switch (one.type) {
        case "hold": {
          const who = owners[one.owner] ?? spender
          const accounts = accountsOf(limits, who, days(at))
          const named = accountsBySpecification(limits, who, at)
          assert.deepStrictEqual(
            accounts.map(({ id, limit }) => ({ id, tokens: limit.tokens, micros: limit.micros })),
            named.map(({ id, limit }) => ({ id, tokens: limit.tokens, micros: limit.micros }))
          )
          for (const { resetsAt, id } of accounts) {
            if (resetsAt === null) continue
            // the very instant at which the date of the account's zone is another one
            const end = Date.parse(resetsAt)
            assert.isAbove(end, at, id)
            assert.notStrictEqual(dateIn(limits.timeZone, end), dateIn(limits.timeZone, end - 1), id)
          }
          const quote = {
            ...numbers,
            inputBound: one.input,
            inputEstimate: Math.floor(one.input / 2),
            outputCeiling: one.output,
            outputMinimum: one.least,
            price: one.priced ? price : undefined
          }
          const id = holdId(asked.length)
          const { pause, warn } = limits
          const passed = accounts.flatMap(({ id }, n) => ((one.passed >> n) & 1 ? [id] : []))
          const request = {
            id,
            instance: instance(),
            at,
            day: days(at).day.key,
            quote,
            accounts,
            warn,
            pause,
            spender: { ...who, passed },
            attempt: one.attempt,
            patient: one.patient
          }
          asked.push(request)
          const decision = yield* both((store) => store.hold(request))
          assert.isDefined(decision)
          if (decision === undefined) break
          const expected = reference.hold(id, generation, { at, who }, named, quote, { warn, pause, passed })
          assert.deepStrictEqual(outcomeOf(decision), expected)
          isTrue(decision, accounts, reference, quote)
          break
        }
        case "again": {
          // the very same hold: refused as long as it is open
          const request = asked[one.which % Math.max(1, asked.length)]
          if (request === undefined || !reference.open.has(request.id)) break
          const exits = yield* Effect.all([Effect.exit(memory.hold(request)), Effect.exit(real.store.hold(request))])
          for (const exit of exits) if (Exit.isSuccess(exit)) assert.strictEqual(exit.value._tag, "Refused")
          break
        }
        case "settle": {
          const id = pick(one.which)
          if (id === undefined) break
          reference.settle(id, one.evidence)
          const charge = yield* both((store) => store.settle(id, one.evidence, at))
          assert.strictEqual(charge?.costMicros, reference.settled.get(id))
          break
        }
        case "journal": {
          const id = pick(one.which)
          if (id === undefined) break
          reference.journal(id, one.evidence)
          yield* both((store) => store.journal(id, one.evidence, at))
          break
        }
        case "crash":
          generation++
          yield* Scope.close(real.scope, Exit.void)
          real = yield* open(file, audit)
          yield* recover()
          break
        case "recover":
          yield* recover()
          break
        case "reload":
          limits = configurations[one.to] ?? base
          days = calendar(limits.timeZone, limits.monthStart)
          break
        case "wait":
          at += one.minutes * minute
          break
        case "jump":
          at = edge(limits.timeZone, one.to) + one.minutes * minute
      }
      const accounts = [...reference.sums.keys()].map(
        (id) => ({ id, scope: "day", key: id, limit: {}, since: null, resetsAt: null }) as const
      )
      const balances = yield* both((store) => store.balances(accounts))
      assert.deepStrictEqual(
        balances?.map(({ warnedMicros: _m, warnedTokens: _t, ...sums }) => sums),
        [...reference.sums.values()]
      )
    }

    generation++
    yield* recover()
    for (const [id, sums] of reference.sums) assert.deepInclude(sums, { heldTokens: 0, heldMicros: 0 }, id)
    for (const account of yield* real.accounts) assert.isTrue(reference.sums.has(String(account)), String(account))
    const charged = yield* Effect.forEach(owners, ({ turn }) => both((store) => store.charges(turn)))
    assert.deepStrictEqual(
      new Map(charged.flatMap((charges) => (charges ?? []).map((one) => [one.holdId as string, one.costMicros]))),
      reference.settled
    )
    for (const by of ["agent", "session", "day", "model"] as const) yield* both((store) => store.usage({ by }))
    yield* both((store) => store.overran.pipe(Effect.map((names) => [...names].sort())))
    // every movement is in the audit log, in the same order and the same words
    assert.deepStrictEqual(audit, books.audit)
    yield* Scope.close(real.scope, Exit.void)
  })

let folder = ""
let empty = ""
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-model-"))
  empty = path.join(folder, "empty.db")
  await Effect.runPromise(Effect.scoped(Effect.asVoid(Layer.build(SqliteStore.layer(empty)))))
})
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

const runs = Number(process.env["EXOCLAW_LIVES"] ?? 80)

describe("T12, T13: holds, extensions, settlements, crashes, replays, reloads and clock changes in any order", () => {
  it(
    "leave in both stores what the specification says",
    () =>
      fc.assert(
        fc.asyncProperty(upTo(90), fc.array(step, { minLength: 1, maxLength: 50 }), async (first, steps) => {
          const file = path.join(fs.mkdtempSync(path.join(folder, "life-")), "exoclaw.db")
          fs.copyFileSync(empty, file)
          try {
            await Effect.runPromise(life(file, first, steps))
          } finally {
            fs.rmSync(path.dirname(file), { recursive: true, force: true })
          }
        }),
        { numRuns: runs }
      ),
    Math.max(120_000, runs * 1_000)
  )
})
