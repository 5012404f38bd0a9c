/**
 * The sentences of a message that state something: no questions, no hypotheses, no stories, no reported speech, and
 * nothing after a request to work on a text ("translate: ..."), because that text is not what the user says.
 */
import { at, eatAny, skip, type Tokens, wordSet } from "./Cursor.ts"
import { ownLines } from "./Lines.ts"
import { type Token, tokenise } from "./Token.ts"

const ends = new Set([".", "!", "?", ";", "\u2026", "\u3002", "\uff01", "\uff1f"])
/** Words that begin a sentence after an abbreviation's dot. */
const starters = wordSet("i my we our he she it they his her its their the this that a an and but so you please")

/** Sentences longer than this are no speech. */
const longestSentence = 120

const isEnd = (tokens: Tokens, i: number): boolean => {
  const sign = at(tokens, i)
  if (tokens[i]?.kind !== "mark" || !ends.has(sign)) return false
  if (sign !== ".") return true
  const before = tokens[i - 1]
  const initial = before?.capital === true && before.end - before.start === 1 && before.lower !== "i"
  return !(initial && tokens[i + 1]?.kind === "word")
}

/** "the U.S. My dog ...": the dot is part of the word. */
const endsWithin = (message: string, tokens: Tokens, i: number): boolean =>
  message.charAt((tokens[i]?.end ?? 0) - 1) === "." &&
  tokens[i]?.kind === "word" &&
  tokens[i + 1]?.capital === true &&
  starters.has(at(tokens, i + 1))

const wh = wordSet("what who whom whose which where when why how what's who's where's when's how's")
const auxiliaries = wordSet(
  "do does did is are am was were can could would will should shall have has had may might must are"
)
const subjects = wordSet("i you he she it we they my your his her its our their the this that there anyone someone any")
const leads = wordSet("so and but well ok okay hey hi hello oh now also then , please tell me - quick question :")

/** Whether a clause begins as a question does: "is my dog", "what is", "how old am I". */
export const asks = (tokens: Tokens, from: number): boolean => {
  const i = skip(tokens, from, leads)
  const inverted = (place: number): boolean => {
    if (!auxiliaries.has(at(tokens, place))) return false
    const second = at(tokens, place + 1) === "not" ? place + 2 : place + 1
    return subjects.has(at(tokens, second)) || tokens[second]?.capital === true
  }
  if (!wh.has(at(tokens, i))) return inverted(i)
  // "when I was a child" asks nothing
  return (
    at(tokens, i + 1) === "'s" || [1, 2, 3].some((step) => inverted(i + step)) || auxiliaries.has(at(tokens, i + 1))
  )
}

const clauseMarks = new Set([",", "-", "\u2013", "\u2014", ":", "(", ")", "and", "but", "so"])

/** "isn't it?", "right?" */
const longestTag = 3

/**
 * Where the asking part of a sentence with a question mark begins; 0 where all of it asks, and where its end only asks
 * for a yes to what was said.
 */
const firstAsked = (tokens: Tokens): number => {
  if (wh.has(at(tokens, skip(tokens, 0, leads))) || asks(tokens, 0)) return 0
  for (let i = 1; i < tokens.length; i++) {
    if (!clauseMarks.has(at(tokens, i - 1)) || !(asks(tokens, i) || wh.has(at(tokens, i)))) continue
    return tokens.length - i <= longestTag && !wh.has(at(tokens, i)) ? 0 : i
  }
  return 0
}

const politely = wordSet(
  "please now then ok okay so and also just hey hi hello , : kindly go ahead can could would will"
)
/** Requests to work on a text. */
const works = wordSet(
  `translate summarize summarise rewrite rephrase paraphrase proofread correct fix edit improve polish shorten format
   convert analyse analyze explain review write draft compose repeat say echo print classify extract parse continue
   complete reply respond count spell use call run invoke read quote search find generate create check compare tell`
)
const pretends = [
  "imagine",
  "pretend",
  "suppose",
  "supposing",
  "assume",
  "assuming",
  "let us pretend",
  "let 's pretend",
  "lets pretend",
  "let 's imagine",
  "let 's say",
  "lets say",
  "let us say",
  "let 's play",
  "lets play",
  "let 's roleplay",
  "roleplay",
  "act as",
  "act like",
  "you are a",
  "you are an",
  "you are the",
  "you are now",
  "play the",
  "what if",
  "say that",
  "as a joke",
  "for the sake of argument",
  "for example",
  "for instance",
  "e.g",
  "e.g.",
  "test sentence",
  "example sentence",
  "sample sentence",
  "example :",
  "here is",
  "here 's",
  "here are",
  "below is",
  "the following",
  "once upon a time"
]
const personal = wordSet("me us")

/** True where the rest of the message is text to work on, or make-believe. */
const opensForeignText = (tokens: Tokens): boolean => {
  const lead = skip(tokens, 0, politely)
  // "can you translate"; "you are a pirate" begins a play
  const asked = lead > 0 && at(tokens, lead) === "you" ? lead + 1 : lead
  const i = skip(tokens, asked, politely)
  if (eatAny(tokens, i, pretends) !== undefined) return true
  const word = at(tokens, i)
  if (!works.has(word)) return false
  // "call me Anna" is about the user
  return !((word === "call" || word === "tell") && personal.has(at(tokens, i + 1)))
}

const fiction = wordSet("novel story stories fiction roleplay screenplay poem song lyrics film movie game book dream")
const characters = wordSet("character protagonist hero heroine npc")
const hypothetical = wordSet(
  "if unless suppose supposing imagine hypothetically theoretically otherwise wish dreamt dreamed"
)
const inside = wordSet("in for of inside about")
const reporting = wordSet(
  `said says saying told tells asked asks wrote writes claimed claims replied answered shouted mentioned texted
   insisted thinks believes reckons quoted sang sings reads`
)
/** With what they say behind them; by themselves they are nouns, too. */
const stating = wordSet(
  `states stated shows showed indicates indicated suggests suggested implies implied notes noted lists listed reports
   reported confirms confirmed assumes assumed assume alleges alleged pretends guesses guessed`
)
const stated = wordSet("that i my we our")
const many = wordSet("they people others friends parents colleagues neighbours neighbors kids folks some")
const claims = wordSet("say think claim believe insist pretend")
const between = wordSet("already just have had never also once even")
/** What follows is not so, or shall not be kept. */
const doubting = wordSet(
  `doubt doubts doubted dream dreams deny denies denied disagree disbelieve pretend pretends pretended pretending lie lied lying myth
   false untrue wrong rumour rumor joke nonsense forget impossible unlikely`
)
const denying = wordSet("not never no nobody none hardly")
const assuring = wordSet(
  "true case think believe sure certain say said mean meant correct right remember claim claimed way"
)
const clauseEnds = wordSet(", ; : but and so because although though")

/** "in my story", "the main character of". */
const isFiction = (tokens: Tokens): boolean =>
  tokens.some(
    ({ lower }, i) =>
      characters.has(lower) || (fiction.has(lower) && (inside.has(at(tokens, i - 1)) || inside.has(at(tokens, i - 2))))
  )

/** "it is not true that I", "I doubt that my dog": what is said of the rest takes it back. */
const isDoubted = (tokens: Tokens): boolean => {
  let from = 0
  return tokens.some(({ lower }, i) => {
    if (clauseEnds.has(lower)) from = i + 1
    if (lower !== "that") return false
    const frame = tokens.slice(from, i).map((token) => token.lower)
    from = i + 1
    const denied = frame.findIndex((word) => denying.has(word))
    // "do not forget that" asks to keep it
    if (denied < 0) return frame.some((word) => doubting.has(word))
    return frame.some((word, place) => place > denied && assuring.has(word))
  })
}

/** What somebody else said; one's own "I told you" is not meant. */
const isReported = (tokens: Tokens): boolean =>
  tokens.some(({ lower }, i) => {
    if (claims.has(lower) && many.has(at(tokens, i - 1))) return true
    if (lower === "according" && at(tokens, i + 1) === "to" && at(tokens, i + 2) !== "me") return true
    // "as though I lived there"
    if (lower === "as" && (at(tokens, i + 1) === "though" || at(tokens, i + 1) === "if")) return true
    if (!reporting.has(lower) && !(stating.has(lower) && stated.has(at(tokens, i + 1)))) return false
    let before = i - 1
    while (between.has(at(tokens, before))) before -= 1
    return at(tokens, before) !== "i" && at(tokens, before) !== "we"
  })

/** Whether a sentence says how things are. */
const states = (tokens: Tokens): boolean =>
  !tokens.some(({ lower }) => hypothetical.has(lower)) &&
  !isFiction(tokens) &&
  !isReported(tokens) &&
  !isDoubted(tokens)

const standing = wordSet("always never whenever")

/** Sentences that may hold facts, and those that may hold standing instructions, which may well begin with "if". */
export interface Said {
  readonly stated: ReadonlyArray<Tokens>
  readonly told: ReadonlyArray<Tokens>
}

const cut = (message: string): ReadonlyArray<{ readonly tokens: Tokens; readonly asks: boolean }> => {
  const sentences: Array<{ readonly tokens: Tokens; readonly asks: boolean }> = []
  let current: Array<Token> = []
  const close = (asking: boolean) => {
    if (current.length > 0) sentences.push({ tokens: current, asks: asking })
    current = []
  }
  for (const { from, to } of ownLines(message)) {
    const tokens = tokenise(message, from, to)
    for (const [i, token] of tokens.entries()) {
      if (isEnd(tokens, i)) {
        const sign = token.lower
        close(sign === "?" || sign === "\uff1f")
        continue
      }
      // what an unpaired quotation mark opens is a quotation to the end of its line
      if (token.kind === "mark" && /["\u201c\u201e\u00ab]/.test(token.lower) && !/\d/.test(at(tokens, i - 1))) break
      if (token.kind !== "break") current.push(token)
      if (endsWithin(message, tokens, i)) close(false)
    }
    close(false)
  }
  return sentences
}

/** Taken back with the last word. */
const joking = /\b(?:(?:just|only) (?:kidding|joking)|jk)\b|\(not really\)|[.,\u2026] ?not!|\s\/s\s*$/i

export const sentencesOf = (message: string): Said => {
  if (joking.test(message.slice(0, 8_000))) return { stated: [], told: [] }
  const stated: Array<Tokens> = []
  const told: Array<Tokens> = []
  for (const { asks: asking, tokens } of cut(message)) {
    if (tokens.length > longestSentence) continue
    if (opensForeignText(tokens)) {
      // "please always answer in German" asks for work, too, but names no text
      const isStanding =
        tokens.some(({ lower }) => standing.has(lower)) || eatAny(tokens, 0, ["from now on"]) !== undefined
      if (!isStanding || tokens.some(({ lower }) => lower === ":")) break
      told.push(tokens)
      continue
    }
    const upTo = asking ? firstAsked(tokens) : asks(tokens, 0) ? 0 : tokens.length
    if (upTo === 0) continue
    const said = upTo === tokens.length ? tokens : tokens.slice(0, upTo)
    if (!isReported(said)) told.push(said)
    if (states(said)) stated.push(said)
  }
  return { stated, told }
}
