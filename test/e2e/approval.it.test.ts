/** A tool call that waits for a person: over two connections, a kill -9 in between, and another tenant. */
import { assert, describe, it } from "@effect/vitest"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { Event, JsonRpcClient } from "../support/JsonRpcClient.ts"
import { hasResult, vendor } from "../support/OpenAiVendor.ts"

const config = (url: string, expiry = 900): string => `
[agent]
provider = "openai"
model = "m"
base_url = "${url}"
max_tokens = 100
approve = ["note_save"]

[approvals]
expiry = ${expiry}
`

const note = { text: "water the plants" }

const asking = () =>
  vendor({
    call: (asked) => (hasResult(asked) ? undefined : { name: "note_save", input: note }),
    pieces: () => ["That ", "was ", "it."]
  })

/** Sends, and answers with what is asked once it is asked. */
const send = (client: JsonRpcClient, key: string) => {
  let tell: (event: Event) => void
  const asked = new Promise<Event>((resolve) => (tell = resolve))
  const answer = client.ask("chat.send", { content: "Save a note.", idempotencyKey: key }, (event) => {
    if (event.type === "approval") tell(event)
  })
  return { asked, answer }
}

/** A sender, an approver, and an approver of another tenant, each with a token; the tokens outlive the gateway. */
const people = async (gateway: GatewayProcess.Gateway) => {
  const operator = await gateway.openOperator()
  const make = async (name: string, scopes: ReadonlyArray<string>, tenant = "default"): Promise<string> =>
    (await operator.call("token.create", { name, scopes, tenant })).token
  return {
    alice: await make("alice", ["chat:send", "session:read"]),
    bob: await make("bob", ["approve"]),
    eve: await make("eve", ["approve", "chat:send", "session:any"], "acme")
  }
}

const notes = (state: string): ReadonlyArray<string> => {
  const db = new DatabaseSync(join(state, "exoclaw.db"), { readOnly: true })
  try {
    return db
      .prepare("SELECT value FROM plugin_kv")
      .all()
      .map(({ value }) => (typeof value === "string" ? value : Buffer.from(value as Uint8Array).toString()))
  } finally {
    db.close()
  }
}
const saved = (state: string): number => notes(state).join("\n").split("water the plants").length - 1

describe("a tool call that needs an approval", () => {
  it("T25: outlives kill -9, is answered by another connection, and runs once with exactly what was shown", async () => {
    const mock = await asking()
    const state = GatewayProcess.temporaryFolder()
    const options = { state, config: config(mock.url) }
    const first = await GatewayProcess.start(options)
    const tokens = await people(first)
    const { asked } = send(await first.open(tokens.alice), "one")
    const event = await asked
    await first.kill("SIGKILL")
    assert.strictEqual(saved(state), 0)

    const second = await GatewayProcess.start(options)
    const alice = await second.open(tokens.alice)
    const bob = await second.open(tokens.bob)
    const following = alice.ask("chat.resume", { idempotencyKey: "one" })
    const { approvals } = await bob.call("approval.list")
    assert.lengthOf(approvals, 1)
    const [approval] = approvals
    assert.deepInclude(approval, { id: event.data.id, hash: event.data.hash, what: "tool_call", status: "pending" })
    assert.deepStrictEqual(approval.subject.arguments, note)
    assert.strictEqual(approval.subject.tool, "note_save")

    // somebody who saw something else
    const other = await bob.ask("approval.resolve", { id: approval.id, hash: "0".repeat(64), decision: "approve" })
    assert.strictEqual(other.error?.code, -32602)
    assert.strictEqual(saved(state), 0)
    const yes = { id: approval.id, hash: approval.hash, decision: "approve" }
    const answered = await bob.call("approval.resolve", yes)
    assert.deepInclude(answered, { status: "approved", resolvedBy: "token:bob" })

    const { events, result } = await following
    assert.strictEqual(result.text, "That was it.")
    assert.strictEqual(result.receipt.calls.length, 2)
    assert.deepStrictEqual(
      events.map(({ seq }) => seq),
      events.map((_, n) => n + 1)
    )
    assert.deepStrictEqual(
      events.map(({ type }) => type).filter((type) => type !== "text" && type !== "usage" && type !== "notice"),
      ["accepted", "tool_call", "approval", "tool_result", "done"]
    )
    assert.strictEqual(events.find(({ type }) => type === "tool_result")?.data.isError, false)
    assert.strictEqual(mock.asked.length, 2)
    assert.strictEqual(saved(state), 1)

    // it was good for one use
    assert.strictEqual((await bob.ask("approval.resolve", yes)).error?.code, -32602)
    assert.strictEqual((await bob.call("approval.list", { status: "all" })).approvals[0].status, "used")
    assert.lengthOf((await bob.call("approval.list")).approvals, 0)

    const operator = await second.openOperator()
    const kinds = []
    for (const kind of ["requested", "approved", "used"]) {
      const { entries } = await operator.call("audit.query", { kind: `approval.${kind}`, limit: 10 })
      kinds.push(...entries.map(({ event }: any) => [kind, event.principal, event.data.hash]))
      assert.notInclude(JSON.stringify(entries), "plants")
    }
    assert.deepStrictEqual(kinds, [
      ["requested", "token:alice", approval.hash],
      ["approved", "token:bob", approval.hash],
      ["used", "token:alice", approval.hash]
    ])
    assert.isNull((await operator.call("audit.verify")).broken)
  })

  it("T25: goes on where the gateway died right after the answer", async () => {
    const mock = await asking()
    const state = GatewayProcess.temporaryFolder()
    const options = { state, config: config(mock.url) }
    const first = await GatewayProcess.start(options)
    const tokens = await people(first)
    const { asked } = send(await first.open(tokens.alice), "one")
    const { data } = await asked
    const bob = await first.open(tokens.bob)
    await bob.call("approval.resolve", { id: data.id, hash: data.hash, decision: "approve" })
    await first.kill("SIGKILL")

    const second = await GatewayProcess.start(options)
    const alice = await second.open(tokens.alice)
    const { result } = await alice.ask("chat.resume", { idempotencyKey: "one" })
    // killed with the tool's outcome unknown, it says so; in every other moment it comes to its end
    assert.include(["end_turn", "interrupted"], result.stopReason)
    assert.isAtMost(saved(state), 1)
    if (result.stopReason === "end_turn") assert.strictEqual(result.text, "That was it.")
  })

  it("T25: is denied by a person, or by time, and the model is told", async () => {
    const mock = await asking()
    const state = GatewayProcess.temporaryFolder()
    const gateway = await GatewayProcess.start({ state, config: config(mock.url, 1) })
    const tokens = await people(gateway)
    const alice = await gateway.open(tokens.alice)
    const bob = await gateway.open(tokens.bob)

    const late = send(alice, "late")
    const { data } = await late.asked
    const { events, result } = await late.answer
    assert.strictEqual(result.text, "That was it.")
    const told = events.find(({ type }) => type === "tool_result")?.data
    assert.include(told, { isError: true })
    assert.include(told.content, "nobody approved it in time")
    const tooLate = await bob.ask("approval.resolve", { id: data.id, hash: data.hash, decision: "approve" })
    assert.strictEqual(tooLate.error?.code, -32602)
    assert.include(tooLate.error?.message, "expired")

    const refused = send(alice, "refused")
    const second = (await refused.asked).data
    await bob.call("approval.resolve", { id: second.id, hash: second.hash, decision: "deny", reason: "Not today." })
    const answer = await refused.answer
    const why = answer.events.find(({ type }) => type === "tool_result")?.data
    assert.include(why.content, "Not today.")
    assert.include(mock.asked.at(-1)?.text, "Not today.")
    assert.strictEqual(saved(state), 0)
  })

  it("T25: is no business of another tenant, nor of who has no scope for it", async () => {
    const mock = await asking()
    const gateway = await GatewayProcess.start({ config: config(mock.url) })
    const tokens = await people(gateway)
    const alice = await gateway.open(tokens.alice)
    const eve = await gateway.open(tokens.eve)
    const { answer, asked } = send(alice, "one")
    const { data, turnId } = await asked
    const yes = { id: data.id, hash: data.hash, decision: "approve" }
    assert.lengthOf((await eve.call("approval.list", { status: "all" })).approvals, 0)
    assert.strictEqual((await eve.ask("approval.resolve", yes)).error?.code, -32013)
    assert.strictEqual((await alice.ask("approval.resolve", yes)).error?.code, -32002)
    assert.strictEqual((await alice.ask("approval.list")).error?.code, -32002)
    // a turn that waits can be stopped; then nobody can approve it any more
    assert.isTrue((await alice.call("chat.cancel", { turnId })).cancelled)
    assert.strictEqual((await answer).error?.code, -32010)
    const bob = await gateway.open(tokens.bob)
    assert.strictEqual((await bob.ask("approval.resolve", yes)).error?.code, -32602)
    assert.strictEqual(saved(gateway.state), 0)
  })
})
