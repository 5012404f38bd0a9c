/** The bus inside the gateway: turns on it, an agent that answers there, operators that watch. */
import { assert, it } from "@effect/vitest"
import { vi } from "vitest"
import { BusClient } from "../bus/clients.ts"
import { vendor } from "../support/OpenAiVendor.ts"
import * as GatewayProcess from "../support/GatewayProcess.ts"

const config = `
[agent]
rooms = ["help"]
`

it("an agent answers in its room, once for a message, and not another agent; its turn's events are on the bus", async () => {
  const gateway = await GatewayProcess.start({ config })
  const url = `${gateway.url.replace("http", "ws")}/bus`
  const ann = new BusClient(url)
  await ann.hello({ type: 1 })
  await ann.join("desk", "help")
  await ann.join("*", "exoclaw")
  const [first, again] = [
    await ann.publish("use echo to say hi", "desk", "help", "q1"),
    await ann.publish("use echo to say hi", "desk", "help", "q1")
  ]
  assert.deepStrictEqual([first.duplicate, again.duplicate], [false, true])
  let answer = await ann.next("message")
  while (answer.room !== "help" || answer.sender?.type !== 2) answer = await ann.next("message")
  assert.strictEqual(answer.sender?.principal, "agent:default")
  assert.include(String(answer.content?.body.value), "hi")
  assert.strictEqual(answer.content?.headers["in-reply-to"], "q1")
  // what agents say, agents do not answer
  const robot = new BusClient(url)
  await robot.hello({ type: 2 })
  await robot.join("desk", "help")
  await robot.publish("use echo to say no", "desk", "help")
  const asked = await gateway.open().then((client) => client.ask("chat.send", { content: "use echo to say there" }))
  assert.isUndefined(asked.error)
  const last = () =>
    ann.frames.flatMap(({ frame }) =>
      frame.case === "message" && frame.value.room === "exoclaw"
        ? [{ channel: frame.value.channel, event: JSON.parse(String(frame.value.content?.body.value)) }]
        : []
    )
  while (!last().some(({ channel, event }) => channel === "websocket.local.main" && event.type === "done"))
    await ann.next("message")
  const here = last().filter(({ channel }) => channel === "bus.local.help%2Fdesk")
  assert.deepStrictEqual(
    here.map(({ event }) => event.seq),
    here.map((_, index) => index + 1)
  )
  assert.strictEqual(here.at(-1)?.event.type, "done")
  const answers = ann.frames.filter(
    ({ frame }) =>
      frame.case === "message" && frame.value.room === "help" && frame.value.sender?.principal === "agent:default"
  )
  assert.lengthOf(answers, 1)
  const metrics = await (await fetch(`${gateway.operatorUrl}/metrics`)).text()
  assert.match(metrics, /exoclaw_bus_events_total\{[^}]*event="published"[^}]*\} [1-9]/)
})

it("T33: an answer that a gateway did not come to say, it says when it is back, once", async () => {
  const state = GatewayProcess.temporaryFolder()
  let lives = 0
  const mock = await vendor({
    pieces: () => ["the", " answer"],
    // its first life ends before the vendor says a word
    before: () => (lives === 0 ? new Promise(() => undefined) : Promise.resolve())
  })
  const config = `
[agent]
rooms = ["help"]
provider = "openai"
model = "gpt-4o-mini"
base_url = "${mock.url}"
api_key = "of-nobody"
`
  const first = await GatewayProcess.start({ state, config })
  const ann = new BusClient(`${first.url.replace("http", "ws")}/bus`)
  await ann.hello({ type: 1 })
  await ann.join("desk", "help")
  await ann.publish("what is it?", "desk", "help", "q1")
  await vi.waitUntil(() => mock.asked.length > 0, { timeout: 20_000 })
  await first.kill("SIGKILL")
  lives = 1
  const second = await GatewayProcess.start({ state, config })
  const back = new BusClient(`${second.url.replace("http", "ws")}/bus`)
  await back.hello({ type: 1 })
  // whether it is said before this one is back or after
  const recover = [{ room: "help", channel: "desk", position: { epoch: "", offset: 0n } }]
  await back.ask({ case: "join", value: { room: "help", channel: "desk", recover } }, "joined")
  const answer = await back.next("message")
  assert.strictEqual(answer.sender?.principal, "agent:default")
  assert.strictEqual(answer.content?.body.value, "the answer")
  assert.strictEqual(answer.content?.headers["in-reply-to"], "q1")
  await second.kill("SIGTERM")
  const third = await GatewayProcess.start({ state, config })
  const later = new BusClient(`${third.url.replace("http", "ws")}/bus`)
  await later.hello({ type: 1 })
  await later.ask({ case: "join", value: { room: "help", channel: "desk", recover } }, "joined")
  await later.publish("thank you", "desk", "help", "q2")
  while ((await later.next("message")).content?.headers["in-reply-to"] !== "q2");
  const said = later.frames.flatMap(({ frame }) =>
    frame.case === "message" ? [frame.value.content?.headers["in-reply-to"]] : []
  )
  assert.notInclude(said, "q1")
})
