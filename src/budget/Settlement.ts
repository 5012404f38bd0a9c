/** What a call is charged once it is over. Pure; never less than the truth. */
import type { JsonObject } from "../domain/Json.ts"
import { cost, dearestCost, type PriceClass } from "./Price.ts"
import { inputOf, totalTokens, type Usage } from "./Usage.ts"

/** `usage`: as the vendor said; `estimate`: its usage was not believable; `bound`: no whole usage came; `none`: nothing was used. */
export type Basis = "usage" | "estimate" | "bound" | "none"

/** What was set aside for the call. */
export interface HeldNumbers {
  readonly inputBound: number
  readonly inputEstimate: number
  readonly maxOutputTokens: number
  /** Micro-dollars held. */
  readonly micros: number
  readonly price: PriceClass | undefined
}

/** What is known about how the call went. */
export interface Evidence {
  /** True where the vendor was certainly not asked, or definitely refused before its stream. */
  readonly unused: boolean
  /** The vendor's latest cumulative usage. */
  readonly usage: Usage | undefined
  /** True where that usage is the vendor's last word on the whole call. */
  readonly final: boolean
  /** Our own estimate of the output tokens that crossed the wire. */
  readonly delivered: number
  /** True where a cumulative count of the vendor's went back; the larger one counts. */
  readonly shrank?: boolean | undefined
  /** What the vendor said last, as it said it (`usageRecord`). */
  readonly raw?: JsonObject | undefined
}

export const nothingKnown: Evidence = { unused: false, usage: undefined, final: false, delivered: 0 }
export const neverUsed: Evidence = { ...nothingKnown, unused: true }

export interface Settlement {
  /** What is charged. */
  readonly usage: Usage
  readonly micros: number
  readonly basis: Basis
  /** True where the vendor's usage was not believed. */
  readonly flagged: boolean
  /** True where more was used than was held: the bound was wrong and the model needs exact counting. */
  readonly alarm: boolean
}

/** Under this part of our own estimate, in percent, a vendor's number is taken as faulty. */
const believable = 60

/** More than any call can use: keeps sums exact whatever a vendor sends. */
const most = 1_000_000_000

const zero: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

const sane = (usage: Usage): Usage => ({
  ...usage,
  input: Math.min(usage.input, most),
  output: Math.min(usage.output, most),
  cacheRead: Math.min(usage.cacheRead, most),
  cacheWrite: Math.min(usage.cacheWrite, most)
})

/** What a usage says of its output in detail; of an output that is not its own, nothing. */
const outputDetails = ({ output, reasoning }: Usage, charged: number): Pick<Usage, "reasoning"> =>
  reasoning === undefined || charged !== output ? {} : { reasoning }

/** Our estimate is rounded up, which of an answer of one word is a large part. */
const faulty = (reported: number, estimate: number): boolean =>
  reported === 0 ? estimate > 0 : reported * 100 < (estimate - 1) * believable

/** A usage priced as it is, or with its input at the dearest rate where we do not know how it was charged. */
const priced = (price: PriceClass | undefined, usage: Usage, inputKnown: boolean): number =>
  price === undefined ? 0 : inputKnown ? cost(price, usage) : dearestCost(price, usage.input, usage.output)

/** Settles a hold by what is known. Input and output are judged apart, so that one cannot hide the other. */
export const settlementOf = (hold: HeldNumbers, evidence: Evidence): Settlement => {
  if (evidence.unused) return { usage: zero, micros: 0, basis: "none", flagged: false, alarm: false }
  if (evidence.usage === undefined) {
    const usage = { ...zero, input: hold.inputBound, output: Math.max(hold.maxOutputTokens, evidence.delivered) }
    return conclude(hold, usage, false, "bound", false)
  }
  const said = sane(evidence.usage)
  const inputSaid = said.input + said.cacheRead + said.cacheWrite
  const inputEstimate = Math.min(hold.inputEstimate, hold.inputBound)
  const inputFaulty = faulty(inputSaid, inputEstimate)
  const outputFaulty = evidence.final && faulty(said.output, evidence.delivered)
  // Without the vendor's last word its output is unknown, and an input we do not believe is the whole bound.
  const input = inputFaulty
    ? { input: evidence.final ? inputEstimate : hold.inputBound, cacheRead: 0, cacheWrite: 0 }
    : inputOf(said)
  const output = evidence.final
    ? outputFaulty
      ? evidence.delivered
      : said.output
    : Math.max(said.output, evidence.delivered, hold.maxOutputTokens)
  const flagged = inputFaulty || outputFaulty || evidence.shrank === true
  const basis = evidence.final ? (flagged ? "estimate" : "usage") : "bound"
  const usage = { ...input, output, ...outputDetails(said, output) }
  return conclude(hold, usage, !inputFaulty, basis, flagged)
}

const conclude = (hold: HeldNumbers, usage: Usage, inputKnown: boolean, basis: Basis, flagged: boolean): Settlement => {
  const micros = priced(hold.price, usage, inputKnown)
  const over = totalTokens(usage) > hold.inputBound + hold.maxOutputTokens || micros > hold.micros
  return { usage, micros, basis, flagged, alarm: over }
}
