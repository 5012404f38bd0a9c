/** Two nodes of one bus as programs, over real Redis and NATS. */
import { assert, describe, it, onTestFinished } from "vitest"
import { connectBus, type Message } from "../../layers/client/bus/index.ts"
import { spawnProgram, temporaryFolder } from "../support/GatewayProcess.ts"
import { freePort } from "../support/ports.ts"
import { isInstalled, ownNats, ownRedis } from "../support/servers.ts"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const installed = isInstalled("redis-server") && isInstalled("nats-server")

describe.skipIf(!installed)("exoclaw bus serve, twice", () => {
  it("what is said at one node is heard at the other, and who changes nodes goes on where it was", async () => {
    const [redis, nats] = await Promise.all([ownRedis(), ownNats()])
    onTestFinished(async () => {
      await Promise.all([redis.remove(), nats.remove()])
    })
    const node = async (name: string) => {
      const state = temporaryFolder()
      mkdirSync(state, { recursive: true })
      const config = `
[gateway]
port = ${await freePort()}
operator_port = ${await freePort()}
[bus.redis]
url = "redis://127.0.0.1:${redis.port}"
[bus.nats]
url = "nats://127.0.0.1:${nats.port}"
node = "${name}"
`
      const file = join(state, "config.toml")
      writeFileSync(file, config)
      const args = ["bus", "serve", "--state", state, "--config", file]
      const program = spawnProgram(args, { PATH: process.env["PATH"] ?? "", HOME: state, NODE_NO_WARNINGS: "1" })
      const url = (await program.waitFor(/^exoclaw bus listening on (\S+)$/m))?.[1]
      if (url === undefined) throw new Error(program.stderr)
      return url
    }
    const [one, two] = await Promise.all([node("one"), node("two")])
    const open = async (url: string) => {
      const bus = await connectBus({ url })
      onTestFinished(() => bus.close())
      return bus
    }
    const [ann, bob] = await Promise.all([open(one), open(two)])
    for (const bus of [ann, bob]) {
      let status = await bus.command("status")
      while (status.bridge?.connected !== true || status.history?.degraded !== false)
        status = await bus.command("status")
      assert.deepInclude(status.history, { backend: "redis" })
      assert.match(status.bridge.detail, /^NATS .*JetStream/)
      await bus.join("ops", "lobby")
    }
    const next = async (bus: typeof ann): Promise<Message> => {
      for await (const event of bus.events) if (event.type === "message") return event
      throw new Error("the events ended")
    }
    const ack = await ann.publish("ops", "lobby", "hello")
    assert.strictEqual(ack.durability, "server")
    const heard = await next(bob)
    assert.deepStrictEqual([heard.body, heard.position], ["hello", ack.position])
    await bob.close()
    await ann.publish("ops", "lobby", "missed")
    const again = await open(one)
    const recover = [{ room: "ops", channel: "lobby", position: heard.position }]
    const { channels } = await again.join("ops", "lobby", { recover })
    assert.deepInclude(channels[0], { recovery: "complete", recovered: 1 })
    assert.strictEqual((await next(again)).body, "missed")
  })
})
