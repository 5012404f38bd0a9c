/** The part of a context that is memory: what is shown of what is known, and what it costs. Pure. */
import { allocate, type Candidate, leastDensity } from "./Allocation.ts"
import type { RecentTurn } from "./RecentTurn.ts"
import type { ContextLimits } from "./ContextLimits.ts"
import type { Fact } from "./facts/Fact.ts"
import { lineOf } from "./facts/FactText.ts"
import { frame, memoryText } from "./MemoryText.ts"
import type { Hit } from "./Recall.ts"
import { headerOf, lineOf as lineOfTurn } from "./RecallText.ts"

/** What memory has for a message. */
export interface Known {
  /** Oldest first. */
  readonly instructions: ReadonlyArray<Fact>
  readonly facts: ReadonlyArray<{ readonly fact: Fact; readonly worth: number }>
  /** In time order. */
  readonly recalled: ReadonlyArray<Hit>
}

export const nothingKnown: Known = { instructions: [], facts: [], recalled: [] }

interface Sizes {
  readonly added: (text: string) => number
  readonly addedMessage: (text: string) => number
}

export interface MemoryPart {
  readonly turns: ReadonlyArray<RecentTurn>
  readonly text: string | undefined
  /** Tokens by kind. */
  readonly recent: number
  readonly facts: number
  readonly recalled: number
  readonly omitted: { readonly recentTurns: number; readonly facts: number; readonly recalled: number }
  /** Ids of the recalled utterances that are shown. */
  readonly shown: ReadonlyArray<string>
}

/** Of the latest turn, and by how much an older one is worth less than the next. */
const newest = 0.6
const fade = 0.75
/** Of the best recalled utterance, and of each further one. */
const best = 0.4
const next = 0.93

/** No line of a fact is shorter, in tokens. */
const leastLine = 10

/** Vendors refuse messages without a text. */
const isSaid = ({ assistant, user }: RecentTurn): boolean => user.trim() !== "" && assistant.trim() !== ""

const sum = (costs: ReadonlyArray<Candidate>, places: ReadonlyArray<number>): number =>
  places.reduce((all, place) => all + (costs[place]?.cost ?? 0), 0)

const pick = <A>(all: ReadonlyArray<A>, places: ReadonlyArray<number>): ReadonlyArray<A> =>
  places.flatMap((place) => all.slice(place, place + 1))

export const chooseMemory = (
  recent: ReadonlyArray<RecentTurn>,
  known: Known,
  limits: ContextLimits,
  room: number,
  sizes: Sizes
): MemoryPart => {
  const latest = recent.filter(isSaid).toReversed().slice(0, limits.window)
  const recentCosts = latest.map(({ assistant, user }, age) => ({
    cost: sizes.addedMessage(user) + sizes.addedMessage(assistant),
    worth: newest * fade ** age
  }))
  const instructions = known.instructions.toReversed()
  const instructionCosts = instructions.map((fact) => ({ cost: sizes.added(`${lineOf(fact)}\n`), worth: 1 }))
  // those that could not be taken whatever they cost are not even measured
  const facts = known.facts.filter(({ worth }) => worth >= leastDensity * leastLine)
  const factCosts = facts.map(({ fact, worth }) => ({ cost: sizes.added(`${lineOf(fact)}\n`), worth }))
  const ranks = new Map(
    known.recalled
      .map((hit, place) => ({ score: hit.score, place }))
      .sort((a, b) => b.score - a.score || a.place - b.place)
      .map(({ place }, rank) => [place, rank])
  )
  // each with its own header: which of a day's lines is shown first is not known before
  const hitCosts = known.recalled.map(({ day, turn }, place) => ({
    cost: sizes.added(`${headerOf(day)}${lineOfTurn(turn)}`),
    worth: best * next ** (ranks.get(place) ?? 0)
  }))
  const offer = {
    instructions: instructionCosts,
    facts: factCosts,
    recalled: hitCosts,
    recent: recentCosts,
    frame: sizes.added(frame)
  }
  const chosen = allocate(offer, limits, room)
  const hits = pick(known.recalled, chosen.recalled)
  const text = memoryText({
    instructions: pick(instructions, chosen.instructions),
    facts: pick(facts, chosen.facts).map(({ fact }) => fact),
    recalled: hits
  })
  const told = sum(instructionCosts, chosen.instructions) + sum(factCosts, chosen.facts)
  // what it really is: its days have one header each
  const whole =
    text === undefined ? 0 : Math.min(sizes.added(text), told + sum(hitCosts, chosen.recalled) + offer.frame)
  const ofFacts = hits.length === 0 ? whole : Math.min(whole, told)
  return {
    turns: latest.slice(0, chosen.recent).toReversed(),
    text,
    recent: recentCosts.slice(0, chosen.recent).reduce((all, { cost }) => all + cost, 0),
    facts: ofFacts,
    recalled: whole - ofFacts,
    omitted: {
      recentTurns: Math.max(0, Math.min(recent.length, limits.window) - chosen.recent),
      facts: known.instructions.length + known.facts.length - chosen.instructions.length - chosen.facts.length,
      recalled: known.recalled.length - hits.length
    },
    shown: hits.map(({ turn }) => turn.id)
  }
}
