/** Tells a random token from a placeholder, with integers only so that every engine says the same. */

import { chars, has } from "./CharClass.ts"

const PLACEHOLDERS = [
  "example",
  "placeholder",
  "changeme",
  "redacted",
  "your_",
  "your-",
  "dummy",
  "sample",
  "insert",
  "replace",
  "xxxx",
  "0000000",
  "....",
  "****"
]

/** Whether somebody wrote this to show where a secret goes. */
export const isPlaceholder = (text: string): boolean => {
  const lower = text.toLowerCase()
  return PLACEHOLDERS.some((word) => lower.includes(word))
}

/** Small letters and separators alone are words. */
const lower = chars("abcdefghijklmnopqrstuvwxyz-_.")

/** Whether `text` (ASCII) is varied enough to have been drawn at random, and is neither words nor a placeholder. */
export const looksRandom = (text: string): boolean => {
  const counts = new Uint16Array(128)
  let distinct = 0
  let most = 0
  let words = true
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) & 127
    const count = (counts[code] ?? 0) + 1
    counts[code] = count
    if (count === 1) distinct++
    words &&= has(lower, code)
    if (count > most) most = count
  }
  return !words && distinct >= Math.min(8, text.length >> 1) && most * 3 <= text.length && !isPlaceholder(text)
}
