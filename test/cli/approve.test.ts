import { assert, describe, it } from "@effect/vitest"
import { shown } from "../../layers/cli/approve.ts"
import { escaped } from "../../layers/cli/text.ts"

const approval = {
  id: "appr_0000000000000000",
  hash: "a".repeat(64),
  createdAt: 0,
  expiresAt: 900_000,
  status: "pending",
  resolvedBy: null,
  resolvedAt: null,
  reason: null,
  tenant: "default",
  principal: "token:alice",
  agent: "main",
  session: "main:websocket:alice:main",
  turn: "turn_0000000000000000",
  key: "call_0_0@0",
  because: "The model has read what the tool fetch said.",
  unasked: "untrusted = true lets it run unasked."
} as const

describe("what an approver is shown", () => {
  it("T25: is every argument to its end, with what cannot be seen as its escape", () => {
    const long = "x".repeat(10_000)
    const text = shown({
      ...approval,
      what: "tool_call",
      subject: {
        tool: "send_mail",
        plugin: "mail",
        sha256: "b".repeat(64),
        arguments: { to: "bob\u202e@example.com", body: `\u001b[2J${long}`, cc: "a\u200bb" },
        why: "untrusted",
        origins: ["tool:fetch"]
      }
    })
    assert.include(text, long)
    assert.include(text, "bob\\u{202e}@example.com")
    assert.include(text, "a\\u{200b}b")
    assert.include(text, "\\u001b[2J")
    assert.include(text, "because   The model has read what the tool fetch said.\n          untrusted = true")
    assert.include(text, "a".repeat(64))
    for (const invisible of ["\u001b", "\u202e", "\u200b"]) assert.notInclude(text, invisible)
  })

  it("is an account with its numbers, and what was answered", () => {
    const subject = {
      account: "day:2026-01-01",
      scope: "day",
      unit: "micros",
      limit: 5_000_000,
      spent: 4_600_000
    } as const
    const text = shown({
      ...approval,
      what: "budget",
      status: "denied",
      resolvedBy: "token:bob",
      resolvedAt: 1_000,
      reason: "Enough.",
      subject: { ...subject, resetsAt: "2026-01-02T00:00:00.000Z" }
    })
    for (const part of ["day:2026-01-01", "$4.60 of $5.00", "2026-01-02", "by token:bob", "Enough."]) {
      assert.include(text, part)
    }
  })

  it("is the grants of a plugin", () => {
    const subject = {
      plugin: "mail",
      path: "/plugins/mail.wasm",
      sha256: "c".repeat(64),
      grants: ["http:mail.example.com", "secret:key"],
      imports: ["extism:host/env/http_request"],
      publisher: null,
      changes: ["new imports: extism:host/env/http_request", "signed by nobody, before by acme"]
    }
    const text = shown({ ...approval, what: "grant", agent: null, session: null, turn: null, subject })
    const parts = [...subject.grants, ...subject.imports, ...subject.changes, subject.path, subject.sha256]
    for (const part of [...parts, "by no publisher"]) assert.include(text, part)
    const signed = shown({
      ...approval,
      what: "grant",
      agent: null,
      session: null,
      turn: null,
      subject: { ...subject, publisher: "acme", imports: [], changes: [] }
    })
    for (const part of ["by acme", "imports   nothing", "its code alone"]) assert.include(signed, part)
  })
})

describe("escaped", () => {
  it("leaves what can be seen as it is, line feeds included", () => {
    assert.strictEqual(escaped("a\nÄ 漢 ✓"), "a\nÄ 漢 ✓")
  })
})
