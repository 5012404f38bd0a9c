import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { readFileSync } from "node:fs"
import type { MessageEncoded } from "effect/ai/Prompt"
import { readLines } from "../../src/model/offline/Conversation.ts"
import { nothing } from "../../src/model/offline/Facts.ts"
import { respond } from "../../src/model/offline/Responder.ts"
import type { ToolSchema } from "../../src/model/ModelRequest.ts"

interface Turn {
  readonly user: string
  readonly repeat?: number
  readonly calls?: ReadonlyArray<{ readonly name: string; readonly params: Record<string, unknown> }>
  readonly says?: ReadonlyArray<string>
  readonly never?: ReadonlyArray<string>
}
interface Dialogue {
  readonly name: string
  readonly tools?: ReadonlyArray<string>
  readonly notes?: ReadonlyArray<string>
  readonly failing?: ReadonlyArray<string>
  readonly turns: ReadonlyArray<Turn>
}

const dialogues: ReadonlyArray<Dialogue> = JSON.parse(
  readFileSync(new URL("./dialogues.json", import.meta.url), "utf8")
)

const schema = (properties: Record<string, { type: string }>, required: ReadonlyArray<string>) => ({
  type: "object",
  properties,
  required
})
// as the plugins `echo` and `notes` describe themselves
const tools: ReadonlyArray<ToolSchema> = [
  {
    name: "echo",
    description: "Repeats a message word for word.",
    inputSchema: schema({ message: { type: "string" } }, ["message"])
  },
  {
    name: "note_save",
    description: "Saves a note. An old note under the same key is replaced; without a key a new one is chosen.",
    inputSchema: schema({ key: { type: "string" }, text: { type: "string" } }, ["text"])
  },
  { name: "note_list", description: "Lists the keys of all notes.", inputSchema: schema({}, []) },
  {
    name: "note_get",
    description: "Reads the note with a key.",
    inputSchema: schema({ key: { type: "string" } }, ["key"])
  },
  {
    name: "note_find",
    description: "Finds the notes that contain a word or phrase.",
    inputSchema: schema({ query: { type: "string" } }, ["query"])
  }
]

const play = (dialogue: Dialogue) => {
  const offered = tools.filter((tool) => (dialogue.tools ?? tools.map((t) => t.name)).includes(tool.name))
  const notes = [...(dialogue.notes ?? [])]
  const messages: Array<MessageEncoded> = []
  const run = (name: string, params: Record<string, unknown>): string => {
    const query = String(params["query"]).toLowerCase()
    switch (name) {
      case "echo":
        return `echo: ${String(params["message"])}`
      case "note_save":
        return `Saved as "note-${notes.push(String(params["text"]))}".`
      case "note_list":
        return notes.length === 0 ? "There are no notes." : notes.map((_, i) => `note-${i + 1}`).join("\n")
      case "note_get":
        return notes[Number(String(params["key"]).slice(5)) - 1] ?? "refused"
      default: {
        const found = notes.flatMap((note, i) => (note.toLowerCase().includes(query) ? [`note-${i + 1}: ${note}`] : []))
        return found.length === 0 ? `No note contains ${query}.` : found.join("\n")
      }
    }
  }
  return dialogue.turns.map((turn) => {
    messages.push({ role: "user", content: turn.user.repeat(turn.repeat ?? 1) })
    const calls: Array<{ name: string; params: unknown }> = []
    for (let step = 0; step < 10; step++) {
      const answer = respond({ system: ["You are a helpful assistant."], messages, tools: offered })
      if (answer.kind === "text") {
        messages.push({ role: "assistant", content: [{ type: "text", text: answer.text }] })
        return { turn, calls, text: answer.text }
      }
      const { name, params } = answer.call
      const id = `call_${messages.length}`
      const isFailure = dialogue.failing?.includes(name) ?? false
      const result = isFailure ? "out of order" : run(name, params)
      calls.push({ name, params })
      messages.push({ role: "assistant", content: [{ type: "tool-call", id, name, params }] })
      messages.push({ role: "tool", content: [{ type: "tool-result", id, name, isFailure, result }] })
    }
    throw new Error("the model never stops calling tools")
  })
}

describe("the offline model", () => {
  it("has at least twenty dialogues", () => assert.isAtLeast(dialogues.length, 20))

  for (const dialogue of dialogues)
    it(dialogue.name, () => {
      for (const { turn, calls, text } of play(dialogue)) {
        if (turn.calls !== undefined) assert.deepStrictEqual(calls, turn.calls as typeof calls, turn.user.slice(0, 80))
        for (const part of turn.says ?? []) assert.include(text, part, turn.user.slice(0, 80))
        for (const part of turn.never ?? []) assert.notInclude(text, part, turn.user.slice(0, 80))
      }
    })

  it("gives the same dialogue twice", () => {
    for (const dialogue of dialogues)
      assert.deepStrictEqual(
        play(dialogue).map((t) => t.text),
        play(dialogue).map((t) => t.text)
      )
  })

  it("reads notes in the order of their keys, numbers by their value, so that the latest counts", () => {
    const lines = ["note-10: my dog is called Luna", "note-9: my dog is called Rex", "Note-2: my dog is called Bello"]
    for (const text of [lines, lines.toReversed()].map((order) => order.join("\n")))
      assert.deepStrictEqual(
        [...readLines(nothing, text, true).facts.values()].map(({ value }) => value),
        ["Luna"]
      )
  })

  it("always answers, whatever is said (T29)", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 200 }), { minLength: 1, maxLength: 4 }), (texts) => {
        const played = play({ name: "", turns: texts.map((user) => ({ user })) })
        assert.isTrue(played.every((t) => t.text.length > 0))
      })
    )
  })

  it("takes bounded time on hostile input (T37)", () => {
    for (const text of [
      "my is ".repeat(400),
      "use ".repeat(499),
      `remember ${" as a note".repeat(190)}`,
      `no, ${"it's ".repeat(390)}`,
      `${"and then ".repeat(220)}use x`,
      "what is my 's name ".repeat(100)
    ])
      for (let i = 0; i < 20; i++) respond({ system: [], messages: [{ role: "user", content: text }], tools })
  })
})
