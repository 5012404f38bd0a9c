/** Approvals in the embedded store: decided by rows, inside the transaction that changes them and writes the audit. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Approval } from "../../src/approval/Approval.ts"
import { ApprovalError, ApprovalsUnavailable } from "../../src/approval/ApprovalError.ts"
import { approvalEvent } from "../../src/approval/ApprovalEvents.ts"
import { Approvals } from "../../src/approval/Approvals.ts"
import * as Decision from "../../src/approval/Decision.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import { ApprovalId, type TurnId } from "../../src/domain/Ids.ts"
import { currentPrincipal } from "../../src/identity/Principal.ts"
import { appendEntry } from "../store/AuditRows.ts"
import { type Database, Store } from "../store/Store.ts"
import * as Rows from "./ApprovalRows.ts"

/** How long a question waits for its answer, where nobody configured it: 15 minutes. */
const defaultExpiryMs = 900_000

/** The process, where nobody acts. */
const gateway = "gateway"

/** Whatever goes wrong below, a damaged row included, means that nothing is approved. */
const guarded = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, ApprovalError> => {
  const unavailable = (cause: unknown) => new ApprovalError({ reason: new ApprovalsUnavailable({ cause }) })
  return effect.pipe(
    Effect.mapError(unavailable),
    Effect.catchDefect((cause) => Effect.fail(unavailable(cause)))
  )
}

type Decided = Result.Result<Approval, ApprovalError["reason"]>

const decided = (effect: Effect.Effect<Decided, ApprovalError>): Effect.Effect<Approval, ApprovalError> =>
  Effect.flatMap(effect, (result) =>
    Result.isSuccess(result)
      ? Effect.succeed(result.success)
      : Effect.fail(new ApprovalError({ reason: result.failure }))
  )

const approver = Effect.map(currentPrincipal, (principal): Decision.Approver => ({
  tenant: principal.tenant,
  id: principal.id,
  mayApprove: principal.has("approve"),
  mayGrant: principal.has("plugin:admin") || principal.has("admin")
}))

const shownAt = (approval: Approval, at: number): Approval => ({
  ...approval,
  status: Decision.statusAt(approval, at)
})

const make = (expiryMs: number) =>
  Effect.gen(function* () {
    const store = yield* Store
    const entropy = yield* Entropy
    const answers = yield* PubSub.unbounded<TurnId>()
    const write = <A>(command: (db: Database) => A) => guarded(store.write(command, "full"))
    const read = <A>(query: (db: Database) => A) => guarded(store.read(query))

    /** Notes that one ran out, where that is so. */
    const lapse = (db: Database, approval: Approval, at: number): Approval => {
      if (Decision.statusAt(approval, at) !== "expired" || approval.status === "expired") return approval
      const expired = Rows.update(db, approval, { status: "expired" })
      appendEntry(db, approvalEvent("expired", expired, gateway), at)
      return expired
    }

    return Approvals.of({
      hashOf: Rows.hashOf,
      request: Effect.fn("Approvals.request")(function* (question) {
        const at = yield* Clock.currentTimeMillis
        const id = ApprovalId.make(yield* entropy.id("appr"))
        return yield* write((db) => {
          const asked = Rows.sameQuestion(db, question)
          if (asked !== undefined) {
            const now = lapse(db, asked, at)
            if (question.turn !== null || now.status !== "expired") return now
          }
          const approval = Rows.insert(db, id, question, at, at + expiryMs)
          appendEntry(db, approvalEvent("requested", approval, approval.principal), at)
          return approval
        })
      }),
      ofTurn: Effect.fn("Approvals.ofTurn")(function* (turn) {
        const at = yield* Clock.currentTimeMillis
        return yield* read((db) => Rows.ofTurn(db, turn).map((one) => shownAt(one, at)))
      }),
      find: Effect.fn("Approvals.find")(function* (id) {
        const by = yield* approver
        const at = yield* Clock.currentTimeMillis
        return yield* decided(
          read((db): Decided => {
            const found = Rows.byId(db, id)
            const seen = Decision.visible(found, by)
            if (Result.isFailure(seen)) return Result.fail(seen.failure)
            return Result.map(Decision.present(found), (approval) => shownAt(approval, at))
          })
        )
      }),
      list: Effect.fn("Approvals.list")(function* ({ limit, status }) {
        const by = yield* approver
        const at = yield* Clock.currentTimeMillis
        if (!by.mayApprove) return yield* new ApprovalError({ reason: Decision.notAnApprover })
        const shown = (one: Approval) => (Decision.isFor(one, by) ? shownAt(one, at) : undefined)
        return yield* read((db) => Rows.listOf(db, by.tenant, shown, status, limit))
      }),
      resolve: Effect.fn("Approvals.resolve")(function* (id, { decision, hash, reason }) {
        const by = yield* approver
        const at = yield* Clock.currentTimeMillis
        const answer = (db: Database): Decided => {
          const found = Rows.byId(db, id)
          const next = Decision.resolve(found, by, decision, hash, at)
          return Result.flatMap(Decision.present(found), (approval) => {
            if (Result.isFailure(next)) {
              if (Result.isSuccess(Decision.visible(found, by))) lapse(db, approval, at)
              return Result.fail(next.failure)
            }
            const change = { status: next.success, resolvedBy: by.id, resolvedAt: at, reason: reason ?? null }
            const resolved = Rows.update(db, approval, change)
            appendEntry(db, approvalEvent(next.success, resolved, by.id), at)
            return Result.succeed(resolved)
          })
        }
        // once it is committed, whoever waits is told, also when the approver is gone by then
        return yield* decided(write(answer)).pipe(
          Effect.tap(({ turn }) => (turn === null ? Effect.void : PubSub.publish(answers, turn))),
          Effect.uninterruptible
        )
      }),
      consume: Effect.fn("Approvals.consume")(function* (id, hash) {
        const at = yield* Clock.currentTimeMillis
        return yield* decided(
          write((db): Decided => {
            const found = Rows.byId(db, id)
            const next = Decision.consume(found, hash, at)
            return Result.flatMap(Decision.present(found), (approval) => {
              if (Result.isFailure(next)) {
                lapse(db, approval, at)
                return Result.fail(next.failure)
              }
              const used = Rows.update(db, approval, { status: next.success })
              appendEntry(db, approvalEvent("used", used, used.principal), at)
              return Result.succeed(used)
            })
          })
        )
      }),
      withdraw: Effect.fn("Approvals.withdraw")(function* (turn) {
        const at = yield* Clock.currentTimeMillis
        yield* write((db) => {
          for (const approval of Rows.ofTurn(db, turn)) {
            if (approval.status !== "pending") continue
            const expired = Rows.update(db, approval, { status: "expired", resolvedAt: at })
            appendEntry(db, approvalEvent("expired", expired, gateway), at)
          }
        })
      }),
      expire: Effect.gen(function* () {
        const at = yield* Clock.currentTimeMillis
        // most of the time there is none, and nothing is written
        if ((yield* read((db) => Rows.overdue(db, at))).length === 0) return []
        const lapsed = yield* write((db) => Rows.overdue(db, at).map((approval) => lapse(db, approval, at)))
        return [...new Set(lapsed.flatMap(({ turn }) => (turn === null ? [] : [turn])))]
      }).pipe(Effect.withSpan("Approvals.expire")),
      asking: read(Rows.asking),
      answered: Stream.fromPubSub(answers)
    })
  })

/** `expiryMs`: how long a question waits for its answer. */
export const layer = (expiryMs = defaultExpiryMs): Layer.Layer<Approvals, never, Store | Entropy> =>
  Layer.effect(Approvals, make(expiryMs))
