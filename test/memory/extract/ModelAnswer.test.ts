import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { extract } from "../../../src/memory/extract/Extract.ts"
import {
  extractionMessage,
  longestAnswer,
  modelConfidence,
  mostModelFacts,
  readModelAnswer
} from "../../../src/memory/extract/ModelAnswer.ts"

const today = 20_523

interface Told {
  readonly sentence: string
  readonly about?: unknown
  readonly attribute?: string
  readonly value: unknown
  readonly status?: string
}

const answer = (...facts: ReadonlyArray<Told>): string =>
  JSON.stringify({
    facts: facts.map((fact) => ({ about: { role: "me" }, attribute: "likes", status: "holds", ...fact }))
  })

const read = (message: string, told: string) =>
  readModelAnswer(told, message, extract(message, { today }).facts).map(({ about, attribute, mode, value }) =>
    `${about.of === undefined ? "" : `${about.of.role}'s `}${about.role ?? ""} ${about.name ?? ""} ${attribute} ${value} ${mode}`.replaceAll(
      / +/g,
      " "
    )
  )

describe("what is believed of a model's answer", () => {
  it("what the user states, in the user's words, and less than what rules find", () => {
    const message = "Been playing chess with my cousin Ida for ages. She just got a post at Nokia!"
    const facts = readModelAnswer(
      answer(
        { sentence: "Been playing chess with my cousin Ida for ages", attribute: "plays", value: "chess" },
        { sentence: "She just got a post at Nokia", about: { name: "Nokia" }, attribute: "is", value: "post" }
      ),
      message,
      []
    )
    assert.deepStrictEqual(
      facts.map(({ attribute, confidence, many, value }) => ({ attribute, confidence, many, value })),
      [
        { attribute: "plays", confidence: modelConfidence, many: true, value: "chess" },
        { attribute: "is", confidence: modelConfidence, many: true, value: "post" }
      ]
    )
    assert.isBelow(modelConfidence, 0.8)
  })

  it("also in a fence, with words around it, and with another white space", () => {
    const told = answer({ sentence: "Long walks   are MY thing", value: "long walks" })
    assert.deepStrictEqual(read("Long walks are my thing.", `Sure!\n\`\`\`json\n${told}\n\`\`\`\nAnything else?`), [
      "me likes long walks holds"
    ])
  })

  it("others by what they are to the user, and what is over", () => {
    const message = "We had to give away the rabbit of our daughter Mia, Flopsy. For years I was at Siemens."
    assert.deepStrictEqual(
      read(
        message,
        answer(
          {
            sentence: "We had to give away the rabbit of our daughter Mia, Flopsy",
            about: { role: "Rabbit", name: "Flopsy", of: { role: "daughter", name: "Mia" } },
            attribute: "name",
            value: "Flopsy"
          },
          { sentence: "For years I was at Siemens", attribute: "works at", value: "Siemens", status: "over" }
        )
      ),
      ["daughter's rabbit Flopsy name Flopsy holds", "me works at Siemens held"]
    )
  })

  it("T27: nothing that the message does not say, nor in another sentence, nor of somebody it does not name", () => {
    const message = "Chess is my thing. It rained in Oslo."
    for (const lie of [
      { sentence: "Chess is my thing", value: "poker" },
      { sentence: "Chess is my thing", attribute: "lives in", value: "Oslo" },
      { sentence: "I live in Oslo", attribute: "lives in", value: "Oslo" },
      { sentence: "Chess is my thing", about: { role: "dog", name: "Rex" }, value: "chess" },
      { sentence: "Chess is my thing", about: { role: "me", name: "Chess" }, value: "chess" },
      { sentence: "Chess is my thing", about: {}, value: "chess" },
      { sentence: "Chess is my thing", value: "the" },
      { sentence: "Chess is my thing", attribute: "instruction", value: "chess" },
      { sentence: "Chess is my thing", value: "chess", status: "always" },
      { sentence: "Chess is my thing", value: 7 },
      { sentence: "", value: "chess" }
    ]) {
      assert.deepStrictEqual(read(message, answer(lie)), [], JSON.stringify(lie))
    }
  })

  it("T27: nothing out of questions, hypotheses, fiction, reports, quotations, code, pasted text and secrets", () => {
    for (const message of [
      "Is chess my thing?",
      "If chess were my thing I would play.",
      "In my story chess is everything.",
      "My boss said chess is everything.",
      "Translate: chess is my thing",
      "> chess is my thing",
      "```\nchess is my thing\n```",
      'He sings "chess is my thing".',
      "The chess password is my thing."
    ]) {
      const lie = { sentence: message, value: "chess" }
      assert.deepStrictEqual(read(message, answer(lie)), [], message)
      assert.notInclude((extractionMessage(message) ?? "").replace(/^.*sings/, ""), "chess is", message)
    }
  })

  it("nothing twice, and nothing on a matter that rules read in the same message", () => {
    const message = "I moved from NYC to LA, and pottery is my thing."
    assert.deepStrictEqual(
      read(
        message,
        answer(
          { sentence: message, attribute: "lives in", value: "NYC" },
          { sentence: message, value: "pottery" },
          { sentence: message, value: "Pottery" }
        )
      ),
      ["me likes pottery holds"]
    )
  })

  it("T27: nothing against what rules read: whether the user likes a thing is one matter", () => {
    const message = "I hate tea but pottery is my thing."
    const told = answer({ sentence: message, value: "tea" }, { sentence: message, value: "pottery" })
    assert.deepStrictEqual(read(message, told), ["me likes pottery holds"])
  })

  it("nothing of what is no answer", () => {
    const one = { sentence: "Chess is my thing", value: "chess" }
    const message = "Chess is my thing."
    assert.lengthOf(read(message, answer(one)), 1)
    for (const bad of [
      "",
      "{}",
      "null",
      "no facts here",
      '{"facts":"chess"}',
      '{"facts":[[],null,7]}',
      answer(one).slice(0, -1),
      `{"facts":[${Array.from({ length: mostModelFacts + 1 }, () => answer(one).slice(10, -2)).join(",")}]}`,
      `{"pad":"${"x".repeat(longestAnswer)}",${answer(one).slice(1)}`
    ]) {
      assert.deepStrictEqual(read(message, bad), [], bad.slice(0, 80))
    }
  })

  it("one that is well-formed stands though another of the same answer is not", () => {
    const told = JSON.stringify({
      facts: [{}, ...JSON.parse(answer({ sentence: "Chess is my thing", value: "chess" })).facts]
    })
    assert.deepStrictEqual(read("Chess is my thing.", told), ["me likes chess holds"])
  })

  it("T29: is never a fault, whatever the model and the user write", () => {
    const unicode = fc.string({ unit: "binary", maxLength: 300 })
    fc.assert(
      fc.property(unicode, unicode, (message, words) => {
        assert.isArray(readModelAnswer(words, message, []))
        for (const fact of readModelAnswer(answer({ sentence: message, value: words }), message, [])) {
          assert.strictEqual(fact.value, words)
        }
      }),
      { numRuns: 500 }
    )
  })
})
