import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { readFileSync } from "node:fs"
import { dayOfCivil as dayOf } from "../../../src/memory/Calendar.ts"
import { extract, mostFacts, mostInstructions } from "../../../src/memory/extract/Extract.ts"
import { longestMessage } from "../../../src/memory/extract/Lines.ts"
import type { Focus, Mention } from "../../../src/memory/extract/Stated.ts"
import { statedText } from "./statedText.ts"

interface Example {
  readonly say: string
  /** What was stated before: `role | attribute | value -> role of the object | many`. */
  readonly after?: string
  readonly facts?: ReadonlyArray<string>
  readonly instructions?: ReadonlyArray<string>
}

const examples: ReadonlyArray<Example> = JSON.parse(readFileSync(new URL("./statements.json", import.meta.url), "utf8"))

// a Wednesday
const today = dayOf({ year: 2026, month: 3, day: 11 })
const mention = (role: string): Mention => ({ role, name: undefined, of: undefined })

const focusOf = (after: string): Focus => {
  const [about = "", attribute = "", said = "", many] = after.split(" | ")
  const [value = "", object] = said.split(" -> ")
  return {
    about: mention(about),
    attribute,
    value,
    many: many === "many",
    object: object === undefined ? undefined : mention(object)
  }
}

const read = ({ after, say }: Example): Required<Pick<Example, "facts" | "instructions">> => {
  const { facts, instructions } = extract(say, { today }, after === undefined ? undefined : focusOf(after))
  return { facts: facts.map(statedText), instructions: instructions.map(({ key, text }) => `${text} {${key}}`) }
}

describe("extraction", () => {
  it("has examples of what is stated and of what is not", () => {
    assert.isAtLeast(examples.filter(({ facts }) => facts !== undefined).length, 150)
    assert.isAtLeast(examples.filter(({ instructions }) => instructions !== undefined).length, 20)
    assert.isAtLeast(examples.filter(({ facts, instructions }) => (facts ?? instructions) === undefined).length, 100)
  })

  for (const example of examples) {
    const what = example.facts ?? example.instructions
    it(`${what === undefined ? "takes nothing from" : "understands"} ${JSON.stringify(example.say)}${example.after === undefined ? "" : ` after ${example.after}`}`, () => {
      assert.deepStrictEqual(read(example), { facts: example.facts ?? [], instructions: example.instructions ?? [] })
    })
  }

  it("T27: takes nothing from quotations, pasted text, questions, hypotheses, stories and reported speech", () => {
    const stated = examples.filter(
      ({ after, facts, say }) => after === undefined && facts?.length === 1 && !/["?:\n]|[.!;] /.test(say)
    )
    assert.isAtLeast(stated.length, 100)
    for (const { say } of stated) {
      for (const framed of [
        `"${say}"`,
        `\u201c${say}\u201d`,
        `> ${say}`,
        `\`\`\`\n${say}\n\`\`\``,
        `Translate this: ${say}`,
        `Please summarise the following.\n\n${say}`,
        `Bob: ${say}\nAlice: really?`,
        `From: bob@example.com\nSubject: hello\n\n${say}`,
        `Imagine this. ${say}`,
        `Once upon a time. ${say}`,
        `My friend said ${say}`,
        `If ${say}`,
        `<p>${say}</p>`,
        `{"text": "${say}"}`
      ]) {
        assert.deepStrictEqual(extract(framed, { today }).facts.map(statedText), [], framed)
      }
    }
  })
})

const words = examples.flatMap(({ say }) => say.split(/\s+/)).filter((word) => word !== "")
/** Words of the examples in any order, with any Unicode between them: near enough to sentences to reach every reader. */
const soup = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...words) },
      fc.string({ unit: "binary", maxLength: 4 }),
      fc.constantFrom("\u0130", "\u0130stanbul", "\ud800", "\u200d", "\n", '"', "\u2019s", "...", "\ufb03", "\u1e9e")
    ),
    { maxLength: 60 }
  )
  .map((parts) => parts.join(" "))

describe("T29: whatever the text", () => {
  it("every name and value stands in the message itself, and every place lies in it", () => {
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: "binary", maxLength: 300 })), (message) => {
        const { facts, instructions } = extract(message, { today })
        const said = message.replace(/\s+/g, " ")
        for (const fact of facts) {
          assert.isTrue(fact.start >= 0 && fact.start <= fact.end && fact.end <= message.length)
          assert.isTrue(fact.confidence > 0 && fact.confidence <= 1)
          for (const { name } of [fact.about, fact.object ?? fact.about]) {
            if (name !== undefined) assert.include(said, name)
          }
          if (fact.attribute === "name") assert.include(said, fact.value)
        }
        for (const { end, start, text } of instructions) {
          assert.include(said, text)
          assert.isTrue(start >= 0 && start <= end && end <= message.length)
        }
        assert.isAtMost(facts.length, mostFacts)
        assert.isAtMost(instructions.length, mostInstructions)
      }),
      { numRuns: 2_000 }
    )
  })

  it("the same message has the same facts, and what stands behind the part that is read changes nothing", () => {
    fc.assert(
      fc.property(soup, (message) => {
        const first = extract(message, { today })
        assert.deepStrictEqual(extract(message, { today }), first)
        const padded = `${message}\n${" \n".repeat(longestMessage)}I live in Rome.`
        assert.deepStrictEqual(extract(padded, { today }), first)
      }),
      { numRuns: 200 }
    )
  })

  it("a dotted capital I before a statement moves nothing", () => {
    for (const { facts, say } of examples) {
      if (facts === undefined || say.includes("\n")) continue
      const plain = extract(say, { today }).facts
      const moved = extract(`\u0130\u0130\u0130.\n${say}`, { today }).facts
      assert.deepStrictEqual(moved.map(statedText), plain.map(statedText))
      assert.deepStrictEqual(
        moved.map(({ end, start }) => [start - 5, end - 5]),
        plain.map(({ end, start }) => [start, end])
      )
    }
  })
})
