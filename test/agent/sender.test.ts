/** T16: who writes over a channel, as an embedding program or a door names them: each pays from an account of its own. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import { defaultTenant, principalOfSender, senderOfPrincipal } from "../../src/domain/Ids.ts"
import { Inbox } from "../../src/session/Inbox.ts"
import { as, keyOf } from "../session/fixtures.ts"
import { meanwhile, submission } from "../session/world.ts"
import { finish, text, vendor, world } from "./world.ts"

const ada = { channel: "tg", sender: "+49 160/1:2" }
const bob = { channel: "tg", sender: "bob" }

/** What comes of a message of theirs; each call is charged twelve tokens. */
const write = (sender: typeof ada, peer: string) =>
  Effect.gen(function* () {
    const inbox = yield* Inbox
    const session = keyOf(peer, { channel: sender.channel, account: sender.sender })
    const { turnId } = yield* inbox.submit(submission("hi", { session }))
    return yield* meanwhile(inbox.result(turnId))
  }).pipe(as(principalOfSender(sender)))

const accountOf = (sender: typeof ada) =>
  Effect.gen(function* () {
    const ledger = yield* BudgetLedger
    const accounts = yield* ledger.status({ tenant: defaultTenant, principal: principalOfSender(sender) })
    return accounts.filter(({ scope, unit }) => scope === "sender" && unit === "tokens")
  })

describe("a sender over a channel", () => {
  it("is told by its principal again, whatever its platform calls it", () => {
    for (const sender of [ada, bob]) assert.deepStrictEqual(senderOfPrincipal(principalOfSender(sender)), sender)
  })

  it.effect("T16: who has spent its own day is refused, over whatever session, and nobody else is", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* write(ada, "one")).stopReason, "end_turn")
      assert.strictEqual((yield* write(ada, "two")).stopReason, "end_turn")
      const refused = yield* write(ada, "three")
      assert.deepInclude(refused.error, { code: -32004 })
      assert.deepInclude(refused.error?.data as object, { scope: "sender", unit: "tokens", limit: 30, spent: 24 })
      assert.strictEqual((yield* write(bob, "one")).stopReason, "end_turn")
      const day = (rows: Effect.Success<ReturnType<typeof accountOf>>) =>
        rows.find(({ resetsAt }) => resetsAt !== null)?.spent
      assert.strictEqual(day(yield* accountOf(ada)), 24)
      assert.strictEqual(day(yield* accountOf(bob)), 12)
    }).pipe(
      Effect.provide(
        world({
          // counted exactly where the bytes do not fit
          adapters: [
            vendor([[text("Hello."), finish(10, 2)]], {
              bound: () => Effect.succeed({ upper: 200, estimate: 10 }),
              count: () => Effect.succeed(10)
            }).adapter
          ],
          limits: { sender: { day: { tokens: 30 } } }
        })
      )
    )
  )
})
