import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Audit } from "../../src/audit/Audit.ts"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { layerMemory } from "../../layers/audit/MemoryAudit.ts"
import * as SqliteAudit from "../../layers/audit/SqliteAudit.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"

const events: ReadonlyArray<AuditEvent> = [
  { kind: "gateway.start", tenant: "default", principal: "local", outcome: "ok", data: {} },
  { kind: "tool.call", tenant: "acme", principal: "local", outcome: "denied", data: { tool: "echo" } },
  { kind: "tool.call", tenant: "default", principal: "local", outcome: "ok", data: { tool: "notes" } }
]

const observed = Effect.gen(function* () {
  const audit = yield* Audit
  for (const event of events) yield* audit.append(event)
  return [
    yield* audit.query({ limit: 10 }),
    yield* audit.query({ limit: 1, after: 1 }),
    yield* audit.query({ limit: 10, kind: "tool.call", tenant: "default" }),
    yield* audit.verify
  ]
})

describe("MemoryAudit", () => {
  it.effect("answers as the one in the store does, to the same hashes", () =>
    Effect.gen(function* () {
      const memory = yield* Effect.provide(observed, layerMemory)
      const stored = yield* observed.pipe(Effect.provide(SqliteAudit.layer), Effect.provide(SqliteStore.layerMemory))
      assert.deepStrictEqual(memory, stored)
    })
  )
})
