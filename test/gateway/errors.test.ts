/** What a peer is told where the store fails in the middle of a connection. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { storeError } from "../../layers/store/SqliteFault.ts"
import * as errors from "../../layers/gateway/errors.ts"
import { ApprovalError, ApprovalsUnavailable } from "../../src/approval/ApprovalError.ts"
import { AuditUnavailable } from "../../src/audit/Audit.ts"
import { BudgetError, LedgerUnavailable } from "../../src/budget/BudgetError.ts"
import { MemoryError, MemoryUnavailable } from "../../src/memory/MemoryError.ts"
import { JournalUnavailable, SessionError, Stalled } from "../../src/session/SessionError.ts"

const PLACE = "/var/lib/exoclaw/exoclaw.db"
const NEXT = "the disk that holds the gateway's state is full. Free some space there; it needs no restart."

const told = (cause: unknown): ReadonlyArray<Effect.Effect<never, { readonly message: string }>> => [
  errors.ofSession(new SessionError({ reason: new JournalUnavailable({ cause }) })),
  errors.ofSession(new SessionError({ reason: new Stalled({ cause }) })),
  errors.ofBudget(new BudgetError({ reason: new LedgerUnavailable({ cause }) })),
  errors.ofApproval(new ApprovalError({ reason: new ApprovalsUnavailable({ cause }) })),
  errors.ofMemory(new MemoryError({ reason: new MemoryUnavailable({ cause }) })),
  errors.ofAudit(new AuditUnavailable({ cause }))
]

describe("errors", () => {
  it.effect("a full disk is told as one, with the next step, whichever room could not write; its place is not", () =>
    Effect.gen(function* () {
      const full = storeError("full", PLACE)
      for (const cause of [full, new AuditUnavailable({ cause: full })]) {
        for (const effect of told(cause)) {
          const { message } = yield* Effect.flip(effect)
          assert.isTrue(message.endsWith(`Its cause: ${NEXT}`), message)
          assert.notInclude(message, PLACE)
        }
      }
    })
  )

  it.effect("of any other trouble of the store the peer learns no cause", () =>
    Effect.gen(function* () {
      for (const cause of [storeError("corrupt", PLACE), new Error(PLACE), undefined, { cause: { cause: null } }]) {
        for (const effect of told(cause)) {
          const { message } = yield* Effect.flip(effect)
          assert.notInclude(message, "disk")
          assert.notInclude(message, PLACE)
        }
      }
    })
  )
})
