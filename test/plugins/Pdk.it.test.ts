/** plugins/pdk: a plugin that exports one function per thing it can do, run in slots. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { PluginName } from "../../src/domain/Ids.ts"
import type { GrantInput } from "../../src/sandbox/Capability.ts"
import { granted, type HostFunction, HostRefused, open } from "../../src/sandbox/HostFunction.ts"
import { KERNEL_NAMESPACE } from "../../src/sandbox/Kernel.ts"
import { splitBody, withBody } from "../../layers/sandbox/Frame.ts"
import { kv } from "../../layers/sandbox/host/Kv.ts"
import * as SlotPool from "../../layers/sandbox/SlotPool.ts"
import { trial } from "../../layers/sandbox/Trial.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"
import { as, context } from "../sandbox/support.ts"
import { compileFixture, patience } from "./support.ts"

const file = compileFixture("pdk")
const grants: ReadonlyArray<GrantInput> = ["store:things", "clock", "random", "model:main", "http:example.com"]
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (from: Uint8Array): string => new TextDecoder().decode(from)

/** What the host heard, and what it answers. */
const heard: Array<unknown> = []
const host: ReadonlyArray<HostFunction> = [
  open({
    name: "log",
    argument: Schema.Unknown,
    run: (line) => Effect.sync(() => (heard.push(line), null))
  }),
  granted({
    name: "now",
    capability: "clock",
    argument: Schema.Struct({}),
    run: () => Effect.succeed(1_767_225_600_123)
  }),
  granted({
    name: "random",
    capability: "random",
    argument: Schema.Struct({ bytes: Schema.Int }),
    run: ({ bytes: count }) =>
      Effect.succeed(Buffer.from(Array.from({ length: count }, (_, n) => 255 - n)).toString("base64"))
  }),
  granted({
    name: "model_complete",
    capability: "model",
    argument: Schema.Struct({ prompt: Schema.String, agent: Schema.optionalKey(Schema.String) }),
    run: ({ prompt }) =>
      prompt === "secret"
        ? Effect.fail(new HostRefused({ message: "not that" }))
        : Effect.succeed({ text: `you asked: ${prompt}` })
  }),
  {
    namespace: KERNEL_NAMESPACE,
    name: "http_request",
    params: ["i64", "i64"],
    results: ["i64"],
    capability: "http",
    call: (argument) =>
      Effect.sync(() => {
        const { body, json } = splitBody(argument)!
        const request = { ...JSON.parse(text(json)), body: text(body) }
        heard.push(request)
        return request.url.endsWith("/down")
          ? withBody(bytes('{"error":"nobody answers","denied":false}'), new Uint8Array())
          : withBody(
              bytes('{"status":203,"headers":{"content-type":"text/plain"}}'),
              request.url.endsWith("/empty") ? new Uint8Array() : Uint8Array.of(0xff, ...bytes("né 漢 🐈"), 0xf0, 0x9f)
            )
      })
  }
]

const run = Effect.fnUntraced(function* (entry: string, input: string, config: Record<string, string> = {}) {
  const pool = yield* SlotPool.SlotPool
  const store = yield* Store
  heard.length = 0
  const { output } = yield* trial(pool, {
    entry: { name: PluginName.make("pdk"), path: file, capabilities: grants, config },
    export: entry,
    input,
    functions: [...host, ...kv(store)],
    deadlineMs: 30_000,
    context
  }).pipe(as("local"))
  return output
})
const failing = (entry: string, input: string) => Effect.map(Effect.flip(run(entry, input)), ({ message }) => message)

/** JSON, nearly JSON, and text. */
const jsonLike = fc.oneof(
  fc.json({ maxDepth: 5 }),
  fc
    .json({ maxDepth: 3 })
    .chain((whole) =>
      fc
        .tuple(
          fc.nat({ max: whole.length }),
          fc.constantFrom("", ",", '"', "\\", "0", "-", ".", "e", "[", "]", "{", "}", ":", " ", "\t", "\u0001")
        )
        .map(([at, one]) => whole.slice(0, at) + one + whole.slice(at + 1))
    ),
  fc.stringMatching(/^[-+0-9.eE]{1,8}$/),
  fc.stringMatching(/^"(\\[u"nrtbf/x\\]?[0-9a-fA-F]{0,4}){0,3}"$/),
  fc.string({ unit: "binary", maxLength: 20 })
)

const layers = SlotPool.layer({ min: 1, max: 2, spare: 0, memoryMiB: 400 }, 30_000).pipe(
  Layer.provideMerge(SqliteStore.layerMemory)
)

layer(layers, patience)("the PDK", (it) => {
  it.effect("reads as JSON what JSON is and nothing else, and writes the same again", () =>
    Effect.gen(function* () {
      const wrong = [
        "01",
        "1.",
        ".5",
        "-",
        "+1",
        "1e",
        "--1",
        '"\\x"',
        '"\\u12g4"',
        '"\\u12"',
        '"\t"',
        "[1,]",
        "{,}",
        "nul",
        "'a'"
      ]
      for (const sample of [...wrong, ...fc.sample(jsonLike, { numRuns: 1500, seed: 21 })]) {
        const source = sample.toWellFormed()
        let wanted: unknown
        let valid = true
        try {
          wanted = JSON.parse(source)
        } catch {
          valid = false
        }
        const said = yield* run("json", source)
        if (!valid) assert.strictEqual(said, "invalid", source)
        // equal keys are all kept, and the last one counts
        else assert.deepStrictEqual(JSON.parse(said), JSON.parse(JSON.stringify(wanted).toWellFormed()), source)
      }
    })
  )

  it.effect("passes any text through unchanged, and quotes it as JSON does", () =>
    Effect.gen(function* () {
      const texts = fc.sample(fc.string({ unit: "grapheme-composite", maxLength: 60 }), { numRuns: 300, seed: 22 })
      for (const sample of ["", "é", "漢字 🐈‍⬛", '\u0000\u001f\n"\\', "x".repeat(70_000), ...texts]) {
        const whole = sample.toWellFormed()
        assert.strictEqual(JSON.parse(yield* run("quoted", whole)), whole)
        if (whole !== "") assert.strictEqual(yield* run("same", whole), whole)
      }
    })
  )

  it.effect("decodes UTF-8 from anywhere as browsers do", () =>
    Effect.gen(function* () {
      const bytesOf = fc.uint8Array({ maxLength: 24 })
      const near = fc.string({ unit: "binary", maxLength: 6 }).chain((whole) => {
        const encoded = Buffer.from(whole.toWellFormed())
        return fc.nat({ max: encoded.length }).map((at) => new Uint8Array(encoded.subarray(0, at)))
      })
      const lead = fc.array(
        fc.constantFrom(0x41, 0x80, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5),
        { maxLength: 8 }
      )
      const samples = fc.oneof(
        bytesOf,
        near,
        lead.map((list) => Uint8Array.from(list))
      )
      for (const sample of fc.sample(samples, { numRuns: 800, seed: 23 })) {
        const hex = Buffer.from(sample).toString("hex")
        const wanted = new TextDecoder("utf-8", { ignoreBOM: true }).decode(sample)
        assert.strictEqual(yield* run("utf8", hex), `=${wanted}`, hex)
        assert.strictEqual(yield* run("base64", Buffer.from(sample).toString("base64")), `=${hex}`)
      }
    })
  )

  it.effect("reads numbers, configuration, the clock and random bytes", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* run("numbers", "[1, -2.5, 1e3, true]"), "NaN")
      assert.strictEqual(yield* run("numbers", "[1, -2.5, 1e3]"), "998.5")
      assert.strictEqual(yield* run("configured", "größe", { größe: "9 µm" }), "=9 µm")
      assert.strictEqual(yield* run("configured", "empty", { empty: "" }), "=")
      assert.strictEqual(yield* run("configured", "other", {}), "none")
      assert.strictEqual(yield* run("time", ""), "1767225600123")
      assert.strictEqual(yield* run("dice", "4"), "=fffefdfc")
    })
  )

  it.effect("keeps, logs and asks, with any characters", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* run("kept", "schlüssel 🗝"), "schlüssel 🗝")
      assert.strictEqual(yield* run("logged", "zeile\nzwei 🪵"), "done")
      assert.deepStrictEqual(heard, [{ level: "info", message: "zeile\nzwei 🪵" }])
      assert.strictEqual(yield* run("asked", "wie spät?"), "you asked: wie spät?")
      assert.strictEqual(yield* run("asked", "secret"), "refused: not that")
    })
  )

  it.effect("sends requests and reads any answer", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* run("fetched", "https://example.com/"), "203 text/plain \ufffdné 漢 🐈\ufffd")
      assert.strictEqual(yield* run("fetched", "https://example.com/empty"), "203 text/plain ")
      assert.deepStrictEqual(heard, [{ method: "GET", url: "https://example.com/empty", headers: {}, body: "" }])
      yield* run("posted", "https://example.com/")
      const headers = { Authorization: "Bearer {{secret:KEY}}" }
      assert.deepStrictEqual(heard, [{ method: "POST", url: "https://example.com/", headers, body: "grüße 🐈" }])
      assert.match(yield* failing("fetched", "https://example.com/down"), /nobody answers/)
    })
  )

  it.effect("ends a call with what it says, its own mistakes with their place", () =>
    Effect.gen(function* () {
      assert.match(yield* failing("failed", "größer geht's nicht 🐘"), /größer geht's nicht 🐘/)
      assert.match(yield* failing("aborted", "[1]"), /aborted: Index out of range \([\w~/]+\.ts:\d+\)/)
    })
  )
})
