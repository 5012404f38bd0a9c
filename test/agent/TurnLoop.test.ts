import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import { TestClock } from "effect/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { vi } from "vitest"
import { Writer } from "../../layers/store/Writer.ts"
import { Audit } from "../../src/audit/Audit.ts"
import type { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import { AgentId, PluginName } from "../../src/domain/Ids.ts"
import { SoulError } from "../../src/memory/Soul.ts"
import type { ModelError } from "../../src/model/ModelError.ts"
import type { ModelPart } from "../../src/model/ModelRequest.ts"
import { Inbox } from "../../src/session/Inbox.ts"
import type { Receipt } from "../../src/session/Receipt.ts"
import type { Address } from "../../src/router/Binding.ts"
import { failure, fake } from "../model/fixtures.ts"
import { keyOf } from "../session/fixtures.ts"
import { alice, brief, follow, gate, meanwhile, resultOf, send, statusOf, until } from "../session/world.ts"
import { call, calls, chargesOf, finish, heldNow, text, vendor, world } from "./world.ts"

const secret = "AKIAQ3EGRZB7WFNTK2LM"

const answerTo = (content: string) => Effect.flatMap(send(content), (turn) => meanwhile(resultOf(turn)))

const receiptIsTrue = (turn: Parameters<typeof chargesOf>[0], receipt: Receipt | null) =>
  Effect.gen(function* () {
    const charges = yield* chargesOf(turn)
    assert.deepStrictEqual(
      receipt?.calls.map(({ costMicros, holdId }) => [holdId, costMicros]),
      charges.map(({ costMicros, holdId }) => [holdId, costMicros])
    )
    assert.strictEqual(
      receipt?.totalMicros,
      charges.reduce((all, { costMicros }) => all + costMicros, 0)
    )
    assert.strictEqual(
      receipt?.totalTokens,
      charges.reduce((all, { usage }) => all + usage.input + usage.output + usage.cacheRead + usage.cacheWrite, 0)
    )
    assert.isTrue(isExplained(receipt))
  })

/** Every token and every micro-dollar stands in a block or in the output. */
const isExplained = (receipt: Receipt | null): boolean => {
  if (receipt === null) return false
  const tokens = receipt.blocks.reduce((all, block) => all + block.tokens, receipt.outputTokens)
  const micros = receipt.blocks.reduce((all, block) => all + block.micros, receipt.outputMicros)
  return tokens === receipt.totalTokens && micros === receipt.totalMicros
}

describe("a turn of an agent", () => {
  it.effect("streams the answer as it comes, and ends with a receipt of what the ledger charged", () =>
    Effect.gen(function* () {
      const { adapter, requests } = vendor([[text("Hello "), text("you."), finish(10, 2)]])
      yield* Effect.gen(function* () {
        const turn = yield* send("hi")
        const result = yield* meanwhile(resultOf(turn))
        assert.deepInclude(result, { text: "Hello you.", stopReason: "end_turn" })
        yield* receiptIsTrue(turn, result.receipt)
        assert.deepInclude(result.receipt?.calls[0], {
          provider: "fake",
          inputTokens: 10,
          outputTokens: 2,
          basis: "usage"
        })
        assert.deepStrictEqual(
          result.receipt?.blocks.map(({ kind }) => kind),
          ["soul", "system", "user"]
        )
        const events = yield* follow(turn)
        assert.deepStrictEqual(
          events.map(({ body }) => body.type),
          ["accepted", "text", "text", "usage", "done"]
        )
        assert.strictEqual(yield* heldNow, 0)
        assert.deepStrictEqual(requests[0]?.system, ["I am Luna.", "Be brief."])
        assert.strictEqual(requests[0]?.maxOutputTokens, 100)
      }).pipe(Effect.provide(world({ adapters: [adapter], soul: "I am Luna." })))
    })
  )

  it.effect("is nine transactions, three of which wait for the disk: hold, settlement and end", () => {
    const { adapter } = vendor([[text("Hello."), finish(10, 2)]])
    return Effect.gen(function* () {
      yield* answerTo("hi")
      const { load } = yield* Inbox
      const isIdle = Effect.map(load, ({ lanes }) => lanes === 0)
      yield* until("an idle lane", isIdle)
      const submit = vi.spyOn(Writer.prototype, "submit")
      yield* answerTo("again")
      yield* until("an idle lane", isIdle)
      const durabilities = submit.mock.calls.map(([, durability]) => durability)
      submit.mockRestore()
      assert.lengthOf(durabilities, 9)
      assert.lengthOf(
        durabilities.filter((durability) => durability === "full"),
        3
      )
    }).pipe(Effect.provide(world({ adapters: [adapter] })))
  })

  it.effect("shows the model what was said before, and clamps its output to what the client asked for", () => {
    const { adapter, requests } = vendor([
      [text("one"), finish(10, 2)],
      [text("two"), finish(10, 2)]
    ])
    return Effect.gen(function* () {
      yield* answerTo("first")
      yield* Effect.flatMap(send("second", { maxTokens: 7 }), (turn) => meanwhile(resultOf(turn)))
      assert.deepStrictEqual(
        requests[1]?.messages.map(({ content }) => content),
        ["first", "one", "second"]
      )
      assert.strictEqual(requests[1]?.maxOutputTokens, 7)
    }).pipe(Effect.provide(world({ adapters: [adapter] })))
  })

  it.effect("says so when the answer was cut at its limit", () =>
    Effect.gen(function* () {
      const result = yield* answerTo("hi")
      assert.deepInclude(result, { text: "Hello and", stopReason: "max_tokens" })
    }).pipe(
      Effect.provide(
        world({ adapters: [vendor([[text("Hello and"), { ...finish(10, 2), reason: "length" } as never]]).adapter] })
      )
    )
  )

  it.effect("fails with the words of DESIGN where its soul or its message is too long", () => {
    const adapters = [vendor([[finish(1, 1)]]).adapter]
    return Effect.gen(function* () {
      const broken = yield* answerTo("hi").pipe(
        Effect.provide(
          world({ adapters, soul: new SoulError({ path: "/secret/soul.md", message: "/secret is long" }) })
        )
      )
      assert.strictEqual(broken.error?.code, -32014)
      assert.notInclude(JSON.stringify(broken), "/secret")
      const long = yield* answerTo("word ".repeat(1_000)).pipe(
        Effect.provide(world({ adapters, context: { requestCeiling: 256 } }))
      )
      assert.strictEqual(long.error?.code, -32009)
      assert.deepInclude(long.error?.data, { limit: 256 })
    })
  })
})

describe("tools of a turn", () => {
  const rounds = () =>
    vendor([
      [text("Let me see. "), call("echo", { text: "a" }), call("echo", { text: "b" }), calls],
      [text("Done."), finish(10, 2)]
    ])

  it.effect("run together, and are journalled and shown in the order of the calls", () => {
    const { adapter, requests } = rounds()
    const second = Deferred.makeUnsafe<void>()
    return Effect.gen(function* () {
      const turn = yield* send("hi")
      const result = yield* meanwhile(resultOf(turn))
      assert.deepInclude(result, { text: "Let me see. Done.", stopReason: "end_turn" })
      const events = yield* follow(turn)
      assert.deepStrictEqual(
        events.flatMap(({ body }) => {
          if (body.type === "tool_call") return [`call ${body.data.id} ${JSON.stringify(body.data.input)}`]
          return body.type === "tool_result" ? [`result ${body.data.id} ${body.data.content}`] : []
        }),
        ['call call_0_0 {"text":"a"}', 'call call_0_1 {"text":"b"}', "result call_0_0 a!", "result call_0_1 b!"]
      )
      assert.deepStrictEqual(
        result.receipt?.tools.map(({ calls: n, errors, name }) => [name, n, errors]),
        [["echo", 2, 0]]
      )
      yield* receiptIsTrue(turn, result.receipt)
      const shown = requests[1]?.messages.at(-1)
      assert.deepStrictEqual(
        shown?.role === "tool" ? shown.content.map((part) => ("result" in part ? part.result : "")) : [],
        ["a!", "b!"]
      )
      const [echo] = result.receipt?.tools ?? []
      const results = result.receipt?.blocks.find(({ kind }) => kind === "tool_results")
      assert.isAbove(results?.tokens ?? 0, 0)
      assert.deepStrictEqual([echo?.promptTokens, echo?.costMicros], [results?.tokens, results?.micros])
      // the first prompt had no results in it
      assert.isFalse(result.receipt?.calls[0]?.blocks.some(({ kind }) => kind === "tool_results"))
      const entries = yield* Effect.flatMap(Audit, (audit) => audit.query({ limit: 100, kind: "tool.call" }))
      assert.lengthOf(entries, 2)
    }).pipe(
      Effect.provide(
        world({
          adapters: [adapter],
          tools: [
            {
              name: "echo",
              // the first waits for the second: one after the other they would never end
              run: ({ text: said }) =>
                (said === "b" ? Deferred.succeed(second, undefined) : Deferred.await(second)).pipe(
                  Effect.as(`${String(said)}!`)
                )
            }
          ]
        })
      )
    )
  })

  it.effect(
    "T24: at a bounded address the model is shown none that it may not call there, and none of them runs",
    () => {
      const { adapter, requests } = rounds()
      const asked: Array<string> = []
      let ran = 0
      const tools = ["echo", "other"].map((name) => ({
        name,
        run: () =>
          Effect.sync(() => {
            ran += 1
            return "ran"
          })
      }))
      const toolsAt = ({ account, channel, peer }: Address) => {
        asked.push([channel, account, peer].join(" "))
        return ["other", "never"]
      }
      return Effect.gen(function* () {
        yield* answerTo("hi")
        assert.strictEqual(ran, 0)
        const { account, channel, conversation } = keyOf("main")
        assert.deepStrictEqual(asked, [[channel, account, conversation.peer].join(" ")])
        assert.deepStrictEqual(
          requests[0]?.tools.map(({ name }) => name),
          ["other"]
        )
        assert.include(JSON.stringify(requests[1]?.messages), 'There is no tool \\"echo\\". There are: other.')
      }).pipe(Effect.provide(world({ adapters: [adapter], bounds: { toolsAt }, tools })))
    }
  )

  it.effect("T24: one that is not there, or not on the agent's list, is an error the model can read", () => {
    const { adapter, requests } = rounds()
    let ran = 0
    const echo = {
      name: "echo",
      run: () =>
        Effect.sync(() => {
          ran += 1
          return "ran"
        })
    }
    return Effect.gen(function* () {
      const result = yield* answerTo("hi")
      assert.strictEqual(result.stopReason, "end_turn")
      assert.strictEqual(ran, 0)
      assert.strictEqual(result.receipt?.tools[0]?.errors, 2)
      assert.deepStrictEqual(
        requests[0]?.tools.map(({ name }) => name),
        ["other"]
      )
      assert.include(JSON.stringify(requests[1]?.messages), 'There is no tool \\"echo\\". There are: other.')
    }).pipe(
      Effect.provide(
        world({
          adapters: [adapter],
          agent: { tools: ["other"] },
          tools: [echo, { name: "other", run: () => Effect.succeed("") }]
        })
      )
    )
  })

  it.effect("whose names no vendor takes are answered, and said again by a name that every vendor takes", () => {
    const { adapter, requests } = vendor([
      [call("functions.echo\u0000", {}), call("", {}), call("x".repeat(1_000), {}), calls],
      [text("Well."), finish(10, 2)]
    ])
    return Effect.gen(function* () {
      const result = yield* answerTo("hi")
      assert.strictEqual(result.stopReason, "end_turn")
      const said = (requests[1]?.messages ?? []).flatMap(({ content, role }) =>
        role === "assistant" && typeof content !== "string"
          ? content.flatMap((part) => (part.type === "tool-call" ? [part.name] : []))
          : []
      )
      assert.deepStrictEqual(said, ["functions_echo_", "unnamed", "x".repeat(64)])
    }).pipe(Effect.provide(world({ adapters: [adapter] })))
  })

  it.effect("that fail, or get what is no object, are answered with an error", () => {
    const { adapter } = vendor([
      [call("bad", { text: "a" }), call("bad", "not an object"), calls],
      [text("Sorry."), finish(10, 2)]
    ])
    return Effect.gen(function* () {
      const turn = yield* send("hi")
      assert.strictEqual((yield* meanwhile(resultOf(turn))).text, "Sorry.")
      const results = (yield* follow(turn)).flatMap(({ body }) => (body.type === "tool_result" ? [body.data] : []))
      assert.deepStrictEqual(
        results.map(({ content, isError }) => [content, isError]),
        [
          ["it broke", true],
          ["it broke", true]
        ]
      )
    }).pipe(
      Effect.provide(world({ adapters: [adapter], tools: [{ name: "bad", run: () => Effect.fail("it broke") }] }))
    )
  })

  it.effect("T30: what they say is redacted before it is journalled or shown to the model", () => {
    const { adapter, requests } = vendor([
      [call("leak", { key: secret }), calls],
      [text(`It is ${secret}.`), finish(10, 12)]
    ])
    const given: Array<unknown> = []
    return Effect.gen(function* () {
      const turn = yield* send("hi")
      const result = yield* meanwhile(resultOf(turn))
      assert.strictEqual(result.text, "It is [redacted:aws-access-key-id].")
      for (const seen of [yield* follow(turn), requests, given]) assert.notInclude(JSON.stringify(seen), secret)
    }).pipe(
      Effect.provide(
        world({
          adapters: [adapter],
          tools: [
            {
              name: "leak",
              run: (input) =>
                Effect.sync(() => {
                  given.push(input)
                  return `the key is ${secret}`
                })
            }
          ]
        })
      )
    )
  })

  it.effect("whose output is blocked are told as an error; the output is nowhere", () => {
    const { adapter, requests } = vendor([
      [call("leak", {}), calls],
      [text("Hm."), finish(10, 2)]
    ])
    return Effect.gen(function* () {
      const turn = yield* send("hi")
      assert.strictEqual((yield* meanwhile(resultOf(turn))).text, "Hm.")
      const seen = JSON.stringify([yield* follow(turn), requests])
      assert.notInclude(seen, secret)
      assert.include(seen, "The tool output was blocked")
      const blocks = yield* Effect.flatMap(Audit, (audit) => audit.query({ limit: 9, kind: "casil.blocked" }))
      assert.deepStrictEqual(
        blocks.map(({ event }) => event.data),
        [{ surface: "tool_output", rules: "aws-access-key-id" }]
      )
    }).pipe(
      Effect.provide(
        world({
          adapters: [adapter],
          casil: { onSecret: "block" },
          tools: [{ name: "leak", run: () => Effect.succeed(secret) }]
        })
      )
    )
  })

  it.effect("whose input is blocked do not run, and the turn fails", () => {
    let ran = 0
    const { adapter } = vendor([[call("leak", { key: secret }), calls]])
    return Effect.gen(function* () {
      const result = yield* answerTo("hi")
      assert.strictEqual(result.error?.code, -32007)
      assert.strictEqual(ran, 0)
      assert.strictEqual(yield* heldNow, 0)
    }).pipe(
      Effect.provide(
        world({
          adapters: [adapter],
          casil: { onSecret: "block" },
          tools: [
            {
              name: "leak",
              run: () =>
                Effect.sync(() => {
                  ran += 1
                  return ""
                })
            }
          ]
        })
      )
    )
  })

  it.effect(
    "T17: the same one, with the same arguments and the same result three times, ends the run; retry runs it anew",
    () => {
      const stuck = [call("echo", { b: 1, a: 2 }), calls]
      const { adapter, requests } = vendor([
        stuck,
        [call("echo", { a: 2, b: 1 }), calls],
        stuck,
        [text("Free."), finish(10, 2)]
      ])
      return Effect.gen(function* () {
        const inbox = yield* Inbox
        const turn = yield* send("hi")
        const result = yield* meanwhile(resultOf(turn))
        assert.strictEqual(result.stopReason, "breaker")
        assert.lengthOf(requests, 3)
        assert.strictEqual(yield* statusOf(turn), "parked")
        assert.include(brief(yield* follow(turn)).at(-2), "notice breaker")
        yield* alice(inbox.retry(turn))
        const again = yield* meanwhile(resultOf(turn))
        assert.deepInclude(again, { stopReason: "end_turn", text: "Free." })
        yield* receiptIsTrue(turn, again.receipt)
        // what was paid before it was run anew is on the receipt, too, with its parts
        assert.lengthOf(again.receipt?.calls ?? [], 4)
        assert.isFalse(again.receipt?.blocks.some(({ kind }) => kind === "other"))
        assert.deepInclude(again.receipt?.tools[0], { name: "echo", calls: 3 })
      }).pipe(
        Effect.provide(world({ adapters: [adapter], tools: [{ name: "echo", run: () => Effect.succeed("same") }] }))
      )
    }
  )

  it.effect("and model calls are bounded per turn; the turn parks", () => {
    let n = 0
    const tools = [{ name: "count", run: () => Effect.sync(() => `${++n}`) }]
    const { adapter, requests } = vendor([[call("count", {}), call("count", {}), calls]])
    return Effect.gen(function* () {
      const models = yield* answerTo("hi").pipe(
        Effect.provide(
          world({ adapters: [adapter], tools, agent: { limits: { modelCalls: 2, toolCalls: 99, seconds: 9 } } })
        )
      )
      assert.strictEqual(models.stopReason, "model_limit")
      assert.lengthOf(requests, 2)
      const before = n
      const called = yield* answerTo("hi").pipe(
        Effect.provide(
          world({ adapters: [adapter], tools, agent: { limits: { modelCalls: 9, toolCalls: 3, seconds: 9 } } })
        )
      )
      assert.strictEqual(called.stopReason, "tool_limit")
      assert.strictEqual(n - before, 2)
    })
  })
})

describe("failures of a turn", () => {
  it.effect("an attempt that said nothing is made again, each under a hold of its own", () => {
    const overloaded = Stream.fail(failure())
    const { adapter, requests } = vendor([overloaded, overloaded, [text("At last."), finish(10, 2)]])
    return Effect.gen(function* () {
      const turn = yield* send("hi")
      const result = yield* meanwhile(resultOf(turn))
      assert.strictEqual(result.text, "At last.")
      assert.lengthOf(requests, 3)
      assert.deepStrictEqual(
        result.receipt?.calls.map(({ basis }) => basis),
        ["none", "none", "usage"]
      )
      yield* receiptIsTrue(turn, result.receipt)
    }).pipe(Effect.provide(world({ adapters: [adapter] })))
  })

  it.effect("an attempt is settled before the next one is held for", () => {
    const seen: Array<number> = []
    let held: Effect.Effect<number> = Effect.succeed(0)
    const adapter = fake(() =>
      Stream.unwrap(
        Effect.map(held, (now): Stream.Stream<ModelPart, ModelError> => {
          seen.push(now)
          const began = Stream.make({ type: "text-start" as const, id: "t" })
          return seen.length < 3
            ? Stream.concat(began, Stream.fail(failure({ unused: false })))
            : Stream.make(text("Here."), finish(10, 2))
        })
      )
    )
    return Effect.gen(function* () {
      const context = yield* Effect.context<BudgetLedger>()
      held = Effect.orDie(Effect.provide(heldNow, context))
      const turn = yield* send("hi")
      assert.strictEqual((yield* meanwhile(resultOf(turn))).text, "Here.")
      assert.lengthOf(seen, 3)
      assert.strictEqual(new Set(seen).size, 1)
      assert.isAbove(seen[0] ?? 0, 0)
    }).pipe(Effect.provide(world({ adapters: [adapter] })))
  })

  it.effect("another provider answers where the first cannot, and the peer is told", () => {
    const down = fake(() =>
      Stream.fail(failure({ kind: "authentication", retryable: false, message: "The key is wrong." }))
    )
    const other = fake(() => Stream.make(text("I can."), finish(10, 2)), { provider: "other" })
    const target = (provider: string) => ({ provider, model: "fake-1", maxOutputTokens: 100 })
    return Effect.gen(function* () {
      const turn = yield* send("hi")
      const result = yield* meanwhile(resultOf(turn))
      assert.strictEqual(result.text, "I can.")
      const events = yield* follow(turn)
      assert.deepInclude(events.find(({ body }) => body.type === "notice")?.body.data, {
        code: "fallback",
        message: "The key is wrong. other answers instead."
      })
      const retry = { provider: "fake", model: "fake-1", kind: "authentication", fallback: true }
      assert.deepInclude(result.receipt?.retries[0], retry)
      assert.deepEqual(
        events.flatMap(({ body }) => (body.type === "usage" ? (body.data.retries ?? []) : [])),
        [...(result.receipt?.retries ?? [])]
      )
      yield* receiptIsTrue(turn, result.receipt)
    }).pipe(Effect.provide(world({ adapters: [down, other], agent: { targets: [target("fake"), target("other")] } })))
  })

  it.effect("nothing is tried again once a part was delivered", () => {
    const breaks = Stream.make(text("Half an answer, and then ")).pipe(
      Stream.concat(Stream.fail(failure({ kind: "stream", unused: false })))
    )
    const { adapter, requests } = vendor([breaks, [text("again"), finish(10, 2)]])
    return Effect.gen(function* () {
      const turn = yield* send("hi")
      const result = yield* meanwhile(resultOf(turn))
      assert.strictEqual(result.error?.code, -32006)
      assert.deepInclude(result.error?.data, { kind: "stream", retryable: true })
      assert.lengthOf(requests, 1)
      assert.strictEqual(yield* statusOf(turn), "failed")
      assert.deepStrictEqual(
        (yield* follow(turn)).slice(-2).map(({ body }) => body.type),
        ["error", "done"]
      )
      assert.strictEqual(yield* heldNow, 0)
      // the operator's and the vendor's words stay inside
      yield* receiptIsTrue(turn, result.receipt)
      yield* alice(Effect.flatMap(Inbox, (inbox) => inbox.retry(turn)))
      assert.strictEqual((yield* meanwhile(resultOf(turn))).text, "again")
    }).pipe(Effect.provide(world({ adapters: [adapter] })))
  })

  it.effect("T31: a vendor's own words are not told to the peer", () =>
    Effect.gen(function* () {
      const turn = yield* send("hi")
      const result = yield* meanwhile(resultOf(turn))
      assert.strictEqual(result.error?.code, -32006)
      assert.notInclude(JSON.stringify([result, yield* follow(turn)]), "account 4711")
    }).pipe(
      Effect.provide(
        world({
          adapters: [
            fake(() =>
              Stream.fail(failure({ kind: "invalid_request", retryable: false, detail: "account 4711 is bad" }))
            )
          ]
        })
      )
    )
  )

  it.effect("an answer that is blocked ends the turn, with nothing of it said and nothing held", () =>
    Effect.gen(function* () {
      const turn = yield* send("hi")
      const result = yield* meanwhile(resultOf(turn))
      assert.strictEqual(result.error?.code, -32007)
      assert.deepInclude(result.error?.data, { rules: ["aws-access-key-id"] })
      assert.notInclude(JSON.stringify(yield* follow(turn)), secret)
      assert.strictEqual(yield* heldNow, 0)
    }).pipe(
      Effect.provide(
        world({
          adapters: [vendor([[text(`${secret} is it`), finish(10, 12)]]).adapter],
          casil: { onSecret: "block" }
        })
      )
    )
  )

  it.effect("T12: a budget that does not cover the call refuses with true numbers, before anybody is asked", () => {
    const { adapter, requests } = vendor([[text("one"), finish(60, 20)]], { minimumOutput: 10 })
    return Effect.gen(function* () {
      yield* answerTo("first")
      const result = yield* answerTo("second")
      assert.strictEqual(result.error?.code, -32004)
      assert.deepInclude(result.error?.data, {
        scope: "session",
        unit: "tokens",
        limit: 130,
        spent: 80,
        held: 0,
        wanted: 60,
        resetsAt: null
      })
      assert.lengthOf(requests, 1)
      assert.strictEqual(yield* heldNow, 0)
    }).pipe(Effect.provide(world({ adapters: [adapter], limits: { session: { tokens: 130 } } })))
  })

  it.effect("T14: a model without a price is refused where a money limit applies", () => {
    const { adapter, requests } = vendor([[finish(1, 1)]])
    const target = { provider: "fake", model: "nobody-knows", maxOutputTokens: 100 }
    return Effect.gen(function* () {
      const result = yield* answerTo("hi")
      assert.strictEqual(result.error?.code, -32006)
      assert.include(result.error?.message, "nobody-knows")
      assert.lengthOf(requests, 0)
    }).pipe(
      Effect.provide(
        world({ adapters: [adapter], agent: { targets: [target] }, limits: { session: { micros: 1_000_000 } } })
      )
    )
  })

  it.effect("a turn of an agent that is gone from the configuration says so", () =>
    Effect.gen(function* () {
      const turn = yield* send("hi", { session: keyOf("main", { agent: AgentId.make("gone") }) })
      const result = yield* meanwhile(resultOf(turn))
      assert.strictEqual(result.error?.code, -32005)
      assert.include(result.error?.message, '"gone"')
      assert.deepStrictEqual(result.receipt?.calls, [])
    }).pipe(Effect.provide(world({ adapters: [vendor([[]]).adapter] })))
  )

  it.effect(
    "a model that once used more than was held for it is counted from then on, and the larger number held",
    () => {
      let counted = 0
      const { adapter } = vendor(
        [
          [text("one"), finish(900, 2)],
          [text("two"), finish(10, 2)]
        ],
        {
          count: () =>
            Effect.sync(() => {
              counted += 1
              return 40
            })
        }
      )
      return Effect.gen(function* () {
        yield* answerTo("first")
        assert.strictEqual(counted, 0)
        assert.strictEqual((yield* answerTo("second")).text, "two")
        assert.strictEqual(counted, 1)
      }).pipe(Effect.provide(world({ adapters: [adapter] })))
    }
  )

  it.effect("where the bound does not fit the budget, an exact count may", () => {
    const { adapter } = vendor([[text("one"), finish(10, 2)]], {
      minimumOutput: 10,
      count: () => Effect.succeed(12)
    })
    return Effect.gen(function* () {
      assert.strictEqual((yield* answerTo("first")).text, "one")
    }).pipe(Effect.provide(world({ adapters: [adapter], limits: { session: { tokens: 40 } } })))
  })

  it.effect("where the bound fits only beside a shorter answer, an exact count gives the whole one", () => {
    const { adapter, requests } = vendor([[text("one"), finish(10, 2)]], { count: () => Effect.succeed(12) })
    return Effect.gen(function* () {
      assert.strictEqual((yield* answerTo("first")).text, "one")
      assert.strictEqual(requests[0]?.maxOutputTokens, 100)
    }).pipe(Effect.provide(world({ adapters: [adapter], limits: { session: { tokens: 120 } } })))
  })

  for (const [what, count] of [
    ["fails", Effect.fail(failure())],
    ["is not known", Effect.succeed(undefined)],
    ["is larger", Effect.succeed(70)]
  ] as const)
    it.effect(`where the exact count ${what}, the bound is held as far as it goes`, () => {
      const { adapter, requests } = vendor([[text("one"), finish(10, 2)]], { count: () => count })
      return Effect.gen(function* () {
        assert.strictEqual((yield* answerTo("first")).text, "one")
        assert.strictEqual(requests[0]?.maxOutputTokens, 70)
      }).pipe(Effect.provide(world({ adapters: [adapter], limits: { session: { tokens: 120 } } })))
    })

  it.effect("nobody waits for what others hold while an exact count fits beside it", () =>
    Effect.gen(function* () {
      const first = yield* gate
      const asked: Array<number> = []
      const adapter = fake(
        (request) => {
          const n = asked.push(request.maxOutputTokens)
          const answer = Stream.fromIterable([text("one"), finish(10, 2)])
          return n === 1 ? Stream.unwrap(Effect.as(first.pass, answer)) : answer
        },
        { bound: () => Effect.succeed({ upper: 150, estimate: 10 }), count: () => Effect.succeed(30) }
      )
      yield* Effect.gen(function* () {
        const held = yield* send("first")
        yield* meanwhile(first.reached)
        const beside = yield* send("second", { session: keyOf("other") })
        assert.strictEqual((yield* meanwhile(resultOf(beside))).text, "one")
        yield* first.open
        assert.strictEqual((yield* meanwhile(resultOf(held))).text, "one")
        assert.deepStrictEqual(asked, [100, 40])
      }).pipe(Effect.provide(world({ adapters: [adapter], limits: { day: { tokens: 200 } }, patienceMs: 60_000 })))
    })
  )

  it.effect("T14: what no count can fit is refused without one", () => {
    let counted = 0
    const { adapter } = vendor([[text("one"), finish(90, 2)]], {
      bound: () => Effect.succeed({ upper: 90, estimate: 80 }),
      count: () =>
        Effect.sync(() => {
          counted += 1
          return 80
        })
    })
    return Effect.gen(function* () {
      assert.strictEqual((yield* answerTo("first")).text, "one")
      const before = counted
      const { error } = yield* answerTo("second")
      assert.strictEqual(error?.code, -32004)
      assert.strictEqual(counted, before)
    }).pipe(Effect.provide(world({ adapters: [adapter], limits: { session: { tokens: 100 } } })))
  })

  it.effect("the peer is warned once when an account is past its mark", () => {
    const { adapter } = vendor([[text("one"), finish(70, 10)]])
    return Effect.gen(function* () {
      const turns = [yield* send("1"), yield* send("2"), yield* send("3")]
      const warnings: Array<string> = []
      for (const turn of turns) {
        yield* meanwhile(resultOf(turn))
        for (const { body } of yield* follow(turn)) {
          if (body.type === "notice") warnings.push(`${turn === turns[1]} ${body.data.code} ${body.data.message}`)
        }
      }
      assert.deepStrictEqual(warnings, ["true budget_warning The session budget has spent 80 of its 400 tokens."])
    }).pipe(Effect.provide(world({ adapters: [adapter], limits: { session: { tokens: 400 }, warn: 0.2 } })))
  })
})

describe("a turn that is stopped", () => {
  it.effect("T13: a cancel in the middle of the answer settles what was held, and marks what was said", () =>
    Effect.gen(function* () {
      const held = yield* gate
      const adapter = fake(() =>
        Stream.make(text("This is the beginning of it, ")).pipe(
          Stream.concat(Stream.drain(Stream.fromEffect(held.pass))),
          Stream.concat(Stream.make(text("and this the end."), finish(10, 12)))
        )
      )
      yield* Effect.gen(function* () {
        const inbox = yield* Inbox
        const turn = yield* send("hi")
        yield* held.reached
        assert.isAbove(yield* heldNow, 0)
        const stopped = yield* Effect.forkChild(alice(inbox.cancel(turn)), { startImmediately: true })
        assert.isTrue(yield* meanwhile(Fiber.join(stopped)))
        assert.strictEqual(yield* heldNow, 0)
        const result = yield* resultOf(turn)
        assert.strictEqual(result.stopReason, "cancelled")
        yield* receiptIsTrue(turn, result.receipt)
        assert.deepInclude(result.receipt?.calls[0], { basis: "bound" })
        assert.match(brief(yield* follow(turn)).at(-1) ?? "", /done cancelled$/)
        const entries = yield* Effect.flatMap(Audit, (audit) => audit.query({ limit: 100, kind: "turn.finished" }))
        assert.deepStrictEqual(
          entries.map(({ event }) => event.outcome),
          ["stopped"]
        )
      }).pipe(Effect.provide(world({ adapters: [adapter] })))
    })
  )

  it.effect("T17: spending faster than it may it parks, says so, and can be run anew", () => {
    const { adapter, requests } = vendor([[call("echo", { n: 1 }), calls]])
    // each call gives another result, so the run gets on, and is charged 15
    let n = 0
    const tools = [{ name: "echo", run: () => Effect.sync(() => `result ${++n}`) }]
    const limits = { modelCalls: 99, toolCalls: 99, seconds: 300, tokensPerMinute: 70 }
    return Effect.gen(function* () {
      const inbox = yield* Inbox
      const turn = yield* send("hi")
      const result = yield* meanwhile(resultOf(turn))
      assert.strictEqual(result.stopReason, "breaker")
      assert.strictEqual(yield* statusOf(turn), "parked")
      assert.lengthOf(requests, 5)
      yield* receiptIsTrue(turn, result.receipt)
      const notices = (yield* follow(turn)).flatMap(({ body }) => (body.type === "notice" ? [body.data] : []))
      assert.deepStrictEqual(notices, [
        {
          code: "breaker",
          message:
            "The run was stopped: it used 75 tokens within a minute, and may use 70. chat.resume with retry: true runs it anew."
        }
      ])
      yield* alice(inbox.retry(turn))
      yield* meanwhile(resultOf(turn))
      assert.lengthOf(requests, 10)
    }).pipe(Effect.provide(world({ adapters: [adapter], tools, agent: { limits } })))
  })

  it.effect("T17: where its provider is left alone it ends saying for how long, and can be run anew", () => {
    let ill = true
    const adapter = fake(() => (ill ? Stream.fail(failure()) : Stream.make(text("At last."), finish(10, 2))))
    return Effect.gen(function* () {
      const inbox = yield* Inbox
      yield* meanwhile(resultOf(yield* send("hi")))
      const turn = yield* send("are you there?")
      const result = yield* meanwhile(resultOf(turn))
      assert.deepInclude(result.error, {
        code: -32006,
        message:
          "The provider fake failed repeatedly and is left alone for 3600 seconds. Then chat.resume with retry: true runs the turn anew."
      })
      assert.strictEqual(yield* heldNow, 0)
      ill = false
      yield* TestClock.adjust("1 hour")
      yield* alice(inbox.retry(turn))
      assert.strictEqual((yield* meanwhile(resultOf(turn))).text, "At last.")
    }).pipe(
      Effect.provide(
        world({ adapters: [adapter], model: { circuit: { failures: 5, openMs: 3_600_000, maxOpenMs: 3_600_000 } } })
      )
    )
  })

  it.effect("T17: what a turn may spend being spent it parks, says so, and can be run anew", () => {
    // a call holds 50 in and up to 100 out, and is charged 15
    const { adapter, requests } = vendor([
      [call("echo", { n: 1 }), calls],
      [call("echo", { n: 2 }), calls]
    ])
    return Effect.gen(function* () {
      const inbox = yield* Inbox
      const turn = yield* send("hi")
      const result = yield* meanwhile(resultOf(turn))
      assert.strictEqual(result.stopReason, "spend_limit")
      assert.isUndefined(result.error)
      assert.strictEqual(yield* statusOf(turn), "parked")
      assert.strictEqual(yield* heldNow, 0)
      yield* receiptIsTrue(turn, result.receipt)
      assert.lengthOf(requests, 2)
      // the second was cut to what was left
      assert.strictEqual(requests[1]?.maxOutputTokens, 25)
      assert.deepInclude((yield* follow(turn)).at(-2)?.body.data, {
        code: "spend_limit",
        message:
          "The turn budget is used up: limit 90 tokens, spent 30, held 0, wanted 66. It does not reset by itself. chat.resume with retry: true runs the turn anew."
      })
      yield* alice(inbox.retry(turn))
      assert.strictEqual((yield* meanwhile(resultOf(turn))).stopReason, "spend_limit")
      assert.lengthOf(requests, 4)
    }).pipe(
      Effect.provide(
        world({
          adapters: [{ ...adapter, minimumOutput: 16 }],
          tools: [{ name: "echo", run: (input) => Effect.succeed(JSON.stringify(input)) }],
          limits: { turn: { tokens: 90 } }
        })
      )
    )
  })

  it.effect("its time over it parks, with what it said, and nothing held", () =>
    Effect.gen(function* () {
      const adapter = fake(() => Stream.concat(Stream.make(text("Half of it, and then ")), Stream.never))
      yield* Effect.gen(function* () {
        const turn = yield* send("hi")
        const result = yield* meanwhile(resultOf(turn))
        assert.strictEqual(result.stopReason, "time_limit")
        assert.strictEqual(yield* statusOf(turn), "parked")
        assert.strictEqual(yield* heldNow, 0)
        yield* receiptIsTrue(turn, result.receipt)
        assert.include(brief(yield* follow(turn)).at(-2), "notice time_limit")
      }).pipe(
        Effect.provide(world({ adapters: [adapter], agent: { limits: { modelCalls: 1, toolCalls: 1, seconds: 5 } } }))
      )
    })
  )
})

describe("an agent that is a skill", () => {
  it.effect("answers through its plugin, inspected, without a model call", () => {
    const { adapter, requests } = vendor([[finish(1, 1)]])
    return Effect.gen(function* () {
      const turn = yield* send("hi")
      const result = yield* meanwhile(resultOf(turn))
      assert.deepInclude(result, { text: "hi, [redacted:aws-access-key-id]", stopReason: "end_turn" })
      assert.deepStrictEqual(result.receipt?.calls, [])
      assert.lengthOf(requests, 0)
    }).pipe(
      Effect.provide(
        world({
          adapters: [adapter],
          agent: { skill: PluginName.make("test") },
          skill: (said) => Effect.succeed(`${said}, ${secret}`)
        })
      )
    )
  })

  it.effect("fails with the plugin's name where the plugin cannot", () =>
    Effect.gen(function* () {
      const result = yield* answerTo("hi")
      assert.strictEqual(result.error?.code, -32012)
      assert.deepInclude(result.error?.data, { plugin: "test" })
    }).pipe(Effect.provide(world({ adapters: [vendor([[]]).adapter], agent: { skill: PluginName.make("none") } })))
  )
})
