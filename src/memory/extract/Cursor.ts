/** Reading tokens one after the other. Nothing here looks further ahead than a few words. */
import type { Token } from "./Token.ts"

export type Tokens = ReadonlyArray<Token>

/** What was read, and where reading goes on. */
export interface Read<A> {
  readonly value: A
  readonly next: number
}

/** The lower-case word or the sign at a place; empty for quotations and beyond the end. */
export const at = (tokens: Tokens, i: number): string => tokens[i]?.lower ?? ""

export const isWord = (tokens: Tokens, i: number): boolean => tokens[i]?.kind === "word"

/** The place behind these words, or undefined where others stand there. */
export const eat = (tokens: Tokens, i: number, ...words: ReadonlyArray<string>): number | undefined => {
  for (const [k, word] of words.entries()) if (at(tokens, i + k) !== word) return undefined
  return i + words.length
}

/** The place behind the first of these phrases that stands there. */
export const eatAny = (tokens: Tokens, i: number, phrases: ReadonlyArray<string>): number | undefined => {
  const word = at(tokens, i)
  if (word === "") return undefined
  for (const phrase of phrases) {
    if (phrase === word) return i + 1
    // most phrases begin with another word, and need not be cut to know it
    if (!phrase.startsWith(word) || phrase.charCodeAt(word.length) !== 32) continue
    const next = eat(tokens, i, ...phrase.split(" "))
    if (next !== undefined) return next
  }
  return undefined
}

/** Skips any of these words. */
export const skip = (tokens: Tokens, i: number, words: ReadonlySet<string>): number => {
  let next = i
  while (words.has(at(tokens, next))) next += 1
  return next
}

/** The message's own text from one token to before another. */
export const textOf = (message: string, tokens: Tokens, from: number, to: number): string => {
  const first = tokens[from]
  const last = tokens[to - 1]
  return first === undefined || last === undefined ? "" : message.slice(first.start, last.end)
}

export const wordSet = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/).filter((word) => word !== ""))
