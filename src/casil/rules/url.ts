/** Credentials in URLs: `scheme://user:password@host`. Source: RFC 3986 section 3.2.1. */
import { BASE62, type CharClass, chars, has, visibleExcept } from "../CharClass.ts"
import { isPlaceholder } from "../Randomness.ts"
import { type Rule, run, whole } from "../Rule.ts"
import { sample } from "../Sample.ts"

/** What an authority is made of, generously: everything up to what surely ends it. */
const authority = visibleExcept("/?#\"'`<>\\|^")
const LONGEST = 512
const stars = chars("*")

const NAMES = new Set([
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
  "xxx"
])
const TEMPLATES = ["${", "{", "[", "%s", "%(", "<"]
const variable = chars(`${BASE62.slice(0, 36)}_`)

const only = (set: CharClass, text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (!has(set, text.charCodeAt(i))) return false
  return true
}

/** `${PASS}`, `$PASS`, `{pass}`, `***`: where a password goes, not one. */
const isTemplate = (password: string): boolean =>
  TEMPLATES.some((mark) => password.startsWith(mark)) ||
  (password.startsWith("$") && only(variable, password.slice(1))) ||
  only(stars, password)

const isSecret = (user: string, password: string): boolean =>
  password.length >= 3 &&
  password !== user &&
  !NAMES.has(password.toLowerCase()) &&
  !isTemplate(password) &&
  !isPlaceholder(password)

export const urlCredentials: Rule = {
  id: "url-credentials",
  anchors: ["://"],
  lead: whole,
  steps: [run(authority, 3, LONGEST)],
  right: authority,
  accept: (candidate) => {
    // as browsers read it, the last `@` ends the password
    const at = candidate.lastIndexOf("@")
    const colon = candidate.indexOf(":")
    if (candidate.startsWith("[redacted:")) return 0
    return colon >= 0 && colon < at && isSecret(candidate.slice(0, colon), candidate.slice(colon + 1, at)) ? at : 0
  },
  example: (seed) => {
    const secret = `app:${sample(`${BASE62}!$&*+@`, 14, seed)}q`
    return { text: `postgres://${secret}@db.internal:5432/app`, secret }
  },
  counterExamples: () => [
    "https://example.com/a:b@c",
    "ssh://git@github.com:22/a/b",
    "postgres://user:password@localhost/db",
    "postgres://${USER}:${PASS}@localhost/db",
    "postgres://app:$DB_PASSWORD@localhost/db",
    "postgres://app:*****@localhost/db",
    "amqp://guest:guest@localhost",
    "http://localhost:3000/@scope/name",
    "redis://user:<password>@host"
  ]
}
