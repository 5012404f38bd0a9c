/** Whatever may be wrong, from outside and from below: a clear error with the next step, and nothing lost. */
import { assert, describe, it } from "@effect/vitest"
import { once } from "node:events"
import { copyFileSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { onTestFinished } from "vitest"
import { plugin, wellBehaved } from "../hostile/modules.ts"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { JsonRpcClient } from "../support/JsonRpcClient.ts"
import { withPlugins } from "../support/repository.ts"

/** Sends a frame as it is and gives the next one that comes. */
const exchange = async ({ socket }: JsonRpcClient, frame: string): Promise<any> => {
  const answer = once(socket, "message")
  socket.send(frame)
  const [data] = await answer
  return JSON.parse(String(data))
}

describe("frames", () => {
  it("what is no JSON-RPC request gets the specification's codes, and the connection goes on", async () => {
    const gateway = await GatewayProcess.start()
    const client = await gateway.open()
    const request = (rest: object) => JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping", ...rest })
    for (const [what, frame, code, id] of [
      ["no JSON", "{", -32700, null],
      ["nothing", "", -32700, null],
      ["half a batch", "[1,", -32700, null],
      ["JavaScript", "{jsonrpc:'2.0'}", -32700, null],
      ["nested without end", "[".repeat(100_000), -32700, null],
      ["a number", "1", -32600, null],
      ["null", "null", -32600, null],
      ["a text", '"ping"', -32600, null],
      ["an empty batch", "[]", -32600, null],
      ["a batch of too many", JSON.stringify(Array.from({ length: 65 }, () => ({}))), -32600, null],
      ["no version", '{"id":1,"method":"ping"}', -32600, 1],
      ["another version", request({ jsonrpc: "1.0" }), -32600, 1],
      ["a method that is a number", request({ method: 7 }), -32600, 1],
      ["parameters that are a text", request({ params: "x" }), -32600, 1],
      ["an id that is an object", request({ id: {} }), -32600, null],
      ["an unknown method", request({ method: "nope" }), -32601, 1],
      ["a method of Object", request({ method: "constructor" }), -32601, 1],
      ["the prototype", request({ method: "__proto__" }), -32601, 1],
      ["an operator's method", request({ method: "gateway.shutdown" }), -32601, 1],
      ["wrong types", request({ method: "chat.send", params: { content: { a: 1 } } }), -32602, 1],
      ["parameters in a list", request({ method: "chat.send", params: ["hello"] }), -32602, 1],
      ["no parameters", request({ method: "chat.send" }), -32602, 1],
      ["an unknown agent", request({ method: "chat.send", params: { content: "a", agent: "nobody" } }), -32005, 1],
      [
        "parameters nested too deep",
        request({ method: "ping", params: JSON.parse(`${'{"a":'.repeat(70)}1${"}".repeat(70)}`) }),
        -32600,
        1
      ]
    ] as const) {
      const answer = await exchange(client, frame)
      assert.strictEqual(answer.error?.code, code, what)
      assert.strictEqual(answer.id, id, what)
      assert.isString(answer.error.message)
    }
    for (const field of ["content", "peer", "idempotencyKey"]) {
      const params = `{"content":"hello","${field}":"a\\ud800b"}`
      const answer = await exchange(client, `{"jsonrpc":"2.0","id":1,"method":"chat.send","params":${params}}`)
      assert.strictEqual(answer.error?.code, -32602, `lone surrogate in ${field}`)
    }
    const batch = await exchange(client, `[1,${request({ id: "a" })},{"jsonrpc":"2.0","method":"ping"}]`)
    assert.sameDeepMembers(
      batch.map(({ error, id, result }: any) => [id, error?.code ?? result.pong]),
      [
        [null, -32600],
        ["a", true]
      ]
    )
    // none of it left anything behind
    assert.deepStrictEqual((await client.call("session.list")).sessions, [])
    assert.strictEqual((await client.call("chat.send", { content: "hello" })).stopReason, "end_turn")
  })

  it("content is limited in bytes, whatever its characters are, and told the limit", async () => {
    const gateway = await GatewayProcess.start()
    const client = await gateway.open()
    for (const content of ["a".repeat(262_145), "\u00e9".repeat(131_073), "\u{1f980}".repeat(65_537)]) {
      const { error } = await client.ask("chat.send", { content })
      assert.strictEqual(error?.code, -32009)
      assert.strictEqual(error?.data.limit, 262_144)
      assert.include(error?.message, "bytes")
    }
    assert.deepStrictEqual((await client.call("session.list")).sessions, [])
    // the door takes the limit itself; that it is more than the model's context is said by the turn
    await client.ask("chat.send", { content: "\u{1f980}".repeat(65_536) })
    assert.strictEqual((await client.call("chat.history")).turns.length, 1)
  })

  it("large, binary and broken frames close their own connection with the right code, and no other", async () => {
    const gateway = await GatewayProcess.start()
    const other = await gateway.open()
    const closes = async (send: (client: JsonRpcClient) => void) => {
      const client = await gateway.open()
      await client.call("ping")
      send(client)
      return (await client.closed).code
    }
    const large = `{"jsonrpc":"2.0","id":1,"method":"chat.send","params":{"content":"${"x".repeat(10_000_000)}"}}`
    assert.strictEqual(await closes(({ socket }) => socket.send(large)), 1009)
    const half = large.slice(0, 600_000)
    const parts = ({ socket }: JsonRpcClient) => {
      for (let n = 0; n < 4; n++) socket.send(half, { fin: false })
    }
    assert.strictEqual(await closes(parts), 1009)
    assert.strictEqual(await closes(({ socket }) => socket.send(Buffer.from("{}"))), 1003)
    const invalid = Buffer.from([0x7b, 0xff, 0xfe, 0x7d])
    assert.strictEqual(await closes(({ socket }) => socket.send(invalid, { binary: false })), 1007)
    assert.strictEqual(await closes(({ socket }) => socket.send("{}", { mask: false })), 1002)
    assert.strictEqual((await other.call("chat.send", { content: "hello" })).stopReason, "end_turn")
    assert.strictEqual((await other.call("chat.history")).turns.length, 1)
  })

  it("any text is a message: emoji, nulls, right-to-left, combining, and a dotted capital I", async () => {
    const gateway = await GatewayProcess.start()
    const client = await gateway.open()
    const texts = [
      "👨‍👩‍👧‍👦",
      "a\u0000b",
      "\u202Eabc",
      "e\u0301",
      "İstanbul İ",
      "\uFEFF",
      "﷽".repeat(50),
      "\n\t ",
      "'; DROP TABLE turns; --"
    ]
    for (const content of texts) {
      const answer = await client.ask("chat.send", { content, peer: "texts" })
      assert.isUndefined(answer.error, JSON.stringify(content))
    }
    const { turns } = await client.call("chat.history", { sessionKey: "default:websocket:local:texts" })
    assert.deepStrictEqual(
      turns.map((turn: any) => turn.user),
      texts
    )
  })
})

/** What a start that fails says and ends with. */
const fails = async (options: GatewayProcess.Start) => {
  const { program } = await GatewayProcess.launch(options)
  assert.isUndefined(await program.waitFor(/listening/), `it started:\n${options.config ?? ""}`)
  const { code, stderr } = await program.exited
  assert.notInclude(stderr, "    at ", "no stack traces for people")
  return { code, stderr }
}

describe("a start that cannot be", () => {
  it("T35: mistakes in the configuration end with code 2 and a sentence with the line", async () => {
    const echo = join(await withPlugins(), "echo.wasm")
    for (const [config, line, says] of [
      ["[budget]\ndaily = 5\n", 1, "budgets"],
      ["[gateway]\n\nprot = 7200\n", 3, "port"],
      ['[agent]\nmax_tokens = "x"\n', 2, "agent.max_tokens"],
      ["[agent]\nmax_tokens = 0\n", 2, "1000000"],
      ["[gateway\n", 1, "config.toml"],
      ["[gateway]\nport = 1\nport = 2\n", 3, "port"],
      ['[agent]\nprovider = "openia"\n', 2, "openai"],
      ['[agent]\nprovider = "openai"\n', undefined, "model"],
      ['[[agents]]\nid = "a"\n[[agents]]\nid = "a"\n', undefined, '"a"'],
      ['[[bindings]]\nagent_id = "nobody"\npeer_id = "x"\n', 2, "nobody"],
      ['[[bindings]]\nagent_id = "default"\n', undefined, "at least one"],
      ["[budgets]\ndaily = -1\n", 2, "budgets.daily"],
      ['[budgets]\ntimezone = "Mars/Phobos"\n', 2, "timezone"],
      ['[casil]\nmode = "off"\n', 2, "enforce"]
    ] as const) {
      const { code, stderr } = await fails({ config })
      assert.strictEqual(code, 2, config)
      assert.include(stderr, line === undefined ? "config.toml" : `config.toml:${line}`, config)
      assert.include(stderr, says, config)
    }
    // what only the loaded plugins tell, before anybody is let in
    for (const [config, line, says] of [
      ['[agent]\ntools = ["echo", "nope"]\n', 2, /"agent.tools" names the tool "nope", .* There are: .*echo/],
      ['[agent]\napprove = ["ecko"]\n', 2, /"ecko"/],
      [`[agent]\nskill = "echo"\n[[plugins]]\nname = "echo"\npath = "${echo}"\n`, 2, /None of the plugins does/]
    ] as const) {
      const { code, stderr } = await fails({ config })
      assert.strictEqual(code, 2, config)
      assert.include(stderr, `config.toml:${line}`, config)
      assert.match(stderr, says)
    }
    const missing = await fails({ env: { EXOCLAW_CONFIG: "/nonexistent/config.toml" } })
    assert.strictEqual(missing.code, 2)
    assert.include(missing.stderr, "EXOCLAW_CONFIG")
    const variable = await fails({ env: { EXOCLAW_BUDGETS_DAILY: "much" } })
    assert.strictEqual(variable.code, 2)
    assert.include(variable.stderr, "EXOCLAW_BUDGETS_DAILY")
    const flag = await fails({ args: ["--bind", "not an address"] })
    assert.notStrictEqual(flag.code, 0)
  })

  it("T19: a missing, corrupt, swapped or overreaching plugin is named with its reason", async () => {
    const folder = await withPlugins()
    const state = GatewayProcess.temporaryFolder()
    const put = (name: string, bytes: Uint8Array) => writeFileSync(join(state, name), bytes)
    put("corrupt.wasm", Buffer.from("this is no module"))
    put("cut.wasm", wellBehaved.subarray(0, wellBehaved.length - 20))
    put("trap.wasm", plugin("(unreachable)", { more: "(start 1)" }))
    copyFileSync(join(folder, "echo.wasm"), join(state, "echo.wasm"))
    copyFileSync(join(folder, "notes.wasm"), join(state, "notes.wasm"))
    const entry = (name: string, rest: string) => `[[plugins]]\nname = "${name}"\n${rest}\n`
    for (const [name, config, says] of [
      ["gone", entry("gone", 'path = "gone.wasm"'), "does not exist"],
      ["corrupt", entry("corrupt", 'path = "corrupt.wasm"'), "corrupt"],
      ["cut", entry("cut", 'path = "cut.wasm"'), "cut"],
      ["trap", entry("trap", 'path = "trap.wasm"'), "trap"],
      ["pinned", entry("pinned", `path = "echo.wasm"\nsha256 = "${"0".repeat(64)}"`), "SHA-256"],
      ["notes", entry("notes", 'path = "notes.wasm"'), "store:"],
      ["notes", entry("notes", 'path = "notes.wasm"\ncapabilities = ["stoer:notes"]'), "store"],
      ["second", entry("first", 'path = "echo.wasm"') + entry("second", 'path = "echo.wasm"'), "echo"]
    ] as const) {
      const { code, stderr } = await fails({ state, config })
      assert.isAbove(code ?? 0, 0, name)
      assert.include(stderr, `"${name}"`, name)
      assert.include(stderr, says, name)
    }
  })

  it("a corrupt, foreign, newer or locked database is not touched", async () => {
    const corrupt = GatewayProcess.temporaryFolder()
    const file = join(corrupt, "exoclaw.db")
    const garbage = Buffer.alloc(8192, "this is no database. ")
    writeFileSync(file, garbage)
    const first = await fails({ state: corrupt })
    assert.strictEqual(first.code, 1)
    assert.include(first.stderr, file)
    assert.include(first.stderr, "restore a backup")
    assert.isTrue(readFileSync(file).equals(garbage))

    const newer = GatewayProcess.temporaryFolder()
    const database = new DatabaseSync(join(newer, "exoclaw.db"))
    database.exec("CREATE TABLE migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")
    database.exec("INSERT INTO migrations VALUES (99999, 'of the future')")
    database.close()
    const second = await fails({ state: newer })
    assert.strictEqual(second.code, 1)
    assert.include(second.stderr, "newer exoclaw")

    const locked = GatewayProcess.temporaryFolder()
    const holder = new DatabaseSync(join(locked, "exoclaw.db"))
    onTestFinished(() => holder.close())
    holder.exec("BEGIN EXCLUSIVE")
    const third = await fails({ state: locked })
    assert.strictEqual(third.code, 1)
    assert.include(third.stderr, "locked by another process")
  })

  it("a port in use is named, with what to do", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const state = GatewayProcess.temporaryFolder()
    const run = async (args: ReadonlyArray<string>) => {
      const program = GatewayProcess.spawnProgram(["gateway", "--state", state, ...args], { HOME: state })
      return program.exited
    }
    for (const { args, next } of [
      { args: ["--port", String(port), "--operator-port", "0"], next: "--port or gateway.port" },
      { args: ["--port", "0", "--operator-port", String(port)], next: "--operator-port or gateway.operator_port" }
    ]) {
      const { code, stderr, stdout } = await run(args)
      assert.strictEqual(code, 1)
      assert.include(stderr, `port ${port} is in use`)
      assert.include(stderr, `another port with ${next}`)
      assert.notInclude(stdout, "listening")
    }
  })

  it("a home and a state folder that cannot be written are named", async () => {
    const folder = GatewayProcess.temporaryFolder()
    const file = join(folder, "file")
    writeFileSync(file, "kept")
    for (const state of [file, join(file, "deeper")]) {
      const program = GatewayProcess.spawnProgram(["gateway", "--port", "0", "--state", state], { HOME: folder })
      const { code, stderr } = await program.exited
      assert.strictEqual(code, 1)
      assert.include(stderr, state)
      assert.include(stderr, "EXOCLAW_STATE")
    }
    const program = GatewayProcess.spawnProgram(["gateway", "--port", "0"], { HOME: file })
    const { code, stderr } = await program.exited
    assert.isAbove(code ?? 0, 0)
    assert.include(stderr, file)
    assert.strictEqual(readFileSync(file, "utf8"), "kept")
    // a folder of somebody else's keeps its mode
    const open = join(folder, "open")
    mkdirSync(open, { mode: 0o755 })
    const gateway = await GatewayProcess.start({ state: open })
    assert.strictEqual(statSync(open).mode & 0o777, 0o755)
    await gateway.kill("SIGTERM")
  })
})

describe("a database that is locked while the gateway runs", () => {
  it("refuses with -32014 and loses nothing; goes on when it is free again", async () => {
    const gateway = await GatewayProcess.start()
    const client = await gateway.open()
    const before = await client.call("chat.send", { content: "hello" })
    // the gateway may still be writing what comes after an answer
    const holder = new DatabaseSync(join(gateway.state, "exoclaw.db"), { timeout: 10_000 })
    onTestFinished(() => holder.close())
    holder.exec("BEGIN IMMEDIATE")
    const message = { content: "hello again", idempotencyKey: "locked" }
    const { error } = await client.ask("chat.send", message)
    assert.strictEqual(error?.code, -32014)
    assert.strictEqual((await client.call("ping")).pong, true)
    assert.strictEqual((await client.call("chat.history")).turns[0].turnId, before.turnId)
    holder.exec("ROLLBACK")
    const after = await client.call("chat.send", message)
    assert.strictEqual(after.stopReason, "end_turn")
    assert.strictEqual((await client.call("chat.history")).turns.length, 2)
  })
})

describe("a state folder that is deleted while the gateway runs", () => {
  it("T33: takes no message that would be gone with the process, and says that it is not ready", async () => {
    const gateway = await GatewayProcess.start()
    const client = await gateway.open()
    await client.call("chat.send", { content: "hello" })
    const ready = async () => (await fetch(`${gateway.operatorUrl}/ready`)).status
    /** The probe writes at most once a second, so an answer may be that old. */
    const becomes = async (status: number) => {
      while ((await ready()) !== status);
    }
    assert.strictEqual(await ready(), 200)
    renameSync(gateway.state, `${gateway.state}-away`)
    const { error } = await client.ask("chat.send", { content: "hello again" })
    assert.strictEqual(error?.code, -32014)
    await becomes(503)
    renameSync(`${gateway.state}-away`, gateway.state)
    await becomes(200)
    assert.strictEqual((await client.call("chat.send", { content: "hello again" })).stopReason, "end_turn")
  })
})
