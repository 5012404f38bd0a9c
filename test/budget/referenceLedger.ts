/** The specification of a ledger's books: a plain fold, without a word about how they are kept. */
import type { Account } from "../../src/budget/Account.ts"
import type { QuoteNumbers } from "../../src/budget/Quote.ts"
import { type Evidence, nothingKnown, settlementOf } from "../../src/budget/Settlement.ts"
import { totalTokens } from "../../src/budget/Usage.ts"

export interface Sums {
  spentTokens: number
  heldTokens: number
  spentMicros: number
  heldMicros: number
}

interface Open {
  readonly accounts: ReadonlyArray<string>
  readonly quote: QuoteNumbers
  readonly output: number
  readonly micros: number
  readonly instance: number
  evidence: Evidence
}

const million = 1_000_000

/** The dearest price of a call, by plain arithmetic: the test's numbers are small enough for it. */
const dearest = ({ price, inputBound }: QuoteNumbers, output: number): number =>
  price === undefined
    ? 0
    : Math.ceil(
        (Math.max(price.input, price.cacheRead, price.cacheWrite) * inputBound + price.output * output) / million
      )

export class ReferenceLedger {
  readonly sums = new Map<string, Sums>()
  readonly open = new Map<string, Open>()
  readonly settled = new Map<string, number>()

  of(account: string): Sums {
    const sums = this.sums.get(account) ?? { spentTokens: 0, heldTokens: 0, spentMicros: 0, heldMicros: 0 }
    this.sums.set(account, sums)
    return sums
  }

  /** The clamp, found by trying every output from the ceiling down; undefined is a refusal. */
  hold(id: string, instance: number, accounts: ReadonlyArray<Account>, quote: QuoteNumbers): number | undefined {
    const covered = (output: number): boolean =>
      accounts.every(({ id: name, limit }) => {
        const sums = this.of(name)
        const tokens = sums.spentTokens + sums.heldTokens + quote.inputBound + output
        const micros = sums.spentMicros + sums.heldMicros + dearest(quote, output)
        return tokens <= (limit.tokens ?? Infinity) && micros <= (limit.micros ?? Infinity)
      })
    const least = Math.min(quote.outputMinimum, quote.outputCeiling)
    for (let output = quote.outputCeiling; output >= least; output--) {
      if (!covered(output)) continue
      const micros = dearest(quote, output)
      const names = accounts.map((account) => account.id)
      for (const name of names) {
        const sums = this.of(name)
        sums.heldTokens += quote.inputBound + output
        sums.heldMicros += micros
      }
      this.open.set(id, { accounts: names, quote, output, micros, instance, evidence: nothingKnown })
      return output
    }
    return undefined
  }

  journal(id: string, evidence: Evidence): void {
    const hold = this.open.get(id)
    if (hold !== undefined) hold.evidence = evidence
  }

  settle(id: string, evidence: Evidence): void {
    const hold = this.open.get(id)
    if (hold === undefined) return
    const { quote, output, micros } = hold
    const { inputBound, inputEstimate, price } = quote
    const charge = settlementOf({ inputBound, inputEstimate, maxOutputTokens: output, micros, price }, evidence)
    for (const name of hold.accounts) {
      const sums = this.of(name)
      sums.heldTokens -= inputBound + output
      sums.heldMicros -= micros
      sums.spentTokens += totalTokens(charge.usage)
      sums.spentMicros += charge.micros
    }
    this.settled.set(id, charge.micros)
    this.open.delete(id)
  }

  /** Every instance but `living` is gone. */
  crash(living: number): void {
    for (const [id, hold] of this.open) if (hold.instance !== living) this.settle(id, hold.evidence)
  }
}
