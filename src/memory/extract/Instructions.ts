/** Standing instructions: what the assistant is to do always, never, or from now on. */
import { at, eatAny, skip, textOf, type Tokens, wordSet } from "./Cursor.ts"
import type { Instruction } from "./Stated.ts"
import { isVerb } from "./Verbs.ts"
import { modals, stops } from "./Vocabulary.ts"

const polite = wordSet("please ok okay and so also hey hi well but just kindly , : remember that note to")
const openers: ReadonlyArray<string> = [
  "from now on",
  "from here on",
  "from today on",
  "going forward",
  "in the future",
  "in future",
  "for all future answers",
  "for future reference"
]
const wishes: ReadonlyArray<string> = [
  "i want you to",
  "i would like you to",
  "i 'd like you to",
  "i need you to",
  "i expect you to",
  "i ask you to",
  "you should",
  "you must",
  "you have to",
  "you need to",
  "you can",
  "you may",
  "you will",
  "make sure that you",
  "make sure you",
  "make sure to",
  "be sure to",
  "try to"
]
const markers: ReadonlyArray<string> = ["always", "never ever", "never", "do not ever", "do not you ever", "not ever"]
/** What "never" and "always" begin without asking for anything. */
const idle = wordSet(
  "mind again ever been was were is are has had have i he she it they we my the fails say a an mine so better more good great happy glad here there nice fun ready welcome love loved enough only just quite really the too on up in at with best right wrong remember wanted wondered thought"
)
const conditions: ReadonlyArray<string> = ["whenever", "every time", "each time", "any time", "anytime", "when", "if"]

/** Longest instruction, in words. */
const longest = 60
const prepositions = wordSet("in with as by at to using")

const plainWithS = wordSet("discuss focus address pass express process access guess stress press assess")

/** A verb in its plain form stands here: "answer in German", and no subject of a sentence. */
const commands = (tokens: Tokens, i: number): boolean => {
  const token = tokens[i]
  if (token?.kind !== "word" || idle.has(token.lower) || token.lower.endsWith("ing")) return false
  if (token.lower.endsWith("s") && !plainWithS.has(token.lower)) return false
  // only at the beginning of a sentence a capital is no name; and a name has its verb behind it
  const opens = skip(tokens, 0, polite) === i
  return (!token.capital || opens) && !isVerb(at(tokens, i + 1)) && !modals.has(at(tokens, i + 1))
}

/** "using" as "use": of "stop using emojis". */
const plainOf = (verb: string): string => {
  if (!verb.endsWith("ing") || verb.length < 6) return verb === "using" ? "use" : verb
  const stem = verb.slice(0, -3)
  return /(?:[aeiou]?[vcgz]|[aeiou][kt]|ud|as)$/.test(stem) ? `${stem}e` : stem
}

/**
 * The matter of an instruction: its verb, and what follows it up to the choice that it makes. "answer in German" and
 * "answer in French" are on one matter, "use emojis" and "never use emojis" too.
 */
const keyOf = (tokens: Tokens, i: number): string => {
  const verb = plainOf(at(tokens, i))
  const second = at(tokens, i + 1)
  if (verb === "call" || verb === "address") return `${verb} ${second}`
  if (prepositions.has(second)) return `${verb} ${second}`
  const third = at(tokens, i + 2)
  if (second === "me" || second === "to") return `${verb} ${second} ${third}`
  const words: Array<string> = [verb]
  for (const { kind, lower } of tokens.slice(i + 1, i + 5)) {
    if (kind !== "word" || stops.has(lower)) break
    words.push(lower)
  }
  return words.join(" ")
}

/** "stop using emojis". */
const afterStop = (tokens: Tokens, start: number): Match | undefined => {
  const stop = eatAny(tokens, behindWish(tokens, start), ["stop", "quit", "avoid"])
  if (stop === undefined || !at(tokens, stop).endsWith("ing")) return undefined
  return tokens.length - stop >= 2 ? { from: start, verb: stop } : undefined
}

interface Match {
  /** Where the instruction's own words begin. */
  readonly from: number
  /** Its verb. */
  readonly verb: number
}

const behindWish = (tokens: Tokens, i: number): number => eatAny(tokens, i, wishes) ?? i

/** "from now on, (please) (always) answer in German". */
const afterOpener = (tokens: Tokens, start: number): Match | undefined => {
  const opener = eatAny(tokens, start, openers)
  if (opener === undefined) return undefined
  const i = skip(tokens, opener, polite)
  const wish = behindWish(tokens, i)
  const negated = eatAny(tokens, wish, ["do not", "always", "never", "please"]) ?? wish
  // "from now on I live in Berlin" tells, it does not ask
  if (!commands(tokens, negated) || ["i", "my", "we", "he", "she"].includes(at(tokens, negated))) return undefined
  return { from: start, verb: negated }
}

/** "always answer in German", "you should never ...", "please never ...". */
const afterMarker = (tokens: Tokens, start: number): Match | undefined => {
  const wish = skip(tokens, behindWish(tokens, start), polite)
  const marker = eatAny(tokens, wish, markers)
  return marker !== undefined && commands(tokens, marker) ? { from: start, verb: marker } : undefined
}

/** "whenever I ask for code, answer with tests only": the condition is about the user or the assistant. */
const afterCondition = (tokens: Tokens, start: number): Match | undefined => {
  const condition = eatAny(tokens, start, conditions)
  if (condition === undefined) return undefined
  const casual = at(tokens, start) === "when" || at(tokens, start) === "if"
  const subject = at(tokens, condition)
  if (subject !== "i" && subject !== "you" && subject !== "we") return undefined
  for (let i = condition; i < Math.min(tokens.length, condition + 25); i++) {
    if (at(tokens, i) !== "," && at(tokens, i) !== "then") continue
    const wish = skip(tokens, behindWish(tokens, skip(tokens, i, polite)), polite)
    const marker = eatAny(tokens, wish, [...markers, "do not"])
    // "when I was a child, I ..." asks nothing; a bare "when" needs the marker
    if (marker === undefined && casual) return undefined
    const verb = marker ?? wish
    const tells = ["i", "my", "we", "he", "she", "it", "they", "the", "there"].includes(at(tokens, verb))
    return commands(tokens, verb) && !tells ? { from: start, verb } : undefined
  }
  return undefined
}

/** "answer in German from now on". */
const beforeOpener = (tokens: Tokens, start: number): Match | undefined => {
  const first = skip(tokens, behindWish(tokens, start), polite)
  if (
    !commands(tokens, first) ||
    ["i", "my", "we", "he", "she", "it", "they", "the", "this"].includes(at(tokens, first))
  )
    return undefined
  for (let i = first + 1; i < tokens.length; i++) {
    const end = eatAny(tokens, i, [
      ...openers,
      "every time",
      "whenever i ask",
      "at all times",
      "in every answer",
      "in all your answers"
    ])
    if (end !== undefined) {
      const negated = eatAny(tokens, first, ["do not"]) ?? first
      return { from: start, verb: negated }
    }
  }
  return undefined
}

export const readInstruction = (message: string, tokens: Tokens): Instruction | undefined => {
  if (tokens.length > longest) return undefined
  const start = skip(tokens, 0, polite)
  const found =
    afterOpener(tokens, start) ??
    afterMarker(tokens, start) ??
    afterCondition(tokens, start) ??
    afterStop(tokens, start) ??
    beforeOpener(tokens, start)
  if (found === undefined || found.verb >= tokens.length) return undefined
  const text = textOf(message, tokens, found.from, tokens.length).replace(/\s+/g, " ").trim()
  return {
    text,
    key: keyOf(tokens, found.verb),
    start: tokens[0]?.start ?? 0,
    end: tokens.at(-1)?.end ?? 0
  }
}
