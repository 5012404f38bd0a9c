import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import {
  type Capability,
  conditioned,
  type GrantInput,
  inWords,
  parse,
  show,
  toInput
} from "../../src/sandbox/Capability.ts"

const value = (input: GrantInput): Capability => Result.getOrThrow(parse("notes", input))
const refusal = (input: GrantInput): string => {
  const result = parse("notes", input)
  assert(Result.isFailure(result), JSON.stringify(input))
  assert.strictEqual(result.failure.plugin, "notes")
  return result.failure.message
}

describe("capabilities", () => {
  it("reads every kind", () => {
    assert.deepStrictEqual(value("http:API.example.com:8443/v1/x"), {
      kind: "http",
      host: "api.example.com",
      port: 8443,
      path: "/v1/x"
    })
    assert.deepStrictEqual(value("http:[::1]"), { kind: "http", host: "[::1]" })
    assert.deepStrictEqual(value("store:notes"), { kind: "store", name: "notes" })
    assert.deepStrictEqual(value("secret:GITHUB"), { kind: "secret", name: "GITHUB" })
    assert.deepStrictEqual(value("bus:ops"), { kind: "bus", room: "ops" })
    assert.deepStrictEqual(value("bus:ops:alerts"), { kind: "bus", room: "ops", channel: "alerts" })
    assert.deepStrictEqual(value("model:writer"), { kind: "model", agent: "writer" })
    assert.deepStrictEqual(value("clock"), { kind: "clock" })
    assert.deepStrictEqual(value("random"), { kind: "random" })
    assert.deepStrictEqual(value("host_function:weather"), { kind: "host_function", name: "weather" })
  })

  it("reads a table with methods and what happens after untrusted text", () => {
    assert.deepStrictEqual(value({ grant: "http:a.example", methods: ["get", "GET", "POST"], untrusted: "approve" }), {
      kind: "http",
      host: "a.example",
      methods: ["GET", "POST"],
      untrusted: "approve"
    })
    assert.deepStrictEqual(value({ grant: "store:notes", untrusted: false }), {
      kind: "store",
      name: "notes",
      untrusted: false
    })
    assert.deepStrictEqual(value({ grant: "clock" }), { kind: "clock" })
  })

  it("T19: a misspelt kind names the plugin, the string, what is allowed and the nearest kind", () => {
    const message = refusal("stroe:notes")
    assert.include(message, '"notes"')
    assert.include(message, '"stroe:notes"')
    assert.include(message, "did you mean store:NAME?")
    assert.include(message, "http:HOST[:PORT][/path], store:NAME")
    assert.notInclude(refusal("zzzzzzzzzz"), "did you mean")
    assert.include(refusal("constructor:x"), 'no kind "constructor"')
  })

  it("T19: no malformed value passes", () => {
    for (const grant of [
      "",
      "store",
      "store:",
      "store:a/b",
      "store:a b",
      "STORE:notes",
      "http:",
      "http:https://a.example",
      "http:*.example.com",
      "http:user@a.example",
      "http:a.example:0",
      "http:a.example:65536",
      "http:a.example:x",
      "http:a..example",
      "http:a.example?x",
      "http:a.example/x?y",
      "http:a.example/x#y",
      "http:[zz]",
      `http:${"a.".repeat(130)}a`,
      "secret:",
      "bus:",
      "bus:a:",
      "bus:a:b:c",
      "bus:a b",
      "model:",
      "model:a/b",
      "clock:utc",
      "random:",
      "host_function:a-b",
      "host_function"
    ]) {
      assert.match(refusal(grant), /Allowed: /, grant)
    }
  })

  it("refuses methods where they mean nothing, and methods that do not exist", () => {
    assert.include(refusal({ grant: "store:notes", methods: ["GET"] }), "only an http capability has methods")
    assert.include(refusal({ grant: "http:a.example", methods: [] }), "one or more of GET")
    assert.include(refusal({ grant: "http:a.example", methods: ["YELL"] }), "one or more of GET")
  })

  const label = fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/)
  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address.toLowerCase()}]`)
  )
  const untrusted = fc.constantFrom({}, { untrusted: true }, { untrusted: false }, { untrusted: "approve" as const })
  const capability: fc.Arbitrary<Capability> = fc
    .tuple(
      fc.oneof(
        fc
          .record(
            {
              kind: fc.constant("http" as const),
              host: host.map((text) => text.toLowerCase()),
              port: fc.integer({ min: 1, max: 65_535 }),
              path: fc.stringMatching(/^\/[a-z0-9._~/-]{0,40}$/),
              methods: fc.uniqueArray(fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"), {
                minLength: 1
              })
            },
            { requiredKeys: ["kind", "host"] }
          )
          .map((one): Capability => one),
        fc.record({ kind: fc.constantFrom("store" as const, "secret" as const), name: label }),
        fc.record(
          { kind: fc.constant("bus" as const), room: label, channel: label },
          { requiredKeys: ["kind", "room"] }
        ),
        fc.record({ kind: fc.constant("model" as const), agent: label }),
        fc.record({ kind: fc.constantFrom("clock" as const, "random" as const) }),
        fc.record({ kind: fc.constant("host_function" as const), name: fc.stringMatching(/^[A-Za-z0-9_]{1,64}$/) })
      ),
      untrusted
    )
    .map(([base, more]) => ({ ...base, ...more }))

  it("what is written is what is read back", () => {
    fc.assert(
      fc.property(capability, (one) => {
        assert.deepStrictEqual(value(toInput(one)), one)
        const { untrusted: _, ...plain } = one
        const { methods: __, ...bare } = { methods: undefined, ...plain }
        assert.deepStrictEqual(value(show(one)), bare as Capability)
      })
    )
  })

  it("is shown with every condition that holds for it, also those that the configuration leaves out", () => {
    const shown = (input: GrantInput) => inWords(conditioned(value(input)))
    assert.strictEqual(shown("store:notes"), "store:notes (on untrusted text a person is asked)")
    assert.strictEqual(shown("clock"), "clock (on untrusted text it runs)")
    assert.strictEqual(shown({ grant: "random", untrusted: false }), "random (on untrusted text it is refused)")
    assert.strictEqual(
      shown({ grant: "http:a.example", methods: ["get", "HEAD"], untrusted: true }),
      "http:a.example (GET, HEAD only; on untrusted text it runs)"
    )
  })

  it("any text is either a capability or a refusal with a reason", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          label.map((text) => `store:${text}:`)
        ),
        (text) => {
          const result = parse("p", text)
          if (Result.isFailure(result)) assert.include(result.failure.message, "Allowed: ")
        }
      )
    )
  })
})
