/** A turn belongs to its session, not to a socket: closing, resuming, repeating, waiting and cancelling. */
import { assert, describe, it } from "@effect/vitest"
import { once } from "node:events"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { Event, JsonRpcClient } from "../support/JsonRpcClient.ts"
import { type Behaviour, vendor } from "../support/OpenAiVendor.ts"

const start = async (behaviour: Behaviour, more = "") => {
  const mock = await vendor(behaviour)
  const gateway = await GatewayProcess.start({
    config: `[agent]\nprovider = "openai"\nmodel = "m"\nbase_url = "${mock.url}"\n${more}`
  })
  return { gateway, mock }
}

/** A vendor that stops after its first piece until it is told to go on. */
const paused = () => {
  let release = () => {}
  const released = new Promise<boolean>((resolve) => (release = () => resolve(true)))
  return { release: () => release(), pause: () => released }
}

/** Sends, and waits until the answer has begun; gives the turn's id. */
const speaking = (client: JsonRpcClient, params: Record<string, unknown>) =>
  new Promise<{ readonly turnId: string; readonly seen: Array<Event> }>((resolve) => {
    const seen: Array<Event> = []
    void client.ask("chat.send", params, (event) => {
      seen.push(event)
      if (event.type === "text") resolve({ turnId: event.turnId, seen })
    })
  })

const bare = (events: ReadonlyArray<Event>) => events.map(({ requestId: _, ...event }) => event)

describe("a socket that closes", () => {
  it("T33: loses nothing: who comes back gets what was missed, and several followers get the same", async () => {
    const { pause, release } = paused()
    const { gateway, mock } = await start({ pieces: () => ["one ", "two ", "three"], pause })
    const first = await gateway.open()
    const { seen, turnId } = await speaking(first, { content: "hello", idempotencyKey: "k" })
    first.socket.terminate()
    await first.closed
    const followers = await Promise.all([gateway.open(), gateway.open()])
    const following = [
      (followers[0] as JsonRpcClient).ask("chat.resume", { turnId, after: seen.at(-1)?.seq }),
      (followers[1] as JsonRpcClient).ask("chat.resume", { idempotencyKey: "k" })
    ] as const
    await (followers[1] as JsonRpcClient).call("ping")
    release()
    const [missed, all] = await Promise.all(following)
    assert.strictEqual(all.result.text, "one two three")
    assert.deepStrictEqual(bare([...seen, ...missed.events]), bare(all.events))
    assert.deepStrictEqual(missed.result, all.result)
    assert.strictEqual(mock.asked.length, 1)
  })

  it("T32: one that reads nothing is cut, while its turn ends and others are served", async () => {
    const large = Array.from({ length: 400 }, (_, n) => `${n} ${"x".repeat(4000)} `)
    const { gateway } = await start(
      { pieces: () => large },
      "max_tokens = 100000\n[gateway.limits]\nmax_queue_bytes = 65536\n[casil.limits]\nmax_payload_bytes = 16777216\n"
    )
    const stalled = await gateway.open()
    const other = await gateway.open()
    const turns = Array.from({ length: 4 }, (_, n) =>
      stalled.ask("chat.send", { content: "much", peer: `stalled-${n}`, idempotencyKey: `much-${n}` })
    )
    stalled.socket.pause()
    const whole = await other.ask("chat.send", { content: "much", peer: "other" })
    assert.isUndefined(whole.error)
    assert.strictEqual(whole.result.text, large.join(""))
    for (const [n] of turns.entries()) {
      const { result } = await other.ask("chat.resume", { idempotencyKey: `much-${n}` })
      assert.strictEqual(result.text, large.join(""))
    }
    const operator = await gateway.openOperator()
    const { connections } = await operator.call("gateway.connections")
    for (const { queuedBytes } of connections) assert.isAtMost(queuedBytes, 5 * 1024 * 1024)
    stalled.socket.terminate()
  })
})

describe("long conversations", () => {
  it("a history of any size comes in pages that a client can read", async () => {
    const { gateway } = await start({ pieces: () => ["fine"] }, "[memory]\nrequest_ceiling = 1000000\n")
    const client = await gateway.open()
    const sent = Array.from({ length: 24 }, (_, n) => `${n} ${"word ".repeat(40_000)}`)
    for (const content of sent) assert.strictEqual((await client.call("chat.send", { content })).text, "fine")
    const read: Array<string> = []
    for (let before: string | undefined; ;) {
      const page = await client.call("chat.history", { limit: 500, ...(before === undefined ? {} : { before }) })
      if (page.turns.length === 0) break
      read.unshift(...page.turns.map((turn: any) => turn.user))
      before = page.turns[0].turnId
    }
    assert.deepStrictEqual(
      read.map((text) => text.split(" ", 1)[0]),
      sent.map((text) => text.split(" ", 1)[0])
    )
    assert.deepStrictEqual(read, sent)
  })
})

describe("idempotency", () => {
  it("T34: one key, however often and from however many sockets at once, is one turn", async () => {
    const { gateway, mock } = await start({ pieces: () => ["one ", "two"] })
    const clients = await Promise.all(Array.from({ length: 10 }, () => gateway.open()))
    const message = { content: "hello", idempotencyKey: "once" }
    const answers = await Promise.all(clients.map((client) => client.ask("chat.send", message)))
    for (const { error, result } of answers) {
      assert.isUndefined(error)
      assert.deepStrictEqual(result, answers[0]?.result)
    }
    assert.strictEqual(mock.asked.length, 1)
    const [client] = clients as [JsonRpcClient]
    const other = await client.ask("chat.send", { ...message, content: "something else" })
    assert.strictEqual(other.error?.code, -32602)
    // unique per session
    const elsewhere = await client.call("chat.send", { ...message, peer: "other" })
    assert.notStrictEqual(elsewhere.turnId, answers[0]?.result.turnId)
    assert.strictEqual(mock.asked.length, 2)
  })
})

describe("a session's lane", () => {
  it("T28: takes so many turns and then says that it is busy; other sessions do not wait", async () => {
    const { pause, release } = paused()
    const { gateway } = await start({
      pieces: () => ["one ", "two"],
      pause: (asked) => (asked.text.includes("pass") ? Promise.resolve(true) : pause())
    })
    const client = await gateway.open()
    const answers = Array.from({ length: 70 }, (_, n) => client.ask("chat.send", { content: `message ${n}` }))
    const refused = await Promise.race(answers)
    assert.strictEqual(refused.error?.code, -32008)
    assert.strictEqual((await client.call("chat.send", { content: "pass", peer: "other" })).text, "one two")
    release()
    const all = await Promise.all(answers)
    assert.strictEqual(all.filter(({ error }) => error?.code === -32008).length, 6)
    assert.strictEqual(all.filter(({ result }) => result?.text === "one two").length, 64)
    const { turns } = await client.call("chat.history", { limit: 500 })
    assert.deepStrictEqual(
      turns.map((turn: any) => turn.user),
      Array.from({ length: 64 }, (_, n) => `message ${n}`)
    )
  })

  it("cancels the running turn and a waiting one, settles both, and goes on", async () => {
    const { pause, release } = paused()
    const { gateway, mock } = await start({
      pieces: () => ["one ", "two"],
      pause: (asked) => (asked.text.includes("pass") ? Promise.resolve(true) : pause())
    })
    const client = await gateway.open()
    let waitingTurn = ""
    const { turnId } = await speaking(client, { content: "first" })
    let accepted = () => {}
    const isAccepted = new Promise<void>((resolve) => (accepted = resolve))
    const waiting = client.ask("chat.send", { content: "second" }, (event) => {
      waitingTurn = event.turnId
      accepted()
    })
    await isAccepted
    assert.deepStrictEqual(await client.call("chat.cancel", { turnId: waitingTurn }), { cancelled: true })
    assert.strictEqual((await waiting).error?.code, -32010)
    const cancelling = client.call("chat.cancel", { turnId })
    const follower = await gateway.open()
    await follower.call("ping")
    release()
    assert.deepStrictEqual(await cancelling, { cancelled: true })
    assert.deepStrictEqual(await client.call("chat.cancel", { turnId }), { cancelled: false })
    const resumed = await follower.ask("chat.resume", { turnId })
    assert.strictEqual(resumed.error?.code, -32010)
    assert.deepStrictEqual(resumed.events.at(-1)?.data, { stopReason: "cancelled" })
    assert.strictEqual((await client.call("chat.send", { content: "pass" })).text, "one two")
    assert.strictEqual(mock.asked.length, 2)
    const { turns } = await client.call("chat.history")
    assert.deepStrictEqual(
      turns.map((turn: any) => turn.status),
      ["cancelled", "cancelled", "done"]
    )
    const { accounts } = await client.call("budget.status")
    for (const account of accounts) assert.strictEqual(account.held, 0)
  })

  it("clears what is over and keeps the books", async () => {
    const { gateway } = await start({ pieces: () => ["fine"] })
    const client = await gateway.open()
    const { sessionKey } = await client.call("chat.send", { content: "hello" })
    const usage = await client.call("usage.query")
    assert.deepStrictEqual(await client.call("session.clear", { sessionKey }), { turns: 1 })
    assert.deepStrictEqual((await client.call("chat.history")).turns, [])
    assert.deepStrictEqual(await client.call("usage.query"), usage)
    const { accounts } = await client.call("budget.status", { sessionKey })
    const spent = usage.total.inputTokens + usage.total.outputTokens
    assert.isTrue(accounts.some((one: any) => one.scope === "day" && one.spent === spent))
  })
})

describe("the wire of a turn", () => {
  it("a batch and a notification run turns too; events carry the id of their request", async () => {
    const { gateway, mock } = await start({ pieces: () => ["fine"] })
    const client = await gateway.open()
    const frames: Array<any> = []
    client.socket.on("message", (data) => frames.push(JSON.parse(String(data))))
    const request = (id: unknown, peer: string) => ({
      jsonrpc: "2.0",
      ...(id === undefined ? {} : { id }),
      method: "chat.send",
      params: { content: "hello", peer }
    })
    client.socket.send(JSON.stringify([request("a", "p1"), request(7.5, "p2"), request(undefined, "p3")]))
    while (!frames.some(Array.isArray)) await once(client.socket, "message")
    const batch: Array<any> = frames.find(Array.isArray) ?? []
    assert.sameMembers(
      batch.map(({ id }: any) => id),
      ["a", 7.5]
    )
    for (const { id, result } of batch) {
      const own = frames.filter((frame) => frame.params?.turnId === result.turnId)
      assert.isAbove(own.length, 2)
      for (const { params } of own) assert.strictEqual(params.requestId, id)
    }
    const silent = await client.call("chat.send", { content: "after", peer: "p3" })
    const { turns } = await client.call("chat.history", { sessionKey: silent.sessionKey })
    assert.strictEqual(turns.length, 2)
    assert.strictEqual(mock.asked.length, 4)
  })
})
