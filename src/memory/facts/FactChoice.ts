/** Which facts matter to a message: how likely its answer needs each of them. Pure. */
import type { Fact } from "./Fact.ts"
import { longestLookup, wordsOf } from "./FactKey.ts"
import { singular } from "../extract/Vocabulary.ts"

/** What is worth knowing whatever is asked. */
const standing: ReadonlyMap<string, number> = new Map([
  ["name", 0.12],
  ["lives in", 0.12],
  ["allergic to", 0.12],
  ["does not eat", 0.1],
  ["prefers", 0.1],
  ["works at", 0.08],
  ["works as", 0.08],
  ["note", 0.08],
  ["event", 0.02]
])
const otherwise = 0.05

/** Words of questions that are about an attribute. */
const meant: ReadonlyMap<string, string> = new Map([
  ["called", "name"],
  ["named", "name"],
  ["names", "name"],
  ["live", "lives"],
  ["living", "lives"],
  ["where", "lives"],
  ["home", "lives"],
  ["city", "lives"],
  ["moved", "lives"],
  ["work", "works"],
  ["job", "works"],
  ["like", "likes"],
  ["old", "age"],
  ["eat", "eat"],
  ["speak", "speaks"],
  ["languages", "speaks"],
  ["play", "plays"],
  ["favorite", "favourite"],
  ["color", "colour"],
  ["from", "comes"]
])
const idle = new Set(
  "the a an is are was were am do does did my me i you your what who how when which of to in at for and or it that this have has tell about know can please".split(
    " "
  )
)

const stem = (word: string): string => singular(word.length > 4 && word.endsWith("s") ? word.slice(0, -1) : word)

/** Words of a message that facts are looked for by. */
export const wantedBy = (message: string): ReadonlySet<string> => {
  const wanted = new Set<string>()
  for (const word of wordsOf(message.slice(0, longestLookup)).slice(0, 200)) {
    if (!idle.has(word)) wanted.add(stem(word))
    const attribute = meant.get(word)
    if (attribute !== undefined) wanted.add(stem(attribute))
  }
  return wanted
}

const overlap = (text: string | undefined, wanted: ReadonlySet<string>): number => {
  if (text === undefined) return 0
  let hits = 0
  for (const word of new Set(wordsOf(text))) if (wanted.has(stem(word))) hits += 1
  return hits
}

/** Whether a text speaks of anything that a message asks for. */
export const touches = (text: string, wanted: ReadonlySet<string>): boolean =>
  wordsOf(text).some((word) => wanted.has(stem(word)))

/** Days around an event in which it is worth knowing unasked. */
const near = 7

/** 0 to 1; 0 means never to be shown. */
export const worthOf = (fact: Fact, wanted: ReadonlySet<string>, today: number): number => {
  const { about, attribute, confidence, from, objectEntity, owner, status, until, value } = fact
  if (status !== "holds" && status !== "ended" && status !== "denied") return 0
  const asked =
    overlap(about.role === "me" ? undefined : about.role, wanted) * 2 +
    overlap(about.name, wanted) * 2 +
    overlap(owner?.role === "me" ? undefined : owner?.role, wanted) +
    overlap(owner?.name, wanted) +
    overlap(objectEntity?.name, wanted) +
    overlap(attribute, wanted) +
    overlap(value, wanted)
  const soon = attribute === "event" && from !== undefined && Math.abs(from - today) <= near ? 0.2 : 0
  const base = about.role === "me" || attribute === "name" ? (standing.get(attribute) ?? otherwise) : otherwise
  const worth = Math.min(1, base + soon + asked * 0.25)
  // what is over matters where it is asked for
  const over = status === "ended" && (until === undefined || until <= today)
  return (over ? Math.max(0, worth - 0.2) * 0.6 : worth) * confidence
}
