import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { type Located, outcomeOf, TextCheck } from "../../src/casil/Check.ts"
import { type Compiled, compile } from "../../src/casil/Compiled.ts"
import { defaultPolicy } from "../../src/casil/Policy.ts"
import { structural } from "../../src/casil/rules/structural.ts"

const compiled = compile(defaultPolicy)
const secret = structural.find(({ id }) => id === "github-token")?.example(5).secret ?? ""

const check = (pieces: ReadonlyArray<string>, by: Compiled = compiled): ReadonlyArray<Located> => {
  const run = new TextCheck(by)
  return [...pieces.flatMap((piece) => run.push(piece)), ...run.finish()]
}

/** What stands where it was found. */
const at = (text: string, { column, end, line, start }: Located): string => {
  const lines = text.split("\n")
  return (lines.slice(line - 1).join("\n") ?? "").slice(column - 1, column - 1 + end - start)
}

describe("the check of a text", () => {
  it("says line and column of each finding, after any other text", () => {
    const line = fc.oneof(fc.string(), fc.constant("é\u200b漢😀"), fc.constant("\r"), fc.constant(""))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(line, { maxLength: 3 }), (before, after) => {
        const text = [...before, `= ${secret} .`, ...after].join("\n")
        const found = check([text]).find(({ rule }) => rule === "github-token")
        assert(found !== undefined)
        assert.strictEqual(found.line, before.join("\n").split("\n").length + (before.length > 0 ? 1 : 0))
        assert.strictEqual(at(text, found), secret)
      }),
      { numRuns: 200 }
    )
  })

  it("finds the same in the same places, however the text is cut", () => {
    const text = `a\nsee ${secret}\r\n\npassword = "xK9#mQ2vL8pR4tW7"\n${"word ".repeat(300)}${secret}`
    const whole = check([text])
    assert.isAbove(whole.length, 2)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 12 }), (cuts) => {
        const ends = [...new Set(cuts), text.length].toSorted((a, b) => a - b)
        const pieces = ends.map((end, i) => text.slice(i === 0 ? 0 : ends[i - 1], end))
        assert.deepStrictEqual(check(pieces), whole)
      }),
      { numRuns: 50 }
    )
    // between every two characters: what follows a value says something about it
    for (let end = 1; end < 100; end++) assert.deepStrictEqual(check([text.slice(0, end), text.slice(end)]), whole)
  })

  it("goes on after what a policy would block, and beyond what a gateway would look at, and says so", () => {
    const strict = compile({
      ...defaultPolicy,
      onSecret: "block",
      limits: { ...defaultPolicy.limits, maxInspectBytes: 1024 }
    })
    const text = `${secret}\n${"é ".repeat(400)}\n${secret}`
    assert.deepStrictEqual(
      check([text.slice(0, 500), text.slice(500)], strict).map(({ action, beyond, line }) => [line, action, beyond]),
      [
        [1, "block", false],
        [3, "block", true]
      ]
    )
  })

  it("has as many names of secrets as there are: the budget of a block is no limit", () => {
    const lines = Array.from({ length: 3000 }, (_, n) => `db_password = "xK9#mQ2vL8pR4tW${n}"\n`)
    assert.strictEqual(check(lines).length, lines.length)
  })

  it("names what would happen: the gravest of all", () => {
    assert.strictEqual(outcomeOf(new Set()), "allow")
    assert.strictEqual(outcomeOf(new Set(["monitor"])), "allow")
    assert.strictEqual(outcomeOf(new Set(["monitor", "redact"])), "allow_with_redaction")
    assert.strictEqual(outcomeOf(new Set(["redact", "block", "monitor"])), "block")
  })
})
