/** Texts made to cost an inspection as much as they can. */
import { structural } from "../../src/casil/rules/structural.ts"
import type { Json } from "../../src/domain/Json.ts"
import { sample } from "../../src/casil/Sample.ts"

const fill = (unit: string, length: number): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length)

const base64 = (text: string): string => Buffer.from(text).toString("base64")
const percentOf = (text: string): string =>
  Array.from(text, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`).join("")

const nested = (depth: number, inside: Json): Json =>
  depth === 0 ? inside : { ["k".repeat(120)]: nested(depth - 1, inside) }

/** Hostile values with texts of about `length` characters in all, by name. */
export const hostileValues = (length: number): Record<string, Json> => {
  const many = (each: number) => Array.from({ length: Math.floor(length / each) }, (_, n) => n)
  return {
    "ten thousand keys": Object.fromEntries(many(6).map((n) => [n.toString(36), "a"])),
    "keys that name secrets": Object.fromEntries(many(20).map((n) => [`key${n}`, "aB3x9Qz7LmN4"])),
    "named values": many(22).map(() => ({ name: "api_key", value: "aB3x9Q" })),
    "one long key over many": { ["k".repeat(length >> 1)]: many(4).map(() => "a") },
    "deep under long keys": nested(
      200,
      many(4).map(() => "a")
    ),
    "deep under indexes": Array.from({ length: 120 }).reduce<Json>(
      (value) => [value],
      many(4).map(() => "a")
    ),
    "texts of one character": many(1).map(() => "a"),
    "a secret over all fields": many(1).map((n) => "glpat-aB3x9Qz7LmN4pR2tU5v".charAt(n % 25)),
    "texts that cannot be seen": many(6).map(() => "\u200ba\u200b"),
    // what a search among such values found to be the dearest: each of them is open until a later field says more
    "keys that begin a token": Object.fromEntries(many(6).map((n) => [`eyJ${n.toString(36)}`, ""])),
    "values that begin a token": many(4).map((n) => `eyJ${n % 10}`),
    "groups of digits": many(18).map(() => "111 1111 1111ab12y"),
    "groups of digits under names": many(30).map(() => ({ ab12: ",4print |1 1111 1111 111-" })),
    "fields with tokens": many(27).map((n) => ({ token: `glpat-${sample("abcXYZ012", 20, n)}` }))
  }
}

/** Hostile texts of `length` characters, by name. */
export const hostile = (length: number): Record<string, string> => {
  const texts: Record<string, string> = {
    "user info without end": fill("://a:", length),
    "many user infos": fill("://a:b@ ", length),
    "JWT headers": fill(
      `${
        structural
          .find(({ id }) => id === "json-web-token")
          ?.example(1)
          .secret.split(".")[0]
      }.`,
      length
    ),
    "JWT headers apart": fill("eyJhbGciOiJIUzI1NiJ9.eyJ.x ", length),
    "JWT without end": fill(`eyJ${sample("abcXYZ012", 4000, 1)}.`, length),
    "key without end": structural[0]?.anchors[0] + fill("QUJD\n", length - 40),
    "begin lines": fill(structural[0]?.anchors[0] ?? "", length),
    "begin lines with body": fill(`${structural[0]?.anchors[0] ?? ""}\n${sample("abcXYZ012", 64, 2)}\n`, length),
    "begin lines in long bodies": fill(`${structural[0]?.anchors[0] ?? ""}${"ab ".repeat(2600)}`, length),
    "all anchors": fill(structural.flatMap(({ anchors }) => anchors).join(" "), length),
    "all anchors, touching": fill(structural.flatMap(({ anchors }) => anchors).join(""), length),
    "all examples": fill(
      structural.flatMap(({ example }) => [0, 1, 2, 3].map((seed) => example(seed).text)).join(" "),
      length
    ),
    dashes: "-".repeat(length),
    colons: fill("123456789:AA", length),
    "names of secrets": fill("key=abcd ", length),
    "names with values": fill('password: "Xk29fQ-7bLmZ", ', length),
    "names in names": fill("secret-token-key-", length),
    "names without end": fill("password=", length),
    "names in calls": fill("token(key(secret(", length),
    "names in lists": fill('"keys":["aB3x","aB4x","aB5x",', length),
    base64: fill("QUtJQWFiY2RlZmdoaWprbG1ub3A", length),
    "base64 in base64": fill("UVVJUWFHSmpaR1ZtWjJocGFtdHNiVzV2Y0E9PQ", length),
    hex: fill("414b4941", length),
    percent: fill("%41%4b%49%41", length),
    escapes: fill("\\u0041\\u004b", length),
    invisible: fill("A\u200bK\u200bI\u200bA\u200b", length),
    "look-alikes": fill("\u0410\u041a\u0406\u0410", length),
    numbers: fill("4111 1111 1111 ", length),
    "at signs": fill("a@b.", length),
    dots: fill("1.1.1.", length),
    // what a search among mixtures of all of these found to be the dearest
    "names of vendors": fill("tfp_asana ", length),
    "names in long values": fill("key_AGE-SECRET-KEY-1salt", length),
    "secrets in base64": fill(`${base64(structural.map(({ example }) => example(1).text).join(" "))} `, length),
    "secrets in base64 in base64": fill(
      `${base64(base64(structural.map(({ example }) => example(2).text).join(" ")))} `,
      length
    ),
    "percent soup": fill(percentOf('token="aB3x9Qz7LmN4pR2t" '), length),
    "percent in base64": fill(`${base64(percentOf('key: "aB3x9Qz7LmN4pR2t"'))} `, length),
    "zero-width soup": fill(Array.from('secret="aB3x9Qz7" ').join("\u200b"), length),
    "look-alike names": fill('p\u0430ssw\u043erd="aB3x9Qz7" ', length),
    "quotes without end": fill("key=\"'`", length),
    "prefixes of every rule": fill(
      structural.flatMap(({ anchors }) => anchors.map((each) => `${each}0`)).join(""),
      length
    )
  }
  // each rule in one of these ways: together they have them all
  const ways: ReadonlyArray<readonly [string, (anchor: string) => string]> = [
    ["apart", (anchor) => `${anchor} `],
    ["touching", (anchor) => anchor],
    ["escaped", (anchor) => `%20${anchor}`],
    ["with tail", (anchor) => `.${anchor}${sample("abcXYZ012", 30, 3)}`],
    ["backslashed", (anchor) => `\\n${anchor}`]
  ]
  structural.forEach(({ anchors, id }, i) => {
    const [name, write] = ways[i % ways.length] ?? ["apart", (anchor: string) => anchor]
    texts[`${id} ${name}`] = fill(write(anchors[0] ?? ""), length)
  })
  return texts
}
