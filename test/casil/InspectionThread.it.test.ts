import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import * as path from "node:path"
import { Worker } from "node:worker_threads"
import { InspectionThread, layer, type ThreadOptions } from "../../layers/casil/InspectionThread.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { layer as classifier } from "../../src/casil/Classifier.ts"
import { noTails } from "../../src/casil/CarryOver.ts"
import { compile } from "../../src/casil/Compiled.ts"
import { decideText, decideValue, judge, textsOf } from "../../src/casil/Decision.ts"
import { LONG, type Order } from "../../src/casil/LongBlocks.ts"
import { type CasilPolicy, defaultPolicy } from "../../src/casil/Policy.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { json } from "../../src/casil/Walker.ts"
import type { Json } from "../../src/domain/Json.ts"
import { hostile } from "../support/hostileText.ts"

const source = path.join(import.meta.dirname, "../../layers/casil/inspect-main.ts")
/** Counts the threads that were started. */
const counting = (options: ThreadOptions = {}) => {
  const started: Array<Worker> = []
  const thread = new InspectionThread({
    start: () => {
      const worker = new Worker(source)
      started.push(worker)
      return worker
    },
    ...options
  })
  return { started, thread }
}
const withThread = <A, E>(use: (world: ReturnType<typeof counting>) => Effect.Effect<A, E>, options?: ThreadOptions) =>
  Effect.acquireUseRelease(
    Effect.sync(() => counting(options)),
    use,
    ({ thread }) => Effect.sync(() => thread.close())
  )

const order = (texts: Order["texts"], policy: CasilPolicy = defaultPolicy): Order => ({
  policy,
  key: compile(policy).hash,
  texts,
  tails: noTails,
  onOverBudget: "block"
})

const secret = structural.find(({ id }) => id === "aws-access-key-id")?.example(5).secret ?? ""
const long = `${"The committee agreed. ".repeat(1000)}${secret} ${"More of it. ".repeat(100)}`

const POLICIES: ReadonlyArray<CasilPolicy> = [
  defaultPolicy,
  { ...defaultPolicy, onSecret: "block" },
  { ...defaultPolicy, mode: "monitor" },
  { ...defaultPolicy, redactionPatterns: ["EMP-[0-9]{6}"], onProbable: "redact" }
]
const pieces = fc.array(
  fc.oneof(
    fc
      .tuple(fc.nat(structural.length - 1), fc.nat(99))
      .map(([rule, seed]) => structural[rule]?.example(seed).text ?? ""),
    fc.lorem(),
    fc.constantFrom("EMP-123456", 'password = "Xk29fQ-7bLmZ"', "é\u200b", "%41%42", "4111 1111 1111 1111")
  ),
  { maxLength: 6 }
)

describe("the inspection thread", () => {
  it.live("says of every text and value what is said in place", () =>
    withThread(({ started, thread }) =>
      Effect.gen(function* () {
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(pieces, fc.constantFrom(...POLICIES), async (parts, policy) => {
              const text = parts.join(" ")
              const compiled = compile(policy)
              const there = await Effect.runPromise(thread.decide(order(text, policy)))
              assert.deepStrictEqual(there, judge(compiled, text, { onOverBudget: "block" }))
              const value: Json = { note: parts, token: text }
              const fields = textsOf(value, json)
              assert.deepStrictEqual(
                await Effect.runPromise(thread.decide(order(fields, policy))),
                judge(compiled, fields, { onOverBudget: "block" })
              )
            }),
            { numRuns: 60 }
          )
        )
        assert.lengthOf(started, 1)
      })
    )
  )

  it("judges texts as it decides on what holds them", () => {
    fc.assert(
      fc.property(pieces, fc.constantFrom(...POLICIES), (parts, policy) => {
        const compiled = compile(policy)
        const text = parts.join(" ")
        const whole = decideText(compiled, text)
        const judged = judge(compiled, text, {})
        assert.deepStrictEqual(judged.verdict, whole.verdict)
        if (whole._tag === "Pass" && judged._tag === "Pass") {
          assert.strictEqual(judged.replacements.get(0) ?? text, whole.value)
        }
        const value: Json = { note: parts, token: text }
        const decided = decideValue(compiled, value, json)
        assert.deepStrictEqual(judge(compiled, textsOf(value, json), {}).verdict, decided.verdict)
      })
    )
  })

  it.live("decides on long blocks of a Casil, which says the same as one without, its classifiers too", () =>
    Effect.gen(function* () {
      let asked = 0
      const own = classifier({
        id: "own",
        rules: [{ id: "own-rule", pattern: "More of it", action: "redact", matches: ["More of it"], ignores: [] }],
        classify: () => ({ risk: "medium", flags: ["own"] })
      })
      const inspect = Effect.gen(function* () {
        const casil = yield* Casil
        const text = yield* casil.text("prompt", long)
        const value = yield* casil.value<Json>("tool_output", { note: [long], token: "abc" }, json)
        return { text: text.value, value: value.value, verdicts: [...text.verdicts, ...value.verdicts] }
      })
      const here = yield* inspect.pipe(Effect.provide(Casil.layer().pipe(Layer.provide(own))))
      const counted = layer({
        start: () => {
          asked++
          return new Worker(source)
        }
      })
      const there = yield* inspect.pipe(Effect.provide(Casil.layer().pipe(Layer.provide(Layer.mergeAll(own, counted)))))
      assert.deepStrictEqual(there, here)
      assert.include(here.verdicts[0]?.rules.join(), "own-rule")
      assert.notInclude(JSON.stringify(there.value), secret)
      assert.strictEqual(asked, 1)
    })
  )

  it.live("is not asked about what is short and cheap, and is asked about what is short and dear", () =>
    Effect.gen(function* () {
      let asked = 0
      const counted = layer({
        start: () => {
          asked++
          return new Worker(source)
        }
      })
      yield* Effect.gen(function* () {
        const casil = yield* Casil
        yield* casil.text("prompt", "see note 7. ".repeat(100))
        assert.strictEqual(asked, 0)
        const dear = hostile(LONG - 1)["names in long values"] ?? ""
        const exit = yield* Effect.result(casil.text("prompt", dear))
        assert.strictEqual(asked, 1)
        const alone = yield* Effect.result(
          Effect.flatMap(Casil, (own) => own.text("prompt", dear)).pipe(Effect.provide(Casil.layer()))
        )
        assert.deepStrictEqual(JSON.stringify(exit), JSON.stringify(alone))
      }).pipe(Effect.provide(Casil.layer().pipe(Layer.provide(counted))))
    })
  )

  it.live(
    "that dies is an inspection that failed: blocked or passed as the policy says, and the next has another one",
    () =>
      Effect.gen(function* () {
        let asked = 0
        const dying = layer({
          start: () => {
            asked++
            return asked < 3 ? new Worker("process.exit(3)", { eval: true }) : new Worker(source)
          }
        })
        yield* Effect.gen(function* () {
          const casil = yield* Casil
          const error = yield* Effect.flip(casil.text("prompt", long))
          assert.strictEqual(error.reason, "CASIL_INTERNAL_BLOCK")
          assert.notInclude(JSON.stringify(error), secret)
          const again = yield* Effect.flip(casil.text("answer", long))
          assert.strictEqual(again.reason, "CASIL_INTERNAL_BLOCK")
          assert.notInclude((yield* casil.text("prompt", long)).value, secret)
        }).pipe(Effect.provide(Casil.layer().pipe(Layer.provide(dying))))
        asked = 0
        const { verdicts } = yield* Effect.flatMap(Casil, (casil) => casil.text("prompt", long)).pipe(
          Effect.provide(Casil.layer({ defaultDecision: "allow" }).pipe(Layer.provide(dying)))
        )
        assert.strictEqual(verdicts[0]?.reason, "CASIL_INTERNAL_ALLOW")
      })
  )

  it.live("that hangs is given up, and so is whatever it was asked", () =>
    withThread(
      ({ started, thread }) =>
        Effect.gen(function* () {
          const answers = yield* Effect.all(
            [Effect.result(thread.decide(order(long))), Effect.result(thread.decide(order(long)))],
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(
            answers.map(({ _tag }) => _tag),
            ["Failure", "Failure"]
          )
          assert.lengthOf(started, 0)
        }),
      { patienceMs: 300, start: () => new Worker("setInterval(() => {}, 1000)", { eval: true }) }
    )
  )

  it.live("takes no more than its queue holds: the rest is decided in place", () =>
    withThread(
      ({ thread }) =>
        Effect.gen(function* () {
          const answers = yield* Effect.all(
            [1, 2, 3].map(() => Effect.result(thread.decide(order(long)))),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(
            answers.filter((answer) => answer._tag === "Success" && answer.success === "busy").length,
            1
          )
        }),
      { most: 2 }
    )
  )

  it.live("goes when there was no work for a while, and takes nothing when it is closed", () =>
    withThread(
      ({ started, thread }) =>
        Effect.gen(function* () {
          yield* thread.decide(order(long))
          const gone = new Promise((resolve) => started[0]?.once("exit", resolve))
          yield* Effect.promise(() => gone)
          yield* thread.decide(order(long))
          assert.lengthOf(started, 2)
          thread.close()
          assert.strictEqual(yield* thread.decide(order(long)), "busy")
        }),
      { idleMs: 1 }
    )
  )
})
