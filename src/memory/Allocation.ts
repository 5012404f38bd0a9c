/**
 * Who gets the room that is left for memory: standing instructions first, then the latest turns up to their minimum,
 * then whatever is worth most per token, each part up to its maximum. Pure and deterministic.
 */
import type { ContextLimits } from "./ContextLimits.ts"

/** Something that could be shown. */
export interface Candidate {
  /** Tokens that it costs. */
  readonly cost: number
  /** How likely the answer needs it, 0 to 1. */
  readonly worth: number
}

export interface Offer {
  /** Newest first. */
  readonly instructions: ReadonlyArray<Candidate>
  readonly facts: ReadonlyArray<Candidate>
  readonly recalled: ReadonlyArray<Candidate>
  /** Newest first: one is shown only with all that are newer. */
  readonly recent: ReadonlyArray<Candidate>
  /** What the first of instructions, facts and recalled turns costs beside itself. */
  readonly frame: number
}

/** Places of what is shown, in each list; `recent` is a number of turns. */
export interface Allocated {
  readonly instructions: ReadonlyArray<number>
  readonly facts: ReadonlyArray<number>
  readonly recalled: ReadonlyArray<number>
  readonly recent: number
}

/** What is worth less per token stays out, also where there is room: it would be paid for. */
export const leastDensity = 0.001

type Part = "instructions" | "facts" | "recalled"

interface Ranked {
  readonly part: "facts" | "recalled"
  readonly place: number
  readonly density: number
}

const density = ({ cost, worth }: Candidate): number => worth / Math.max(1, cost)

export const allocate = (offer: Offer, limits: ContextLimits, room: number): Allocated => {
  const chosen: Record<Part, Array<number>> = { instructions: [], facts: [], recalled: [] }
  const spent: Record<Part, number> = { instructions: 0, facts: 0, recalled: 0 }
  let left = room
  let framed = false
  let recent = 0
  const take = (part: Part, place: number): boolean => {
    const candidate = offer[part][place]
    if (candidate === undefined) return false
    const cost = candidate.cost + (framed ? 0 : offer.frame)
    if (cost > left || spent[part] + candidate.cost > limits[part]) return false
    framed = true
    left -= cost
    spent[part] += candidate.cost
    chosen[part].push(place)
    return true
  }
  const takeRecent = (limit: number): boolean => {
    const candidate = offer.recent[recent]
    if (candidate === undefined || candidate.cost > limit) return false
    left -= candidate.cost
    recent += 1
    return true
  }
  for (const place of offer.instructions.keys()) take("instructions", place)
  for (let least = Math.min(left, limits.leastRecent); ;) {
    const cost = offer.recent[recent]?.cost ?? 0
    if (!takeRecent(least)) break
    least -= cost
  }
  const rank = (part: "facts" | "recalled"): ReadonlyArray<Ranked> =>
    offer[part].map((candidate, place) => ({ part, place, density: density(candidate) }))
  const ranked = [...rank("facts"), ...rank("recalled")]
    .filter(({ density: worth }) => worth >= leastDensity)
    .sort((a, b) => b.density - a.density || (a.part < b.part ? -1 : a.part > b.part ? 1 : a.place - b.place))
  for (const { density: worth, part, place } of ranked) {
    // an older turn is taken before anything that is worth less per token
    for (let next = offer.recent[recent]; next !== undefined && density(next) >= worth; next = offer.recent[recent]) {
      if (!takeRecent(left)) break
    }
    take(part, place)
  }
  // a fact or two of little worth do not pay for the lines around them
  const shown = [
    ...chosen.facts.map((place) => offer.facts[place]),
    ...chosen.recalled.map((place) => offer.recalled[place])
  ]
  const worth = shown.reduce((sum, candidate) => sum + (candidate?.worth ?? 0), 0)
  const cost = shown.reduce((sum, candidate) => sum + (candidate?.cost ?? 0), offer.frame)
  if (chosen.instructions.length === 0 && shown.length > 0 && worth < cost * leastDensity) {
    left += cost
    chosen.facts.length = 0
    chosen.recalled.length = 0
  }
  while (takeRecent(left)) continue
  return {
    instructions: chosen.instructions,
    facts: chosen.facts.sort((a, b) => a - b),
    recalled: chosen.recalled.sort((a, b) => a - b),
    recent
  }
}
