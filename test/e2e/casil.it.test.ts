/** Content inspection through `/ws`, in each direction. */
import { assert, describe, it } from "@effect/vitest"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { structural } from "../../src/casil/rules/structural.ts"
import { plugin } from "../hostile/modules.ts"
import { leaks } from "../support/canary.ts"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { Answer, JsonRpcClient } from "../support/JsonRpcClient.ts"
import { type Asked, hasResult, vendor } from "../support/OpenAiVendor.ts"
import { withPlugins } from "../support/repository.ts"

/** The ten formats that people paste most often. */
const formats = [
  "github-token",
  "github-fine-grained-token",
  "aws-access-key-id",
  "openai-key",
  "anthropic-key",
  "slack-token",
  "stripe-key",
  "google-api-key",
  "json-web-token",
  "private-key"
]

const ruleOf = (id: string) => {
  const rule = structural.find((one) => one.id === id)
  assert(rule !== undefined, id)
  return rule
}

/** A made-up secret of the format, with the text it stands in. */
const made = (id: string, seed: number) => {
  const { secret, text } = ruleOf(id).example(seed)
  const anchor = ruleOf(id).anchors.find((one) => secret.startsWith(one)) ?? ""
  // the prefix that all of a kind share is no secret
  return { text, secret, core: secret.slice(anchor.length) }
}

/** A tool that gives a text which nobody told it. */
const leaking = (text: string): Uint8Array => {
  const bytes = Buffer.from(JSON.stringify({ content: text, is_error: false }))
  const data = [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("")
  return plugin("(call $leak)", {
    more: `(data (i32.const 8192) "${data}")
      (func $leak (local $block i64) (local $i i32)
        (local.set $block (call $alloc (i64.const ${bytes.length})))
        (loop $next
          (call $store (i64.add (local.get $block) (i64.extend_i32_u (local.get $i)))
            (i32.load8_u (i32.add (i32.const 8192) (local.get $i))))
          (br_if $next
            (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${bytes.length}))))
        (call $output (local.get $block) (i64.const ${bytes.length})))`
  })
}

const lastUser = ({ body }: Asked): string =>
  body.messages.findLast((message: any) => message.role === "user")?.content ?? ""

interface Setting {
  readonly gateway: GatewayProcess.Gateway
  readonly client: JsonRpcClient
  readonly asked: ReadonlyArray<Asked>
}

/** The vendor does what the message says: leak in a tool's input, let a tool leak, leak in the answer. */
const setting = async (secretText: string, more = "", env: Record<string, string> = {}): Promise<Setting> => {
  const mock = await vendor({
    call: (asked) =>
      hasResult(asked)
        ? undefined
        : lastUser(asked) === "tool input"
          ? { name: "echo", input: { message: `see ${secretText} there` } }
          : lastUser(asked) === "tool output"
            ? { name: "evil", input: {} }
            : undefined,
    // in the smallest pieces there are
    pieces: (asked) => (lastUser(asked) === "answer" ? [...`see ${secretText} there`] : ["fine"])
  })
  const state = GatewayProcess.temporaryFolder()
  writeFileSync(join(state, "evil.wasm"), leaking(`see ${secretText} there`))
  const folder = await withPlugins()
  const gateway = await GatewayProcess.start({
    state,
    env,
    config: `
[agent]
provider = "openai"
model = "m"
base_url = "${mock.url}"

[[plugins]]
name = "evil"
path = "evil.wasm"

[[plugins]]
name = "echo"
path = ${JSON.stringify(join(folder, "echo.wasm"))}

${more}
`
  })
  return { gateway, client: await gateway.open(), asked: mock.asked }
}

const textOf = ({ events }: Answer) =>
  events.flatMap(({ data, type }) => (type === "text" ? [data.text as string] : [])).join("")

describe("redacts by default", () => {
  it("secrets of ten formats: prompt, tool input, tool output and answer", async () => {
    const secrets = formats.map((format, n) => ({ format, ...made(format, n) }))
    const text = secrets.map((one) => one.text).join(" and ")
    const { asked, client, gateway } = await setting(text)
    const send = (content: string) => client.ask("chat.send", { content })
    const redacted = (where: string, content: unknown) => {
      for (const { format } of secrets) assert.include(content, `[redacted:${format}]`, where)
    }

    const prompt = await send(`see ${text} there`)
    assert.isUndefined(prompt.error)
    redacted("what the model reads", lastUser(asked[0] as Asked))
    const input = await send("tool input")
    redacted("the call", JSON.stringify(input.events.find(({ type }) => type === "tool_call")?.data))
    redacted("what the tool read", input.events.find(({ type }) => type === "tool_result")?.data.content)
    const output = await send("tool output")
    redacted("the result", output.events.find(({ type }) => type === "tool_result")?.data.content)
    const answer = await send("answer")
    redacted("the answer", answer.result.text)
    assert.strictEqual(textOf(answer), answer.result.text)
    const { turns } = await client.call("chat.history")
    redacted("the history", turns[0].user)
    assert.strictEqual(turns.length, 4)

    const ended = await gateway.kill("SIGKILL")
    const seen = [...client.frames, ...asked.map((one) => one.text), ended.stdout, ended.stderr].join("\n")
    for (const { core, format } of secrets) assert.deepStrictEqual(leaks(core, seen), [], format)
  })
})

describe("blocks where it is told to", () => {
  it("prompt, tool input, tool output and answer end with -32007, named by rule, and the session goes on", async () => {
    const { core, text } = made("github-token", 1)
    const { asked, client, gateway } = await setting(text, '[casil]\non_secret = "block"\n')
    const expected = { reason: "CASIL_POLICY_BLOCKED_SECRET", rules: ["github-token"] }
    const prompt = await client.ask("chat.send", { content: `see ${text} there` })
    assert.strictEqual(prompt.error?.code, -32007)
    assert.deepInclude(prompt.error?.data, expected)
    assert.strictEqual(asked.length, 0)
    const { turns: none } = await client.call("chat.history")
    assert.deepStrictEqual(none, [])

    const input = await client.ask("chat.send", { content: "tool input" })
    assert.strictEqual(input.error?.code, -32007)
    assert.deepInclude(input.error?.data, expected)
    assert.isFalse(input.events.some(({ type }) => type === "tool_call" || type === "tool_result"))

    const output = await client.ask("chat.send", { content: "tool output" })
    const result = output.events.find(({ type }) => type === "tool_result")
    assert.strictEqual(result?.data.isError, true)
    assert.include(result?.data.content, "blocked by content inspection")

    const answer = await client.ask("chat.send", { content: "answer" })
    assert.strictEqual(answer.error?.code, -32007)
    assert.deepInclude(answer.error?.data, expected)
    assert.isTrue("see ".startsWith(textOf(answer).slice(0, 4)))

    const next = await client.ask("chat.send", { content: "hello" })
    assert.strictEqual(next.result.text, "fine")
    const { accounts } = await client.call("budget.status")
    for (const account of accounts) assert.strictEqual(account.held, 0)
    const operator = await gateway.openOperator()
    const { entries } = await operator.call("audit.query", { kind: "casil.blocked" })
    assert.deepStrictEqual(
      entries.map(({ event }: any) => [event.principal, event.data.surface, event.data.rules]),
      ["prompt", "tool_input", "tool_output", "answer"].map((surface) => ["local", surface, "github-token"])
    )
    const seen = [...client.frames, ...operator.frames, ...asked.map((one) => one.text)].join("\n")
    assert.deepStrictEqual(leaks(core, seen), [])
  })

  it("prompt and answer of the agent and the tenant that an override names, and of no other", async () => {
    const { text } = made("github-token", 3)
    const override = (of: string) => `[[casil.overrides]]\nagent = "default"\n${of}on_secret = "block"\n`
    for (const [of, code] of [
      ["", -32007],
      ['tenant = "another"\n', undefined]
    ] as const) {
      const { client } = await setting(text, override(of))
      assert.strictEqual((await client.ask("chat.send", { content: `see ${text} there` })).error?.code, code)
      assert.strictEqual((await client.ask("chat.send", { content: "answer" })).error?.code, code)
    }
  })

  it("monitor mode changes nothing", async () => {
    const { secret, text } = made("github-token", 2)
    const { client, asked } = await setting(text, '[casil]\nmode = "monitor"\non_secret = "block"\n')
    const prompt = await client.ask("chat.send", { content: `see ${text} there` })
    assert.isUndefined(prompt.error)
    assert.include((asked[0] as Asked).text, secret)
    assert.include((await client.call("chat.send", { content: "answer" })).text, secret)
  })
})
