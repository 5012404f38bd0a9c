/** The list of events is complete: nothing is declared that nobody writes, and each is seen to be written by a test. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as path from "node:path"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as SqliteAudit from "../../layers/audit/SqliteAudit.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Audit } from "../../src/audit/Audit.ts"
import { objection } from "../../src/audit/AuditKinds.ts"
import { AuditKind } from "../../src/audit/AuditEvent.ts"
import { root } from "../support/repository.ts"

const filesUnder = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !/\/src\/audit\/Audit(Event|Kinds)\.ts$/.test(file) && file !== import.meta.filename)

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

  it("T30: takes the fields of its table and no others, so that nothing that was said gets in", () => {
    assert.isUndefined(objection("tool.call", { tool: "echo", call: "c" }))
    assert.strictEqual(
      objection("tool.call", { tool: "echo", input: "my secret" }),
      'the audit event tool.call has no field "input"'
    )
    assert.match(
      objection("tool.call", { tool: "x".repeat(65_537) }) ?? "",
      /"tool" of the audit event tool.call is too long/
    )
  })

  for (const [name, layer] of [
    ["in the store", Layer.provideMerge(SqliteAudit.layer, SqliteStore.layerMemory)],
    ["in memory", MemoryAudit.layerMemory]
  ] as const) {
    it.effect(`T30: an event with another field is not written ${name}, and what depends on it does not happen`, () =>
      Effect.gen(function* () {
        const audit = yield* Audit
        const event = { kind: "tool.call", tenant: "default", principal: "local", outcome: "ok" } as const
        const exit = yield* Effect.exit(audit.append({ ...event, data: { said: "my secret" } }))
        assert.strictEqual(exit._tag, "Failure")
        assert.deepStrictEqual(yield* audit.query({ limit: 9 }), [])
        yield* audit.append({ ...event, data: { tool: "echo" } })
        assert.lengthOf(yield* audit.query({ limit: 9 }), 1)
      }).pipe(Effect.provide(layer))
    )
  }

  it("has what has to be answered for: who came in, what was granted, held, charged, approved, blocked and changed", () => {
    const subjects = new Set(AuditKind.literals.map((kind) => kind.split(".")[0]))
    const all = ["auth", "token", "plugin", "budget", "approval", "casil", "config", "tool", "egress", "secret"]
    for (const subject of [...all, "turn", "session", "gateway", "audit", "state"])
      assert.isTrue(subjects.has(subject), subject)
  })
})
