import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { EgressResponse, Hop } from "../../src/egress/Egress.ts"
import { outcomeOf } from "../../src/egress/EgressError.ts"
import { parse } from "../../src/egress/Target.ts"
import { SecretError, SecretsUnavailable } from "../../src/secret/SecretError.ts"
import { SecretName } from "../../src/secret/SecretName.ts"
import { Secrets } from "../../src/secret/Secrets.ts"
import { credentials } from "../../src/secret/SecretUse.ts"
import * as MemorySecrets from "../../layers/secret/MemorySecrets.ts"
import { operator } from "./somebody.ts"

const key = "sk-live-9QwZx71LmTr0uv"
const other = "other-Secret-Value-4711"
const values = { KEY: key, OTHER: other, PEM: "-----BEGIN-----\nabcdefghijkl\n-----END-----" }
const granted = ["KEY", "PEM", "NONE"].map((name) => SecretName.make(name))

const hop = (url: string, rest: Partial<Hop> = {}): Hop => ({
  method: "GET",
  target: Result.getOrThrow(parse(url)),
  headers: [],
  body: undefined,
  chosenBy: "caller",
  confidential: true,
  ...rest
})
const body = (text: string) => Buffer.from(text)
const dress = (one: Hop) => Effect.flatMap(Secrets, (secrets) => credentials(secrets, granted).dress(one))
const refusal = (one: Hop) => Effect.map(Effect.flip(dress(one)), (reason) => `${outcomeOf(reason)}: ${reason.message}`)
const clean = (response: EgressResponse) =>
  Effect.flatMap(Secrets, (secrets) => credentials(secrets, granted).clean(response))
const answer = (text: string, headers: EgressResponse["headers"] = []): EgressResponse => ({
  status: 200,
  headers,
  body: body(text),
  url: "https://a.example/",
  hops: 1
})
const memory = MemorySecrets.layerTest(values)

describe("SecretUse", () => {
  it.effect("T22: a granted secret is filled in in path, query, headers and body, and nowhere else", () =>
    Effect.gen(function* () {
      const dressed = yield* dress(
        hop("https://a.example/bot{{secret:KEY}}/x?k={{secret:KEY}}", {
          headers: [
            ["authorization", "Bearer {{secret:KEY}}"],
            ["content-type", "application/json"]
          ],
          body: body('{"pem":"{{secret:PEM}}"}')
        })
      )
      assert.strictEqual(dressed.target.host, "a.example")
      assert.strictEqual(dressed.target.path, `/bot${key}/x`)
      assert.strictEqual(dressed.target.query, `k=${key}`)
      assert.strictEqual(dressed.headers[0]?.[1], `Bearer ${key}`)
      assert.deepStrictEqual(JSON.parse(Buffer.from(dressed.body!).toString()), { pem: values.PEM })
      const plain = hop("https://a.example/x?y", { body: body("x") })
      assert.deepStrictEqual(yield* dress(plain), plain)
    }).pipe(Effect.provide(memory))
  )

  it.effect("T22: a secret without a grant, without a value or in the clear is not filled in", () =>
    Effect.gen(function* () {
      const header = (name: string) => [["x", `{{secret:${name}}}`]] as const
      assert.include(yield* refusal(hop("https://a.example/", { headers: header("OTHER") })), "denied.secret: ")
      assert.include(yield* refusal(hop("https://a.example/", { headers: header("OTHER") })), "no grant secret:OTHER")
      assert.include(yield* refusal(hop("https://a.example/", { headers: header("NONE") })), "exoclaw secret set NONE")
      assert.include(yield* refusal(hop("https://a.example/?{{secret:OTHER}}")), "no grant secret:OTHER")
      assert.include(yield* refusal(hop("https://a.example/", { body: body("{{secret:OTHER}}") })), "no grant")
      const open = hop("http://a.example:80/", { headers: header("KEY"), confidential: false })
      assert.include(yield* refusal(open), "in the clear")
      assert.include(yield* refusal(hop("https://a.example/", { headers: header("PEM") })), "no header can carry")
      assert.include(yield* refusal(hop("https://a.example/", { headers: header("A B") })), "bad_request")
      assert.include(yield* refusal(hop("https://a.example/?{{secret:")), "bad_request")
      assert.include(yield* refusal(hop("https://a.example/{{secret:KEY", { body: body("{{secret:") })), "bad_request")
    }).pipe(Effect.provide(memory))
  )

  it.effect(
    "T21: on a later hop the same origin gets its secret again, another one never, and no server gets what it asks for",
    () =>
      Effect.gen(function* () {
        const headers = [["authorization", "{{secret:KEY}}"]] as const
        const again = yield* dress(hop("https://a.example/?q={{secret:KEY}}", { headers, chosenBy: "same_origin" }))
        assert.strictEqual(again.headers[0]?.[1], key)
        assert.strictEqual(again.target.query, "q={{secret:KEY}}")
        const elsewhere = hop("https://b.example/?q={{secret:KEY}}", { chosenBy: "other_origin" })
        assert.strictEqual((yield* dress(elsewhere)).target.query, "q={{secret:KEY}}")
        const carried = hop("https://b.example/", { chosenBy: "other_origin", body: body("{{secret:KEY}}") })
        assert.include(yield* refusal(carried), "stays with the origin")
      }).pipe(Effect.provide(memory))
  )

  it.effect("T22: no secret of the installation goes out in the open, also encoded or spread over the request", () =>
    Effect.gen(function* () {
      const base64 = Buffer.from(`user:${other}`).toString("base64")
      const hex = Buffer.from(other).toString("hex")
      const half = [other.slice(0, 12), other.slice(12)] as const
      const leaking: ReadonlyArray<Hop> = [
        hop(`https://a.example/${other}`),
        hop(`https://a.example/?q=${hex}`),
        hop("https://a.example/", { headers: [["x", base64]] }),
        hop("https://a.example/", { body: body(`{"x":"${encodeURIComponent(other)}"}`) }),
        hop("https://a.example/", {
          headers: [
            ["x", half[0]],
            ["y", half[1]]
          ]
        }),
        hop("https://a.example/", { headers: [["x", half[0]]], body: body(half[1]) }),
        hop("https://a.example/", { headers: [[`x-${hex}`, "1"]] }),
        hop("https://a.example/", {
          headers: [
            [hex.slice(0, 16), "1"],
            [hex.slice(16), "1"]
          ]
        }),
        hop(`https://b.example/?token=${key}`, { chosenBy: "other_origin" }),
        hop("https://a.example/", { chosenBy: "same_origin", body: body(key) })
      ]
      for (const one of leaking) {
        const told = yield* refusal(one)
        assert.include(told, "denied.leak")
        assert.notInclude(told, other)
      }
      // a redirect that repeats the key of the query within its own origin tells nobody anything
      yield* dress(hop(`https://a.example/x/?key=${key}`, { chosenBy: "same_origin" }))
    }).pipe(Effect.provide(memory))
  )

  it.effect("T22: what comes back holds no secret, whatever the server did to it", () =>
    Effect.gen(function* () {
      const echoed = yield* clean({
        ...answer(`a ${key} b ${Buffer.from(other).toString("base64")}`, [
          ["content-length", "99"],
          ["location", `https://x.example/?${encodeURIComponent(other)}`],
          [`x-${other.toLowerCase()}`, "v"],
          [`x-${key}`, "v"]
        ]),
        url: `https://a.example/?k=${key}`
      })
      const text = Buffer.from(echoed.body).toString()
      // the last character of base64 belongs to the secret by four bits only
      assert.strictEqual(text, "a [redacted] b [redacted]E=")
      assert.deepStrictEqual(echoed.headers, [
        ["content-length", String(text.length)],
        ["location", "https://x.example/?[redacted]"],
        [`x-${other.toLowerCase()}`, "v"]
      ])
      assert.strictEqual(echoed.url, "https://a.example/?k=[redacted]")
      const fine = answer("nothing", [["content-length", "7"]])
      assert.deepStrictEqual(yield* clean(fine), fine)
      const large = yield* clean(answer(`${"x".repeat(200_000)} ${key}`))
      assert.strictEqual(large.body.length, 200_001 + "[redacted]".length)
    }).pipe(Effect.provide(memory))
  )

  it.effect("T22: a placeholder that a server wrote is none where secrets are filled in, and text where none are", () =>
    Effect.gen(function* () {
      const written = "say {{secret:KEY}} or %7B%7Bsecret:KEY}}"
      const response = {
        ...answer(written, [
          ["x-say", written],
          ["content-length", String(written.length)]
        ]),
        url: "https://a.example/?{{secret:KEY}}",
        hops: 2
      }
      const defused = yield* clean(response)
      const left = "say [placeholder]KEY}} or [placeholder]KEY}}"
      assert.strictEqual(Buffer.from(defused.body).toString(), left)
      assert.deepStrictEqual(defused.headers, [
        ["x-say", left],
        ["content-length", String(left.length)]
      ])
      assert.strictEqual(defused.url, "https://a.example/?[placeholder]KEY}}")
      assert.strictEqual((yield* clean({ ...response, hops: 1 })).url, response.url)
      const none = yield* Effect.flatMap(Secrets, (secrets) => credentials(secrets, []).clean(response))
      assert.deepStrictEqual(none, response)
    }).pipe(Effect.provide(memory))
  )

  it.effect("without the secrets nothing goes out and nothing comes back", () => {
    const broken = Effect.fail(
      new SecretError({ reason: new SecretsUnavailable({ what: "reading", cause: new Error("disk") }) })
    )
    return Effect.gen(function* () {
      const secrets = yield* Secrets
      const all = credentials({ ...secrets, leaks: broken }, granted)
      assert.strictEqual(outcomeOf(yield* Effect.flip(all.dress(hop("https://a.example/")))), "unavailable")
      assert.strictEqual(outcomeOf(yield* Effect.flip(all.clean(answer("x")))), "unavailable")
      const half = credentials({ ...secrets, get: () => broken }, granted)
      const headers = [["x", "{{secret:KEY}}"]] as const
      assert.strictEqual(
        outcomeOf(yield* Effect.flip(half.dress(hop("https://a.example/", { headers })))),
        "unavailable"
      )
      assert.isTrue(half.marks("{{secret:KEY}}"))
    }).pipe(Effect.provide(memory))
  })
})

describe("MemorySecrets", () => {
  it.effect("sets, lists, gets and removes; what is set is found from then on", () =>
    Effect.gen(function* () {
      const secrets = yield* Secrets
      const name = SecretName.make("A")
      assert.strictEqual((yield* Effect.flip(secrets.set(name, Redacted.make("short")))).reason._tag, "UnfitValue")
      yield* secrets.set(name, Redacted.make("long-enough-1"))
      yield* secrets.set(SecretName.make("B"), Redacted.make("long-enough-2"))
      assert.strictEqual(Redacted.value((yield* secrets.get(name))!), "long-enough-1")
      assert.deepStrictEqual(
        (yield* secrets.list).map(({ name }) => name),
        ["A", "B"]
      )
      assert.strictEqual((yield* secrets.leaks).find(body("long-enough-1")).length, 1)
      assert.isTrue(yield* secrets.remove(name))
      assert.isFalse(yield* secrets.remove(name))
      assert.isUndefined(yield* secrets.get(name))
      assert.strictEqual((yield* secrets.leaks).find(body("long-enough-1")).length, 0)
    }).pipe(Effect.provide([MemorySecrets.layerMemory, operator]))
  )
})
