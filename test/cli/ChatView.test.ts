import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ChatView from "../../layers/cli/ChatView.ts"
import { Io } from "../../layers/cli/Io.ts"
import type { ChatEvent, ChatResult } from "../../layers/client/index.ts"

const screen = (terminal = true) => {
  const seen = { out: "", err: "", both: "" }
  const io = Io.of({
    out: (text) => {
      seen.out += text
      seen.both += text
    },
    drained: Effect.void,
    err: (text) => {
      seen.err += text
      seen.both += text
    },
    terminal: { stdin: terminal, stdout: terminal, stderr: terminal },
    colors: false,
    surroundings: {
      variables: new Map(),
      home: "/",
      absolute: (path) => path,
      read: () => Effect.fail({ absent: true, why: "" })
    },
    token: undefined,
    onInterrupt: () => () => undefined,
    untilSignal: Effect.never
  })
  return { io, seen }
}

const turnId = "turn_0000000000000000"
const event = (type: string, data: unknown) => ({ turnId, seq: 1, type, data }) as ChatEvent
const call = {
  provider: "anthropic",
  model: "claude-x",
  inputTokens: 10,
  outputTokens: 5,
  cacheRead: 0,
  cacheWrite: 0,
  costMicros: 105,
  savedMicros: 0,
  holdId: "hold_1",
  basis: "usage",
  blocks: []
} as const
const receipt: NonNullable<ChatResult["receipt"]> = {
  blocks: [
    { kind: "user", tokens: 13, micros: 39 },
    { kind: "tool_results", tokens: 7, micros: 21 }
  ],
  calls: [call, call],
  tools: [{ name: "echo", calls: 1, errors: 0, ms: 3, tokens: 4, promptTokens: 7, costMicros: 21 }],
  retries: [],
  outputTokens: 10,
  outputMicros: 150,
  totalTokens: 30,
  totalMicros: 210,
  savedMicros: 0,
  priceVersion: "2026-01"
}
const result = (rest: Partial<ChatResult> = {}): ChatResult => ({
  turnId,
  sessionKey: "k",
  text: "hello",
  stopReason: "end_turn",
  receipt,
  ...rest
})

const receiptText =
  "30 tokens, $0.00021 | anthropic/claude-x: 2 calls, 20 in, 10 out | tools: echo 1x (7 tokens) | prompt: user 13, tool results 7\n"

describe("a turn on a terminal", () => {
  it("shows the answer as it comes, the tools as they run, and the receipt", () => {
    const { io, seen } = screen()
    const view = ChatView.text(io)
    view.event(event("accepted", {}))
    view.event(event("text", { text: "let me " }))
    view.event(event("text", { text: "see" }))
    view.event(event("tool_call", { id: "1", name: "echo", input: { message: "hi" } }))
    view.event(event("tool_result", { id: "1", name: "echo", content: "echo: hi", isError: false }))
    view.event(event("text", { text: "hi" }))
    view.event(event("usage", {}))
    view.event(event("done", { stopReason: "end_turn" }))
    view.result(result())
    view.end()
    assert.strictEqual(seen.both, `let me see\n-> echo {"message":"hi"}\n<- echo: hi\nhi\n${receiptText}`)
  })

  it("says in the receipt what a cache did and cost, and which attempts did not answer", () => {
    const cached = { ...call, inputTokens: 2, cacheRead: 1_000, cacheWrite: 8 }
    const retry = { provider: "anthropic", model: "claude-x", kind: "rate_limit", fallback: true, holdId: null }
    assert.strictEqual(
      ChatView.receiptLine({
        ...receipt,
        calls: [cached],
        tools: [],
        blocks: [],
        retries: [retry],
        savedMicros: 2_700
      }),
      "30 tokens, $0.00021 | anthropic/claude-x: 1 call, 1010 in, 5 out | cache: 1000 read, 8 written, saved $0.0027 | tried again: anthropic (rate limit)"
    )
    assert.include(
      ChatView.receiptLine({ ...receipt, calls: [{ ...cached, cacheRead: 0 }], savedMicros: -6 }),
      "cache: 0 read, 8 written, cost $0.000006 more"
    )
  })

  it("says that an approval is needed and how it is given, once", () => {
    const { io, seen } = screen()
    const view = ChatView.text(io)
    const id = "appr_0000000000000000"
    view.event(event("approval", { id, what: "tool_call", hash: "a".repeat(64), expiresAt: 0 }))
    const message = `The tool echo waits for an approval. ${"Because. ".repeat(30)}exoclaw approve ${id}`
    view.event(event("notice", { code: "approval", message }))
    assert.strictEqual(seen.both, `?  ${message}\n`)
  })

  it("says nothing of it where somebody was asked right there", () => {
    const { io, seen } = screen()
    ChatView.text(io, true).event(event("notice", { code: "approval", message: "The tool echo waits." }))
    assert.strictEqual(seen.both, "")
  })

  it("cannot be steered by what a model or a tool says", () => {
    const { io, seen } = screen()
    const view = ChatView.text(io)
    view.event(event("text", { text: "\u001b[2Jred\u0007" }))
    view.event(event("tool_result", { id: "1", name: "x", content: "\u001b]0;t\u0007\rno", isError: true }))
    assert.strictEqual(seen.both, "[2Jred\n<- failed: ]0;tno\n")
  })

  it("shows the answer of a turn that was over before, and why one ended early", () => {
    const { io, seen } = screen()
    const view = ChatView.text(io)
    view.result(result({ stopReason: "tool_limit", receipt: null }))
    assert.strictEqual(seen.both, "hello\n!  The turn ended early: tool limit.\n")
  })

  it("ends the line of an answer that was cut off", () => {
    const { io, seen } = screen()
    const view = ChatView.text(io)
    view.event(event("text", { text: "hel" }))
    view.end()
    assert.strictEqual(seen.both, "hel\n")
  })
})

describe("a turn elsewhere", () => {
  it("leaves the answer alone on standard output, byte for byte", () => {
    const { io, seen } = screen(false)
    const view = ChatView.text(io)
    view.event(event("text", { text: "a\u001bb " }))
    view.event(event("tool_call", { id: "1", name: "echo", input: {} }))
    view.event(event("text", { text: "c" }))
    view.result(result())
    assert.strictEqual(seen.out, "a\u001bb c\n")
    assert.strictEqual(seen.err, `-> echo {}\n${receiptText}`)
  })

  it("is one JSON value per line with --json, the result last", () => {
    const { io, seen } = screen(false)
    const view = ChatView.json(io)
    view.event(event("text", { text: "hello" }))
    view.result(result())
    const lines = seen.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    assert.deepStrictEqual(
      lines.map(({ type }) => type),
      ["text", "result"]
    )
    assert.strictEqual(lines[1].receipt.totalTokens, 30)
    assert.strictEqual(seen.err, "")
  })
})
