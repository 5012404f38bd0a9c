/**
 * How many tokens a model counts for one that we estimate, learned from what its vendor says it counted. It serves to
 * guess the size of a context. No bound, no price and no judgement of a usage knows it: the raw estimate stays what an
 * under-reporting vendor is compared with, or it could teach us to believe it.
 */
export interface TokenFactor {
  readonly factor: number
  /** Calls it was learned from. */
  readonly samples: number
}

export const unlearned: TokenFactor = { factor: 1, samples: 0 }

/** No vocabulary is further from our estimate: older ones make seven tokens of one in Armenian or Georgian. */
const lowest = 0.5
const highest = 8

/** A request of fewer estimated tokens is for the most part the vendor's own marks. */
const smallest = 100

/** Calls after which a new one counts as one of so many. */
const memory = 10

/** Under this part of our estimate, in percent, a vendor's number is taken as faulty, and teaches nothing. */
const believable = 60

const within = (factor: number): number => Math.min(highest, Math.max(lowest, factor))

/** The factor after a call that the vendor counted `counted` input tokens for; the same object where it teaches nothing. */
export const learn = (known: TokenFactor, estimate: number, counted: number): TokenFactor => {
  if (estimate < smallest || counted * 100 < estimate * believable) return known
  const weight = Math.max(1 / (known.samples + 1), 1 / memory)
  const factor = known.factor + (within(counted / estimate) - known.factor) * weight
  return { factor: within(factor), samples: known.samples + 1 }
}

/** Calls before a factor is relied on. */
const fewest = 3
/** Single texts are off by more than the mean. */
const spread = 1.15
/** Never less: what was learned of one language is not true of the next. */
const least = 1.1

/** What estimates of a context are multiplied by; `otherwise` where too little is known. */
export const reserveOf = ({ factor, samples }: TokenFactor, otherwise: number): number =>
  samples < fewest ? otherwise : Math.max(least, factor * spread)
