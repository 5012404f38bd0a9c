import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { as, compiled, context, echo, inspected, notes, sandbox } from "./support.ts"

it.live("a tool of a plugin answers", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.promise(() => compiled)
    yield* Effect.gen(function* () {
      const { callTool, tools } = yield* Sandbox
      assert.deepStrictEqual(
        tools.map((tool) => tool.name),
        ["echo", "note_save", "note_list", "note_get", "note_find", "note_delete"]
      )
      const said = yield* callTool("echo", inspected({ message: 'hi "there" 🐈' }), context)
      assert.deepStrictEqual(said, { content: 'echo: hi "there" 🐈', isError: false })
      const saved = yield* callTool("note_save", inspected({ text: "My dog is Luna" }), context)
      assert.deepStrictEqual(saved, { content: 'Saved as "note-1".', isError: false })
      const found = yield* callTool("note_find", inspected({ query: "luna" }), context)
      assert.deepStrictEqual(found, { content: "note-1: My dog is Luna", isError: false })
    }).pipe(as("local"), Effect.provide(sandbox({ plugins: [echo(folder), notes(folder)] })))
  })
)
