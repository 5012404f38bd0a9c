/** Of whom or what a clause speaks. */
import { at, eat, isWord, type Read } from "./Cursor.ts"
import { readName, type Reading } from "./Phrases.ts"
import { me, type Mention } from "./Stated.ts"
import { animals, isOwn, people, pronouns, secrets, small, stops } from "./Vocabulary.ts"
import { isVerb, looksPast } from "./Verbs.ts"

/** Somebody, or a property of somebody: "my dog", "my favourite colour", "my sister's birthday". */
export interface Subject {
  readonly about: Mention
  /** Undefined where the subject is the being itself. */
  readonly property: string | undefined
  readonly confidence: number
  /** "it" may stand for nothing at all: "it's been hard". */
  readonly vague?: boolean
}

const british: ReadonlyMap<string, string> = new Map([
  ["favorite", "favourite"],
  ["fave", "favourite"],
  ["color", "colour"]
])
const idle = new Set([
  "own",
  "dear",
  "beloved",
  "lovely",
  "dearest",
  "current",
  "new",
  "very",
  "only",
  "sweet",
  "little"
])

/** Words of a noun, as a role or a property is called. */
const nameOf = (words: ReadonlyArray<string>): string => {
  const kept = words.filter((word, i) => i === words.length - 1 || !(idle.has(word) || /^\d+$/.test(word)))
  return kept.map((word) => british.get(word) ?? word).join(" ")
}

const mostNouns = 7
const modals = new Set(["might", "may", "could", "should", "would", "must", "ought", "will", "shall", "can", "cannot"])
const prepositions = new Set(["to", "at", "in", "of", "for", "with", "on", "from", "about"])

/** The words of a noun, up to a verb, a sign, an "'s" or a name. */
const nounEnd = ({ tokens }: Reading, i: number): number => {
  let next = i
  while (next - i < mostNouns && isWord(tokens, next)) {
    const word = at(tokens, next)
    if (word === "'s" || stops.has(word) || pronouns.has(word)) break
    // "my dog might be called Rex" says nothing of a "dog might"
    if (modals.has(word) && next > i) break
    if (isVerb(word) && next > i && !(word === "play" || word === "drink")) break
    if (
      ["called", "named", "not", "no", "never", "always", "just", "also", "really", "recently", "still"].includes(word)
    )
      break
    if (next > i && looksPast(word) && isOwn(at(tokens, next - 1))) break
    if (next > i && tokens[next]?.capital === true && isOwn(at(tokens, next - 1))) break
    next += 1
  }
  return next
}

/** What is somebody's: `i` is behind "my" or behind the "'s" of the owner. */
export const readOwned = (reading: Reading, i: number, owner: Mention, depth = 0): Read<Subject> | undefined => {
  const { tokens } = reading
  const end = nounEnd(reading, i)
  if (end === i) return undefined
  const words = tokens.slice(i, end).map(({ lower }) => lower)
  if (words.some((word) => secrets.has(word))) return undefined
  const of = owner.role === "me" ? undefined : owner
  const last = words.at(-1) ?? ""
  const being = isOwn(last) && !words.some((word) => prepositions.has(word))
  // "my sister anna": a name in lower case stands before the verb
  const lower =
    words.length > 1 &&
    !being &&
    isOwn(words.at(-2) ?? "") &&
    (people.has(words.at(-2) ?? "") || animals.has(words.at(-2) ?? "")) &&
    isVerb(at(tokens, end)) &&
    last.length > 1 &&
    !small.has(last)
  if (being || lower) {
    const roleWords = lower ? words.slice(0, -1) : words
    const mention: Mention = { role: nameOf(roleWords), name: undefined, of }
    if (lower) {
      const named = readName(reading, end - 1, 1)
      const name = named?.value ?? reading.message.slice(tokens[end - 1]?.start ?? 0, tokens[end - 1]?.end ?? 0)
      return { value: { about: { ...mention, name }, property: undefined, confidence: 0.9 }, next: end }
    }
    const owned = eat(tokens, end, "'s")
    if (owned !== undefined && depth < 2) {
      const deeper = readOwned(reading, owned, mention, depth + 1)
      if (deeper !== undefined) return deeper
    }
    const named = tokens[end]?.capital === true && !small.has(at(tokens, end)) ? readName(reading, end, 3) : undefined
    const comma = eat(tokens, end, ",")
    const between = comma === undefined || tokens[comma]?.capital !== true ? undefined : readName(reading, comma, 3)
    if (named !== undefined) {
      return {
        value: { about: { ...mention, name: named.value }, property: undefined, confidence: 0.9 },
        next: named.next
      }
    }
    if (between !== undefined && at(tokens, between.next) === ",") {
      return {
        value: { about: { ...mention, name: between.value }, property: undefined, confidence: 0.9 },
        next: between.next + 1
      }
    }
    return { value: { about: mention, property: undefined, confidence: 0.9 }, next: end }
  }
  return { value: { about: owner, property: nameOf(words), confidence: 0.9 }, next: end }
}

const possessives = new Set(["his", "her", "its", "their"])
const personal = new Set(["he", "she", "it", "they"])

/** The subject of the clause at `i`. `focus` is the one other being that the message spoke of last. */
export const readSubject = (reading: Reading, i: number, focus: Mention | undefined): Read<Subject> | undefined => {
  const { tokens } = reading
  const word = at(tokens, i)
  if (word === "i") return { value: { about: me, property: undefined, confidence: 0.9 }, next: i + 1 }
  if (word === "we") return { value: { about: me, property: undefined, confidence: 0.8 }, next: i + 1 }
  if (word === "my" || word === "our") return readOwned(reading, i + 1, me)
  const nameOfMy = eat(tokens, i, "the", "name", "of", "my") ?? eat(tokens, i, "name", "of", "my")
  if (nameOfMy !== undefined) {
    const owned = readOwned(reading, nameOfMy, me)
    return owned === undefined ? undefined : { value: { ...owned.value, property: "name" }, next: owned.next }
  }
  if (focus !== undefined && personal.has(word)) {
    const vague = word === "it" || word === "they"
    return { value: { about: focus, property: undefined, confidence: 0.75, vague }, next: i + 1 }
  }
  if (focus !== undefined && possessives.has(word)) {
    const owned = readOwned(reading, i + 1, focus)
    return owned === undefined ? undefined : { value: { ...owned.value, confidence: 0.75 }, next: owned.next }
  }
  if (tokens[i]?.capital === true && !small.has(word) && !pronouns.has(word)) {
    const named = readName(reading, i, 3)
    if (named === undefined) return undefined
    const about: Mention = { role: undefined, name: named.value, of: undefined }
    const owned = eat(tokens, named.next, "'s")
    if (owned !== undefined) {
      const deeper = readOwned(reading, owned, about)
      return deeper === undefined ? undefined : { value: { ...deeper.value, confidence: 0.65 }, next: deeper.next }
    }
    return { value: { about, property: undefined, confidence: 0.65 }, next: named.next }
  }
  return undefined
}
