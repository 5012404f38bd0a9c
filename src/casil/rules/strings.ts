/**
 * Passwords in the places where programs take them: connection strings (ODBC, ADO.NET, JDBC), netrc files, SQL, and the
 * arguments of well-known commands and functions. Sources: the manuals of each.
 */
import { alnum, asciiExcept, BASE62, blank, type CharClass, except, nothing, visibleExcept } from "../CharClass.ts"
import { opens } from "../engine/Boundary.ts"
import { COST } from "../engine/Budget.ts"
import type { Cursor } from "../engine/Cursor.ts"
import { isPassword } from "../Randomness.ts"
import { type Find, type Rule, whole } from "../Rule.ts"
import { sample } from "../Sample.ts"

const LONGEST = 256
const QUOTES = "\"'`"

/** What ends a value between quotes of this kind. */
const inside: Readonly<Record<string, CharClass>> = {
  '"': except('"\r\n'),
  "'": except("'\r\n"),
  "`": except("`\r\n")
}
const bare = asciiExcept("\"'`<>;,)}]\\|&")

/** What follows at `at`: a value between quotes, or one that ends at white space. Nothing while it is not all there. */
const valueAt = (cursor: Cursor, at: number, unquoted: CharClass): readonly [number, number] | undefined => {
  const { text } = cursor
  let start = at
  // quotes may be escaped or doubled, as in a string within a string
  while (start < at + 8 && (text.charAt(start) === "\\" || inside[text.charAt(start)] !== undefined)) start++
  const quote = start > at ? text.charAt(start - 1) : ""
  const set = inside[quote] ?? unquoted
  const end = cursor.runEnd(set, start, LONGEST + 1)
  if (cursor.unknown(end) && end - start <= LONGEST) {
    cursor.more(end, set, start, start + LONGEST + 1)
    return undefined
  }
  cursor.cost = COST.name + end - cursor.from
  if (end - start > LONGEST || (quote !== "" && text.charAt(end) !== quote)) return undefined
  // what escapes the quote that ends it is no part of it
  let last = end
  if (inside[text.charAt(end)] !== undefined) while (last > start && text.charAt(last - 1) === "\\") last--
  return [start, last]
}

interface Place {
  readonly id: string
  readonly source: string
  readonly anchors: ReadonlyArray<string>
  /** Where the value begins, after the anchor; -1 for nowhere. */
  readonly skip?: (cursor: Cursor) => number
  /** What must stand before the anchor: given up to 128 characters, in lower case. */
  readonly after?: (before: string) => boolean
  readonly quoted?: boolean
  readonly set?: CharClass
  readonly example: (password: string) => string
  readonly counterExamples: ReadonlyArray<string>
}

const LOOK_BACK = 128

const findIn =
  ({ after, quoted, set, skip }: Place): Find =>
  (cursor) => {
    const { at, floor, from, text } = cursor
    if (!opens(alnum, text, from, floor)) return
    cursor.cost = COST.name
    if (after !== undefined && !after(text.slice(Math.max(floor, from - LOOK_BACK), from).toLowerCase())) return
    const start = skip === undefined ? at : skip(cursor)
    if (cursor.outcome === "more" || start < 0) return
    if (cursor.unknown(start)) return cursor.more(start, nothing, start)
    const value = valueAt(cursor, start, set ?? bare)
    if (value === undefined || (quoted === true && value[0] === start)) return
    if (isPassword(text.slice(value[0], value[1]))) cursor.found(value[0], value[1])
  }

const place = (each: Place): Rule => ({
  id: each.id,
  tier: "structural",
  source: each.source,
  anchors: each.anchors,
  anyCase: true,
  lead: whole,
  atStart: true,
  find: findIn(each),
  example: (seed) => {
    const secret = `${sample(BASE62, 11, seed)}7q`
    return { text: each.example(secret), secret }
  },
  counterExamples: () => each.counterExamples
})

/** The rest of the line belongs to the same string: what is before a line break or a quote does not count. */
const sameLine = (before: string): string => {
  let from = before.lastIndexOf("\n") + 1
  for (const quote of QUOTES) from = Math.max(from, before.lastIndexOf(quote) + 1)
  return before.slice(from)
}

const COMPANIONS = [
  "user id=",
  "userid=",
  "uid=",
  "user=",
  "username=",
  "data source=",
  "server=",
  "host=",
  "database="
]

/** After `-u name:`: what stands between the colon and the end. */
const afterColon = (cursor: Cursor): number => {
  const { at, text } = cursor
  const from = cursor.runEnd(blank, at, 4)
  const set = userSet
  let start = from
  while (start < from + MOST_QUOTES && (text.charAt(start) === "\\" || inside[text.charAt(start)] !== undefined))
    start++
  const colon = cursor.runEnd(set, start, LONGEST_USER)
  if (cursor.unknown(colon) && colon - start < LONGEST_USER) {
    cursor.more(colon, set, at, start + LONGEST_USER)
    return -1
  }
  return colon > start && text.charAt(colon) === ":" ? colon + 1 : -1
}
const LONGEST_USER = 65
/** Quotes at the beginning of an argument, with what escapes them in a text within a text. */
const MOST_QUOTES = 8
const userSet = visibleExcept("\"'`<>:;,()[]{}$|&\\/")

/** The second of two quoted arguments. */
const secondArgument = (cursor: Cursor): number => {
  const { text } = cursor
  let { at } = cursor
  while (at < cursor.at + MOST_QUOTES && text.charAt(at) === "\\") at++
  const set = inside[text.charAt(at)]
  if (cursor.unknown(at) || set === undefined) {
    if (cursor.unknown(at)) cursor.more(at)
    return -1
  }
  const end = cursor.runEnd(set, at + 1, LONGEST)
  const comma = end + 1
  if (cursor.unknown(comma) && end - at - 1 < LONGEST) {
    cursor.more(end, set, at, at + 1 + LONGEST)
    return -1
  }
  if (text.charAt(comma) !== ",") return -1
  const next = cursor.runEnd(blank, comma + 1, 8)
  if (cursor.unknown(next)) {
    cursor.more(next, blank)
    return -1
  }
  return next
}

const places: ReadonlyArray<Place> = [
  {
    id: "connection-string",
    source: "ODBC and ADO.NET: connection strings",
    anchors: ["Password=", "Pwd="],
    after: (before) => {
      const line = sameLine(before)
      return line.trimEnd().endsWith(";") && COMPANIONS.some((companion) => line.includes(companion))
    },
    set: visibleExcept("\"'`<>;"),
    example: (password) => `Server=db.internal;Database=app;User ID=svc;Password=${password};Encrypt=true`,
    counterExamples: ["Server=db;User ID=svc;Password=;", "Server=db;User ID=svc;Password={0};", "Password=here"]
  },
  {
    id: "netrc-password",
    source: "netrc(5)",
    anchors: ["password "],
    after: (before) => before.includes("machine ") && before.includes("login "),
    example: (password) => `machine api.internal login svc password ${password}`,
    counterExamples: ["my login name and my password are safe"]
  },
  {
    id: "sql-password",
    source: "SQL: CREATE USER and ALTER USER",
    anchors: [
      "identified by ",
      "with password ",
      "with encrypted password ",
      "identified with mysql_native_password by "
    ],
    quoted: true,
    example: (password) => `CREATE USER svc IDENTIFIED BY '${password}'`,
    counterExamples: ["identified by 'password'", "a record identified by its key", "identified by '?'"]
  },
  {
    id: "powershell-password",
    source: "PowerShell: ConvertTo-SecureString",
    anchors: ["ConvertTo-SecureString ", "ConvertTo-SecureString -String ", "ConvertTo-SecureString -AsPlainText "],
    quoted: true,
    example: (password) => `$p = ConvertTo-SecureString "${password}" -AsPlainText -Force`,
    counterExamples: ["ConvertTo-SecureString $plain -AsPlainText", 'ConvertTo-SecureString "$env:PW" -AsPlainText']
  },
  {
    id: "curl-user",
    source: "curl(1)",
    anchors: ["--user ", "--proxy-user "],
    skip: afterColon,
    set: visibleExcept("\"'`<>|&"),
    example: (password) => `curl --user "svc:${password}" https://api.internal/`,
    counterExamples: ["curl --user $USER:$PASS https://x", "run it with --user root", "--user name:password"]
  },
  {
    id: "curl-user-short",
    source: "curl(1)",
    anchors: ["-u "],
    after: (before) => sameLine(before).includes("curl "),
    skip: afterColon,
    set: visibleExcept("\"'`<>|&"),
    example: (password) => `curl -s -u svc:${password} https://api.internal/`,
    counterExamples: ["curl -u $USER:$PASS https://x", "sudo -u postgres:postgres", "curl -u user:pass x"]
  },
  {
    id: "sshpass-password",
    source: "sshpass(1)",
    anchors: ["sshpass -p ", "sshpass -p"],
    example: (password) => `sshpass -p '${password}' ssh svc@host`,
    counterExamples: ["sshpass -p $PASS ssh host", "sshpass -f file ssh host"]
  },
  {
    id: "network-credential",
    source: ".NET: NetworkCredential",
    anchors: ["NetworkCredential("],
    skip: secondArgument,
    quoted: true,
    example: (password) => `new NetworkCredential("svc", "${password}")`,
    counterExamples: ['new NetworkCredential("svc", password)', 'new NetworkCredential(user, "x")']
  }
]

/** `$2b$12$` and its like. Sources: crypt(5), RFC 9106, Django and PHP documentation. */
const HASHES = ["$2a$", "$2b$", "$2y$", "$1$", "$5$", "$6$", "$y$", "$apr1$", "$argon2id$", "$argon2i$", "$argon2d$"]
const hashSet = visibleExcept("\"'`<>:;()[]{}\\|!&?#@%^~")

export const passwordHash: Rule = {
  id: "password-hash",
  // to be guessed at, but no key by itself
  tier: "contextual",
  source: "crypt(5)",
  anchors: HASHES,
  lead: () => 0,
  atStart: false,
  find: (cursor) => {
    const { at, from, text } = cursor
    const end = cursor.runEnd(hashSet, at, LONGEST)
    if (cursor.unknown(end) && end - at < LONGEST) return cursor.more(end, hashSet, from, at + LONGEST)
    const mark = text.lastIndexOf("$", end - 1)
    const last = text.slice(mark + 1, end)
    cursor.cost = last.length
    if (last.length >= 22 && last.length <= 120 && isPassword(last)) cursor.found(from, end)
  },
  example: (seed) => {
    const secret = `${HASHES[seed % 3] ?? ""}12$${sample(`${BASE62}./`, 53, seed)}`
    return { text: `hash ${secret}`, secret }
  },
  counterExamples: () => ["$1$ and $2", "costs $5$ or $6$", "$2a$12$short"]
}

export const strings: ReadonlyArray<Rule> = places.map(place)
