/** The plugins that come with exoclaw, compiled from their sources and run in slots. */
import { readFileSync } from "node:fs"
import * as path from "node:path"
import { assert, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import type { JsonObject } from "../../src/domain/Json.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { bundledPlugins } from "../../layers/sandbox/Bundled.ts"
import { as, compiled, context, inspected, sandbox } from "./support.ts"

const bundled = Layer.unwrap(
  Effect.map(
    Effect.promise(() => compiled),
    (folder) => sandbox({ plugins: bundledPlugins(folder) })
  )
)

const call = (tool: string, input: JsonObject) =>
  Effect.flatMap(Sandbox, ({ callTool }) => callTool(tool, inspected(input), context))
const nested = (depth: number): JsonObject => {
  let deep: JsonObject = {}
  for (let index = 0; index < depth; index++) deep = { deep }
  return deep
}
const ok = (content: string) => ({ content, isError: false })

layer(bundled, { timeout: 60_000 })("bundled plugins", (it) => {
  it.effect("echo repeats any text, whatever characters it has", () =>
    Effect.gen(function* () {
      const texts = fc.sample(fc.string({ unit: "binary", maxLength: 60 }), { numRuns: 200, seed: 7 })
      const hard = [
        "",
        '"',
        "\\",
        "\u0000\u001f\n\t\r\b\f",
        "🐈‍⬛ é ß 漢字",
        "\u2028\u2029",
        "x".repeat(50_000),
        "\\u0041"
      ]
      for (const text of [...texts, ...hard]) {
        assert.deepStrictEqual(yield* call("echo", { message: text }), ok(`echo: ${text.toWellFormed()}`))
      }
      assert.deepStrictEqual(yield* call("echo", { message: "a\ud800b" }), ok("echo: a\ufffdb"))
    }).pipe(as("local"))
  )

  it.effect("echo says what it needs", () =>
    Effect.gen(function* () {
      for (const input of [{}, { message: 1 }, { message: null }, { other: "x" }, { message: ["x"] }]) {
        const said = yield* call("echo", input)
        assert.isTrue(said.isError)
        assert.include(said.content, '{"message": text}')
      }
      assert.isTrue((yield* call("echo", { message: "x", deep: nested(100) })).isError)
    }).pipe(as("local"))
  )

  it.effect("T28: input nested without end is refused, not a defect", () =>
    Effect.gen(function* () {
      // whoever meets it first refuses: the engine's JSON, or the plugin where the engine can write any depth
      const said = yield* Effect.result(call("echo", { message: "x", deep: nested(5000) }))
      if (said._tag === "Failure") assert.match(said.failure.message, /nested too deeply/)
      else assert.isTrue(said.success.isError)
    }).pipe(as("local"))
  )

  it.effect("echo reads JSON of any shape around its message", () =>
    Effect.gen(function* () {
      for (const more of fc.sample(fc.jsonValue({ maxDepth: 4 }), { numRuns: 100, seed: 7 })) {
        const input = { a: more, message: "hi", z: [more, true, false, null, -1.5e300] } as JsonObject
        assert.deepStrictEqual(yield* call("echo", input), ok("echo: hi"))
      }
    }).pipe(as("local"))
  )

  it.effect("notes are saved, replaced, listed, read, found and deleted", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* call("note_list", {}), ok("There are no notes."))
      assert.deepStrictEqual(
        yield* call("note_save", { key: "dog", text: "My dog is called Luna 🐕" }),
        ok('Saved as "dog".')
      )
      assert.deepStrictEqual(yield* call("note_save", { text: "Buy milk" }), ok('Saved as "note-1".'))
      assert.deepStrictEqual(yield* call("note_save", { text: "Call Bob" }), ok('Saved as "note-2".'))
      assert.deepStrictEqual(yield* call("note_list", {}), ok("dog\nnote-1\nnote-2"))
      assert.deepStrictEqual(yield* call("note_get", { key: "dog" }), ok("My dog is called Luna 🐕"))
      assert.deepStrictEqual(yield* call("note_find", { query: "LUNA" }), ok("dog: My dog is called Luna 🐕"))
      assert.deepStrictEqual(yield* call("note_find", { query: "cat" }), ok("No note contains cat."))
      assert.deepStrictEqual(yield* call("note_save", { key: "dog", text: "Rex" }), ok('Saved as "dog".'))
      assert.deepStrictEqual(yield* call("note_get", { key: "dog" }), ok("Rex"))
      assert.deepStrictEqual(yield* call("note_delete", { key: "dog" }), ok('Deleted "dog".'))
      assert.deepStrictEqual(yield* call("note_delete", { key: "dog" }), ok('There was no note "dog".'))
      assert.deepStrictEqual(yield* call("note_get", { key: "dog" }), {
        content: 'There is no note "dog".',
        isError: true
      })
    }).pipe(as("carol"))
  )

  it.effect("notes saved at once without a key are all kept", () =>
    Effect.gen(function* () {
      const texts = Array.from({ length: 12 }, (_, n) => `text ${n};`)
      const saved = yield* Effect.forEach(texts, (text) => call("note_save", { text }), { concurrency: "unbounded" })
      assert.strictEqual(new Set(saved.map(({ content }) => content)).size, texts.length)
      const { content } = yield* call("note_find", { query: "text" })
      for (const text of texts) assert.include(content, text)
    }).pipe(as("erin"))
  )

  it.effect("T26: nobody reads another one's notes", () =>
    Effect.gen(function* () {
      yield* as("alice")(call("note_save", { key: "pin", text: "4711" }))
      assert.deepStrictEqual(yield* as("bob")(call("note_list", {})), ok("There are no notes."))
      assert.isTrue((yield* as("bob")(call("note_get", { key: "pin" }))).isError)
      assert.deepStrictEqual(yield* as("alice", "acme")(call("note_find", { query: "47" })), ok("No note contains 47."))
      assert.deepStrictEqual(yield* as("alice")(call("note_get", { key: "pin" })), ok("4711"))
    })
  )

  it.effect("notes pass on why the store refuses, and ask for what is missing", () =>
    Effect.gen(function* () {
      const long = yield* call("note_save", { key: "k".repeat(300), text: "x" })
      assert.isTrue(long.isError)
      assert.include(long.content, "The note store refused: kv_set")
      for (const [tool, input] of [
        ["note_save", {}],
        ["note_find", {}],
        ["note_get", {}]
      ] as const) {
        assert.isTrue((yield* call(tool, input)).isError, tool)
      }
    }).pipe(as("dave"))
  )

  it.effect("say in plugin.toml what they say when asked", () =>
    Effect.gen(function* () {
      const { plugins } = yield* Sandbox
      for (const plugin of plugins) {
        const file = path.join(import.meta.dirname, "..", "..", "plugins", plugin.name, "plugin.toml")
        const manifest = readFileSync(file, "utf8")
        assert.include(manifest, `name = "${plugin.name}"`)
        assert.include(manifest, 'format = "extism"')
        assert.include(manifest, `capabilities = ${JSON.stringify(plugin.grants)}`)
        const declared = [...manifest.matchAll(/\[tools\.(\w+)\]\nidempotent = (true|false)/g)].map(
          ([, name, flag]) => [name, flag]
        )
        assert.deepStrictEqual(
          declared,
          plugin.tools.map((tool) => [tool.name, String(tool.idempotent)])
        )
      }
    })
  )
})

it.live("T19: notes without its grant does not start", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.promise(() => compiled)
    const plugins = bundledPlugins(folder).map((entry) => ({ ...entry, capabilities: [] }))
    const failure = yield* Effect.flip(Effect.scoped(Effect.provide(Sandbox, sandbox({ plugins }))))
    assert.match(failure.message, /"notes".*kv_\w+ is not granted.*store:NAME/)
  })
)
