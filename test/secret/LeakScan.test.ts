import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { find as naive } from "./naive.ts"
import * as LeakScan from "../../src/secret/LeakScan.ts"
import { compile } from "../../src/secret/PatternSet.ts"
import { unescape } from "../../src/secret/Unescape.ts"
import { encodings } from "../support/canary.ts"

const secret = "sk-live_9Qw/Zx+71Lm=Tr0uv"
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "utf8"))
const scanner = LeakScan.make([secret, "another-Secret-4711"])
const redacted = (text: string, by = scanner) => {
  const all = bytes(text)
  return Buffer.from(LeakScan.redact(all, by.find(all))).toString()
}
const percentAll = (text: string) => [...bytes(text)].map((byte) => `%${byte.toString(16)}`).join("")
const escaped = (text: string) => [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")
const cText = (text: string) => [...text].map((c) => `\\x${c.charCodeAt(0).toString(16)}`).join("")

/** Forms of a value that must be found wherever they stand. */
const forms: ReadonlyArray<readonly [string, (value: string) => string]> = [
  ["plain", (value) => value],
  ["hex", (value) => Buffer.from(value).toString("hex")],
  ["upper-case hex", (value) => Buffer.from(value).toString("hex").toUpperCase()],
  ["hex in pairs", (value) => (Buffer.from(value).toString("hex").match(/../g) ?? []).join(":")],
  ["percent", percentAll],
  ["percent twice", (value) => percentAll(value).replaceAll("%", "%25")],
  ["encodeURIComponent", encodeURIComponent],
  ["JSON escapes", escaped],
  ["C escapes", cText],
  [
    "HTML",
    (value) => value.replaceAll(/[^A-Za-z0-9]/g, (char) => `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`)
  ],
  ["HTML's numbers", (value) => [...value].map((char) => `&#${char.charCodeAt(0)};`).join("")],
  ["HTML's names", (value) => value.replaceAll("/", "&sol;").replaceAll("+", "&plus;").replaceAll("=", "&equals;")],
  ["HTML in HTML", (value) => value.replaceAll("/", "&amp;#x2F;").replaceAll("+", "&amp;#43;")],
  ["escapes of code points", (value) => [...value].map((char) => `\\u{${char.charCodeAt(0).toString(16)}}`).join("")],
  ["JSON in JSON", (value) => JSON.stringify(JSON.stringify({ value }))],
  ["reversed", (value) => [...value].toReversed().join("")],
  ["UTF-16", (value) => [...value].join("\0")],
  ["split by blanks", (value) => [...value].join(" ")],
  ["split by dashes", (value) => [...value].join("--")],
  ["split by line breaks", (value) => [...value].join("\r\n")],
  ["split by escaped line breaks", (value) => [...value].join("\\n")],
  ["split into JSON strings", (value) => `["${value.slice(0, 9)}", "${value.slice(9)}"]`],
  ["base64 of percent", (value) => Buffer.from(value).toString("base64").replaceAll("+", "%2B").replaceAll("/", "%2f")],
  [
    "base64 in lines",
    (value) =>
      (
        Buffer.from(value)
          .toString("base64")
          .match(/.{1,7}/g) ?? []
      ).join("\n")
  ],
  ["base64 in the middle", (value) => Buffer.from(`{"key":"${value}","x":1}`).toString("base64")],
  ["base64url", (value) => Buffer.from(`user:${value}`).toString("base64url")]
]

describe("LeakScan", () => {
  for (const [name, write] of forms) {
    it(`T22: finds a secret: ${name}`, () => {
      for (const around of ["", "x", "xx", '"é ', "%", "\\"]) {
        const found = scanner.find(bytes(`${around}${write(secret)}${around}`))
        assert.strictEqual(found.length, 1, around)
      }
      if (name.startsWith("base64")) return
      assert.strictEqual(
        redacted(`before [ ${write(secret)} ] after`)
          .replaceAll(/[["\]]/g, "")
          .includes(secret),
        false
      )
    })
  }

  it("T22: finds base64 at each of its three alignments, in both alphabets", () => {
    for (let offset = 0; offset < 6; offset++) {
      for (const alphabet of ["base64", "base64url"] as const) {
        const text = Buffer.from(`${"p".repeat(offset)}${secret}`).toString(alphabet)
        assert.strictEqual(scanner.find(bytes(text)).length, 1, `${offset} ${alphabet}`)
        assert.strictEqual(
          scanner.find(bytes(Buffer.from(`${"p".repeat(offset)}${secret}tail`).toString(alphabet))).length,
          1
        )
      }
    }
  })

  it("T30: nothing of the canary's forms is left, wherever they stand", () => {
    const canary = "cnry-Zq81Lw0PmXe7Tb"
    const by = LeakScan.make([canary])
    const whole = new Set([
      "plain",
      "base64",
      "base64url",
      "hex",
      "percent",
      "JSON escapes",
      "UTF-16",
      "reversed",
      "split by spaces, dashes or line breaks"
    ])
    for (const { name, needles } of encodings(canary)) {
      if (!whole.has(name)) continue
      // the middle of base64 alone is not what anybody sends: here the whole of it
      const texts = name.startsWith("base64")
        ? [0, 1, 2].map((n) => Buffer.from("p".repeat(n) + canary).toString(name as "base64" | "base64url"))
        : needles
      for (const text of texts) {
        const clean = redacted(`<<${text}>>`, by)
        assert.include(clean, LeakScan.mark, `${name}: ${text}`)
        for (const needle of needles) assert.notInclude(clean, needle)
      }
    }
  })

  it("redacts exactly the secret and keeps the rest", () => {
    assert.strictEqual(
      redacted(`a ${secret} b another-secret-4711 c another-Secret-4711`),
      "a [redacted] b another-secret-4711 c [redacted]"
    )
    assert.strictEqual(redacted(`${secret}${secret}`), "[redacted]")
    assert.strictEqual(redacted(`x=${percentAll(secret)}&y=%20`), "x=[redacted]&y=%20")
    assert.strictEqual(redacted(`"${escaped(secret)}\\n"`), '"[redacted]\\n"')
  })

  it("a text without secrets is the same bytes; no secrets find nothing", () => {
    const text = bytes("nothing %20 here \\n at all: sk-live")
    assert.strictEqual(LeakScan.redact(text, scanner.find(text)), text)
    assert.deepStrictEqual(LeakScan.make([]).find(bytes(secret)), [])
    assert.deepStrictEqual(scanner.find(new Uint8Array()), [])
  })

  it("a value with hardly a letter or digit is found as it is and behind escapes, not by its letters", () => {
    const by = LeakScan.make(["!!a?=&%#~~b"])
    assert.strictEqual(redacted("x !!a?=&%#~~b y", by), "x [redacted] y")
    assert.strictEqual(redacted(percentAll("!!a?=&%#~~b"), by), LeakScan.mark)
    assert.strictEqual(redacted("a b", by), "a b")
  })

  it("a long value is found whole and in part", () => {
    const long = Array.from({ length: 40 }, (_, i) => `Part${i}x`).join("")
    const by = LeakScan.make([long])
    assert.strictEqual(redacted(`<${long}>`, by), "<[redacted]>")
    assert.include(redacted(`<${long.slice(20, 200)}>`, by), LeakScan.mark)
    assert.include(redacted(Buffer.from(long).toString("base64"), by), LeakScan.mark)
  })

  it("goes through a large text in steps, across whose borders it sees", () => {
    const large = bytes("x".repeat(65_530) + secret + "y".repeat(70_000))
    const steps = scanner.steps(large)
    let count = 0
    let result = steps.next()
    for (; result.done !== true; result = steps.next()) count++
    assert.deepStrictEqual(result.value, [{ start: 65_530, end: 65_530 + secret.length }])
    assert.isAbove(count, 2)
  })

  it("what is left after redaction holds no secret, for any text with any forms of it", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary-ascii", maxLength: 20 }),
      fc.constantFrom(...forms.map(([, write]) => write(secret)))
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const clean = redacted(parts.join(" "))
        assert.deepStrictEqual(scanner.find(bytes(clean)), [])
      })
    )
  })
})

describe("PatternSet", () => {
  it("finds what a search pattern by pattern finds", () => {
    const classes = Uint8Array.from({ length: 256 }, (_, byte) => (byte === 0 ? 0 : byte))
    const small = fc.uint8Array({ min: 0, max: 3, minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(
        fc.array(small, { maxLength: 6 }),
        fc.uint8Array({ min: 0, max: 3, maxLength: 60 }),
        (patterns, text) => {
          const found: Array<readonly [number, number]> = []
          compile(classes, patterns)?.begin()(text, 0, text.length, (first, last) => found.push([first, last]))
          assert.deepStrictEqual(found, naive(patterns, text))
        }
      ),
      { numRuns: 500 }
    )
  })

  it("is nothing without patterns", () => {
    assert.isUndefined(compile(new Uint8Array(256), [bytes("abc")]))
    assert.isUndefined(compile(new Uint8Array(256).fill(1), []))
  })
})

describe("Unescape", () => {
  const plain = (text: string) => {
    const result = unescape(bytes(text))
    return result === undefined ? undefined : Buffer.from(result.bytes).toString("latin1")
  }

  it("undoes one layer and leaves what is no escape", () => {
    assert.strictEqual(plain("%41%zz%4"), "A%zz%4")
    assert.strictEqual(plain("\\u0041\\x42\\q\\u00"), "AB\\q\\u00")
    assert.strictEqual(plain("a\\nb\\u2028c"), "a\nb\nc")
    assert.strictEqual(plain("\\xg0%2541"), "\\xg0%41")
    assert.isUndefined(plain("plain"))
    assert.isUndefined(plain("100% \\ "))
    assert.isUndefined(plain("%"))
    assert.isUndefined(plain("\\"))
  })

  it("knows where every byte came from", () => {
    const result = unescape(bytes("a%41b"))
    assert.deepStrictEqual([...(result?.starts.subarray(0, 4) ?? [])], [0, 1, 4, 5])
  })
})
