import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import { join } from "node:path"
import { Store } from "../../layers/store/Store.ts"
import { Approval, type Question } from "../../src/approval/Approval.ts"
import type { ApprovalError } from "../../src/approval/ApprovalError.ts"
import { Approvals } from "../../src/approval/Approvals.ts"
import { Audit } from "../../src/audit/Audit.ts"
import { ApprovalId } from "../../src/domain/Ids.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import { askerOf, acceptance, as, folder, turnId } from "../session/fixtures.ts"
import {
  approvalsAt,
  approver,
  budget,
  expiryMs,
  grant,
  operator,
  stranger,
  toolCall,
  turns,
  unscoped,
  type World
} from "./fixtures.ts"

const over = <A, E>(effect: Effect.Effect<A, E, World | Scope.Scope>) =>
  Effect.scoped(effect.pipe(Effect.provide(approvalsAt(":memory:"))))

/** How it failed, or the status. */
const outcome = <R>(effect: Effect.Effect<Approval, ApprovalError, R>) =>
  Effect.map(
    Effect.result(effect),
    Result.match({
      onSuccess: ({ status }): string => status,
      onFailure: ({ reason }) => (reason._tag === "NotOpen" ? reason.status : reason._tag)
    })
  )

const ask = (question: Question = toolCall()) => Effect.flatMap(Approvals, (approvals) => approvals.request(question))
const answer = (
  approval: Approval,
  decision: "approve" | "deny" = "approve",
  { hash = approval.hash, who = approver }: { readonly hash?: string; readonly who?: typeof approver } = {}
) => who(Effect.flatMap(Approvals, (approvals) => approvals.resolve(approval.id, { decision, hash })))
const use = (approval: Approval, hash = approval.hash) =>
  Effect.flatMap(Approvals, (approvals) => approvals.consume(approval.id, hash))
const audited = Effect.flatMap(Audit, (audit) =>
  Effect.map(audit.query({ limit: 1_000 }), (entries) =>
    entries.filter(({ event }) => event.kind.startsWith("approval.")).map(({ event }) => event)
  )
)
const kinds = Effect.map(audited, (events) => events.map(({ kind }) => kind.slice("approval.".length)))

describe("an approval", () => {
  it.effect("is asked, answered and used, each in the audit log without its arguments", () =>
    over(
      Effect.gen(function* () {
        yield* turns()
        const asked = yield* ask()
        assert.strictEqual(asked.status, "pending")
        assert.strictEqual(asked.expiresAt - asked.createdAt, expiryMs)
        const approvals = yield* Approvals
        assert.strictEqual(asked.hash, approvals.hashOf(toolCall()))
        assert.match(asked.hash, /^[0-9a-f]{64}$/)
        const approved = yield* answer(asked)
        assert.strictEqual(approved.status, "approved")
        assert.strictEqual(approved.resolvedBy, "bob")
        assert.strictEqual((yield* use(asked)).status, "used")
        assert.deepStrictEqual(yield* kinds, ["requested", "approved", "used"])
        const events = yield* audited
        assert.deepStrictEqual(
          events.map(({ principal }) => principal),
          ["alice", "bob", "alice"]
        )
        assert.notInclude(JSON.stringify(events), "example.com")
        for (const { data } of events) assert.strictEqual(data["hash"], asked.hash)
      })
    )
  )

  it.effect("shows all of what is asked, of whichever kind", () =>
    over(
      Effect.gen(function* () {
        yield* turns()
        const approvals = yield* Approvals
        for (const question of [toolCall(), budget, grant]) {
          const asked = yield* ask(question)
          const found = yield* operator(approvals.find(asked.id))
          assert.deepInclude(found, question)
          assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(Approval)(JSON.parse(JSON.stringify(found))), found)
        }
        const kindsFor = (who: typeof operator) =>
          Effect.map(who(approvals.list({ limit: 2 })), (listed) => listed.map(({ what }) => what))
        assert.deepStrictEqual(yield* kindsFor(operator), ["grant", "budget"])
        assert.deepStrictEqual(yield* kindsFor(approver), ["budget", "tool_call"])
      })
    )
  )

  it.effect("is asked once for a place in a turn; T25: another call at that place does not inherit the answer", () =>
    over(
      Effect.gen(function* () {
        yield* turns()
        const approvals = yield* Approvals
        const asked = yield* ask()
        const changed = toolCall()
        if (changed.what !== "tool_call") return
        const tampered = {
          ...changed,
          subject: { ...changed.subject, arguments: { ...changed.subject.arguments, to: "eve@example.com" } }
        }
        assert.strictEqual((yield* ask()).id, asked.id)
        const again = yield* ask(tampered)
        assert.strictEqual(again.id, asked.id)
        assert.notStrictEqual(approvals.hashOf(tampered), asked.hash)
        yield* answer(asked)
        assert.strictEqual(yield* outcome(use(asked, approvals.hashOf(tampered))), "HashMismatch")
        assert.strictEqual((yield* use(asked)).status, "used")
        assert.deepStrictEqual(yield* kinds, ["requested", "approved", "used"])
      })
    )
  )

  it.effect("T25: is not answered by who saw something else", () =>
    over(
      Effect.gen(function* () {
        yield* turns()
        const asked = yield* ask()
        assert.strictEqual(yield* outcome(answer(asked, "approve", { hash: "f".repeat(64) })), "HashMismatch")
        assert.strictEqual(yield* outcome(use(asked)), "pending")
        assert.strictEqual(yield* outcome(answer(asked, "deny")), "denied")
        assert.strictEqual(yield* outcome(answer(asked, "approve")), "denied")
        assert.strictEqual(yield* outcome(use(asked)), "denied")
      })
    )
  )

  it.effect("T25: answered and used by many at once is answered once and used once", () =>
    over(
      Effect.gen(function* () {
        yield* turns()
        const asked = yield* ask()
        const answers = yield* Effect.forEach(
          Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? ("approve" as const) : ("deny" as const))),
          (decision) => Effect.result(answer(asked, decision)),
          { concurrency: "unbounded" }
        )
        const won = answers.flatMap((one) => (Result.isSuccess(one) ? [one.success.status] : []))
        assert.lengthOf(won, 1)
        const uses = yield* Effect.forEach(Array.from({ length: 40 }), () => Effect.result(use(asked)), {
          concurrency: "unbounded"
        })
        assert.lengthOf(uses.filter(Result.isSuccess), won[0] === "approved" ? 1 : 0)
        assert.strictEqual((yield* kinds).filter((kind) => kind === "used").length, won[0] === "approved" ? 1 : 0)
      })
    )
  )

  it.effect("T25: another tenant's is not there, and without the scope none is", () =>
    over(
      Effect.gen(function* () {
        yield* turns()
        const approvals = yield* Approvals
        const asked = yield* ask()
        const yes = { decision: "approve", hash: asked.hash } as const
        assert.deepStrictEqual(yield* stranger(approvals.list({ limit: 10 })), [])
        assert.strictEqual(yield* outcome(stranger(approvals.find(asked.id))), "ApprovalMissing")
        assert.strictEqual(yield* outcome(stranger(approvals.resolve(asked.id, yes))), "ApprovalMissing")
        assert.strictEqual(yield* outcome(unscoped(approvals.find(asked.id))), "NotAnApprover")
        assert.strictEqual(yield* outcome(unscoped(approvals.resolve(asked.id, yes))), "NotAnApprover")
        assert.strictEqual((yield* Effect.flip(unscoped(approvals.list({ limit: 10 })))).reason._tag, "NotAnApprover")
        const unknown = ApprovalId.make(`appr_${"z".repeat(26)}`)
        assert.strictEqual(yield* outcome(approver(approvals.find(unknown))), "ApprovalMissing")
        assert.strictEqual((yield* approver(approvals.find(asked.id))).status, "pending")
      })
    )
  )

  it.effect("T25: that nobody answered in time is denied, whoever looks first", () =>
    over(
      Effect.gen(function* () {
        yield* turns(3)
        const approvals = yield* Approvals
        const [one, two, three] = [
          yield* ask(),
          yield* ask(toolCall({ turn: turnId(2) })),
          yield* ask(toolCall({ turn: turnId(3) }))
        ]
        yield* TestClock.adjust(expiryMs - 1)
        assert.deepStrictEqual(yield* approvals.expire, [])
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(
          (yield* approver(approvals.list({ limit: 10, status: "expired" }))).map(({ id }) => id),
          [three.id, two.id, one.id]
        )
        assert.lengthOf(yield* approver(approvals.list({ limit: 10, status: "pending" })), 0)
        assert.strictEqual(yield* outcome(answer(one)), "expired")
        assert.strictEqual(yield* outcome(use(two)), "expired")
        assert.deepStrictEqual(yield* approvals.expire, [turnId(3)])
        assert.deepStrictEqual(yield* approvals.expire, [])
        assert.strictEqual((yield* kinds).filter((kind) => kind === "expired").length, 3)
        assert.strictEqual((yield* ask()).status, "expired")
      })
    )
  )

  it.effect("T25: at its deadline is either answered or expired, never both", () =>
    over(
      Effect.gen(function* () {
        const approvals = yield* Approvals
        yield* turns(50)
        const asked = yield* Effect.forEach(
          Array.from({ length: 50 }, (_, i) => i + 1),
          (n) => ask(toolCall({ turn: turnId(n) }))
        )
        // half of the answers are given a millisecond early, half at the deadline, while it is being swept
        yield* TestClock.adjust(expiryMs - 1)
        const race = yield* Effect.forkChild(
          Effect.forEach(
            asked,
            (one, i) =>
              i % 2 === 0
                ? Effect.asVoid(outcome(answer(one)))
                : Effect.asVoid(Effect.andThen(Effect.sleep(1), Effect.all([outcome(answer(one)), approvals.expire]))),
            { concurrency: "unbounded" }
          )
        )
        yield* TestClock.adjust(1)
        yield* Fiber.join(race)
        yield* approvals.expire
        const listed = yield* approver(approvals.list({ limit: 500 }))
        for (const { resolvedBy, status } of listed) {
          assert.include(["approved", "expired"], status)
          assert.strictEqual(resolvedBy === null, status === "expired")
        }
        const counted = yield* kinds
        assert.strictEqual(counted.filter((kind) => kind === "approved" || kind === "expired").length, 50)
        assert.strictEqual(counted.filter((kind) => kind === "approved").length, 25)
      })
    )
  )

  it.effect("T25: that was approved and not used is good no longer than it could have waited", () =>
    over(
      Effect.gen(function* () {
        yield* turns()
        const asked = yield* ask()
        yield* TestClock.adjust(expiryMs - 1)
        yield* answer(asked)
        yield* TestClock.adjust(expiryMs)
        assert.strictEqual(yield* outcome(use(asked)), "expired")
        assert.deepStrictEqual(yield* kinds, ["requested", "approved", "expired"])
      })
    )
  )

  it.effect("T18: of a grant is the operators' alone: for any other approver it is not there", () =>
    over(
      Effect.gen(function* () {
        const approvals = yield* Approvals
        const asked = yield* ask(grant)
        for (const who of [approver, as("chief", ["approve", "session:any", "chat:send"])]) {
          assert.strictEqual(yield* outcome(who(approvals.find(asked.id))), "ApprovalMissing")
          const answered = who(approvals.resolve(asked.id, { decision: "approve", hash: asked.hash }))
          assert.strictEqual(yield* outcome(answered), "ApprovalMissing")
        }
        const unscopedOperator = as("root", ["plugin:admin"])
        assert.strictEqual(yield* outcome(unscopedOperator(approvals.find(asked.id))), "NotAnApprover")
        assert.strictEqual((yield* answer(asked, "approve", { who: operator })).status, "approved")
      })
    )
  )

  it.effect("of a grant may be asked again when it was used, denied or ran out", () =>
    over(
      Effect.gen(function* () {
        const first = yield* ask(grant)
        assert.strictEqual((yield* ask(grant)).id, first.id)
        yield* answer(first, "deny", { who: operator })
        const second = yield* ask(grant)
        assert.notStrictEqual(second.id, first.id)
        yield* TestClock.adjust(expiryMs)
        const third = yield* ask(grant)
        assert.notStrictEqual(third.id, second.id)
        yield* answer(third, "approve", { who: operator })
        yield* use(third)
        assert.strictEqual((yield* ask(grant)).status, "pending")
      })
    )
  )

  it.effect("tells those in this process that its turn was answered, and which turns still ask", () =>
    over(
      Effect.gen(function* () {
        yield* turns(2)
        const approvals = yield* Approvals
        const told = yield* Effect.forkChild(Stream.runCollect(Stream.take(approvals.answered, 2)), {
          startImmediately: true
        })
        const [one, two] = [yield* ask(), yield* ask(toolCall({ turn: turnId(2) }))]
        assert.deepStrictEqual([...(yield* approvals.asking)].toSorted(), [turnId(1), turnId(2)])
        yield* answer(two)
        yield* answer(one, "deny")
        assert.deepStrictEqual(yield* Fiber.join(told), [turnId(2), turnId(1)])
        assert.strictEqual((yield* approvals.asking).size, 0)
      })
    )
  )

  it.effect("of a turn that is over asks no more", () =>
    over(
      Effect.gen(function* () {
        yield* turns()
        const approvals = yield* Approvals
        const asked = yield* ask()
        yield* approvals.withdraw(turnId(1))
        assert.strictEqual(yield* outcome(answer(asked)), "expired")
        assert.strictEqual((yield* approvals.asking).size, 0)
      })
    )
  )

  it.effect("goes with the turn that asked", () =>
    over(
      Effect.gen(function* () {
        yield* turns()
        const approvals = yield* Approvals
        const sessions = yield* SessionStore
        const asked = yield* ask()
        yield* sessions.requestCancel(turnId(1), 0)
        yield* sessions.clear((yield* sessions.load(turnId(1)))?.sessionId ?? "", askerOf("alice"), 0)
        assert.strictEqual(yield* outcome(approver(approvals.find(asked.id))), "ApprovalMissing")
      })
    )
  )

  it.effect("T25: that was changed in the database is neither shown nor answered nor used", () =>
    over(
      Effect.gen(function* () {
        yield* turns()
        const asked = yield* ask()
        yield* answer(asked)
        yield* Effect.flatMap(Store, (store) =>
          store.write((db) => db.run("UPDATE approvals SET question = replace(question, 'bob@', 'eve@')"))
        )
        const approvals = yield* Approvals
        assert.strictEqual(yield* outcome(approver(approvals.find(asked.id))), "ApprovalsUnavailable")
        assert.strictEqual(yield* outcome(answer(asked)), "ApprovalsUnavailable")
        assert.strictEqual(yield* outcome(use(asked)), "ApprovalsUnavailable")
      })
    )
  )
})

describe("two gateways on one store", () => {
  const both = Effect.gen(function* () {
    const path = join(yield* folder, "exoclaw.db")
    const scope = yield* Effect.scope
    return [
      yield* Layer.buildWithScope(approvalsAt(path), scope),
      yield* Layer.buildWithScope(approvalsAt(path), scope)
    ] as const
  })

  it.effect("T25: one answers what the other asked, and one of them uses it", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const gateways = yield* both
        const [first, second] = gateways
        yield* Effect.provide(turns(20), first)
        for (let n = 1; n <= 20; n++) {
          const question = toolCall({ turn: turnId(n) })
          const asked = yield* Effect.all(
            [Effect.provide(ask(question), first), Effect.provide(ask(question), second)],
            {
              concurrency: "unbounded"
            }
          )
          assert.strictEqual(asked[0].id, asked[1].id)
          const answers = yield* Effect.forEach(
            gateways,
            (one) => Effect.provide(Effect.result(answer(asked[0])), one),
            {
              concurrency: "unbounded"
            }
          )
          assert.lengthOf(answers.filter(Result.isSuccess), 1)
          const uses = yield* Effect.forEach(
            [...gateways, ...gateways],
            (one) => Effect.provide(Effect.result(use(asked[0])), one),
            { concurrency: "unbounded" }
          )
          assert.lengthOf(uses.filter(Result.isSuccess), 1)
        }
        assert.isUndefined(
          (yield* Effect.provide(
            Effect.flatMap(Audit, (audit) => audit.verify),
            second
          )).broken
        )
      })
    )
  )

  it.effect("T25: what was asked and approved outlives a restart", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const path = join(yield* folder, "exoclaw.db")
        const life = <A, E>(effect: Effect.Effect<A, E, World>) =>
          Effect.gen(function* () {
            const scope = yield* Scope.make()
            const context = yield* Layer.buildWithScope(approvalsAt(path), scope)
            const value = yield* Effect.provide(effect, context)
            yield* Scope.close(scope, Exit.void)
            return value
          })
        yield* life(Effect.flatMap(SessionStore, (store) => store.accept(acceptance(1))))
        const asked = yield* life(ask())
        assert.deepStrictEqual(yield* life(ask()), asked)
        yield* life(answer(asked))
        assert.strictEqual((yield* life(ask())).status, "approved")
        yield* life(use(asked))
        assert.strictEqual(yield* life(outcome(use(asked))), "used")
      })
    )
  )
})
