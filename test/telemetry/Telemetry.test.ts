import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Tracer from "effect/Tracer"
import { forLogs } from "../../src/casil/ForLogs.ts"
import { defaultPolicy } from "../../src/casil/Policy.ts"
import * as PayloadFree from "../../layers/telemetry/PayloadFree.ts"
import * as Sampling from "../../layers/telemetry/Sampling.ts"
import * as Telemetry from "../../layers/telemetry/Telemetry.ts"

/** A tracer that keeps the spans it made. */
const recording = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, layer: Layer.succeed(Tracer.Tracer, tracer) }
}

const work = Effect.void.pipe(Effect.withSpan("inner"), Effect.withSpan("outer"))

const exitOf = ({ status }: Tracer.NativeSpan): Exit.Exit<unknown, unknown> | undefined =>
  status._tag === "Ended" ? status.exit : undefined

describe("without a collector", () => {
  it.effect("no span is made", () => {
    const { layer, spans } = recording()
    const quiet = Telemetry.layer({ endpoint: undefined, sample: 1, logs: "none", forLogs: forLogs(defaultPolicy) })
    return Effect.map(Effect.provide(Effect.provide(work, quiet), layer), () => assert.deepStrictEqual(spans, []))
  })
})

describe("sampling", () => {
  for (const [part, sampled] of [
    [0, false],
    [1, true]
  ] as const) {
    it.effect(`${part} exports ${sampled ? "every trace" : "none"}, root and children alike`, () => {
      const { layer, spans } = recording()
      return Effect.map(Effect.provide(work, Layer.provide(Sampling.layer(part), layer)), () =>
        assert.deepStrictEqual(
          spans.map((span) => span.sampled),
          [sampled, sampled]
        )
      )
    })
  }

  it.effect("a child is what its root is", () => {
    const { layer, spans } = recording()
    const many = Effect.repeat(work, { times: 200 })
    return Effect.map(Effect.provide(many, Layer.provide(Sampling.layer(0.5), layer)), () => {
      for (const span of spans) {
        if (span.parent._tag === "Some") assert.strictEqual(span.sampled, span.parent.value.sampled)
      }
    })
  })
})

describe("the error of a span", () => {
  const ended = (effect: Effect.Effect<unknown, unknown>) => {
    const { layer, spans } = recording()
    return Effect.map(
      Effect.exit(Effect.provide(Effect.withSpan(effect, "work"), Layer.provide(PayloadFree.layer, layer))),
      () => spans[0]
    )
  }

  it.effect("T30: is its kind, without message, fields and stack", () =>
    Effect.gen(function* () {
      const failed = yield* ended(Effect.fail({ _tag: "ModelError", kind: "timeout", message: "secret", of: "secret" }))
      const died = yield* ended(Effect.die(new TypeError("secret")))
      assert.strictEqual(failed?.attributes.get("error.type"), "ModelError.timeout")
      assert.strictEqual(died?.attributes.get("error.type"), "TypeError")
      for (const span of [failed, died]) {
        const exit = span && exitOf(span)
        assert.isTrue(exit !== undefined && Exit.isFailure(exit))
        if (exit === undefined || Exit.isSuccess(exit)) continue
        assert.notInclude(Cause.pretty(exit.cause), "secret")
        assert.notInclude(JSON.stringify(exit.cause), "secret")
      }
    })
  )

  it.effect("is none where the work went well or was interrupted; a result is not kept", () =>
    Effect.gen(function* () {
      const well = yield* ended(Effect.succeed("secret"))
      const cut = yield* ended(Effect.interrupt)
      const exit = well && exitOf(well)
      assert.isTrue(exit !== undefined && Exit.isSuccess(exit) && exit.value === undefined)
      const stopped = cut && exitOf(cut)
      assert.isTrue(stopped !== undefined && Exit.isFailure(stopped) && Cause.hasInterruptsOnly(stopped.cause))
      assert.isFalse(cut?.attributes.has("error.type"))
    })
  )
})
