/** Credentials in URLs: `scheme://user:password@host`. Source: RFC 3986 section 3.2.1. */
import { BASE62, visibleExcept } from "../CharClass.ts"
import { isPassword } from "../Randomness.ts"
import { type Rule, whole } from "../Rule.ts"
import { sample } from "../Sample.ts"

/** What an authority is made of, generously: everything up to what surely ends it. */
const authority = visibleExcept("/?#\"'`<>\\|^")
const LONGEST = 512
const REDACTED = "[redacted:"

const isSecret = (user: string, password: string): boolean => password !== user && isPassword(password)

export const urlCredentials: Rule = {
  id: "url-credentials",
  tier: "structural",
  source: "RFC 3986",
  anchors: ["://", ":\\/\\/"],
  lead: whole,
  atStart: false,
  find: (cursor) => {
    const { at, text } = cursor
    const end = cursor.runEnd(authority, at, LONGEST + 1)
    if (end - at > LONGEST) return
    if (cursor.unknown(end)) return cursor.more(end, authority, at, at + LONGEST + 1)
    cursor.cost = end - at
    const candidate = text.slice(at, end)
    // as browsers read it, the last `@` ends the password
    const last = candidate.lastIndexOf("@")
    const colon = candidate.indexOf(":")
    if (colon < 0 || colon >= last || candidate.startsWith(REDACTED)) return
    if (isSecret(candidate.slice(0, colon), candidate.slice(colon + 1, last))) cursor.found(at, at + last)
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
