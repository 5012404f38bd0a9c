/** Names, places, things and lists of them, as they stand in a sentence. */
import { at, eat, isWord, type Read, textOf, type Tokens, wordSet } from "./Cursor.ts"
import { readDate } from "./Dates.ts"
import type { Lean } from "./DateWords.ts"
import { pronouns, secrets, small, stops, trailing } from "./Vocabulary.ts"
import { isVerb } from "./Verbs.ts"

/** A sentence of a message, read on a day. */
export interface Reading {
  readonly message: string
  readonly tokens: Tokens
  readonly today: number
}

/** Longest value, in UTF-16 units. */
export const longestValue = 160

const joiners = wordSet("de del della di da la le van von der den el al am bin ibn of the y e &")
const inQuotes = 1

const clean = (text: string): string | undefined => {
  const value = text.replace(/\s+/g, " ").trim()
  return value === "" || value.length > longestValue ? undefined : value
}

/** A short quotation stands for what it holds: `called "Luna"`. */
const quotedValue = ({ message, tokens }: Reading, i: number): Read<string> | undefined => {
  const token = tokens[i]
  if (token?.kind !== "quote" || token.end - token.start > 60) return undefined
  const value = clean(message.slice(token.start + inQuotes, token.end - inQuotes))
  return value === undefined ? undefined : { value, next: i + 1 }
}

/** Capitalised words in a row, with the small words between them that names have. */
const capitals = (reading: Reading, i: number, most: number): number => {
  const { tokens } = reading
  let next = i
  let words = 0
  while (words < most && isWord(tokens, next)) {
    if (tokens[next]?.capital === true || (words > 0 && /^\p{N}+$/u.test(at(tokens, next)))) {
      next += 1
      words += 1
      continue
    }
    let after = next
    while (joiners.has(at(tokens, after)) && after - next < 3) after += 1
    // "&" is a sign, the others are words
    if (words === 0 || after === next || tokens[after]?.capital !== true) break
    next = after
  }
  return next
}

/** A name: in quotes, capitalised, or, where everything is in lower case, one or two words before a stop. */
export const readName = (reading: Reading, i: number, most = 4): Read<string> | undefined => {
  const quoted = quotedValue(reading, i)
  if (quoted !== undefined) return quoted
  const { message, tokens } = reading
  const next = capitals(reading, i, most)
  if (next > i) {
    if (small.has(at(tokens, i)) && next === i + 1) return undefined
    const value = clean(textOf(message, tokens, i, next))
    return value === undefined ? undefined : { value, next }
  }
  let end = i
  while (
    end - i < 2 &&
    isWord(tokens, end) &&
    !small.has(at(tokens, end)) &&
    !stops.has(at(tokens, end)) &&
    !isVerb(at(tokens, end))
  )
    end += 1
  const behind = tokens[end]
  const ended = behind === undefined || behind.kind !== "word" || stops.has(behind.lower) || isTrailing(tokens, end)
  if (end === i || !ended) return undefined
  const value = clean(textOf(message, tokens, i, end))
  return value === undefined ? undefined : { value, next: end }
}

/** Whether only words without meaning for a value are left before its end. */
const isTrailing = (tokens: Tokens, i: number): boolean => {
  const word = at(tokens, i)
  for (const phrase of trailing) {
    if (!phrase.startsWith(word)) continue
    const next = eat(tokens, i, ...phrase.split(" "))
    if (next === undefined) continue
    const behind = tokens[next]
    if (behind === undefined || behind.kind !== "word" || stops.has(behind.lower)) return true
  }
  return false
}

const noPlace = wordSet(
  `a an my another different new bigger smaller our your his her their this that here there it home front case general
   fact bed school work with on out peace fear person need love order total touch line trouble one two`
)

/** "Berlin, Germany": behind a comma, a part of the name if nothing but the end follows it. */
const townEnd = (reading: Reading, i: number): number => {
  const { tokens } = reading
  if (at(tokens, i) !== ",") return i
  const end = capitals(reading, i + 1, 3)
  const behind = tokens[end]
  const closes = behind === undefined || behind.kind === "mark" || stops.has(behind.lower) || behind.lower === "in"
  return end > i + 1 && closes && !pronouns.has(at(tokens, i + 1)) && !isVerb(at(tokens, end)) ? end : i
}

/** A value with the town behind it: "12 Main St, Springfield". */
export const withTown = (reading: Reading, i: number, read: Read<string>): Read<string> => {
  const next = reading.tokens[read.next - 1]?.capital === true ? townEnd(reading, read.next) : read.next
  const value = next === read.next ? undefined : clean(textOf(reading.message, reading.tokens, i, next))
  return value === undefined ? read : { value, next }
}

const newPlaces = new Set(["york", "zealand", "jersey", "orleans", "delhi", "mexico", "hampshire", "haven", "castle"])

/** A place: "LA", "New York City", "the Netherlands", "Berlin, Germany", "frankfurt am main". */
export const readPlace = (reading: Reading, i: number, lean: Lean): Read<string> | undefined => {
  const { message, tokens, today } = reading
  const article = eat(tokens, i, "the") ?? i
  let next = capitals(reading, article, 5)
  if (next === article) {
    const isNew = at(tokens, i) === "new" && newPlaces.has(at(tokens, i + 1))
    if (article > i || (noPlace.has(at(tokens, i)) && !isNew)) return undefined
    while (next - i < 4 && isWord(tokens, next)) {
      const word = at(tokens, next)
      if (
        stops.has(word) ||
        isTrailing(tokens, next) ||
        ["from", "to", "with", "for", "at", "on", "in", "since", "by", "until"].includes(word)
      )
        break
      if (readDate(tokens, next, today, lean) !== undefined) break
      next += 1
    }
    if (next === i || (next === i + 1 && (small.has(at(tokens, i)) || pronouns.has(at(tokens, i))))) return undefined
  } else next = townEnd(reading, next)
  const value = clean(textOf(message, tokens, i, next))
  return value === undefined ? undefined : { value, next }
}

export interface ValueOptions {
  readonly lean: Lean
  readonly words?: number
  /** Words that end it, besides the usual ones. */
  readonly until?: ReadonlySet<string>
  /** Nothing but the sentence's end ends it. */
  readonly whole?: boolean
}

/** Where a free value that begins at `i` ends: before a sign, a conjunction, or a time. */
const valueEnd = ({ tokens, today }: Reading, i: number, { lean, until, whole, words = 12 }: ValueOptions): number => {
  if (whole === true) return Math.min(tokens.length, i + words)
  let next = i
  while (next < tokens.length && next - i < words) {
    const token = tokens[next]
    if (token === undefined) break
    if (token.kind === "quote") {
      next += 1
      continue
    }
    const joined = token.lower === "&" || token.lower === "/" || token.lower === "%" || token.lower === "'"
    if (token.kind !== "word" && !joined) break
    if (until?.has(token.lower) === true) break
    if (stops.has(token.lower)) {
      // "Pride and Prejudice", "salt and pepper" are told from a new clause by capitals only
      const between = token.lower === "and" && tokens[next - 1]?.capital === true && tokens[next + 1]?.capital === true
      if (!between || next === i || pronouns.has(at(tokens, next + 1))) break
    }
    if (next > i && readDate(tokens, next, today, lean) !== undefined) break
    next += 1
  }
  return next
}

const withoutTrailing = (tokens: Tokens, i: number, end: number): number => {
  let last = end
  for (let again = true; again;) {
    again = false
    const word = at(tokens, last - 1)
    for (const phrase of trailing) {
      if (!phrase.endsWith(word)) continue
      const words = phrase.split(" ")
      if (last - words.length <= i) continue
      if (eat(tokens, last - words.length, ...words) === undefined) continue
      last -= words.length
      again = true
    }
  }
  return last
}

/** A free value, without what has no meaning at its end. */
export const readValue = (reading: Reading, i: number, options: ValueOptions): Read<string> | undefined => {
  const { message, tokens } = reading
  const end = valueEnd(reading, i, options)
  if (end === i) return undefined
  const quoted = end === i + 1 ? quotedValue(reading, i) : undefined
  if (quoted !== undefined) return quoted
  const last = withoutTrailing(tokens, i, end)
  if (tokens.slice(i, last).some(({ lower }) => secrets.has(lower))) return undefined
  const value = clean(textOf(message, tokens, i, last))
  return value === undefined ? undefined : { value, next: end }
}

/** Items of a list: "pizza, pasta and sushi". A conjunction before a new subject ends it. */
export const readItems = (
  reading: Reading,
  i: number,
  options: ValueOptions
): Read<ReadonlyArray<string>> | undefined => {
  const { tokens } = reading
  const items: Array<string> = []
  let next = i
  for (let more = true; more && items.length < 12;) {
    const item = readValue(reading, next, { ...options, words: options.words ?? 8 })
    if (item === undefined) break
    items.push(item.value)
    next = item.next
    let join = next
    while (at(tokens, join) === "," || at(tokens, join) === "and" || at(tokens, join) === "or") join += 1
    more = join > next && join - next <= 2 && continues(reading, join)
    if (more) next = join
  }
  return items.length === 0 ? undefined : { value: items, next }
}

/** Whether what follows a comma or "and" is one more item, and no new clause. */
const continues = ({ tokens }: Reading, i: number): boolean => {
  const word = at(tokens, i)
  if (tokens[i]?.kind === "quote") return true
  if (
    !isWord(tokens, i) ||
    stops.has(word) ||
    pronouns.has(word) ||
    ["my", "our", "his", "their", "not", "no"].includes(word)
  )
    return false
  if (isVerb(word) && !word.endsWith("ing")) return false
  // a verb within the next words makes it a clause: "and Anna lives in Rome"
  for (let k = i + 1; k < i + 4 && isWord(tokens, k); k++) {
    if (stops.has(at(tokens, k))) break
    if (
      isVerb(at(tokens, k)) &&
      !at(tokens, k).endsWith("ing") &&
      !["like", "love", "play", "drink", "eat", "start", "left"].includes(at(tokens, k))
    )
      return false
  }
  return true
}

const articles = new Set(["a", "an", "the", "some", "any", "one", "my", "our"])

/** Without the article at its beginning. */
export const withoutArticle = (value: string): string => {
  const [first = "", ...rest] = value.split(" ")
  return rest.length > 0 && articles.has(first.toLowerCase()) ? rest.join(" ") : value
}
