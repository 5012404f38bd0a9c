/** What the doors of the real program let in: rows 1 to 10, 28 and 31 of the threats. */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import { randomBytes } from "node:crypto"
import { readFileSync, statSync } from "node:fs"
import { createServer } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { ClientRpcs, OpenRpcs } from "../../src/gateway/ClientRpcs.ts"
import { OperatorRpcs } from "../../src/gateway/OperatorRpcs.ts"
import { RequiredScope } from "../../src/gateway/ScopedRpc.ts"
import { clientScopes, operatorScopes } from "../../src/identity/Scope.ts"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { JsonRpcClient } from "../support/JsonRpcClient.ts"
import { request, upgradeTo } from "../support/knock.ts"

const token = () => randomBytes(32).toString("hex")
const turnId = "turn_0000000000000000"

/** Parameters that decode, where a method needs any. */
const params: Readonly<Record<string, unknown>> = {
  "chat.send": { content: "hello" },
  "chat.resume": { turnId },
  "chat.cancel": { turnId },
  "session.get": { sessionKey: "default:websocket:local:main" },
  "session.clear": { sessionKey: "default:websocket:local:main" },
  "approval.resolve": { id: "appr_0000000000000000", hash: "0".repeat(64), decision: "deny" },
  "memory.search": { query: "dog" },
  "memory.forget": { text: "nothing of the kind", rehearse: true },
  "memory.import": { records: [] },
  "plugin.inspect": { name: "echo" },
  "plugin.load": { name: "echo" },
  "plugin.unload": { name: "echo" },
  "gateway.disconnect": { id: "1000000" },
  "schedule.run": { id: "nothing" },
  "schedule.pause": { id: "nothing" },
  "schedule.resume": { id: "nothing" },
  "token.create": { name: "made", scopes: ["chat:send"] },
  "token.rotate": { name: "made" },
  "token.revoke": { name: "made" }
}

const methodsOf = (group: typeof ClientRpcs | typeof OperatorRpcs) =>
  [...group.requests].map(([method, rpc]) => ({ method, scope: Context.get(rpc.annotations, RequiredScope) }))

const listeners = [
  { name: "client", methods: methodsOf(ClientRpcs), others: methodsOf(OperatorRpcs) },
  { name: "operator", methods: methodsOf(OperatorRpcs), others: methodsOf(ClientRpcs) }
] as const

const urlOf = (gateway: GatewayProcess.Gateway, name: "client" | "operator") =>
  name === "client" ? gateway.url : gateway.operatorUrl
const wsOf = (url: string) => `${url.replace("http", "ws")}/ws`

const routes = {
  client: ["/health"],
  operator: ["/health", "/ready", "/version", "/metrics"]
}

const guarded = () => GatewayProcess.start({ env: { EXOCLAW_TOKEN: token() } })

/** A token with these scopes, made by the operator. */
const tokenWith = async (gateway: GatewayProcess.Gateway, name: string, scopes: ReadonlyArray<string>) => {
  const operator = await gateway.openOperator()
  const made = await operator.call("token.create", { name, scopes })
  await operator.close()
  return made.token as string
}

const codeOf = async (client: JsonRpcClient, method: string, with_: unknown = params[method]) =>
  (await client.ask(method, with_)).error?.code

describe("T10: every method and every route, with everything that may be wrong about the asker", () => {
  it("methods without, with a wrong and with a narrow token", async () => {
    const gateway = await guarded()
    for (const { methods, name } of listeners) {
      const url = wsOf(urlOf(gateway, name))
      assert.strictEqual(
        (await upgradeTo(urlOf(gateway, name), "/ws", { authorization: `Bearer ${token()}` })).status,
        401
      )
      const nobody = await JsonRpcClient.open(url)
      for (const { method } of methods) assert.strictEqual(await codeOf(nobody, method), -32001, `${method}: no token`)
      assert.strictEqual(await codeOf(nobody, "auth.login", { token: token() }), -32001)
      for (const { method } of methods)
        assert.strictEqual(await codeOf(nobody, method), -32001, `${method}: wrong token`)
      assert.isNull((await nobody.call("status")).authenticated)

      // a scope that opens nothing here
      const foreign = name === "client" ? "audit:read" : "chat:send"
      const narrow = await JsonRpcClient.open(url, await tokenWith(gateway, `narrow-${name}`, [foreign]))
      const all = [...clientScopes, ...operatorScopes]
      for (const { method, scope } of methods) {
        assert.isDefined(scope, `${method} has a scope`)
        const { error } = await narrow.ask(method, params[method])
        assert.strictEqual(error?.code, -32002, `${method}: no scope`)
        assert.strictEqual(error?.data.scope, scope)
      }
      for (const [n, scope] of [...new Set(methods.map((one) => one.scope))].entries()) {
        const others = await tokenWith(
          gateway,
          `others-${name}-${n}`,
          all.filter((one) => one !== scope)
        )
        const without = await JsonRpcClient.open(url, others)
        for (const one of methods.filter((candidate) => candidate.scope === scope)) {
          // admin opens every operator method
          if (name === "operator" && scope !== "admin") continue
          assert.strictEqual(await codeOf(without, one.method), -32002, `${one.method}: every scope but ${scope}`)
        }
        without.socket.terminate()
      }
      narrow.socket.terminate()
      nobody.socket.terminate()
    }
  })

  it("each port asked for the other's methods, with the token that may do everything", async () => {
    const gateway = await guarded()
    for (const { methods, name, others } of listeners) {
      const client = await JsonRpcClient.open(wsOf(urlOf(gateway, name)), gateway.operatorToken)
      for (const { method } of others) {
        if (methods.some((own) => own.method === method)) continue
        assert.strictEqual(await codeOf(client, method), -32601, `${method} on the ${name} listener`)
      }
      const { methods: listed } = await client.call("rpc.discover")
      assert.sameMembers(
        listed.map((one: any) => one.name),
        ["rpc.cancel", ...OpenRpcs.requests.keys(), ...methods.map(({ method }) => method)]
      )
      client.socket.terminate()
    }
  })

  it("routes with a foreign Origin, a null Origin and foreign Hosts; each port asked for the other's routes", async () => {
    const gateway = await guarded()
    for (const { name } of listeners) {
      const url = urlOf(gateway, name)
      const { host, port } = new URL(url)
      const wrong: ReadonlyArray<readonly [string, Record<string, string>]> = [
        ["foreign Origin", { origin: "https://evil.example" }],
        ["null Origin", { origin: "null" }],
        ["Origin of another port", { origin: "http://127.0.0.1:1" }],
        ["foreign Host", { host: "evil.example" }],
        ["rebinding Host", { host: `evil.example:${port}` }],
        ["foreign Host with its own Origin", { host: "evil.example", origin: "http://evil.example" }]
      ]
      for (const [what, headers] of wrong) {
        const authorized = { ...headers, authorization: `Bearer ${gateway.operatorToken}` }
        assert.strictEqual((await upgradeTo(url, "/ws", authorized)).status, 403, `${name} /ws: ${what}`)
        for (const route of routes[name]) {
          assert.strictEqual((await request(url, route, headers)).status, 403, `${name} ${route}: ${what}`)
          assert.strictEqual((await request(url, route, headers, "POST")).status, 403, `${name} POST ${route}: ${what}`)
        }
      }
      for (const route of routes[name]) assert.strictEqual((await request(url, route)).status, 200, route)
      assert.strictEqual((await upgradeTo(url, "/ws", { origin: `http://${host}` })).status, 101)
      for (const route of routes[name === "client" ? "operator" : "client"]) {
        if (routes[name].includes(route)) continue
        assert.strictEqual((await request(url, route)).status, 404, `${route} on the ${name} listener`)
      }
    }
  })

  it("paths that only look like a served one are not served", async () => {
    const gateway = await guarded()
    for (const path of [
      "/%77s",
      "/ws/",
      "//ws",
      "/./ws",
      "/x/../ws",
      "/ws%2f",
      "/ws%00",
      "/WS",
      "/ws;a=b",
      "/%2577s"
    ]) {
      assert.strictEqual((await upgradeTo(gateway.url, path)).status, 404, path)
    }
    for (const path of ["/metrics", "/%6detrics", "//metrics", "/health/../metrics", "/metrics/", "/metrics%2f"]) {
      assert.notStrictEqual((await request(gateway.url, path)).status, 200, path)
    }
  })
})

describe("tokens", () => {
  it("T1, T3: without a token a web page gets nothing; a weak EXOCLAW_TOKEN does not start", async () => {
    const open = await GatewayProcess.start()
    assert.strictEqual((await upgradeTo(open.url, "/ws", { origin: "https://evil.example" })).status, 403)
    for (const weak of ["short", "   ", "aaaaaaaaaaaaaaaaaaaaaaaa", "passwordpassword", "1234567890123456"]) {
      const { program } = await GatewayProcess.launch({ env: { EXOCLAW_TOKEN: weak } })
      const { code, stderr, stdout } = await program.exited
      assert.notStrictEqual(code, 0, weak)
      assert.notInclude(stdout, "listening")
      assert.include(stderr, "EXOCLAW_TOKEN")
      assert.include(stderr, "openssl rand")
      if (weak.trim() !== "") assert.notInclude(stderr, weak)
    }
  })

  it("T3: a bind beyond loopback without a token does not start", async () => {
    const { program } = await GatewayProcess.launch({ config: '[gateway]\nbind = "0.0.0.0"\n' })
    const { code, stderr } = await program.exited
    assert.strictEqual(code, 2)
    assert.include(stderr, "Auth token required when binding to non-loopback address.")
  })

  it("T5: large frames and idle sockets before authentication are cut, guessing locks the address", async () => {
    const gateway = await GatewayProcess.start({
      env: { EXOCLAW_TOKEN: token() },
      config: "[gateway.limits]\nauth_deadline = 1\n"
    })
    const large = await JsonRpcClient.open(wsOf(gateway.url))
    large.socket.send(`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${"x".repeat(66_000)}"}}`)
    assert.strictEqual((await large.closed).code, 1009)
    const idle = await JsonRpcClient.open(wsOf(gateway.url))
    const busy = await JsonRpcClient.open(wsOf(gateway.url))
    await busy.call("ping")
    assert.strictEqual((await idle.closed).code, 4401)
    assert.strictEqual((await busy.closed).code, 4401)

    const guesser = await JsonRpcClient.open(wsOf(gateway.url))
    const codes: Array<number | undefined> = []
    for (let n = 0; n < 10; n++) codes.push(await codeOf(guesser, "auth.login", { token: `${token()}${n}` }))
    // the tenth failure locks
    assert.deepStrictEqual(codes, [...Array.from({ length: 9 }, () => -32001), -32003])
    const locked = await guesser.ask("auth.login", { token: gateway.operatorToken })
    assert.strictEqual(locked.error?.code, -32003)
    assert.isAbove(locked.error?.data.retryAfterMs, 0)
    const knocked = await upgradeTo(gateway.url, "/ws", { authorization: `Bearer ${gateway.operatorToken}` })
    assert.strictEqual(knocked.status, 429)
    assert.isAbove(Number(knocked.headers["retry-after"]), 0)
  })

  it("T5: guesses at one listener lock that listener, for every token and every way in, and not the other", async () => {
    for (const [guessed, other] of [
      ["client", "operator"],
      ["operator", "client"]
    ] as const) {
      const gateway = await guarded()
      const valid = gateway.operatorToken
      const logIn = await JsonRpcClient.open(wsOf(urlOf(gateway, guessed)))
      // guesses of both kinds count together
      for (let n = 0; n < 5; n++) {
        await codeOf(logIn, "auth.login", { token: `${token()}${n}` })
        await upgradeTo(urlOf(gateway, guessed), "/ws", { authorization: `Bearer ${token()}` })
      }
      assert.strictEqual(await codeOf(logIn, "auth.login", { token: valid }), -32003)
      assert.strictEqual(
        (await upgradeTo(urlOf(gateway, guessed), "/ws", { authorization: `Bearer ${valid}` })).status,
        429
      )
      const bearer = await JsonRpcClient.open(wsOf(urlOf(gateway, other)), valid)
      assert.strictEqual((await bearer.call("status")).authenticated.id, "token:operator")
      const frame = await JsonRpcClient.open(wsOf(urlOf(gateway, other)))
      assert.strictEqual(await codeOf(frame, "auth.login", { token: valid }), undefined)
      // the other one has a lock as well
      for (let n = 0; n < 10; n++) await codeOf(frame, "auth.login", { token: `${token()}${n}` })
      assert.strictEqual(await codeOf(frame, "auth.login", { token: valid }), -32003)
    }
  })

  it("T8: a token of the command line is in no process list and in no output", async () => {
    const secret = token()
    const gateway = await GatewayProcess.start({ args: ["--token", secret] })
    const shown = readFileSync(`/proc/${gateway.child.pid}/cmdline`, "utf8")
    assert.notInclude(shown, secret)
    const client = await gateway.open(secret)
    assert.strictEqual((await client.call("status")).authenticated.id, "token:env")
    assert.notInclude(gateway.stdout + gateway.stderr, secret)
    assert.include(gateway.stderr, "--token-file")
    assert.strictEqual((await upgradeTo(gateway.url, `/ws?token=${secret}`)).status, 101)
    assert.isNull((await (await gateway.open()).call("status")).authenticated)
  })

  it("T9: a revoked token's live connections are closed, the others stay", async () => {
    const gateway = await guarded()
    const first = await gateway.open(await tokenWith(gateway, "first", ["chat:send"]))
    const secret = await tokenWith(gateway, "second", ["chat:send"])
    const second = await gateway.open(secret)
    const later = await gateway.open()
    assert.strictEqual((await later.call("auth.login", { token: secret })).id, "token:second")
    const operator = await gateway.openOperator()
    assert.deepStrictEqual(await operator.call("token.revoke", { name: "second" }), { revoked: true })
    assert.strictEqual((await second.closed).code, 4401)
    assert.strictEqual((await later.closed).code, 4401)
    assert.strictEqual((await first.call("status")).authenticated.id, "token:first")
    assert.strictEqual((await upgradeTo(gateway.url, "/ws", { authorization: `Bearer ${secret}` })).status, 401)
  })

  it("T36: what the first start writes can be read by its owner only", async () => {
    const gateway = await GatewayProcess.start()
    const client = await gateway.open()
    await client.call("chat.send", { content: "hello" })
    for (const name of ["operator.token", "exoclaw.db", "exoclaw.db-wal", "exoclaw.db-shm"]) {
      assert.strictEqual(statSync(join(gateway.state, name)).mode & 0o077, 0, name)
    }
  })
})

describe("whose it is", () => {
  it("T6, T26: another principal's account, sessions and turns need session:any", async () => {
    const gateway = await guarded()
    const scopes = ["chat:send", "session:read", "session:write", "budget:read"]
    const anna = await gateway.open(await tokenWith(gateway, "anna", scopes))
    const bert = await gateway.open(await tokenWith(gateway, "bert", scopes))
    const hers = await anna.call("chat.send", { content: "remember that my dog is called Luna", idempotencyKey: "k" })
    const taken = await bert.ask("chat.send", { content: "hello", account: "token:anna" })
    assert.strictEqual(taken.error?.code, -32002)
    assert.strictEqual(taken.error?.data.scope, "session:any")
    for (const [method, with_] of [
      ["chat.history", { sessionKey: hers.sessionKey }],
      ["session.get", { sessionKey: hers.sessionKey }],
      ["session.clear", { sessionKey: hers.sessionKey }],
      ["chat.resume", { turnId: hers.turnId }],
      ["chat.resume", { idempotencyKey: "k" }],
      ["chat.cancel", { turnId: hers.turnId }],
      ["budget.status", { sessionKey: hers.sessionKey }]
    ] as const) {
      // not there and not yours are one answer
      const { error } = await bert.ask(method, with_)
      assert.strictEqual(error?.code, -32013, method)
      const invented = JSON.stringify(with_)
        .replaceAll("anna", "nobody")
        .replaceAll(hers.turnId, turnId)
        .replace('"k"', '"j"')
      assert.deepStrictEqual((await bert.ask(method, JSON.parse(invented))).error, error, method)
    }
    assert.deepStrictEqual((await bert.call("session.list")).sessions, [])
    assert.strictEqual((await bert.call("usage.query")).total.calls, 0)
    const asked = await bert.call("chat.send", { content: "what is my dog called?" })
    assert.notInclude(asked.text, "Luna")
    const own = await anna.call("chat.history", { sessionKey: hers.sessionKey })
    assert.strictEqual(own.turns.length, 1)
  })

  it("T7: names that only look alike when joined are different sessions", async () => {
    const gateway = await GatewayProcess.start()
    const client = await gateway.open()
    const places = [
      { account: "a:b", peer: "c" },
      { account: "a", peer: "b:c" },
      { account: "a%3Ab", peer: "c" },
      { account: "a", peer: "b", team: "c" },
      { account: "a", peer: "b", guild: "c" },
      { account: "a", peer: "b/c" },
      { account: "a", channel: "websocket:a", peer: "c" }
    ]
    const keys = new Set<string>()
    for (const [n, place] of places.entries()) {
      const { sessionKey } = await client.call("chat.send", { content: `hello ${n}`, ...place })
      const { turns } = await client.call("chat.history", { sessionKey })
      assert.deepStrictEqual(
        turns.map((turn: any) => turn.user),
        [`hello ${n}`]
      )
      keys.add(sessionKey)
    }
    assert.strictEqual(keys.size, places.length)
  })
})

describe("limits", () => {
  it("T28: a field over its limit is refused by name, and nothing is stored of it", async () => {
    const gateway = await GatewayProcess.start()
    const client = await gateway.open()
    const long = "x".repeat(257)
    for (const [field, value] of [
      ["content", ""],
      ["content", 7],
      ["peer", long],
      ["peer", ""],
      ["account", long],
      ["channel", long],
      ["guild", long],
      ["team", long],
      ["agent", "x".repeat(65)],
      ["agent", "a b"],
      ["idempotencyKey", "x".repeat(129)],
      ["idempotencyKey", "a b"],
      ["maxTokens", 0],
      ["maxTokens", -1],
      ["maxTokens", 1.5],
      ["maxTokens", 1_000_001],
      ["maxTokens", "5"],
      ["maxTokens", null]
    ] as const) {
      const { error } = await client.ask("chat.send", { content: "hello", [field]: value })
      assert.strictEqual(error?.code, -32602, `${field}: ${String(value).slice(0, 20)}`)
      assert.include(JSON.stringify(error?.data), field)
      assert.notInclude(JSON.stringify(error), "xxxxxxxx")
    }
    for (const [method, with_] of [
      ["chat.resume", { turnId: "turn_x" }],
      ["chat.resume", { turnId, idempotencyKey: "k" }],
      ["chat.resume", {}],
      ["chat.history", { limit: 501 }],
      ["session.list", { limit: 0 }],
      ["session.get", { sessionKey: "x".repeat(4097) }],
      ["chat.cancel", {}]
    ] as const) {
      assert.strictEqual(await codeOf(client, method, with_), -32602, method)
    }
    assert.deepStrictEqual((await client.call("session.list")).sessions, [])
  })

  it("T31: what a provider says in an error is shown to nobody but the operator's log, and no key is in either", async () => {
    const said = "canary-of-the-provider"
    const key = `sk-${token()}`
    let status = 400
    const server = createServer((asked, response) => {
      asked.resume().on("end", () => {
        response.writeHead(status, { "content-type": "application/json" })
        response.end(JSON.stringify({ error: { message: `${said}: ${asked.headers.authorization}`, code: said } }))
      })
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const gateway = await GatewayProcess.start({
      env: { OPENAI_API_KEY: key },
      config: `[agent]\nprovider = "openai"\nmodel = "m"\nbase_url = "http://127.0.0.1:${port}/v1"\n`
    })
    const client = await gateway.open()
    for (status of [400, 401, 403, 404, 422, 500]) {
      const { error } = await client.ask("chat.send", { content: "hello" })
      assert.strictEqual(error?.code, -32006, String(status))
      assert.isString(error?.data.kind)
      assert.isBoolean(error?.data.retryable)
    }
    await client.call("chat.history")
    assert.notInclude(client.frames.join("\n"), said)
    const { accounts } = await client.call("budget.status")
    for (const account of accounts) assert.deepInclude(account, { held: 0, spent: 0 })
    const ended = await gateway.kill("SIGTERM")
    for (const text of [client.frames.join("\n"), ended.stdout, ended.stderr]) assert.notInclude(text, key)
  })
})
