/** The list of events is complete: nothing is declared that nobody writes, and each is seen to be written by a test. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { AuditKind } from "../../src/audit/AuditEvent.ts"
import { root } from "../support/repository.ts"

const filesUnder = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.endsWith("/audit/AuditEvent.ts") && file !== import.meta.filename)

const texts = (...folders: ReadonlyArray<string>): string =>
  folders
    .flatMap(filesUnder)
    .map((file) => fs.readFileSync(file, "utf8"))
    .join("\n")

/** Written out, or as the beginning of a template and one of its words. */
const mentions = (text: string, kind: string): boolean => {
  const [subject = "", what = ""] = kind.split(".")
  return text.includes(`"${kind}"`) || (text.includes(`\`${subject}.\${`) && text.includes(`"${what}"`))
}

describe("AuditEvent", () => {
  const program = texts("src", "layers")
  const tests = texts("test")

  for (const kind of AuditKind.literals) {
    it(`${kind} is written by the program, and a test looks for it`, () => {
      assert.isTrue(mentions(program, kind), "nobody writes it")
      assert.isTrue(mentions(tests, kind) || tests.includes(`"${kind} `), "no test looks for it")
    })
  }

  it("has what has to be answered for: who came in, what was granted, held, charged, approved, blocked and changed", () => {
    const subjects = new Set(AuditKind.literals.map((kind) => kind.split(".")[0]))
    const all = ["auth", "token", "plugin", "budget", "approval", "casil", "config", "tool", "egress", "secret"]
    for (const subject of [...all, "turn", "gateway", "audit", "state"]) assert.isTrue(subjects.has(subject), subject)
  })
})
