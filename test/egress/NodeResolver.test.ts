/** Names to addresses, a few at a time. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as NodeResolver from "../../layers/egress/NodeResolver.ts"
import { Resolver } from "../../src/egress/Resolver.ts"

/** Answers for names that begin with `slow` only once they are released. */
const system = () => {
  const asked: Array<string> = []
  const released = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const lookup: NodeResolver.Lookup = async (host) => {
    asked.push(host)
    if (host.startsWith("slow")) {
      begun.resolve()
      await released.promise
    }
    if (host.startsWith("none")) throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" })
    return [{ address: "192.0.2.1" }]
  }
  return { asked, begun: Effect.promise(() => begun.promise), lookup, release: released.resolve }
}

const resolve = (host: string) => Effect.flatMap(Resolver, (resolver) => resolver.resolve(host))

describe("NodeResolver", () => {
  it.effect("T28: a name whose server is slow, however often it is asked for, leaves a thread to the others", () => {
    const { asked, begun, lookup, release } = system()
    return Effect.gen(function* () {
      const waiting = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 20 }), () => resolve("slow.example"), { concurrency: "unbounded" })
      )
      yield* begun
      assert.deepStrictEqual(yield* resolve("quick.example"), ["192.0.2.1"])
      release()
      assert.strictEqual((yield* Fiber.join(waiting)).length, 20)
      assert.deepStrictEqual(asked, ["slow.example", "quick.example"])
    }).pipe(Effect.provide(NodeResolver.layerWith(lookup)))
  })

  it.effect("whoever gives up does not take the answer from the others, and the next one asks anew", () => {
    const { asked, begun, lookup, release } = system()
    return Effect.gen(function* () {
      const first = yield* Effect.forkChild(resolve("slow.example"))
      yield* begun
      const second = yield* Effect.forkChild(resolve("slow.example"), { startImmediately: true })
      yield* Fiber.interrupt(first)
      release()
      assert.deepStrictEqual(yield* Fiber.join(second), ["192.0.2.1"])
      yield* resolve("slow.example")
      assert.deepStrictEqual(asked, ["slow.example", "slow.example"])
    }).pipe(Effect.provide(NodeResolver.layerWith(lookup)))
  })

  it.effect("a name that is not there is told to all who asked, by its code, and asked for again", () => {
    const { asked, lookup } = system()
    return Effect.gen(function* () {
      const all = yield* Effect.forEach([1, 2, 3], () => Effect.flip(resolve("none.example")), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        all.map(({ code }) => code),
        ["ENOTFOUND", "ENOTFOUND", "ENOTFOUND"]
      )
      assert.strictEqual((yield* Effect.flip(resolve("none.example"))).host, "none.example")
      assert.strictEqual(asked.length, 2)
    }).pipe(Effect.provide(NodeResolver.layerWith(lookup)))
  })
})
