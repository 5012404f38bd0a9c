import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CasilInspection from "../../layers/bus/inspection/CasilInspection.ts"
import { protobufType } from "../../layers/bus/inspection/MediaType.ts"
import { AnnotationsSchema, ContentSchema } from "../../layers/proto/generated/arqonbus/v1/content_pb.js"
import { BusInspection } from "../../src/bus/inspection/BusInspection.ts"
import type { Content } from "../../src/bus/Message.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { TenantId } from "../../src/domain/Ids.ts"

const secret = structural.find(({ id }) => id === "aws-access-key-id")?.example(5).secret ?? ""
const scope = { include: ["*"], exclude: [] }
const inspected = CasilInspection.layer({ notes: true, scope }).pipe(Layer.provide(Casil.layer({ scope })))
const where = { tenant: TenantId.make("default"), room: "lobby", channel: "news", client: "alice" }
const plain: Content = { body: "", contentType: "", headers: {}, key: "", annotations: undefined }

const screen = (content: Partial<Content>) =>
  Effect.map(
    Effect.flatMap(BusInspection, (inspection) => inspection.screen({ ...plain, ...content }, where)),
    ({ content: passed, note }) => ({ passed, note })
  )
/** Whether six bytes of the secret in a row are left anywhere. */
const isLeft = (value: unknown): boolean => {
  const all = JSON.stringify(value, (_, each: unknown) =>
    each instanceof Uint8Array ? Buffer.from(each).toString("latin1") : each
  )
  for (let i = 0; i + 6 <= secret.length; i++) if (all.includes(secret.slice(i, i + 6))) return true
  return false
}

const said = create(ContentSchema, {
  body: { case: "text", value: `the key is ${secret}, keep it` },
  contentType: "text/plain",
  headers: { "x-note": secret, other: "stays" },
  key: "a",
  annotations: { intent: { name: "tell", confidence: 0.5, parameters: { what: `key ${secret}` } } }
})
const body = toBinary(ContentSchema, said)

describe("inspection on the bus", () => {
  it.effect("redacts annotations in their schema: what was not secret is still there", () =>
    Effect.gen(function* () {
      const annotations = toBinary(
        AnnotationsSchema,
        create(AnnotationsSchema, {
          intent: { name: "tell", confidence: 0.5, parameters: { what: `key ${secret}`, to: "bob" } },
          trace: { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" },
          capabilities: [{ name: "search", version: "1", attributes: { [secret]: "x" } }]
        })
      )
      const { note, passed } = yield* screen({ body: "hello", annotations })
      const read = fromBinary(AnnotationsSchema, passed.annotations ?? new Uint8Array())
      assert.strictEqual(read.intent?.parameters["what"], "key [redacted:aws-access-key-id]")
      assert.strictEqual(read.intent?.parameters["to"], "bob")
      assert.strictEqual(read.intent?.confidence, 0.5)
      assert.strictEqual(read.trace?.traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
      assert.deepStrictEqual(read.capabilities[0]?.attributes, { "[redacted:aws-access-key-id]": "x" })
      assert.strictEqual(passed.body, "hello")
      assert.deepStrictEqual(note?.rules, ["aws-access-key-id"])
      assert.isFalse(isLeft(passed))
    }).pipe(Effect.provide(inspected))
  )

  for (const contentType of [
    'application/x-protobuf; messageType="arqonbus.v1.Content"',
    "application/protobuf;proto=arqonbus.v1.Content",
    "application/x-protobuf",
    "application/x-protobuf; messageType=somebody.Elses"
  ]) {
    it.effect(`redacts a message of Protocol Buffers so that it decodes as before: ${contentType}`, () =>
      Effect.gen(function* () {
        const { passed } = yield* screen({ body, contentType })
        assert.instanceOf(passed.body, Uint8Array)
        const read = fromBinary(ContentSchema, passed.body as Uint8Array)
        assert.strictEqual(read.body.value, "the key is [redacted:aws-access-key-id], keep it")
        assert.deepStrictEqual(read.headers, { "x-note": "[redacted:aws-access-key-id]", other: "stays" })
        assert.strictEqual(read.annotations?.intent?.confidence, 0.5)
        assert.strictEqual(read.contentType, "text/plain")
        assert.strictEqual(passed.contentType, contentType)
        assert.isFalse(isLeft(passed))
      }).pipe(Effect.provide(inspected))
    )
  }

  it.effect("leaves everything of JSON as it was written but what it redacts", () =>
    Effect.gen(function* () {
      for (const [before, after] of [
        ['{ "id": 12345678901234567890, "n": [1.0, 1e400, -0],\t"key":"', '", "z": {"2": "b", "a": "\\u0041"} }'],
        ['["\\"", {"', '": 0.10}]'],
        ['"', '"']
      ] as const) {
        const { passed } = yield* screen({ body: `${before}${secret}${after}` })
        assert.strictEqual(passed.body, `${before}[redacted:aws-access-key-id]${after}`)
      }
      // a key that is a number stands first in the value
      const { passed } = yield* screen({ body: `{"b":"${secret}","1":"x"}` })
      assert.deepStrictEqual(JSON.parse(String(passed.body)), { "1": "x", b: "[redacted:aws-access-key-id]" })
    }).pipe(Effect.provide(inspected))
  )

  it.effect("T30: a byte that is no text hides no secret whose characters are apart", () =>
    Effect.gen(function* () {
      const disguised = new TextEncoder().encode(Array.from(secret, (char) => `${char}\u200b`).join(""))
      const { passed } = yield* screen({ body: Uint8Array.from([255, 32, ...disguised, 254]) })
      const left = Buffer.from(passed.body as Uint8Array)
      assert.deepStrictEqual([left[0], left.at(-1)], [255, 254])
      assert.include(left.toString("utf8"), "[redacted:aws-access-key-id]")
    }).pipe(Effect.provide(inspected))
  )

  it.effect("gives a message on as it came, the very bytes, where there is nothing in it, or it is none", () =>
    Effect.gen(function* () {
      const clean = toBinary(ContentSchema, create(ContentSchema, { body: { case: "text", value: "hello" } }))
      const contentType = "application/x-protobuf; messageType=arqonbus.v1.Content"
      for (const each of [clean, Uint8Array.of(0x0a, 0xff, 0xff)]) {
        assert.strictEqual((yield* screen({ body: each, contentType })).passed.body, each)
      }
    }).pipe(Effect.provide(inspected))
  )

  it.effect("redacts the envelope's own fields, JSON by its fields, and bytes where they stand", () =>
    Effect.gen(function* () {
      const { passed } = yield* screen({
        body: JSON.stringify({ key: `see ${secret}`, password: "hunter2", n: [1, true, null] }),
        contentType: `text/${secret}`,
        key: secret,
        headers: { authorization: "Bearer abc", other: "stays", [secret]: "x" }
      })
      assert.deepStrictEqual(JSON.parse(String(passed.body)), {
        key: "see [redacted:aws-access-key-id]",
        password: "[redacted:named-field]",
        n: [1, true, null]
      })
      assert.strictEqual(passed.headers["authorization"], "[redacted:named-field]")
      assert.strictEqual(passed.headers["other"], "stays")
      assert.isFalse(isLeft(passed))
      const binary = Uint8Array.from([0, 255, ...new TextEncoder().encode(` ${secret} `), 254])
      const seen = yield* screen({ body: binary, contentType: "application/octet-stream" })
      assert.isFalse(isLeft(seen.passed))
      const left = seen.passed.body as Uint8Array
      assert.deepStrictEqual([left[0], left[1], left.at(-1)], [0, 255, 254])
    }).pipe(Effect.provide(inspected))
  )

  it.effect("T30: sees all of JSON that is not all in its value: a key that is there twice, and what is too deep", () =>
    Effect.gen(function* () {
      const deep = `${"[".repeat(300)}"see ${secret}"${"]".repeat(300)}`
      for (const body of [`{"a":"see ${secret}","a":"x"}`, `{"${secret}":1,"${secret}":2}`, deep]) {
        const { passed } = yield* screen({ body, contentType: "application/json" })
        assert.strictEqual(passed.body, body.replaceAll(secret, "[redacted:aws-access-key-id]"))
      }
      const harmless = '{"a":"x","a":"y"}'
      assert.strictEqual((yield* screen({ body: harmless })).passed.body, harmless)
    }).pipe(Effect.provide(inspected))
  )

  it.effect("sees a secret that goes on in the next message of the same sender, and no other's", () =>
    Effect.gen(function* () {
      const first = secret.slice(0, 9)
      const second = secret.slice(9)
      yield* screen({ body: JSON.stringify({ delta: first }) })
      const next = JSON.stringify({ delta: `${second} ` })
      const other = yield* Effect.flatMap(BusInspection, (inspection) =>
        inspection.screen({ ...plain, body: next }, { ...where, client: "bob" })
      )
      assert.strictEqual(other.content.body, next)
      const { passed } = yield* screen({ body: next })
      assert.deepStrictEqual(JSON.parse(String(passed.body)), { delta: "[redacted:aws-access-key-id] " })
    }).pipe(Effect.provide(inspected))
  )

  it("knows content types of Protocol Buffers", () => {
    assert.deepStrictEqual(protobufType("Application/Protobuf ; charset=x; Proto = a.b.C "), { message: "a.b.C" })
    assert.deepStrictEqual(protobufType('application/x-protobuf; messageType="a.B"'), { message: "a.B" })
    assert.deepStrictEqual(protobufType("application/vnd.google.protobuf"), { message: undefined })
    assert.isUndefined(protobufType("application/json"))
    assert.isUndefined(protobufType(""))
  })
})
