/** The four parts of examples/voltron as programs, and as Layers. */
import { assert, describe, it, onTestFinished } from "vitest"
import { spawn, spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Bus, type BusEvent, connectBus } from "../../layers/client/bus/index.ts"
import { Program, spawnProgram, temporaryFolder } from "../support/GatewayProcess.ts"
import { freePort } from "../support/ports.ts"
import { node, root } from "../support/repository.ts"
import { isInstalled, ownRedis } from "../support/servers.ts"

const folder = join(root, "examples", "voltron")

const example = (file: string, env: Readonly<Record<string, string>>, cwd: string): Program => {
  const child = spawn(node, [join(folder, file)], { cwd, env: { NODE_NO_WARNINGS: "1", ...env } })
  const started = new Program(child)
  onTestFinished(() => started.kill("SIGKILL").then(() => undefined))
  return started
}

const take = async (bus: Bus, until: (event: BusEvent) => boolean): Promise<ReadonlyArray<BusEvent>> => {
  const taken: Array<BusEvent> = []
  for await (const event of bus.events) {
    taken.push(event)
    if (until(event)) return taken
  }
  throw new Error("the events ended")
}
const bodies = (events: ReadonlyArray<BusEvent>) =>
  events.flatMap((event) => (event.type === "message" ? [event.body] : []))
const says = (text: string) => (event: BusEvent) => event.type === "message" && event.body === text

describe("examples/voltron", () => {
  it("stands on ports of its own as its README starts it, the bus's listener for operators included", () => {
    const readme = readFileSync(join(folder, "README.md"), "utf8")
    const config = readFileSync(join(folder, "config.toml"), "utf8")
    const bus = Number(/^port = (\d+)$/m.exec(config)?.[1])
    const edge = Number(/EDGE=ws:\/\/127\.0\.0\.1:(\d+)/.exec(readme)?.[1])
    const redis = Number(/redis-server --port (\d+)/.exec(readme)?.[1])
    assert.strictEqual(new Set([bus, bus + 1, edge, redis]).size, 4)
    assert.include(config, `redis://127.0.0.1:${redis}`)
    for (const file of ["edge.ts", "presence.ts"])
      assert.include(readFileSync(join(folder, file), "utf8"), `ws://127.0.0.1:${edge}`)
  })

  it.skipIf(!isInstalled("redis-server"))(
    "four programs: signed identities, a brain that is a client, and nobody misses anything over a restart of the bus",
    async () => {
      const redis = await ownRedis()
      onTestFinished(() => redis.remove())
      const [busPort, edgePort, operatorPort] = [await freePort(), await freePort(), await freePort()]
      const state = temporaryFolder()
      const env = {
        KEYS: join(state, "jwks.json"),
        BUS: `ws://127.0.0.1:${busPort}/bus`,
        EDGE: `ws://127.0.0.1:${edgePort}`
      }
      const config = readFileSync(join(folder, "config.toml"), "utf8")
        .replace("port = 7300", `port = ${busPort}\noperator_port = ${operatorPort}`)
        .replace("127.0.0.1:7302", `127.0.0.1:${redis.port}`)
      writeFileSync(join(state, "config.toml"), config)

      // the one that needs all the others is there first
      const brain = example("presence.ts", env, state)
      await example("edge.ts", env, state).waitFor(/listens on/)
      const serve = async () => {
        const args = ["bus", "serve", "--state", state, "--config", join(state, "config.toml")]
        const program = spawnProgram(args, { PATH: process.env["PATH"] ?? "", HOME: state, NODE_NO_WARNINGS: "1" })
        const ready = await program.waitFor(/^exoclaw bus listening/m)
        if (ready === undefined) throw new Error(program.stderr)
        return program
      }
      const spine = await serve()
      await brain.waitFor(/answers on/)

      const open = async (key: string) => {
        const bus = await connectBus({ url: `${env.EDGE}/bus?key=${key}`, backoff: { minMs: 20, maxMs: 100 } })
        onTestFinished(() => bus.close())
        return bus
      }
      const stranger = await open("nobody").then(
        () => "let in",
        () => "refused"
      )
      assert.strictEqual(stranger, "refused")
      const [ann, bob, eve] = await Promise.all([open("ann-key"), open("bob-key"), open("eve-key")])
      for (const bus of [ann, bob, eve]) await bus.join("lobby", "main")
      await ann.join("presence", "ask", { mute: true })
      await ann.publish("lobby", "main", "hello")
      const heard = (await take(bob, says("hello"))).at(-1)
      assert.isTrue(heard?.type === "message" && heard.sender.principal === "jwt:ann")

      const who = async () => {
        await ann.publish("presence", "ask", "lobby:main")
        const answer = (await take(ann, ({ type }) => type === "private")).at(-1)
        return JSON.parse(String(answer?.type === "private" && answer.body)).members as ReadonlyArray<string>
      }
      // eve is of another tenant, and nobody here knows that there is one
      assert.deepStrictEqual(await who(), ["jwt:ann", "jwt:bob"])

      await spine.kill("SIGKILL")
      const late = ann.publish("lobby", "main", "said while the bus was away")
      await serve()
      assert.strictEqual((await late).durability, "server")
      await ann.publish("lobby", "main", "after")
      const events = await take(bob, says("after"))
      assert.deepStrictEqual(bodies(events), ["said while the bus was away", "after"])
      assert.isFalse(events.some(({ type }) => type === "skipped"))
      let members = await who()
      while (members.length < 2) members = await who()
      assert.deepStrictEqual(members, ["jwt:ann", "jwt:bob"])
      await eve.publish("lobby", "main", "mine")
      assert.deepStrictEqual(bodies(await take(eve, says("mine"))), ["mine"])
    }
  )

  it("the same parts as Layers in one process", () => {
    const { status, stderr, stdout } = spawnSync(node, [join(folder, "one-process.ts")], {
      encoding: "utf8",
      env: { NODE_NO_WARNINGS: "1" }
    })
    assert.strictEqual(status, 0, stderr)
    assert.strictEqual(stdout, '{"place":"lobby:main","members":["token:ann"]}\n')
  })
})
