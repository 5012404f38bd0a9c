import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import type { Approval } from "../../src/approval/Approval.ts"
import * as Decision from "../../src/approval/Decision.ts"
import { canonicalJson } from "../../src/domain/CanonicalJson.ts"
import { ApprovalId, defaultTenant, PrincipalId } from "../../src/domain/Ids.ts"
import type { Json } from "../../src/domain/Json.ts"
import { budget, grant, otherTenant, toolCall } from "./fixtures.ts"

const approval = (part: Partial<Approval> = {}): Approval =>
  ({
    ...toolCall(),
    id: ApprovalId.make(`appr_${"0".repeat(20)}`),
    hash: "right",
    createdAt: 1_000,
    expiresAt: 2_000,
    status: "pending",
    resolvedBy: null,
    resolvedAt: null,
    reason: null,
    ...part
  }) as Approval

const bob = { tenant: defaultTenant, id: PrincipalId.make("bob"), mayApprove: true, mayGrant: false }
const statuses = ["pending", "approved", "denied", "expired", "used"] as const
const tagOf = <A>(result: Result.Result<A, { readonly _tag: string }>) =>
  Result.match(result, { onSuccess: String, onFailure: ({ _tag }) => _tag })

describe("an answer", () => {
  it("is taken while it is pending, by its hash", () => {
    assert.strictEqual(tagOf(Decision.resolve(approval(), bob, "approve", "right", 1_999)), "approved")
    assert.strictEqual(tagOf(Decision.resolve(approval(), bob, "deny", "right", 1_999)), "denied")
  })

  it("T25: to something else than what was asked is refused", () => {
    for (const decision of ["approve", "deny"] as const) {
      assert.strictEqual(tagOf(Decision.resolve(approval(), bob, decision, "wrong", 1_500)), "HashMismatch")
    }
  })

  it("T25: comes too late from the very millisecond of the expiry on", () => {
    assert.strictEqual(tagOf(Decision.resolve(approval(), bob, "approve", "right", 2_000)), "NotOpen")
    assert.strictEqual(Decision.statusAt(approval(), 1_999), "pending")
    assert.strictEqual(Decision.statusAt(approval(), 2_000), "expired")
  })

  it("T25: is final", () => {
    for (const status of statuses.slice(1)) {
      const answered = approval({ status, resolvedAt: 1_100 })
      for (const decision of ["approve", "deny"] as const) {
        assert.strictEqual(tagOf(Decision.resolve(answered, bob, decision, "right", 1_200)), "NotOpen", status)
      }
    }
  })

  it("T25: needs the scope, and another tenant's is not there", () => {
    assert.strictEqual(
      tagOf(Decision.resolve(approval(), { ...bob, mayApprove: false }, "approve", "right", 1_500)),
      "NotAnApprover"
    )
    assert.strictEqual(
      tagOf(Decision.resolve(approval(), { ...bob, tenant: otherTenant }, "approve", "right", 1_500)),
      "ApprovalMissing"
    )
    assert.strictEqual(tagOf(Decision.resolve(undefined, bob, "approve", "right", 1_500)), "ApprovalMissing")
  })

  it("may come from the one in whose name it would be done, who has the scope", () => {
    const self = { ...bob, id: PrincipalId.make("alice") }
    assert.strictEqual(tagOf(Decision.resolve(approval(), self, "approve", "right", 1_500)), "approved")
  })
})

describe("a use", () => {
  const approved = approval({ status: "approved", resolvedAt: 1_900 })

  it("T25: needs an approval of this very hash", () => {
    assert.strictEqual(tagOf(Decision.consume(approved, "right", 1_950)), "used")
    assert.strictEqual(tagOf(Decision.consume(approved, "wrong", 1_950)), "HashMismatch")
    assert.strictEqual(tagOf(Decision.consume(undefined, "right", 1_950)), "ApprovalMissing")
    for (const status of statuses.filter((one) => one !== "approved")) {
      assert.strictEqual(tagOf(Decision.consume(approval({ status }), "right", 1_500)), "NotOpen", status)
    }
  })

  it("T25: is possible as long after the answer as the question could wait, and no longer", () => {
    assert.strictEqual(tagOf(Decision.consume(approved, "right", 2_899)), "used")
    assert.strictEqual(tagOf(Decision.consume(approved, "right", 2_900)), "NotOpen")
  })
})

describe("what is hashed", () => {
  it("T25: differs wherever two questions do", () => {
    const questions = [
      toolCall(),
      toolCall({ key: "call_0_1@1" }),
      toolCall({ principal: PrincipalId.make("bob") }),
      toolCall({ tenant: otherTenant }),
      toolCall({ session: "main:websocket:alice:other" }),
      budget,
      grant
    ]
    const one = toolCall()
    if (one.what === "tool_call") {
      for (const subject of [
        { ...one.subject, arguments: { ...one.subject.arguments, text: "hello " } },
        { ...one.subject, arguments: { ...one.subject.arguments, more: null } },
        { ...one.subject, tool: "send_post" },
        { ...one.subject, sha256: "2".repeat(64) }
      ]) {
        questions.push({ ...one, subject })
      }
    }
    assert.strictEqual(new Set(questions.map(Decision.questionText)).size, questions.length)
  })

  it("does not depend on the order of members", () => {
    const one = toolCall()
    const turned = Object.fromEntries(Object.entries(one).toReversed()) as typeof one
    assert.strictEqual(Decision.questionText(turned), Decision.questionText(one))
  })
})

describe("canonical JSON", () => {
  const shuffled = (value: Json): Json =>
    typeof value !== "object" || value === null
      ? value
      : Array.isArray(value)
        ? value.map(shuffled)
        : Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([name, member]) => [name, shuffled(member)])
          )

  it("is the value itself, one text whatever the order", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (generated) => {
        const value = JSON.parse(JSON.stringify(generated)) as Json
        const text = canonicalJson(value)
        assert.deepStrictEqual(JSON.parse(text), value)
        assert.strictEqual(canonicalJson(shuffled(value)), text)
      })
    )
  })

  it("T25: is another text for another value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (a, b) => {
        const [one, two] = [a, b].map((value) => JSON.parse(JSON.stringify(value)) as Json)
        const same = canonicalJson(one) === canonicalJson(two)
        let equal = true
        try {
          assert.deepStrictEqual(one, two)
        } catch {
          equal = false
        }
        assert.strictEqual(same, equal)
      })
    )
  })
})
