/** The built client, with the WebSocket of the platform, against a server that speaks the wire. */
import { assert, describe, it } from "@effect/vitest"
import * as esbuild from "esbuild"
import { execFile } from "node:child_process"
import { type AddressInfo } from "node:net"
import * as path from "node:path"
import { promisify } from "node:util"
import { WebSocketServer } from "ws"
import { connect, ConnectionFailure } from "../../layers/client/index.ts"
import { chatResult } from "./fakeSocket.ts"

const listening = async () => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/ws" })
  await new Promise((resolve) => server.once("listening", resolve))
  server.on("connection", (socket) =>
    socket.on("message", (data) => {
      const { id, method } = JSON.parse(String(data))
      const send = (rest: object) => socket.send(JSON.stringify({ jsonrpc: "2.0", ...rest }))
      if (method === "ping") return send({ id, result: { pong: true, at: 1 } })
      if (method === "status") return socket.close(1001, "bye")
      if (method !== "chat.send") return send({ id, error: { code: -32601, message: "Method not found" } })
      const params = { requestId: id, turnId: chatResult.turnId, seq: 1, type: "text", data: { text: "hello" } }
      send({ method: "chat.event", params })
      send({ id, result: chatResult })
    })
  )
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(resolve))
  }
}

describe("exoclaw/client on the platform's WebSocket", () => {
  it("calls, streams and closes", async () => {
    const server = await listening()
    const gateway = await connect({ url: server.url })
    assert.deepStrictEqual(await gateway.call("ping"), { pong: true, at: 1 })
    const chat = gateway.chat({ content: "hi" })
    for await (const event of chat) assert.deepStrictEqual(event.data, { text: "hello" })
    assert.strictEqual((await chat.result).text, "hello")
    await gateway.close()
    await server.close()
  })

  it("rejects what runs when the gateway goes away", async () => {
    const server = await listening()
    const gateway = await connect({ url: server.url })
    const failure = await gateway.call("status").catch((error: unknown) => error)
    assert.instanceOf(failure, ConnectionFailure)
    assert.match((failure as Error).message, /shutting down/)
    await server.close()
  })

  it("says that nothing listens", async () => {
    const server = await listening()
    await server.close()
    const failure = await connect({ url: server.url }).catch((error: unknown) => error)
    assert.match((failure as Error).message, /^No gateway answers at ws:\/\/127\.0\.0\.1:\d+\/ws\.$/)
  })

  it("is a few kilobytes without dependencies, for browsers too", async () => {
    const built = await esbuild.build({
      entryPoints: [path.resolve(import.meta.dirname, "../../layers/client/index.ts")],
      bundle: true,
      format: "esm",
      platform: "browser",
      minify: true,
      write: false,
      metafile: true
    })
    assert.isBelow(built.outputFiles[0]!.contents.length, 8_192)
    assert.deepStrictEqual(
      Object.keys(built.metafile.inputs).filter((file) => file.includes("node_modules")),
      []
    )
  })

  it("lets a program end once it has closed", async () => {
    const server = await listening()
    const index = path.resolve(import.meta.dirname, "../../layers/client/index.ts")
    const program = `
      const { connect } = await import(${JSON.stringify(index)})
      const gateway = await connect({ url: ${JSON.stringify(server.url)} })
      console.log(JSON.stringify(await gateway.call("ping")))
      await gateway.close()`
    const done = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program])
    assert.strictEqual(done.stdout, '{"pong":true,"at":1}\n')
    await server.close()
  })
})
