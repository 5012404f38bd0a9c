/** What `npm run eval:memory` reads, and what it says of what it cannot. */
import { assert, describe, it } from "@effect/vitest"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { onTestFinished } from "vitest"
import { DataError, loadHistories } from "../evals/memory/data.ts"
import { lengthened } from "../evals/memory/longer.ts"
import { reach, rowOf } from "../evals/memory/report.ts"

const file = (content: string | Uint8Array): string => {
  const folder = mkdtempSync(join(tmpdir(), "exoclaw-eval-data-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, "data.json")
  writeFileSync(path, content)
  return path
}

const locomo = {
  sample_id: "one",
  conversation: {
    session_1_date_time: "1:56 pm on 8 May, 2023",
    session_1: [
      { speaker: "Ann Lee", dia_id: "D1:1", text: "I paint.", blip_caption: "a lake" },
      { speaker: "Bob", dia_id: "D1:2", text: "Ann, I do not." }
    ]
  },
  qa: [
    { question: "What does Ann do?", evidence: ["D1:01"], category: 4 },
    { question: "Why?", evidence: [], category: 1 }
  ]
}
const plain = {
  name: "two",
  turns: [{ id: "7", role: "assistant", text: "Hi.", at: "2024-05-01T10:00:00Z" }, { text: "Hello." }],
  questions: [{ question: "Who greets?", evidence: ["7", "1"] }]
}

describe("data of an evaluation", () => {
  it("is LoCoMo's or plain, one value, a list, or a line each, packed or not", () => {
    for (const content of [
      JSON.stringify([locomo, plain]),
      `${JSON.stringify(locomo)}\n\n${JSON.stringify(plain)}\n`,
      gzipSync(JSON.stringify([locomo, plain]))
    ]) {
      const [one, two] = loadHistories(file(content))
      assert.deepInclude(one, { name: "one", dropped: 1 })
      assert.deepInclude(one?.turns[0], { id: "D1:1", speaker: "Ann Lee", text: "I paint. [image: a lake]" })
      assert.strictEqual(one?.turns[0]?.at, Date.UTC(2023, 4, 8, 13, 56))
      assert.deepInclude(one?.questions[0], { evidence: ["D1:1"], category: "single-hop" })
      assert.deepInclude(two?.turns[1], { id: "1", role: "user", at: Date.UTC(2024, 4, 1, 10, 1) })
      assert.deepInclude(two?.questions[0], { evidence: ["7", "1"], category: "all" })
    }
    assert.lengthOf(loadHistories(file(JSON.stringify(plain))), 1)
  })

  it("that is wrong is told in a sentence with its place", () => {
    const cases: ReadonlyArray<readonly [content: string, message: RegExp]> = [
      ["not json", /data\.json:1: this is no JSON/],
      [`${JSON.stringify(plain)}\n{`, /data\.json:2: this is no JSON/],
      ["[7]", /history 1 is no object/],
      ["{}", /history 1 has neither "conversation" \(LoCoMo\) nor "turns" \(plain\); it has nothing/],
      [JSON.stringify([plain, { rows: 1 }]), /history 2 has neither .* it has rows/],
      [JSON.stringify({ ...plain, questions: undefined }), /history 1 has no list of "questions"/],
      [JSON.stringify({ ...locomo, qa: {} }), /history 1 has no list of "qa"/],
      [JSON.stringify({ ...locomo, conversation: {} }), /history 1 \(one\) has no turns; it needs "session_1"/],
      [JSON.stringify({ ...plain, turns: [{ text: " " }] }), /history 1 \(two\) has no turns/],
      [JSON.stringify({ ...plain, questions: [] }), /has no questions/],
      [
        JSON.stringify({ ...plain, questions: [{ question: "?", evidence: ["x"] }] }),
        /none of 1 questions names a turn/
      ]
    ]
    for (const [content, message] of cases) assert.throws(() => loadHistories(file(content)), DataError, message)
    assert.throws(() => loadHistories("/nowhere/at/all"), DataError, /cannot be read: ENOENT/)
  })

  it("is made longer by what others said, as if the same people had said it, and asked the same", () => {
    const other = { ...locomo, sample_id: "other", conversation: { ...locomo.conversation } }
    const [first] = lengthened(loadHistories(file(JSON.stringify([plain, other]))), 3)
    assert.lengthOf(first?.turns ?? [], 2 + 3 * 2)
    const [own] = lengthened(loadHistories(file(JSON.stringify([locomo, other]))), 2)
    assert.deepStrictEqual([...new Set(own?.turns.map(({ speaker }) => speaker))], ["Ann Lee", "Bob"])
    assert.lengthOf(new Set(own?.turns.map(({ id }) => id)), 6)
    assert.strictEqual(own?.questions[0]?.question, "What does Ann do?")
  })

  it("is judged by what it must and what it should reach, a long history by less", () => {
    const total = rowOf("all", [{ history: "h", category: "multi-hop", recall: [0, 0, 0.93, 0.93, 0.96] }])
    const figures = {
      total,
      multiHop: total,
      historyTokens: 20_000,
      latencyMs: { p50: 2, p95: 21 },
      turnsPerSecond: 6_000
    }
    assert.deepStrictEqual(
      reach(figures).map(({ met, name }) => [name, met]),
      [
        ["ER@3K", "must"],
        ["ER@5K", "must"],
        ["Full@3K", "no"],
        ["multi-hop ER@3K", "goal"],
        ["recall p50, ms", "goal"],
        ["recall p95, ms", "no"],
        ["turns stored per second", "must"]
      ]
    )
    assert.deepInclude(reach({ ...figures, historyTokens: 200_000 })[0], { name: "ER@3K, long histories", met: "goal" })
  })
})
