import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ownerOf } from "../../src/session/Owner.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import { acceptance, askerOf, keyOf, storeAt } from "./fixtures.ts"

const operator = askerOf("token:ops", { any: true })
const ada = askerOf("token:ada")

describe("whose a new session is", () => {
  it("whoever opens it, for an account of their own or one that is no principal's id", () => {
    assert.strictEqual(ownerOf(keyOf("main", { account: "token:ada" }), ada), "token:ada")
    for (const account of ["bot1", "Local", "locals", "", ":x", "a b:c"]) {
      assert.strictEqual(ownerOf(keyOf("main", { account }), operator), "token:ops")
    }
    // a channel's account is not its sender's
    assert.strictEqual(ownerOf(keyOf("main", { account: "token:ops" }), askerOf("channel:irc:ada")), "channel:irc:ada")
    // no principal has such an id
    assert.strictEqual(ownerOf(keyOf("main", { account: "token:\u0007" }), operator), "token:ops")
  })

  it("the principal whose account it is, where somebody with session:any opens it; not in a group", () => {
    for (const account of ["local", "token:ada", "schedule:daily", "channel:irc:ada", "oidc:ada"]) {
      assert.strictEqual(ownerOf(keyOf("main", { account }), operator), account)
      const group = { account, conversation: { peer: "room", guild: "g" } }
      assert.strictEqual(ownerOf(keyOf("room", group), operator), "token:ops")
    }
  })

  it.effect("T6: acting for an account first does not shut its principal out, and lets nobody else in", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const key = keyOf("main", { account: "token:ada" })
      assert.strictEqual((yield* store.accept(acceptance(1, { key, asker: operator })))._tag, "accepted")
      assert.strictEqual((yield* store.accept(acceptance(2, { key, asker: ada })))._tag, "accepted")
      assert.lengthOf(yield* store.list(ada, 10, undefined), 1)
      assert.strictEqual((yield* store.accept(acceptance(3, { key, asker: askerOf("token:bob") })))._tag, "not_yours")
      // who opened it keeps what session:any gives, and no more
      assert.strictEqual((yield* store.accept(acceptance(4, { key, asker: operator })))._tag, "accepted")
      const former = askerOf("token:ops")
      assert.strictEqual((yield* store.accept(acceptance(5, { key, asker: former })))._tag, "not_yours")
    }).pipe(Effect.provide(storeAt(":memory:")))
  )
})
