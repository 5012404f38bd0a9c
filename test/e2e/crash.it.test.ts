/** kill -9 at random points of live load, and two gateways over one state. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { onTestFinished } from "vitest"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { Answer, Event, JsonRpcClient } from "../support/JsonRpcClient.ts"
import { type Asked, hasResult, vendor } from "../support/OpenAiVendor.ts"

const turnsPerLife = 24
const sessions = 8
/** How often it is killed: more often where somebody asks for it. */
const lives = Number(process.env["EXOCLAW_LIVES"] ?? 6)

const config = (url: string): string => `
[agent]
provider = "openai"
model = "m"
base_url = "${url}"
max_tokens = 100

[memory]
episodic_window = 0
semantic_enabled = false

[gateway.limits.rate]
address = 100000
principal = 100000
connection = 100000
`

/** The same numbers for the same seed; the seed is printed, so that a failure can be looked at again. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

const marker = ({ text }: Asked): string => /turn-\d+-\d+/.exec(text)?.[0] ?? ""
/** About what the bytes are, and hardly ever the same twice. */
const bills = () => {
  let calls = 0
  return ({ text }: Asked) => ({
    prompt_tokens: Math.ceil(Buffer.byteLength(text) / 4) + (calls % 40),
    completion_tokens: 20 + Math.floor(calls++ / 40)
  })
}

/** Holds of a dead gateway whose final usage its journal has. */
const journalled = (state: string): ReadonlyArray<string> => {
  const db = new DatabaseSync(join(state, "exoclaw.db"), { readOnly: true })
  try {
    const rows = db.prepare("SELECT id FROM holds WHERE evidence ->> '$.final' = 1").all()
    return rows.map(({ id }) => String(id))
  } finally {
    db.close()
  }
}

/** A turn as its sender saw it. */
interface Sent {
  readonly key: string
  readonly message: { readonly content: string; readonly peer: string; readonly idempotencyKey: string }
  readonly events: Array<Event>
  answer: Answer | undefined
}

/** Sends it and notes all that comes, until the end or the death of the gateway. */
const follow = async (client: JsonRpcClient, sent: Sent, count: () => void): Promise<void> => {
  const answering = client.ask("chat.send", sent.message, (event) => {
    sent.events.push(event)
    count()
  })
  sent.answer = await answering.catch(() => undefined)
  if (sent.answer !== undefined) count()
}

const bare = (events: ReadonlyArray<Event>) => events.map(({ requestId: _, ...event }) => event)

const accountsOf = async (client: JsonRpcClient) => {
  const { accounts } = await client.call("budget.status")
  return accounts.find((one: any) => one.scope === "day" && one.unit === "tokens")
}

describe("kill -9 under load", () => {
  it("T13, T33: every accepted turn is answered once or marked interrupted, nothing is held, spent covers the truth", async () => {
    const seed = Math.trunc(Number(process.env["EXOCLAW_SEED"] ?? process.pid))
    const next = random(seed)
    console.log(`seed ${seed}`)
    const mock = await vendor({
      bill: bills(),
      call: (asked) => (hasResult(asked) ? undefined : { name: "note_save", input: { text: marker(asked) } }),
      pieces: (asked) => ["Saved ", marker(asked), ", and that ", "is ", "all."],
      pause: () => new Promise((resolve) => setImmediate(() => resolve(true)))
    })
    const state = GatewayProcess.temporaryFolder()
    const all: Array<Sent> = []
    const known: Array<string> = []
    for (let life = 0; life < lives; life++) {
      const gateway = await GatewayProcess.start({ state, config: config(mock.url) })
      const clients = await Promise.all([gateway.open(), gateway.open()])
      // most turns take a dozen frames or so; where there are fewer than that, it is killed after the last
      let left = 1 + Math.floor(next() * turnsPerLife * 12)
      await new Promise<void>((resolve) => {
        const count = () => {
          if (--left === 0) resolve()
        }
        const following: Array<Promise<void>> = []
        for (let n = 0; n < turnsPerLife; n++) {
          const key = `turn-${life}-${n}`
          const message = { content: `Please save ${key} for me.`, peer: `p${n % sessions}`, idempotencyKey: key }
          const sent: Sent = { key, message, events: [], answer: undefined }
          all.push(sent)
          const client = clients[n % 2] as JsonRpcClient
          following.push(follow(client, sent, count))
        }
        void Promise.all(following).then(() => resolve())
      })
      await gateway.kill("SIGKILL")
      known.push(...journalled(state))
    }

    const gateway = await GatewayProcess.start({ state, config: config(mock.url) })
    const client = await gateway.open()
    const outcomes = { done: 0, interrupted: 0, lost: 0 }
    for (const sent of all) {
      const accepted = sent.events.length > 0
      const before = await client.ask("chat.resume", { idempotencyKey: sent.key })
      if (before.error?.code === -32013) {
        assert.isFalse(accepted, `${sent.key} was accepted and is gone`)
        outcomes.lost += 1
        continue
      }
      // a sender that heard nothing asks again, and gets the first result
      const repeated = await client.ask("chat.send", sent.message)
      assert.deepStrictEqual(repeated.result, before.result)
      assert.strictEqual(repeated.error?.code, before.error?.code)
      const { events, result } = before
      assert.isUndefined(before.error, sent.key)
      assert.deepStrictEqual(
        events.map(({ seq }) => seq),
        events.map((_, n) => n + 1)
      )
      assert.deepStrictEqual(bare(events.slice(0, sent.events.length)), bare(sent.events), "what was delivered stays")
      assert.strictEqual(events.filter(({ type }) => type === "done").length, 1)
      assert.strictEqual(events.at(-1)?.type, "done")
      if (sent.answer !== undefined) assert.deepStrictEqual(result, sent.answer.result)
      if (result.stopReason === "interrupted") {
        outcomes.interrupted += 1
        assert.isTrue(events.some(({ data, type }) => type === "notice" && data.code === "interrupted"))
      } else {
        outcomes.done += 1
        assert.strictEqual(result.stopReason, "end_turn", sent.key)
        assert.strictEqual(result.text, `Saved ${sent.key}, and that is all.`)
        assert.strictEqual(events.filter(({ type }) => type === "tool_result").length, 1)
      }
    }
    console.log(JSON.stringify(outcomes))
    assert.isAbove(outcomes.done, 0)

    const { sessions: listed } = await client.call("session.list")
    let turns = 0
    for (const { sessionKey } of listed) {
      const history = await client.call("chat.history", { sessionKey, limit: 500 })
      turns += history.turns.length
      for (const turn of history.turns) assert.include(["done", "interrupted"], turn.status)
    }
    assert.strictEqual(turns, outcomes.done + outcomes.interrupted)

    const account = await accountsOf(client)
    assert.strictEqual(account.held, 0)
    assert.isAtLeast(account.spent, mock.billed())
    const operator = await gateway.openOperator()
    assert.isNull((await operator.call("audit.verify")).broken)
    const usage = await operator.call("usage.query")
    assert.strictEqual(usage.total.inputTokens + usage.total.outputTokens, account.spent)
    await gateway.kill("SIGKILL")

    // what was charged by the vendor's word is one of its bills, and each bill is charged once
    const books = new DatabaseSync(join(state, "exoclaw.db"), { readOnly: true })
    onTestFinished(() => books.close())
    const charges = books.prepare("SELECT hold, basis, input, output FROM charges").all()
    const billed = mock.bills.map((bill) => `${bill.prompt_tokens} ${bill.completion_tokens}`)
    for (const { basis, input, output } of charges) {
      if (basis !== "usage") continue
      const found = billed.indexOf(`${input} ${output}`)
      assert.isAtLeast(found, 0, `${input} ${output}`)
      billed.splice(found, 1)
    }
    for (const hold of known) assert.strictEqual(charges.find((one) => one["hold"] === hold)?.["basis"], "usage")
    console.log(`${known.length} holds were settled by the journal of a dead gateway`)

    // the tool ran at most once for each, and once for those that were answered
    const notes = new DatabaseSync(join(state, "exoclaw.db"), { readOnly: true })
    onTestFinished(() => notes.close())
    const saved = notes
      .prepare("SELECT value FROM plugin_kv")
      .all()
      .map(({ value }) => Buffer.from(value as Uint8Array).toString())
    for (const { answer, key } of all) {
      const times = saved.join("\n").split(new RegExp(`${key}(?!\\d)`)).length - 1
      assert.isAtMost(times, 1, key)
      if (answer !== undefined) assert.strictEqual(times, 1, key)
    }
  }, 180_000)

  it("ten starts killed in the middle leave a store that opens", async () => {
    const state = GatewayProcess.temporaryFolder()
    for (let n = 0; n < 10; n++) {
      const { program } = await GatewayProcess.launch({ state })
      if (n % 2 === 0) await program.waitFor(/listening/)
      await program.kill("SIGKILL")
    }
    const gateway = await GatewayProcess.start({ state })
    const client = await gateway.open()
    assert.strictEqual((await client.call("chat.send", { content: "hello" })).stopReason, "end_turn")
    assert.isTrue(existsSync(join(state, "operator.token")))
    assert.match(readFileSync(join(state, "operator.token"), "utf8"), /^exo_\w+/)
  })
})

describe("two gateways over one state", () => {
  const both = async () => {
    const inFlight = { now: 0, most: 0 }
    const order: Array<string> = []
    const mock = await vendor({
      pieces: (asked) => ["Answer ", `to ${marker(asked)}`],
      pause: async (asked) => {
        order.push(marker(asked))
        inFlight.now += 1
        inFlight.most = Math.max(inFlight.most, inFlight.now)
        await new Promise((resolve) => setImmediate(resolve))
        inFlight.now -= 1
        return true
      }
    })
    const state = GatewayProcess.temporaryFolder()
    const options = { state, config: `${config(mock.url)}\n` }
    const first = await GatewayProcess.start(options)
    const second = await GatewayProcess.start(options)
    return { first, second, mock, order, inFlight }
  }

  it("run each turn of a session once, one at a time, in the order of their acceptance", async () => {
    const { first, inFlight, mock, order, second } = await both()
    const clients = [await first.open(), await second.open()] as const
    const sent = Array.from({ length: 20 }, (_, n) => `turn-0-${n}`)
    const answers = await Promise.all(
      sent.map((key, n) =>
        (clients[n % 2] as JsonRpcClient).ask("chat.send", { content: `Answer ${key}`, idempotencyKey: key })
      )
    )
    for (const [n, { error, events, result }] of answers.entries()) {
      assert.isUndefined(error)
      assert.strictEqual(result.text, `Answer to turn-0-${n}`)
      assert.deepStrictEqual(
        events.map(({ seq }) => seq),
        events.map((_, at) => at + 1)
      )
    }
    assert.strictEqual(mock.asked.length, sent.length)
    assert.strictEqual(inFlight.most, 1)
    for (const client of clients) {
      const { turns } = await client.call("chat.history")
      assert.deepStrictEqual(
        turns.map((turn: any) => /turn-\d+-\d+/.exec(turn.user)?.[0]),
        order
      )
      const again = await client.call("chat.send", { content: "Answer turn-0-3", idempotencyKey: "turn-0-3" })
      assert.deepStrictEqual(again, answers[3]?.result)
    }
    assert.strictEqual(mock.asked.length, sent.length)
    assert.strictEqual((await accountsOf(clients[0])).held, 0)
  })

  it("the living one finishes what the killed one had accepted", async () => {
    const { first, mock, second } = await both()
    const dying = await first.open()
    const living = await second.open()
    const sent = Array.from({ length: 10 }, (_, n) => `turn-1-${n}`)
    await new Promise<void>((resolve) => {
      let accepted = 0
      for (const key of sent) {
        void dying
          .ask("chat.send", { content: `Answer ${key}`, idempotencyKey: key }, ({ type }) => {
            if (type === "accepted" && ++accepted === sent.length) resolve()
          })
          .catch(() => undefined)
      }
    })
    await first.kill("SIGKILL")
    const results = await Promise.all(sent.map((key) => living.call("chat.resume", { idempotencyKey: key })))
    for (const [n, { stopReason, text }] of results.entries()) {
      if (stopReason !== "interrupted") assert.strictEqual(text, `Answer to turn-1-${n}`)
    }
    // one was running; the others had not begun or were over
    assert.isAtMost(results.filter(({ stopReason }) => stopReason === "interrupted").length, 1)
    assert.isAtMost(mock.asked.length, sent.length + 1)
  })
})
