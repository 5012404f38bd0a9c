/** What a user said about themselves and their things, and what they ask about it. */
import { bare, capital, keywords, tidy, toYou } from "./Words.ts"

/** `subject` is `me` or what follows "my"; a sentence that fits no pattern has the relation `said`. */
export interface Fact {
  readonly subject: string
  readonly relation: "name" | "is" | "live" | "lived" | "work" | "like" | "said"
  readonly value: string
}

export interface Question {
  readonly subject: string
  readonly relations: ReadonlyArray<Fact["relation"]>
}

/** Facts by subject and relation, later ones over earlier ones, and which one was spoken of last. */
export interface Known {
  readonly facts: ReadonlyMap<string, Fact>
  readonly focus: Fact | undefined
}

export const nothing: Known = { facts: new Map(), focus: undefined }

const subjectOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/favorite/g, "favourite")
    .replace(/color/g, "colour")

const statements: ReadonlyArray<readonly [RegExp, (a: string, b: string) => Fact]> = [
  [/^my name(?:'s| is) (.+)$/i, (value) => ({ subject: "me", relation: "name", value })],
  [/^(?:call me|i am called|i'm called) (.+)$/i, (value) => ({ subject: "me", relation: "name", value })],
  [/^my (.+?)(?:'s name is| is called| is named| are called| are named) (.+)$/i, named],
  [/^the name of my (.+?) is (.+)$/i, named],
  [/^i have an? (.+?) (?:called|named|whose name is) (.+)$/i, named],
  [/^i(?: used to live| lived) in (.+)$/i, (value) => ({ subject: "me", relation: "lived", value })],
  [
    /^i(?: have|'ve)?(?: just| recently)? moved (?:from .+ |back )?to (.+)$/i,
    (value) => ({ subject: "me", relation: "live", value })
  ],
  [/^i(?: am living| now live| live|'m living) in (.+)$/i, (value) => ({ subject: "me", relation: "live", value })],
  [/^i(?: now)? work ((?:at|for|as|in) .+)$/i, (value) => ({ subject: "me", relation: "work", value })],
  [/^i (?:really )?(?:like|love|prefer) (.+)$/i, (value) => ({ subject: "me", relation: "like", value })],
  [/^my (.+?) (?:is|are|was) (.+)$/i, (subject, value) => ({ subject: subjectOf(subject), relation: "is", value })]
]

function named(subject: string, value: string): Fact {
  return { subject: subjectOf(subject), relation: "name", value }
}

/** The fact a sentence states, if it is of a kind we know. */
export const statement = (sentence: string): Fact | undefined => {
  const text = bare(tidy(sentence)).replace(/^the user's /i, "my ")
  for (const [pattern, make] of statements) {
    const match = pattern.exec(text)
    if (match !== null) return make(match[1] ?? "", match[2] ?? "")
  }
  return undefined
}

const questions: ReadonlyArray<readonly [RegExp, (a: string) => Question]> = [
  [/\bmy name\b|\bwho (?:am i|i am)\b/i, () => ({ subject: "me", relations: ["name"] })],
  [/\bwhere (?:did i|i) (?:use to |used to )?live(?:d)?\b/i, () => ({ subject: "me", relations: ["lived"] })],
  [/\bwhere (?:do i|i) live\b/i, () => ({ subject: "me", relations: ["live"] })],
  [/\bwh(?:ere|at) (?:do i|i) work\b/i, () => ({ subject: "me", relations: ["work"] })],
  [/\bwhat (?:do i|i) (?:like|love|prefer)\b/i, () => ({ subject: "me", relations: ["like"] })],
  [/\bthe name of my (.+)$/i, asksName],
  [/\bmy (.+?)(?:'s name| is called| is named| called| named)$/i, asksName],
  [/\b(?:what|who|which|when|where|how \w+)(?:'s| is| are| was) my (.+)$/i, asksValue],
  [/\b(?:what|who|which|when|where) my (.+?) (?:is|are|was)$/i, asksValue],
  [/\b(?:about|remember|know) my (.+)$/i, asksValue]
]

function asksName(subject: string): Question {
  return { subject: subjectOf(subject), relations: ["name", "is"] }
}
function asksValue(subject: string): Question {
  return { subject: subjectOf(subject), relations: ["is", "name"] }
}

/** What is asked for, if the sentence asks about the user. */
export const question = (sentence: string): Question | undefined => {
  const text = bare(tidy(sentence))
  for (const [pattern, make] of questions) {
    const match = pattern.exec(text)
    if (match !== null) return make(match[1] ?? "")
  }
  return undefined
}

const lead = /^(?:no|nope|wait|sorry|actually|correction|not quite|that's wrong)\b[,.:;!]? */i
const again =
  /^(?:i meant|it's|it is|(?:his|her|its|their|the) name(?:'s| is)|(?:he|she|it|they)(?:'s| is| are) (?:called|named)) (.+)$/i

const replaced = (focus: Fact, value: string): Fact =>
  focus.relation === "said"
    ? { ...focus, value: focus.value.replace(/ (is|are) .+$/, ` $1 ${value}`) }
    : { ...focus, value }

/** What a correcting sentence makes of what is known; undefined where it corrects nothing. */
export const correct = (known: Known, sentence: string): Known | undefined => {
  const text = bare(tidy(sentence))
  const rest = bare(text.replace(lead, ""))
  const full = rest === text ? undefined : statement(rest)
  if (full !== undefined) return learn(known, full)
  const value = again.exec(rest)?.[1]
  if (value === undefined || known.focus === undefined) return undefined
  const facts = new Map(known.facts)
  facts.delete(keyOf(known.focus))
  return learn({ facts, focus: undefined }, replaced(known.focus, value))
}

/** True where a sentence starts as a correction does, whether or not we understand the rest. */
export const objects = (sentence: string): boolean => lead.test(bare(tidy(sentence)))

const keyOf = (fact: Fact): string =>
  fact.relation === "said" ? `said:${fact.value.toLowerCase()}` : `${fact.subject}:${fact.relation}`

export const learn = (known: Known, fact: Fact): Known => {
  const facts = new Map(known.facts)
  const before = facts.get(keyOf(fact))
  // where somebody lived before they moved
  if (fact.relation === "live" && before !== undefined && before.value !== fact.value) {
    facts.set(`${fact.subject}:lived`, { ...before, relation: "lived" })
  }
  facts.delete(keyOf(fact))
  return { facts: facts.set(keyOf(fact), fact), focus: fact }
}

/** The answer to a question: by subject and relation, else the sentence that shares most words with it. */
export const recall = (known: Known, asked: Question | undefined, sentence: string): Fact | undefined => {
  for (const relation of asked?.relations ?? []) {
    const fact = known.facts.get(`${asked?.subject}:${relation}`)
    if (fact !== undefined) return fact
  }
  const wanted = new Set(keywords(sentence))
  let best: Fact | undefined
  let most = 0
  for (const fact of known.facts.values()) {
    const own = new Set(keywords(`${fact.subject === "me" ? "" : fact.subject} ${fact.value}`))
    const shared = [...wanted].filter((word) => own.has(word)).length
    if (shared > 0 && shared >= most) [best, most] = [fact, shared]
  }
  return best
}

/** A fact as a sentence in the user's own voice, as it is saved. */
export const sentenceOf = (fact: Fact): string => {
  const verbs = { live: "I live in", lived: "I lived in", work: "I work", like: "I like" } as const
  switch (fact.relation) {
    case "said":
      return fact.value
    case "name":
      return fact.subject === "me" ? `my name is ${fact.value}` : `my ${fact.subject} is called ${fact.value}`
    case "is":
      return `my ${fact.subject} is ${fact.value}`
    default:
      return `${verbs[fact.relation]} ${fact.value}`
  }
}

/** A fact told back to the user, without the full stop. */
export const told = (fact: Fact): string =>
  fact.relation === "said" ? `you told me: "${fact.value}"` : toYou(sentenceOf(fact))

export const answerOf = (fact: Fact): string => `${capital(told(fact))}.`
