/** What a file for `exoclaw memory import` is refused for, line by line. */
import { assert, describe, it } from "@effect/vitest"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { exoclaw, folder } from "./support.ts"

const utterance = { kind: "utterance", id: "a", conversation: "c", at: 1, role: "user", text: "I saw it." }
const said = { about: { role: "me" }, attribute: "likes", value: "tea", mode: "holds", confidence: 1 }

describe("a wrong record", () => {
  const records: ReadonlyArray<readonly [record: unknown, expected: string]> = [
    [{ hello: "world" }, 'kind: Expected "utterance" or "statement"'],
    [5, 'kind: Expected "utterance" or "statement"'],
    [{ ...utterance, kind: "note" }, 'kind: Expected "utterance" or "statement"'],
    [{ kind: "utterance", at: 1, role: "user", text: "x" }, "id: Missing key; conversation: Missing key"],
    [{ ...utterance, role: "robot-9f3" }, 'role: Expected "user" | "assistant"'],
    [
      { kind: "statement", at: 1, day: 0, said: { ...said, confidence: 7 } },
      "said.confidence: Expected a value between 0 and 1"
    ]
  ]
  for (const [record, expected] of records) {
    it(`is told by file, line and what was expected: ${expected}`, async () => {
      const file = join(folder(), "mine.jsonl")
      writeFileSync(file, `${JSON.stringify(utterance)}\n\n${JSON.stringify(record)}\n`)
      const { code, err } = await exoclaw(["memory", "import", file])
      assert.strictEqual(
        err,
        `exoclaw: ${file}:3: this line is no record as \`memory export\` writes them: ${expected}. Nothing was imported.\n`
      )
      assert.strictEqual(code, 2)
    })
  }
})
