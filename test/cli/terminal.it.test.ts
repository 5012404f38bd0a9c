/** What asks and answers in a terminal, through a pseudo-terminal. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import type { AddressInfo } from "node:net"
import * as path from "node:path"
import { WebSocketServer } from "ws"
import { inTerminal, startGateway } from "./processes.ts"
import { folder } from "./support.ts"

const enter = "\r"
const down = "\u001b[B"
const controlC = "\u0003"
const controlD = "\u0004"

const modeOf = (file: string) => (fs.statSync(file).mode & 0o777).toString(8)

describe("onboard", () => {
  it("writes the key and the configuration for their owner alone, and never shows the key", async () => {
    const home = folder()
    const terminal = inTerminal(["onboard"], home)
    await terminal.until(/Whose model shall answer/)
    terminal.type(enter)
    await terminal.until(/Model/)
    terminal.type(enter)
    await terminal.until(/API key \(not shown\)/)
    terminal.type(`sk-ant-typed-secret${enter}`)
    await terminal.until(/Next: /)
    const { code, out } = await terminal.ended
    assert.strictEqual(code, 0)
    assert.notMatch(out, /typed|secret/)
    const state = path.join(home, ".exoclaw")
    const key = path.join(state, "credentials", "anthropic.key")
    assert.strictEqual(fs.readFileSync(key, "utf8"), "sk-ant-typed-secret\n")
    assert.strictEqual(
      fs.readFileSync(path.join(state, "config.toml"), "utf8"),
      '[agent]\nprovider = "anthropic"\nmodel = "claude-sonnet-4-5"\n'
    )
    assert.deepStrictEqual([state, path.dirname(key), key, path.join(state, "config.toml")].map(modeOf), [
      "700",
      "700",
      "600",
      "600"
    ])
  })

  it("overwrites neither key nor configuration without asking", async () => {
    const home = folder()
    const state = path.join(home, ".exoclaw")
    fs.mkdirSync(path.join(state, "credentials"), { recursive: true, mode: 0o755 })
    fs.writeFileSync(path.join(state, "credentials", "openai.key"), "old\n", { mode: 0o600 })
    fs.writeFileSync(path.join(state, "config.toml"), "[gateway]\nport = 7300\n")
    const terminal = inTerminal(["onboard"], home)
    await terminal.until(/Whose model shall answer/)
    terminal.type(`${down}${enter}`)
    await terminal.until(/Model/)
    terminal.type(enter)
    await terminal.until(/There is a key for openai already\. Replace it\?/)
    terminal.type("n")
    await terminal.until(/config\.toml is there already\. Replace it\?/)
    terminal.type("n")
    await terminal.until(/Next: /)
    const { code, out } = await terminal.ended
    assert.strictEqual(code, 0)
    assert.match(out, /Put this into .*config\.toml:\s+\[agent\]\s+provider = "openai"\s+model = "gpt-5-mini"/)
    assert.strictEqual(fs.readFileSync(path.join(state, "credentials", "openai.key"), "utf8"), "old\n")
    assert.strictEqual(fs.readFileSync(path.join(state, "config.toml"), "utf8"), "[gateway]\nport = 7300\n")
  })

  it("keeps the old configuration beside the new one", async () => {
    const home = folder()
    const state = path.join(home, ".exoclaw")
    fs.mkdirSync(state, { mode: 0o700 })
    fs.writeFileSync(path.join(state, "config.toml"), "[gateway]\nport = 7300\n")
    const terminal = inTerminal(["onboard"], home)
    await terminal.until(/Whose model shall answer/)
    terminal.type(`${down}${down}${enter}`)
    await terminal.until(/Its address \(empty for http:\/\/127\.0\.0\.1:11434\)/)
    terminal.type(enter)
    await terminal.until(/Model \(empty for llama3\.2\)/)
    terminal.type(`qwen3${enter}`)
    await terminal.until(/API key \(not shown; empty for none\)/)
    terminal.type(enter)
    await terminal.until(/Replace it\?/)
    terminal.type("y")
    await terminal.until(/Next: /)
    assert.strictEqual((await terminal.ended).code, 0)
    assert.strictEqual(
      fs.readFileSync(path.join(state, "config.toml"), "utf8"),
      '[agent]\nprovider = "openai"\nmodel = "qwen3"\nbase_url = "http://127.0.0.1:11434"\n'
    )
    assert.strictEqual(fs.readFileSync(path.join(state, "config.toml.old"), "utf8"), "[gateway]\nport = 7300\n")
    assert.isFalse(fs.existsSync(path.join(state, "credentials")))
  })

  it("writes nothing when it is left half-way", async () => {
    const home = folder()
    const terminal = inTerminal(["onboard"], home)
    await terminal.until(/Whose model shall answer/)
    terminal.type(enter)
    await terminal.until(/Model/)
    terminal.type(controlC)
    assert.strictEqual((await terminal.ended).code, 130)
    assert.deepStrictEqual(fs.readdirSync(home), [])
  })
})

describe("chat in a terminal", () => {
  it("converses: streams, shows the tools and the receipt, and ends with Ctrl-D", async () => {
    const gateway = await startGateway(folder())
    const terminal = inTerminal(["chat"], gateway.home)
    await terminal.until(/> /)
    terminal.type(`use echo to say hi${enter}`)
    await terminal.until(/-> echo[\s\S]*<- echo: hi[\s\S]*\d+ tokens, \$0\.00 [\s\S]*> /)
    terminal.type(`hello${enter}`)
    await terminal.until(/Hello[\s\S]*\d+ tokens[\s\S]*> /)
    terminal.type(controlD)
    assert.strictEqual((await terminal.ended).code, 0)
    await gateway.stop()
  })

  it("T25: asks there and then what needs an approval, and takes the answer", async () => {
    const config = '[agent]\nprovider = "offline"\nmodel = "offline"\napprove = ["echo"]\n'
    const gateway = await startGateway(folder(), config)
    const terminal = inTerminal(["chat"], gateway.home)
    await terminal.until(/> /)
    terminal.type(`use echo to say hi${enter}`)
    await terminal.until(/arguments[\s\S]*"message": "hi"[\s\S]*once\? \[y\/n\] /)
    terminal.type(`y${enter}`)
    await terminal.until(/<- echo: hi[\s\S]*\d+ tokens[\s\S]*> /)
    terminal.type(`use echo to say bye${enter}`)
    await terminal.until(/"message": "bye"[\s\S]*once\? \[y\/n\] /)
    terminal.type(`n${enter}`)
    await terminal.until(/<- failed: The call was denied and did not run\.[\s\S]*\d+ tokens[\s\S]*> /)
    terminal.type(controlD)
    const { code, out } = await terminal.ended
    assert.strictEqual(code, 0)
    assert.notInclude(out, "<- echo: bye")
    await gateway.stop()
  })

  /** Says that a turn was accepted, and ends it only when it is cancelled. */
  const endless = async () => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/ws" })
    await new Promise((resolve) => server.once("listening", resolve))
    const turnId = "turn_0000000000000000"
    server.on("connection", (socket) => {
      let asked: unknown
      const send = (rest: object) => socket.send(JSON.stringify({ jsonrpc: "2.0", ...rest }))
      socket.on("message", (data) => {
        const { id, method, params } = JSON.parse(String(data))
        if (method === "rpc.discover") send({ id, result: {} })
        if (method === "chat.send") {
          asked = id
          send({ method: "chat.event", params: { requestId: id, turnId, seq: 1, type: "accepted", data: {} } })
          const text = { text: `thinking about ${params.content}` }
          send({ method: "chat.event", params: { requestId: id, turnId, seq: 2, type: "text", data: text } })
        }
        if (method === "chat.cancel" && params.turnId === turnId) {
          send({ id, result: { cancelled: true } })
          const data = { _tag: "Cancelled" }
          send({ id: asked, error: { code: -32010, message: "The turn was cancelled.", data } })
        }
      })
    })
    return {
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () => {
        for (const client of server.clients) client.terminate()
        return new Promise((resolve) => server.close(resolve))
      }
    }
  }

  it("stops the answer with Ctrl-C and goes on", async () => {
    const server = await endless()
    const terminal = inTerminal(["chat", "--url", server.url], folder())
    await terminal.until(/> /)
    terminal.type(`one${enter}`)
    await terminal.until(/thinking about one/)
    terminal.type(controlC)
    await terminal.until(/exoclaw: The turn was cancelled\.[\s\S]*> /)
    terminal.type(`two${enter}`)
    await terminal.until(/thinking about two/)
    terminal.type(controlC)
    await terminal.until(/cancelled[\s\S]*cancelled\.[\s\S]*> /)
    terminal.type(controlC)
    assert.strictEqual((await terminal.ended).code, 0)
    await server.close()
  })

  it("exits with 130 when its one message is stopped", async () => {
    const server = await endless()
    const terminal = inTerminal(["chat", "--url", server.url, "one"], folder())
    await terminal.until(/thinking about one/)
    terminal.type(controlC)
    const { code, out } = await terminal.ended
    assert.strictEqual(code, 130)
    assert.match(out, /The turn was cancelled\./)
    await server.close()
  })

  it("ends at once with a second Ctrl-C when the gateway does not stop the answer", async () => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/ws" })
    await new Promise((resolve) => server.once("listening", resolve))
    server.on("connection", (socket) =>
      socket.on("message", (data) => {
        const { id, method } = JSON.parse(String(data))
        if (method === "rpc.discover") return socket.send(JSON.stringify({ jsonrpc: "2.0", id, result: {} }))
        const params = { requestId: id, turnId: "turn_0000000000000000", seq: 1, type: "text", data: { text: "hm" } }
        socket.send(JSON.stringify({ jsonrpc: "2.0", method: "chat.event", params }))
      })
    )
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
    const terminal = inTerminal(["chat", "--url", url, "one"], folder())
    await terminal.until(/hm/)
    terminal.type(controlC)
    await terminal.until(/Stopping\. Ctrl-C once more/)
    terminal.type(controlC)
    assert.strictEqual((await terminal.ended).code, 130)
    for (const client of server.clients) client.terminate()
    await new Promise((resolve) => server.close(resolve))
  })
})
