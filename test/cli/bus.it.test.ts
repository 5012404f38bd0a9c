/** `exoclaw bus tail` and `exoclaw bus send`, against a bus that runs alone. */
import { assert, describe, it, onTestFinished } from "vitest"
import { lineOf } from "../../layers/cli/busTalk.ts"
import { runToEnd, start } from "./processes.ts"
import { folder } from "./support.ts"

const serve = async () => {
  const home = folder()
  const server = start(["bus", "serve", "--port", "0", "--operator-port", "0"], home)
  onTestFinished(() => void server.child.kill("SIGKILL"))
  const [, url = ""] = await server.until(/^exoclaw bus listening on (\S+)$/m)
  return { home, url }
}

describe("what a reader misses", () => {
  it("is told with the reason in words", () => {
    const event = { type: "skipped", room: "ops", channel: "lobby", epoch: "e", missing: 0 } as const
    assert.strictEqual(
      lineOf({ ...event, from: 1, to: 0, reason: "epoch" }),
      "-- ops:lobby: messages missing (the bus's history began anew)\n"
    )
    assert.strictEqual(
      lineOf({ ...event, from: 2, to: 4, reason: "trimmed" }),
      "-- ops:lobby: #2 to #4 missing (no longer kept)\n"
    )
  })
})

describe("exoclaw bus", () => {
  it("tail shows what send says, in lines for people and for programs, and begins where it is told", async () => {
    const { home, url } = await serve()
    const people = start(["bus", "tail", "ops", "--url", url], home)
    const programs = start(["bus", "tail", "ops:lobby", "--json", "--url", url], home)
    onTestFinished(() => {
      people.child.kill("SIGKILL")
      programs.child.kill("SIGKILL")
    })
    await people.until(/Listening to ops/)
    await programs.until(/"type":"connected"/)
    const sent = await runToEnd(["bus", "send", "ops:lobby", "hello", "\u001b[31mred", "--json", "--url", url], home)
    assert.strictEqual(sent.code, 0, sent.err)
    const ack = JSON.parse(sent.out)
    assert.deepInclude(ack, { duplicate: false, durability: "process" })
    // what somebody else wrote does not steer the terminal
    await people.until(/ ops:lobby #1 local: hello \\u\{1b\}\[31mred/)
    const [line = ""] = await programs.until(/^\{.*"type":"message".*$/m)
    assert.deepInclude(JSON.parse(line), { room: "ops", channel: "lobby", position: ack.position })
    await runToEnd(["bus", "send", "ops:lobby", "second", "--url", url], home)
    const since = `${ack.position.epoch}:${ack.position.offset}`
    const later = start(["bus", "tail", "ops:lobby", "--since", since, "--url", url], home)
    onTestFinished(() => void later.child.kill("SIGKILL"))
    await later.until(/#2 local: second/)
    assert.notInclude(later.out, "hello")
  })

  it("says what is wrong with what it was asked, and where no bus is", async () => {
    const { home, url } = await serve()
    for (const [args, code, words] of [
      [["bus", "send", "ops", "x", "--url", url], 2, "A message goes to one channel"],
      [["bus", "send", "ops:x", "--id", "1", "--url", url], 2, "--id names one message"],
      [["bus", "tail", "ops", "--since", "e:1", "--url", url], 2, "--since needs one channel"],
      [["bus", "tail", "o*ps:x", "--url", url], 2, "room"],
      [["bus", "tail", "ops", "--url", "ws://127.0.0.1:1"], 3, "No bus answers at ws://127.0.0.1:1/bus"]
    ] as const) {
      const ended = await runToEnd([...args], home)
      assert.strictEqual(ended.code, code, ended.err)
      assert.include(ended.err, words)
    }
  })
})
