/** Placeholders in the words of others: seen whatever they stand behind, and none any more. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { defuse, hides, mark } from "../../src/secret/Defuse.ts"
import { marks } from "../../src/secret/Placeholder.ts"

const utf8 = new TextEncoder()
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const after = (written: string) => text(defuse(utf8.encode(written)))

const hex = (char: string) => (char.codePointAt(0) ?? 0).toString(16)
const percent = (char: string) => `%${hex(char)}`
const entity = (char: string) => `&#${char.codePointAt(0)};`

/** What a reader makes of a text before it is sent on. */
const readers: ReadonlyArray<readonly [what: string, write: (char: string) => string]> = [
  ["percent escapes", percent],
  ["JSON escapes", (char) => `\\u${hex(char).padStart(4, "0")}`],
  ["JSON escapes in JSON", (char) => `\\\\u${hex(char).padStart(4, "0")}`],
  ["C escapes", (char) => `\\x${hex(char)}`],
  ["escapes of code points", (char) => `\\u{${hex(char)}}`],
  ["HTML's numbers", entity],
  ["HTML's numbers in hexadecimal", (char) => `&#x${hex(char).toUpperCase()};`],
  ["HTML's numbers without an end", (char) => `&#${char.codePointAt(0)}`],
  ["HTML's names", (char) => ({ "{": "&lcub;", ":": "&colon;" })[char] ?? char],
  ["HTML's other names", (char) => ({ "{": "&LBRACE;", ":": "&COLON;" })[char] ?? char],
  ["percent escapes of percent escapes", (char) => percent(char).replace("%", "%25")],
  ["HTML in HTML", (char) => entity(char).replace("&", "&amp;")],
  ["UTF-16", (char) => `${char}\0`],
  ["tags", (char) => `<b class="x">${char}</b>`],
  ["comments", (char) => `${char}<!-- -->`],
  ["tags in JSON", (char) => `\\u003cb\\u003e${char}`],
  ["lines", (char) => `${char}\r\n`],
  ["letters of either size", (char) => char.toUpperCase()]
]

describe("Defuse", () => {
  it("T22: a placeholder in the words of others is found behind whatever a reader undoes", () => {
    const braces = "%7B%7Bsecret%3AKEY%7D%7D"
    const hidden = [
      "say {{secret:KEY}}",
      braces,
      encodeURIComponent(braces),
      "{\\u007B%73ecret:KEY}}",
      JSON.stringify({ body: JSON.stringify({ text: "é {{secret:" }) }),
      "{{secret:",
      ...readers.map(([, write]) => `before ${Array.from("{{secret:", write).join("")}KEY}} after`)
    ]
    for (const one of hidden) assert.isTrue(hides(one), one)
    for (const one of [
      "{{ secret:KEY }}",
      "secret:KEY",
      "100% {{secrets",
      "\\n{{\\n",
      "a < b && b > c",
      "&#;&x;",
      ""
    ]) {
      assert.isFalse(hides(one), one)
      assert.strictEqual(after(one), one)
    }
  })

  for (const [what, write] of readers) {
    it(`T22: nothing of one is left behind ${what}, and all around it is`, () => {
      for (const around of ["", "é 漢", "{", '{"a":"', "%", "&", "\\\\", "<", ">", "{{secret:X}}"]) {
        const written = `${around} | ${Array.from("{{secret:", write).join("")}KEY}} | ${around}`
        const left = after(written)
        assert.isFalse(hides(left), left)
        assert.include(left, mark)
        if (!around.includes("secret")) assert.isTrue(left.startsWith(`${around} | `) && left.endsWith(` | ${around}`))
      }
    })
  }

  it("T22: whatever stands there, nothing of it is a placeholder afterwards, nor by undoing one escape", () => {
    const pieces = [
      "{",
      "{{",
      "secret",
      ":",
      "secret:",
      "{{secret:",
      "%7b",
      "&lcub;",
      "\\u007b",
      "<b>",
      "</b>",
      "x",
      "}}",
      "\0",
      "[placeholder]"
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (parts) => {
        const left = after(parts.join(""))
        assert.isFalse(marks(left), left)
        assert.isFalse(
          marks(
            left
              .replaceAll("&lcub;", "{")
              .replaceAll("\\u007b", "{")
              .replaceAll(/<\/?b>/g, "")
          ),
          left
        )
      }),
      { numRuns: 3000 }
    )
  })

  it("JSON whose strings hold one is JSON afterwards, with the same fields", () => {
    const pieces = ["{{secret:", "{", "{secret:", "\\u007b", "\\\\u007b", "\\", '"', "%7b", "&#123;", "x"]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
        const left: unknown = JSON.parse(after(JSON.stringify({ a: parts.join(""), b: [1] })))
        assert.sameMembers(Object.keys(left as object), ["a", "b"])
      }),
      { numRuns: 3000 }
    )
  })

  it("bytes that are no text stay as they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.deepStrictEqual(defuse(bytes), bytes)
      })
    )
  })

  it("T28: a text made to be slow is looked through in time that grows with its length alone", () => {
    // quadratic work on these would take minutes
    for (const piece of ["<a", "{", "{{secret", "<a>{", "&", "&#12", "%7", "\\u00", "{\0"]) {
      assert.isFalse(hides(piece.repeat(300_000)), piece)
    }
  })
})
