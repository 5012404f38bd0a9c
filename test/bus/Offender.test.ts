import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { Abuse } from "../../layers/bus/transport/Abuse.ts"
import * as Offender from "../../layers/bus/transport/Offender.ts"
import { PrincipalId } from "../../src/domain/Ids.ts"
import * as AuthBackoff from "../../src/gateway/AuthBackoff.ts"
import type { Connection } from "../../src/gateway/Connection.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import { tenantA } from "./fixtures.ts"

let ids = 0
const connection = (remoteAddress: string, authorization?: string): Connection => ({
  id: ++ids,
  remoteAddress,
  headers: {},
  ...(authorization === undefined ? {} : { authorization }),
  path: "/bus",
  listener: "client",
  bound: { host: "127.0.0.1", port: 7200 },
  openedAt: 0,
  bufferedAmount: () => 0,
  principal: () => undefined,
  authenticate: () => undefined,
  close: () => undefined
})

const scenario = Effect.gen(function* () {
  const blocked: Array<string> = []
  const abuse = new Abuse(
    {
      policy: AuthBackoff.defaultPolicy,
      onBlock: ({ principal, where }) => void blocked.push(`${principal} ${where}`)
    },
    yield* Clock.Clock
  )
  const authenticator = yield* Authenticator
  const principal = (id: string) =>
    authenticator.internal({ id: PrincipalId.make(id), tenant: tenantA, scopes: ["bus:join"] })
  const misbehaves = (offender: Offender.Offender) => {
    for (let n = 0; n < 10; n++) abuse.strike(offender)
  }
  return { abuse, blocked, principal, misbehaves }
}).pipe(
  Effect.provide(
    Authenticator.layerWith(
      Effect.succeed({ verify: () => Effect.die("nobody comes"), valid: () => Effect.succeed(true) })
    )
  )
)

describe("who is not heard after repeated mistakes", () => {
  it.effect("is whoever shows a token, at its address, also over a new connection, until the time is over", () =>
    Effect.gen(function* () {
      const { abuse, blocked, misbehaves, principal } = yield* scenario
      const ann = principal("token:ann")
      misbehaves(Offender.somebody(ann, connection("10.0.0.1"), "secret"))
      const again = Offender.somebody(ann, connection("10.0.0.1", "Bearer secret"), "")
      assert.strictEqual(abuse.wait(again), 60_000)
      // another device, and somebody else at the same address
      assert.strictEqual(abuse.wait(Offender.somebody(ann, connection("10.0.0.2"), "secret")), 0)
      assert.strictEqual(abuse.wait(Offender.somebody(principal("token:bob"), connection("10.0.0.1"), "other")), 0)
      assert.deepStrictEqual(blocked, ["token:ann address 10.0.0.1"])
      yield* TestClock.adjust("60 seconds")
      assert.strictEqual(abuse.wait(again), 0)
    })
  )

  it.effect("is one connection where nobody has to say who it is: the others of `local` have done nothing", () =>
    Effect.gen(function* () {
      const { abuse, blocked, misbehaves, principal } = yield* scenario
      const local = principal("local")
      const one = Offender.somebody(local, connection("127.0.0.1"), "")
      misbehaves(one)
      assert.isAbove(abuse.wait(one), 0)
      assert.strictEqual(abuse.wait(Offender.somebody(local, connection("127.0.0.1"), "")), 0)
      assert.deepStrictEqual(blocked, [`local ${one.where}`])
      // nothing is kept of a connection that is closed
      abuse.left(one)
      assert.strictEqual(abuse.wait(one), 0)
    })
  )

  it.effect("is an address where another machine was let in without a token: a new connection changes nothing", () =>
    Effect.gen(function* () {
      const { abuse, misbehaves, principal } = yield* scenario
      const guest = principal("guest")
      const one = Offender.somebody(guest, connection("10.0.0.1"), "")
      misbehaves(one)
      abuse.left(one)
      assert.strictEqual(abuse.wait(Offender.somebody(guest, connection("10.0.0.1"), "")), 60_000)
      assert.strictEqual(abuse.wait(Offender.somebody(guest, connection("10.0.0.2"), "")), 0)
    })
  )

  it.effect("is an address where nobody has said who it is, but for this machine's own", () =>
    Effect.gen(function* () {
      const { abuse, misbehaves } = yield* scenario
      const there = Offender.nobody(connection("10.0.0.1"))!
      misbehaves(there)
      assert.isAbove(abuse.wait(Offender.nobody(connection("10.0.0.1"))!), 0)
      assert.strictEqual(abuse.wait(Offender.nobody(connection("10.0.0.9"))!), 0)
      assert.isUndefined(Offender.nobody(connection("127.0.0.1")))
      assert.isUndefined(Offender.nobody(connection("::1")))
    })
  )

  it.effect("floods of ever new connections do not end the counting", () =>
    Effect.gen(function* () {
      const { abuse, principal } = yield* scenario
      const ann = principal("token:ann")
      for (let n = 0; n < 50_001; n++) abuse.refused(Offender.somebody(principal("local"), connection("127.0.0.1"), ""))
      const late = Offender.somebody(ann, connection("10.0.0.1"), "secret")
      let isBlocked = false
      for (let n = 0; n < 500; n++) isBlocked = abuse.refused(late) || isBlocked
      assert.isTrue(isBlocked)
    })
  )
})
