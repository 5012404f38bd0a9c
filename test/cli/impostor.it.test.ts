/** A program that holds a gateway's port learns nothing of the operator's token, however well it speaks. */
import { assert, it, onTestFinished } from "@effect/vitest"
import type { AddressInfo } from "node:net"
import { WebSocket, WebSocketServer } from "ws"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { exoclaw } from "./support.ts"

const patience = 60_000

type Answer = (frame: string, reply: (frame: string) => void) => void

/** A gateway's look-alike on a free port, and every frame it was sent. */
const impostor = async (answer: Answer) => {
  const frames: Array<string> = []
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 })
  await new Promise((resolve) => server.once("listening", resolve))
  server.on("connection", (socket) =>
    socket.on("message", (data) => {
      frames.push(String(data))
      answer(String(data), (frame) => socket.send(frame))
    })
  )
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { frames, port, url: `ws://127.0.0.1:${port}` }
}

/** Commands with the state's own token, for either listener. */
const commands = ["status", "token list", "budget", "approve", "plugin list"]

it(
  "T8a: a program on the gateway's port that says yes to everything is not sent the operator's token",
  async () => {
    const { operatorToken, state } = await GatewayProcess.start({})
    const there = await impostor((frame, reply) => {
      const { id, method } = JSON.parse(frame)
      const result = method === "auth.prove" ? { proof: "0".repeat(64) } : { version: "9.9.9", ready: true, scopes: [] }
      reply(JSON.stringify({ jsonrpc: "2.0", id, result }))
    })
    for (const command of commands) {
      const { code, err } = await exoclaw([...command.split(" "), "--state", state, "--url", there.url])
      assert.strictEqual(code, 4, `${command}: ${err}`)
      assert.include(err, "does not prove that it knows the operator's token, so it was not sent there.")
    }
    const env = { EXOCLAW_GATEWAY_OPERATOR_PORT: String(there.port) }
    const doctor = await exoclaw(["doctor", "--state", state], { env })
    assert.match(doctor.out, /^warn +operator port +.*: what listens there does not know this state's token$/m)
    assert.isAbove(there.frames.length, commands.length)
    assert.notInclude(there.frames.join("\n"), operatorToken)
    assert.notInclude(there.frames.join("\n"), "auth.login")
  },
  patience
)

it(
  "T8a: nor is one that hands the question on to the real gateway, whose answer holds for its own port only",
  async () => {
    const { operatorToken, operatorUrl, state } = await GatewayProcess.start({})
    const there = await impostor((frame, reply) => {
      const real = new WebSocket(`${operatorUrl.replace("http", "ws")}/ws`)
      real.once("open", () => real.send(frame))
      real.once("message", (data) => {
        assert.property(JSON.parse(String(data)).result, "proof")
        reply(String(data))
        real.terminate()
      })
    })
    const { code, err } = await exoclaw(["status", "--state", state, "--url", there.url])
    assert.strictEqual(code, 4, err)
    assert.include(err, "does not prove")
    assert.lengthOf(there.frames, 1)
    assert.notInclude(there.frames[0], operatorToken)
    const real = await exoclaw(["status", "--state", state, "--url", operatorUrl.replace("http", "ws")])
    assert.strictEqual(real.code, 0, real.err)
  },
  patience
)

it(
  "T8a: nothing is proven to a peer from elsewhere, who might collect proofs to guess a token by",
  async () => {
    const gateway = await GatewayProcess.start({ config: '[gateway]\ntrusted_proxy = ["127.0.0.1"]\n' })
    const challenge = "ab".repeat(32)
    const here = await gateway.open()
    assert.match((await here.call("auth.prove", { challenge })).proof, /^[0-9a-f]{64}$/)
    const headers = { "x-forwarded-for": "203.0.113.9" }
    const elsewhere = await gateway.open(undefined, { headers })
    const refused = await elsewhere.ask("auth.prove", { challenge })
    assert.strictEqual(refused.error?.code, -32001)
    assert.strictEqual((await here.ask("auth.prove", { challenge: "ab" })).error?.code, -32602)
  },
  patience
)
