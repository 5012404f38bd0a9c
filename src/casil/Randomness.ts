/** Tells a secret from a word, a placeholder and a template, with integers only so that every engine says the same. */

import { BASE62, chars, has, only } from "./CharClass.ts"
import { finder } from "./Words.ts"

const PLACEHOLDERS = [
  "example",
  "placeholder",
  "changeme",
  "change_me",
  "change-me",
  "redacted",
  "your_",
  "your-",
  "yourpass",
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
export const isPlaceholder = finder(PLACEHOLDERS)

/** Small letters and separators alone are words. */
const lower = chars("abcdefghijklmnopqrstuvwxyz-_.")

const counts = new Uint16Array(128)

/** Whether `text` (ASCII) is varied enough to have been drawn at random, and is neither words nor a placeholder. */
export const looksRandom = (text: string): boolean => {
  counts.fill(0)
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

/** What documents write where a password goes. */
const SAMPLES = new Set([
  "password",
  "passwd",
  "passwort",
  "pass",
  "pwd",
  "pw",
  "secret",
  "token",
  "key",
  "user",
  "username",
  "login",
  "admin",
  "xxx",
  "none",
  "null",
  "true",
  "false",
  "mypassword",
  "my_password",
  "somepassword",
  "some_password",
  "pass_here",
  "mypass",
  "userpass",
  "test",
  "foo",
  "bar",
  "abc",
  "string",
  "value"
])
/** Whether it is a word that documents write where a secret goes. */
export const isSample = (value: string): boolean => SAMPLES.has(value.toLowerCase())

/** What templates of many languages begin with or hold. */
const TEMPLATES = ["${", "{{", "{", "$(", "%s", "%(", "%{", "<%", "<", "[", "#{", "@{", "&lt;"]
const holdsTemplate = finder(["${", "{{", "#{", "}}", "%s", "%d", "<%", "$("])
const variable = chars(`${BASE62}_:.`)
const stars = chars("*.-_xX?#")
const PERCENT = "%"

const isOneCharacter = (value: string): boolean => {
  for (let i = 1; i < value.length; i++) if (value.charCodeAt(i) !== value.charCodeAt(0)) return false
  return value.length > 3
}

/** `${PASS}`, `$PASS`, `{pass}`, `%PASS%`, `***`: where a password goes, not one. */
export const isTemplate = (value: string): boolean =>
  TEMPLATES.some((mark) => value.startsWith(mark)) ||
  holdsTemplate(value) ||
  (value.startsWith("$") && only(variable, value.slice(1))) ||
  (value.length > 2 && value.startsWith(PERCENT) && value.endsWith(PERCENT)) ||
  only(stars, value) ||
  isOneCharacter(value)

/** Whether a value in a password's place may be one: no sample, no template, no placeholder. */
export const isPassword = (value: string): boolean =>
  value.length >= 3 && !isSample(value) && !isTemplate(value) && !isPlaceholder(value)
