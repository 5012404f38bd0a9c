/** Figures C8 and C9: ten ways to hide two hundred secrets, and what of them is left for whoever reads the text again. */
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Casil } from "../../src/casil/Casil.ts"
import { open } from "../../src/casil/Inspected.ts"
import { type CasilPolicy, defaultPolicy } from "../../src/casil/Policy.ts"
import { redaction } from "../../src/casil/engine/Match.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { jsonObject } from "../../src/casil/Walker.ts"
import type { JsonObject } from "../../src/domain/Json.ts"

interface Hidden {
  readonly text: string
  readonly secret: string
  /** Parts of six characters of the secret that stand nowhere else. */
  readonly runs: ReadonlyArray<string>
}

const RUN = 6
const SECRETS = 200
const LEAST = 0.95

const secrets: ReadonlyArray<Hidden> = Array.from({ length: SECRETS }, (_, i) => {
  const rule = structural[Math.floor((i * structural.length) / SECRETS)] ?? assert.fail("there are rules")
  const { secret, text } = rule.example(7 + i)
  const around = `${text.replace(secret, "\n")}\n${redaction(rule.id)}`
  const runs: Array<string> = []
  for (let at = 0; at + RUN <= secret.length; at++) {
    const run = secret.slice(at, at + RUN)
    if (!around.includes(run)) runs.push(run)
  }
  return { text, secret, runs }
})

const each = (text: string, change: (char: string) => string): string => Array.from(text, change).join("")
const bytesOf = (text: string) => Buffer.from(text)
const base64 = (text: string) => bytesOf(text).toString("base64")
const unbase64 = (text: string) => Buffer.from(text, "base64").toString()
const percent = (text: string) => Array.from(bytesOf(text), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")
const unpercent = (text: string) => {
  const bytes: Array<number> = []
  for (let i = 0; i < text.length; i++) {
    if (text.charAt(i) === "%") bytes.push(Number.parseInt(text.slice(i + 1, (i += 2) + 1), 16))
    else bytes.push(...bytesOf(text.charAt(i)))
  }
  return Buffer.from(bytes).toString()
}
const hex = (text: string) => bytesOf(text).toString("hex")
const unhex = (text: string) => Buffer.from(text, "hex").toString()
const invisible = (text: string) => each(text, (char) => `${char}\u200b`)
const visible = (text: string) => text.replaceAll("\u200b", "")
const ALIKE: ReadonlyArray<readonly [string, string]> = [
  ["o", "\u043e"],
  ["a", "\u0430"],
  ["e", "\u0435"],
  ["A", "\u0410"],
  ["c", "\u0441"]
]
const alike = (text: string) => ALIKE.reduce((all, [from, to]) => all.replaceAll(from, to), text)
const unlike = (text: string) => ALIKE.reduce((all, [to, from]) => all.replaceAll(from, to), text)
const escapes = (text: string) => each(text, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
const unescapes = (text: string) =>
  text.replaceAll(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

type Texts = Effect.Effect<ReadonlyArray<string>, unknown, Casil>

/** What is left of a text that was written so, as it stands and as it is read. */
const written =
  (write: (text: string) => string, read: (text: string) => string) =>
  ({ runs, secret, text }: Hidden): Texts => {
    assert.include(read(write(text)), secret)
    assert.isNotEmpty(runs)
    return Effect.map(
      Effect.flatMap(Casil, (casil) => casil.text("prompt", write(text))),
      (passed) => [open(passed), read(open(passed))]
    )
  }

const value = (made: JsonObject): Effect.Effect<JsonObject, unknown, Casil> =>
  Effect.map(
    Effect.flatMap(Casil, (casil) => casil.value("tool_output", made, jsonObject)),
    open
  )

/** All ways in which a text may be written in two. */
const mixed: ReadonlyArray<readonly [(text: string) => string, (text: string) => string]> = [
  [(text) => base64(percent(text)), (text) => unpercent(unbase64(text))],
  [(text) => percent(base64(text)), (text) => unbase64(unpercent(text))],
  [(text) => invisible(base64(text)), (text) => unbase64(visible(text))],
  [(text) => hex(base64(text)), (text) => unbase64(unhex(text))],
  [(text) => base64(alike(text)), (text) => unlike(unbase64(text))],
  [(text) => base64(invisible(text)), (text) => visible(unbase64(text))],
  [(text) => percent(alike(text)), (text) => unlike(unpercent(text))]
]

const INSPECTED = 2048

const WAYS: Readonly<Record<string, (hidden: Hidden, i: number) => Texts>> = {
  "over two keys": ({ secret, text }) => {
    const middle = text.indexOf(secret) + (secret.length >> 1)
    const made = { first: text.slice(0, middle), second: text.slice(middle), n: [1, true, null] }
    return Effect.map(value(made), (passed) => {
      assert.deepStrictEqual([Object.keys(passed), passed["n"]], [Object.keys(made), made.n])
      return [`${String(passed["first"])}${String(passed["second"])}`]
    })
  },
  base64: written(base64, unbase64),
  "hexadecimal digits": written(hex, unhex),
  "escapes of URLs": written(percent, unpercent),
  "characters of no width": written(invisible, visible),
  "letters that look alike": written(alike, unlike),
  "over the end of inspection": ({ secret, text }) => {
    const before = text.indexOf(secret) + (secret.length >> 1)
    const made = `${" ".repeat(INSPECTED - before)}${text} and more of it`
    return Effect.map(
      Effect.flatMap(Casil, (casil) => casil.text("prompt", made)),
      (passed) => [open(passed)]
    )
  },
  headers: ({ text }) =>
    Effect.map(value({ body: "hello", headers: { "x-note": text, other: "stays" } }), (passed) => {
      const headers = passed["headers"] as JsonObject
      assert.deepStrictEqual([passed["body"], headers["other"]], ["hello", "stays"])
      return [String(headers["x-note"])]
    }),
  "escapes of JSON": written(escapes, unescapes),
  "two of these at once": (hidden, i) => {
    const [write, read] = mixed[i % mixed.length] ?? assert.fail("there are ways")
    return written(write, read)(hidden)
  }
}

const policy: Partial<CasilPolicy> = {
  onSecret: "redact",
  limits: { ...defaultPolicy.limits, maxInspectBytes: INSPECTED, maxPayloadBytes: 1 << 20 }
}
const whole: Partial<CasilPolicy> = { onSecret: "redact" }

describe("ten ways to hide a secret", () => {
  const table: Array<{ readonly way: string; readonly gone: number; readonly of: number }> = []
  afterAll(() => console.table(table))

  for (const [way, hide] of Object.entries(WAYS)) {
    it.effect(`T30: no six bytes in a row of a secret are left that is hidden by ${way}`, () =>
      Effect.gen(function* () {
        let gone = 0
        for (const [i, hidden] of secrets.entries()) {
          const left = yield* hide(hidden, i)
          if (!left.some((text) => hidden.runs.some((run) => text.includes(run)))) gone++
        }
        table.push({ way, gone, of: SECRETS })
        assert.isAtLeast(gone / SECRETS, LEAST)
      }).pipe(Effect.provide(Casil.layer(way === "over the end of inspection" ? policy : whole)))
    )
  }
})
