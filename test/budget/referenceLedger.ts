/** The specification of a ledger's books: a plain fold, without a word about how they are kept. */
import type { Limit, OwnLimits } from "../../src/domain/Limit.ts"
import type { BudgetLimits } from "../../src/budget/Limits.ts"
import type { QuoteNumbers } from "../../src/budget/Quote.ts"
import { type Evidence, nothingKnown, settlementOf } from "../../src/budget/Settlement.ts"
import type { Spender } from "../../src/budget/Spender.ts"
import { totalTokens } from "../../src/budget/Usage.ts"

export interface Sums {
  spentTokens: number
  heldTokens: number
  spentMicros: number
  heldMicros: number
}

/** An account as the specification knows it: a name and a limit, and with a period whose calls of it are its own. */
export interface Named {
  readonly id: string
  readonly limit: Limit
  readonly isOwn?: (call: Call) => boolean
}

interface Call {
  readonly at: number
  readonly who: Spender
}

interface Open extends Call {
  accounts: ReadonlyArray<string>
  readonly quote: QuoteNumbers
  readonly output: number
  /** As it was taken. */
  readonly micros: number
  readonly instance: number
  held: { tokens: number; micros: number }
  evidence: Evidence
}

/** What becomes of a request: the output that it may have, or why not. */
export type Outcome =
  | { readonly tag: "Held"; readonly output: number; readonly warned: ReadonlyArray<string> }
  | { readonly tag: "BudgetExceeded" | "Unpriced" }
  | { readonly tag: "PauseForApproval"; readonly account: string }

const million = 1_000_000

/** The dearest price of a call, by plain arithmetic: the test's numbers are small enough for it. */
export const dearest = ({ inputBound, price }: QuoteNumbers, output: number): number =>
  price === undefined
    ? 0
    : Math.ceil(
        (Math.max(price.input, price.cacheRead, price.cacheWrite) * inputBound + price.output * output) / million
      )

/** The date on the calendars of a zone, by the platform's own formatter. */
export const dateIn = (zone: string, at: number): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at)

/** The date on which the budget month of a date began. */
const monthOf = (date: string, start: number): string => {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number)
  const months = year * 12 + month - 1 - (day >= start ? 0 : 1)
  const two = (n: number) => String(n).padStart(2, "0")
  return `${Math.floor(months / 12)}-${two((months % 12) + 1)}-${two(start)}`
}

const least = (...limits: ReadonlyArray<Limit | undefined>): Limit => {
  const of = (unit: keyof Limit) => Math.min(...limits.map((limit) => limit?.[unit] ?? Infinity))
  const finite = (value: number) => (value === Infinity ? undefined : value)
  return { tokens: finite(of("tokens")), micros: finite(of("micros")) }
}

const limited = (limit: Limit | undefined): boolean => limit?.tokens !== undefined || limit?.micros !== undefined

/** The accounts that a spender pays from at an instant, in the words of the configuration's documents. */
export const accountsBySpecification = (limits: BudgetLimits, who: Spender, at: number): ReadonlyArray<Named> => {
  const day = dateIn(limits.timeZone, at)
  const month = monthOf(day, limits.monthStart)
  const agent = limits.agents.get(who.agent)
  const [kind = "", name = "", sender = ""] = who.principal.split(":")
  const mine = who.tenant === "default" ? "" : `${who.tenant}/`
  const own: { readonly [kind: string]: readonly [id: string, limits: OwnLimits | undefined] } = {
    token: [`token:${mine}${name}`, limits.tokens.get(name)],
    channel: [`sender:${mine}${name}:${sender}`, limits.sender]
  }
  const [id, ofOwn] = own[kind] ?? []
  const turn = least(limits.turn, agent?.turn, ofOwn?.turn)
  const today = (call: Call) => dateIn(limits.timeZone, call.at) === day
  const thisMonth = (call: Call) => monthOf(dateIn(limits.timeZone, call.at), limits.monthStart) === month
  // a date on the calendars of another zone is another stretch of time
  const zone = limits.timeZone === "UTC" ? "" : ` ${limits.timeZone}`
  const ofAgent = (call: Call) => call.who.agent === who.agent
  const ofMine = (call: Call) => call.who.tenant === who.tenant && call.who.principal === who.principal
  const both = (one: (call: Call) => boolean, other: (call: Call) => boolean) => (call: Call) =>
    one(call) && other(call)
  return [
    { id: "installation:all", limit: limits.installation },
    { id: `month:${month}${zone}`, limit: limits.month, isOwn: thisMonth },
    { id: `day:${day}${zone}`, limit: limits.day, isOwn: today },
    { id: `tenant:${who.tenant}`, limit: limits.tenant },
    { id: `agent:${who.agent}`, limit: least(limits.agent, agent?.total) },
    ...(limited(agent?.month)
      ? [{ id: `month:${who.agent}:${month}${zone}`, limit: agent?.month ?? {}, isOwn: both(thisMonth, ofAgent) }]
      : []),
    ...(limited(agent?.day)
      ? [{ id: `day:${who.agent}:${day}${zone}`, limit: agent?.day ?? {}, isOwn: both(today, ofAgent) }]
      : []),
    ...(id === undefined ? [] : [{ id, limit: ofOwn?.total ?? {} }]),
    ...(limited(ofOwn?.month)
      ? [{ id: `${id}:month:${month}${zone}`, limit: ofOwn?.month ?? {}, isOwn: both(thisMonth, ofMine) }]
      : []),
    ...(limited(ofOwn?.day)
      ? [{ id: `${id}:day:${day}${zone}`, limit: ofOwn?.day ?? {}, isOwn: both(today, ofMine) }]
      : []),
    { id: `session:${who.session}`, limit: least(limits.session, agent?.session, ofOwn?.session) },
    ...(limited(turn) ? [{ id: `turn:${who.turn}`, limit: turn }] : [])
  ]
}

export class ReferenceLedger {
  readonly sums = new Map<string, Sums>()
  readonly open = new Map<string, Open>()
  /** Micro-dollars that were charged, by hold. */
  readonly settled = new Map<string, number>()
  readonly #warned = new Set<string>()
  /** Accounts that somebody has asked for. */
  readonly #known = new Set<string>()
  readonly #charges: Array<Call & { readonly tokens: number; readonly micros: number }> = []

  /** An account that is asked for late has what its calls were charged, and what is held for those under way. */
  #open({ id, isOwn }: Named): void {
    if (this.#known.has(id)) return
    this.#known.add(id)
    if (isOwn === undefined) return
    const sums = this.of(id)
    for (const charge of this.#charges.filter(isOwn)) {
      sums.spentTokens += charge.tokens
      sums.spentMicros += charge.micros
    }
    for (const hold of [...this.open.values()].filter(isOwn)) {
      hold.accounts = [...hold.accounts, id]
      sums.heldTokens += hold.held.tokens
      sums.heldMicros += hold.held.micros
    }
  }

  of(account: string): Sums {
    const sums = this.sums.get(account) ?? { spentTokens: 0, heldTokens: 0, spentMicros: 0, heldMicros: 0 }
    this.sums.set(account, sums)
    return sums
  }

  covers({ id, limit }: Named, quote: QuoteNumbers, output: number): boolean {
    const sums = this.of(id)
    const tokens = sums.spentTokens + sums.heldTokens + quote.inputBound + output
    const micros = sums.spentMicros + sums.heldMicros + dearest(quote, output)
    return tokens <= (limit.tokens ?? Infinity) && micros <= (limit.micros ?? Infinity)
  }

  /** The clamp, found by trying every output from the ceiling down. */
  hold(
    id: string,
    instance: number,
    { at, who }: Call,
    accounts: ReadonlyArray<Named>,
    quote: QuoteNumbers,
    { passed, pause, warn }: Pick<BudgetLimits, "pause" | "warn"> & { readonly passed: ReadonlyArray<string> }
  ): Outcome {
    for (const account of accounts) this.#open(account)
    if (quote.price === undefined && accounts.some(({ limit }) => limit.micros !== undefined))
      return { tag: "Unpriced" }
    const least = Math.min(quote.outputMinimum, quote.outputCeiling)
    let output = quote.outputCeiling
    while (output >= least && !accounts.every((account) => this.covers(account, quote, output))) output--
    if (output < least) return { tag: "BudgetExceeded" }
    const past = ({ id: name, limit }: Named, part: number, unit: "tokens" | "micros"): boolean => {
      const { spentMicros, spentTokens } = this.of(name)
      return (unit === "tokens" ? spentTokens : spentMicros) >= (limit[unit] ?? Infinity) * part
    }
    const paused = accounts.find(
      (one) =>
        pause !== undefined && !passed.includes(one.id) && (past(one, pause, "tokens") || past(one, pause, "micros"))
    )
    if (paused !== undefined) return { tag: "PauseForApproval", account: paused.id }
    // a limit that was raised is warned of at its own mark
    for (const { id: name, limit } of accounts) {
      for (const unit of ["tokens", "micros"] as const) {
        if (limit[unit] !== undefined && !past({ id: name, limit }, warn, unit)) this.#warned.delete(`${name} ${unit}`)
      }
    }
    const warned = accounts
      .flatMap((one) =>
        (["tokens", "micros"] as const).flatMap((unit) => (past(one, warn, unit) ? [`${one.id} ${unit}`] : []))
      )
      .filter((one) => !this.#warned.has(one))
    for (const one of warned) this.#warned.add(one)
    const held = { tokens: quote.inputBound + output, micros: dearest(quote, output) }
    const names = accounts.map((account) => account.id)
    this.#add(names, held)
    this.open.set(id, {
      at,
      who,
      accounts: names,
      quote,
      output,
      micros: held.micros,
      instance,
      held,
      evidence: nothingKnown
    })
    return { tag: "Held", output, warned }
  }

  #add(
    accounts: ReadonlyArray<string>,
    { micros, tokens }: { readonly tokens: number; readonly micros: number }
  ): void {
    for (const name of accounts) {
      const sums = this.of(name)
      sums.heldTokens += tokens
      sums.heldMicros += micros
    }
  }

  #charge({ micros, output, quote }: Open, evidence: Evidence) {
    const { inputBound, inputEstimate, price } = quote
    const charge = settlementOf({ inputBound, inputEstimate, maxOutputTokens: output, micros, price }, evidence)
    return { tokens: totalTokens(charge.usage), micros: charge.micros }
  }

  /** What is held is never less than what would be charged now. */
  journal(id: string, evidence: Evidence): void {
    const hold = this.open.get(id)
    if (hold === undefined) return
    hold.evidence = evidence
    const charge = this.#charge(hold, evidence)
    const held = {
      tokens: Math.max(hold.held.tokens, charge.tokens),
      micros: Math.max(hold.held.micros, charge.micros)
    }
    this.#add(hold.accounts, { tokens: held.tokens - hold.held.tokens, micros: held.micros - hold.held.micros })
    hold.held = held
  }

  settle(id: string, evidence: Evidence): void {
    const hold = this.open.get(id)
    if (hold === undefined) return
    const charge = this.#charge(hold, evidence)
    this.#add(hold.accounts, { tokens: -hold.held.tokens, micros: -hold.held.micros })
    for (const name of hold.accounts) {
      const sums = this.of(name)
      sums.spentTokens += charge.tokens
      sums.spentMicros += charge.micros
    }
    this.settled.set(id, charge.micros)
    this.#charges.push({ at: hold.at, who: hold.who, ...charge })
    this.open.delete(id)
  }

  /** Every instance but `living` is gone. */
  crash(living: number): void {
    for (const [id, hold] of this.open) if (hold.instance !== living) this.settle(id, hold.evidence)
  }
}
