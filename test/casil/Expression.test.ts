/** The expression engine against the platform's own, which may go back and is asked about small texts only. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { nothing } from "../../src/casil/CharClass.ts"
import { Budget } from "../../src/casil/engine/Budget.ts"
import { type ExpressionRule, ruleSet, withExpressions } from "../../src/casil/engine/RuleSet.ts"
import { Scanner } from "../../src/casil/engine/Scanner.ts"
import { InvalidExpression } from "../../src/casil/expression/Parse.ts"
import { compileExpression, type Program } from "../../src/casil/expression/Program.ts"
import { flaw, parse } from "../../src/casil/Pattern.ts"
import { format } from "../../src/casil/rules/Format.ts"

type Spans = ReadonlyArray<readonly [start: number, end: number]>

const spansOf = (program: Program, pieces: ReadonlyArray<string>): Spans => {
  const own: ExpressionRule = { id: "own", program }
  const scanner = new Scanner(withExpressions(ruleSet([]), [own]), new Budget())
  for (const piece of pieces) scanner.push(piece)
  scanner.end()
  return scanner.matches.map(({ end, start }) => [start, end] as const)
}

/** Leftmost longest matches that do not overlap: every span is asked about. */
const expected = (source: string, text: string): Spans => {
  const spans: Array<readonly [number, number]> = []
  const matches = (start: number, end: number) =>
    new RegExp(`(?<=(?<![^])[^]{${start}})(?:${source})(?=[^]{${text.length - end}}(?![^]))`, "m").exec(text)?.[0] ===
    text.slice(start, end)
  for (let start = 0; start < text.length; start++) {
    for (let end = text.length; end > start; end--) {
      if (!matches(start, end)) continue
      spans.push([start, end])
      start = end - 1
      break
    }
  }
  return spans
}

const compiled = (source: string): Program | undefined =>
  Result.getOrUndefined(
    Result.try({
      try: () => compileExpression(source),
      catch: (cause) => assert.instanceOf(cause, InvalidExpression)
    })
  )

const one = fc.constantFrom(
  "a",
  "b",
  "1",
  "_",
  " ",
  "\\n",
  ".",
  "\\w",
  "\\d",
  "\\W",
  "\\S",
  "[ab]",
  "[^a]",
  "[a-b1]",
  "\\x61"
)
const place = fc.constantFrom("^", "$", "\\b")
const count = fc.constantFrom("*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}")
const { source } = fc.letrec<{ source: string; part: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 3 },
    fc.array(tie("part"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("")),
    fc.array(tie("part"), { minLength: 2, maxLength: 3 }).map((parts) => parts.join("|"))
  ),
  part: fc.oneof(
    { maxDepth: 3 },
    { weight: 4, arbitrary: one },
    { weight: 2, arbitrary: fc.tuple(one, count).map((parts) => parts.join("")) },
    { weight: 1, arbitrary: place },
    { weight: 2, arbitrary: tie("source").map((inner) => `(?:${inner})`) },
    {
      weight: 1,
      arbitrary: fc.tuple(tie("source"), one, count).map(([inner, last, times]) => `(?:${inner}${last})${times}`)
    }
  )
}))
const text = fc.string({ unit: fc.constantFrom("a", "b", "1", "_", " ", "\n", "-"), maxLength: 12 })

describe("expressions", () => {
  it("find what the platform's engine finds, the leftmost and of these the longest", () => {
    let asked = 0
    fc.assert(
      fc.property(source, text, (source, text) => {
        const program = compiled(source)
        if (program === undefined) return
        asked++
        assert.deepStrictEqual(spansOf(program, [text]), expected(source, text))
      }),
      { numRuns: 3000 }
    )
    assert.isAbove(asked, 1000)
  })

  it("find the same however the text is cut", () => {
    fc.assert(
      fc.property(source, text, fc.array(fc.nat(12), { maxLength: 4 }), (source, text, cuts) => {
        const program = compiled(source)
        if (program === undefined) return
        const sorted = [0, ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((a, b) => a - b), text.length]
        const pieces = sorted.slice(1).map((end, i) => text.slice(sorted[i], end))
        assert.deepStrictEqual(spansOf(program, pieces), spansOf(program, [text]))
        assert.deepStrictEqual(spansOf(program, text.split("")), spansOf(program, [text]))
      }),
      { numRuns: 1000 }
    )
  })

  it("are the characters that a match may begin with, and no match begins with another", () => {
    fc.assert(
      fc.property(source, text, (source, text) => {
        const program = compiled(source)
        if (program === undefined) return
        for (const [start] of spansOf(program, [text])) assert.strictEqual(program.first[text.charCodeAt(start)], 1)
      })
    )
  })
})

describe("the linear form of patterns", () => {
  const step = fc
    .tuple(
      fc.constantFrom("a", "b", "c", "[ab]", "[bc]", "[0-9]", "\\d"),
      fc.constantFrom("", "{2}", "{1,3}", "{2,}", "+")
    )
    .map((parts) => parts.join(""))
  const patterns = fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => `k_${steps.join("")}`)
  const texts = fc
    .array(fc.constantFrom("k_", "a", "b", "c", "1", "2", " ", "-"), { maxLength: 14 })
    .map((parts) => parts.join(""))

  it("finds at each of its beginnings what the platform's engine finds there", () => {
    let asked = 0
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        const form = parse(pattern)
        if (flaw(form) !== undefined || form.steps.length === 0) return
        asked++
        const own = format({
          id: "own",
          source: "made up",
          pattern,
          left: nothing,
          right: nothing,
          genuine: () => true
        })
        const scanner = new Scanner(ruleSet([own]), new Budget())
        scanner.push(text)
        scanner.end()
        const spans: Array<readonly [number, number]> = []
        for (let at = text.indexOf("k_"); at >= 0; at = text.indexOf("k_", at + 1)) {
          const sticky = new RegExp(pattern, "y")
          sticky.lastIndex = at
          const found = sticky.exec(text)?.[0]
          if (found !== undefined) spans.push([at, at + found.length])
        }
        assert.deepStrictEqual(
          scanner.matches.map(({ end, start }) => [start, end] as const),
          spans
        )
      }),
      { numRuns: 2000 }
    )
    assert.isAbove(asked, 500)
  })
})
