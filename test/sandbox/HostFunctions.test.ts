/** Clock, randomness, requests and models, as a plugin asks for them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { Spender } from "../../src/budget/Spender.ts"
import { AgentId, PluginName, TurnId } from "../../src/domain/Ids.ts"
import type { Entropy } from "../../src/domain/Entropy.ts"
import type { Credentials, EgressRequest, EgressResponse } from "../../src/egress/Egress.ts"
import { ConnectFailed, Denied, EgressError } from "../../src/egress/EgressError.ts"
import type { Capability } from "../../src/sandbox/Capability.ts"
import { Capabilities, capabilities } from "../../src/sandbox/Grant.ts"
import type { HostCall, HostFunction } from "../../src/sandbox/HostFunction.ts"
import { Secrets } from "../../src/secret/Secrets.ts"
import { splitBody, withBody } from "../../layers/sandbox/Frame.ts"
import { now } from "../../layers/sandbox/host/Clock.ts"
import { http } from "../../layers/sandbox/host/Http.ts"
import { type AskModel, modelComplete, type ModelQuestion } from "../../layers/sandbox/host/ModelComplete.ts"
import { secretExists } from "../../layers/sandbox/host/Secret.ts"
import * as MemorySecrets from "../../layers/secret/MemorySecrets.ts"
import { random } from "../../layers/sandbox/host/Random.ts"
import { as, ask, context } from "./support.ts"

const plugin = PluginName.make("tried")
const turn = { session: "agent/main", id: TurnId.make(`turn_${"0".repeat(26)}`) }
const holding = (...held: ReadonlyArray<Capability>) =>
  Effect.provideService(Capabilities, capabilities([[plugin, held]]))

/** The reply of a function that takes and gives JSON. */
const json = (host: HostFunction, argument: unknown, held: ReadonlyArray<Capability>, call: Partial<HostCall> = {}) =>
  ask(host, JSON.stringify(argument), { plugin, ...context, ...call }).pipe(
    holding(...held),
    as("alice"),
    Effect.map((reply): { readonly ok?: unknown; readonly error?: string } => JSON.parse(reply))
  )

describe("now", () => {
  it.effect("tells the time under its grant alone", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_000)
      assert.deepStrictEqual(yield* json(now, {}, [{ kind: "clock" }]), { ok: 1_700_000_000_000 })
      assert.match((yield* json(now, {}, [{ kind: "random" }])).error ?? "", /not granted clock/)
    })
  )
})

describe("random", () => {
  const entropy: Entropy["Service"] = {
    bytes: (size) => Effect.succeed(new Uint8Array(size).fill(7)),
    id: (prefix) => Effect.succeed(prefix)
  }

  it.effect("gives bytes in base64, within bounds, under its grant alone", () =>
    Effect.gen(function* () {
      const host = random(entropy)
      assert.deepStrictEqual(yield* json(host, { bytes: 3 }, [{ kind: "random" }]), { ok: "BwcH" })
      for (const bytes of [0, 1025, 1.5, -1, "3"]) {
        assert.match((yield* json(host, { bytes }, [{ kind: "random" }])).error ?? "", /^random: /, String(bytes))
      }
      assert.match((yield* json(host, { bytes: 3 }, [{ kind: "clock" }])).error ?? "", /not granted random/)
    })
  )
})

describe("http_request", () => {
  const credentials: Credentials = {
    dress: Effect.succeed,
    marks: () => false,
    clean: Effect.succeed
  }
  const response: EgressResponse = {
    status: 201,
    headers: [
      ["set-cookie", "a=1"],
      ["x-one", "1"],
      ["set-cookie", "b=2"]
    ],
    body: Uint8Array.of(0, 255, 10),
    url: "https://api.example.com/v1",
    hops: 1
  }
  const api: Capability = { kind: "http", host: "api.example.com", path: "/v1", methods: ["POST"] }

  const request = Effect.fnUntraced(function* (
    head: unknown,
    held: ReadonlyArray<Capability>,
    answer: Effect.Effect<EgressResponse, EgressError> = Effect.succeed(response)
  ) {
    const sent: Array<EgressRequest> = []
    const named: Array<ReadonlyArray<string>> = []
    const host = http(
      {
        request: (asked) => {
          sent.push(asked)
          return answer
        }
      },
      (secrets) => {
        named.push(secrets)
        return credentials
      }
    )
    const bytes = new TextEncoder().encode(typeof head === "string" ? head : JSON.stringify(head))
    const reply = yield* host
      .call(withBody(bytes, Uint8Array.of(1, 2)), { plugin, ...context })
      .pipe(holding(...held), as("alice"))
    const parts = splitBody(reply)
    const told: {
      readonly status?: number
      readonly headers?: unknown
      readonly error?: string
      readonly denied?: boolean
    } = JSON.parse(new TextDecoder().decode(parts?.json))
    return { sent, named, told, body: parts?.body }
  })

  it.effect("T21: goes through egress under the plugin's own rules and name", () =>
    Effect.gen(function* () {
      const head = { url: "https://api.example.com/v1/x", method: "POST", headers: { "X-A": "1" } }
      const other: Capability = { kind: "http", host: "10.0.0.1", port: 8080 }
      const { body, named, sent, told } = yield* request(head, [api, other, { kind: "secret", name: "token" }])
      assert.deepStrictEqual(told, { status: 201, headers: { "set-cookie": "a=1, b=2", "x-one": "1" } })
      assert.deepStrictEqual(Array.from(body ?? []), [0, 255, 10])
      assert.deepInclude(sent[0], {
        caller: "plugin:tried",
        rules: [
          { host: "api.example.com", path: "/v1", methods: ["POST"] },
          { host: "10.0.0.1", port: 8080 }
        ],
        method: "POST",
        url: head.url,
        headers: [["X-A", "1"]],
        body: Uint8Array.of(1, 2),
        credentials
      })
      assert.deepStrictEqual(named, [["token"]])
    })
  )

  it.effect("takes what older kits write, and GET where nothing is said", () =>
    Effect.gen(function* () {
      const { named, sent } = yield* request({ url: "https://x", header: { a: "b" }, method: null }, [api])
      assert.strictEqual(sent[0]?.method, "GET")
      assert.deepStrictEqual(sent[0]?.headers, [["a", "b"]])
      assert.deepStrictEqual(named, [[]])
    })
  )

  it.effect("T19: without an http grant nothing is sent", () =>
    Effect.gen(function* () {
      const { sent, told } = yield* request({ url: "https://x" }, [{ kind: "clock" }])
      assert.deepStrictEqual(told, { error: 'plugin "tried" is not granted http', denied: true })
      assert.strictEqual(sent.length, 0)
    })
  )

  it.effect("tells a denial from a failure, and what is no request from both", () =>
    Effect.gen(function* () {
      const fails = (reason: EgressError["reason"]) => Effect.fail(new EgressError({ reason }))
      const denied = new Denied({ kind: "rule", host: "x", why: "no grant allows it" })
      const first = yield* request({ url: "https://x" }, [api], fails(denied))
      assert.deepStrictEqual(first.told, { error: denied.message, denied: true })
      const failed = new ConnectFailed({ host: "x", code: "ECONNREFUSED" })
      const second = yield* request({ url: "https://x" }, [api], fails(failed))
      assert.deepStrictEqual(second.told, { error: failed.message, denied: false })
      for (const head of ["{", {}, { url: 1 }, { url: "https://x", headers: { a: 1 } }]) {
        const { sent, told } = yield* request(head, [api])
        assert.match(told.error ?? "", /^The request is not valid/)
        assert.strictEqual(sent.length, 0)
      }
    })
  )
})

describe("secret_exists", () => {
  it.effect("T22: tells of granted secrets alone whether they have a value, and never the value", () =>
    Effect.gen(function* () {
      const host = secretExists(yield* Secrets)
      const held: ReadonlyArray<Capability> = [
        { kind: "secret", name: "TOKEN" },
        { kind: "secret", name: "UNSET" }
      ]
      assert.deepStrictEqual(yield* json(host, { name: "TOKEN" }, held), { ok: true })
      assert.deepStrictEqual(yield* json(host, { name: "UNSET" }, held), { ok: false })
      const other = yield* json(host, { name: "OTHER" }, held)
      assert.deepStrictEqual(other, { error: 'secret "OTHER" is not granted; granted: TOKEN, UNSET' })
      assert.match((yield* json(host, { name: "TOKEN" }, [{ kind: "clock" }])).error ?? "", /not granted secret/)
    }).pipe(Effect.provide(MemorySecrets.layerTest({ TOKEN: "t0ken-value-1", OTHER: "0ther-value-1" })))
  )
})

describe("model_complete", () => {
  const asked: Array<readonly [ModelQuestion, Spender]> = []
  const answering: AskModel = (question, spender) => {
    asked.push([question, spender])
    return question.prompt === "too dear"
      ? Effect.fail({ message: "The day budget is used up." })
      : Effect.succeed(`answer to ${question.prompt}`)
  }
  const host = modelComplete(answering)
  const helper: Capability = { kind: "model", agent: "helper" }

  it.effect("asks the granted agent's model; the turn that called pays", () =>
    Effect.gen(function* () {
      const reply = yield* json(host, { prompt: "q", system: "s", max_tokens: 9 }, [helper], { turn })
      assert.deepStrictEqual(reply, { ok: { text: "answer to q" } })
      const [question, spender] = asked.at(-1) ?? []
      assert.deepStrictEqual(question, { agent: AgentId.make("helper"), prompt: "q", system: "s", maxTokens: 9 })
      assert.deepInclude(spender, { agent: context.agent, session: turn.session, turn: turn.id })
      assert.strictEqual(String(spender?.principal), "alice")
    })
  )

  it.effect("T19: refuses other agents, calls without a turn, and what the budget refuses", () =>
    Effect.gen(function* () {
      const errors = [
        [{ prompt: "q", agent: "main" }, [helper], { turn }, /agent "main" is not granted; granted: helper/],
        [{ prompt: "q" }, [helper, { kind: "model", agent: "b" }], { turn }, /name one of the agents helper, b/],
        [{ prompt: "q" }, [helper], {}, /no turn runs that could pay/],
        [{ prompt: "too dear" }, [helper], { turn }, /day budget is used up/],
        [{ prompt: "" }, [helper], { turn }, /^model_complete: /],
        [{ prompt: "q", max_tokens: 0 }, [helper], { turn }, /^model_complete: /],
        [{ prompt: "q" }, [{ kind: "clock" }], { turn }, /not granted model/]
      ] as const
      const before = asked.length
      for (const [argument, held, call, message] of errors) {
        assert.match((yield* json(host, argument, held, call)).error ?? "", message)
      }
      assert.strictEqual(asked.length, before + 1)
    })
  )
})
