import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Casil } from "../../src/casil/Casil.ts"
import * as Inspected from "../../src/casil/Inspected.ts"
import { json } from "../../src/casil/Walker.ts"
import type { Json } from "../../src/domain/Json.ts"

const inspect = (text: string) => Effect.flatMap(Casil, (casil) => casil.text("prompt", text))

describe("Inspected", () => {
  it.effect("opens what Casil made", () =>
    Effect.gen(function* () {
      const inspected = yield* inspect("hello")
      assert.isTrue(Inspected.isGenuine(inspected))
      assert.strictEqual(Inspected.open(inspected), "hello")
      assert.strictEqual(inspected.verdicts.length, 1)
    }).pipe(Effect.provide(Casil.layer()))
  )

  it.effect("does not open casts, look-alikes, proxies, clones, copies and heirs", () =>
    Effect.gen(function* () {
      const real = yield* inspect("hello")
      const forged: ReadonlyArray<unknown> = [
        { value: "hello", verdicts: [] },
        Object.create(Object.getPrototypeOf(real)),
        Object.create(real),
        Object.create(Object.getPrototypeOf(real), { value: { value: "x" } }),
        new Proxy(real, {}),
        new Proxy(real, { get: () => "evil" }),
        structuredClone(real),
        { ...real },
        "hello",
        null,
        undefined
      ]
      for (const each of forged) {
        assert.isFalse(Inspected.isGenuine(each))
        assert.throws(() => Inspected.open(each as any), /forged/)
        assert.throws(() => Inspected.array([real, each as any]), /forged/)
        assert.throws(() => Inspected.struct({ a: each as any }), /forged/)
      }
    }).pipe(Effect.provide(Casil.layer()))
  )

  it.effect("cannot be made by its own constructor, by a subclass or by Reflect", () =>
    Effect.gen(function* () {
      const real = yield* inspect("hello")
      const Constructor = (real as any).constructor
      const genuineSymbols = Object.getOwnPropertySymbols(real).concat(Object.getOwnPropertySymbols(Constructor))
      assert.deepStrictEqual(genuineSymbols, [])
      for (const token of [
        undefined,
        Symbol("exoclaw/casil/Inspected/seal"),
        Symbol.for("exoclaw/casil/Inspected/seal")
      ]) {
        assert.throws(() => new Constructor(token, "evil", []), /only Casil/)
        assert.throws(() => Reflect.construct(Constructor, [token, "evil", []]), /only Casil/)
        class Heir extends Constructor {}
        assert.throws(() => new (Heir as any)(token, "evil", []), /only Casil/)
      }
    }).pipe(Effect.provide(Casil.layer()))
  )

  it.effect("does not change, nor what it holds, nor how it is read", () =>
    Effect.gen(function* () {
      const value: any = { a: [{ b: "c" }], frozen: Object.freeze({ inner: { x: "y" } }) }
      const casil = yield* Casil
      const inspected = yield* casil.value<Json>("prompt", value, json)
      assert.throws(() => (value.a[0].b = "evil"), TypeError)
      assert.throws(() => value.a.push("evil"), TypeError)
      assert.throws(() => (value.frozen.inner.x = "evil"), TypeError)
      assert.throws(() => ((inspected as any).value = "evil"), TypeError)
      assert.throws(() => ((inspected.verdicts[0] as any).outcome = "block"), TypeError)
      assert.throws(
        () => Object.defineProperty(Object.getPrototypeOf(inspected), "value", { get: () => "evil" }),
        TypeError
      )
      assert.throws(() => ((inspected as any).constructor.genuine = () => true), TypeError)
      assert.deepStrictEqual(Inspected.open(inspected), { a: [{ b: "c" }], frozen: { inner: { x: "y" } } })
    }).pipe(Effect.provide(Casil.layer()))
  )

  it.effect("composes of inspected parts, with their verdicts in order", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* inspect("a"), yield* inspect("b")]
      const both = Inspected.struct({ list: Inspected.array([a, b]), one: b })
      assert.deepStrictEqual(Inspected.open(both), { list: ["a", "b"], one: "b" })
      assert.strictEqual(both.verdicts.length, 3)
      assert.throws(() => ((both.value as any).one = "evil"), TypeError)
    }).pipe(Effect.provide(Casil.layer()))
  )

  it.effect("reads each part of a list once, so that a list that lies has no second chance", () =>
    Effect.gen(function* () {
      const real = yield* inspect("a")
      let reads = 0
      const liar = new Proxy([real], {
        get: (target, key, receiver) =>
          key === "0" && reads++ > 0 ? { value: "evil" } : Reflect.get(target, key, receiver)
      })
      assert.deepStrictEqual(Inspected.open(Inspected.array(liar)), ["a"])
    }).pipe(Effect.provide(Casil.layer()))
  )
})
