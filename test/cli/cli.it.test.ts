/** The commands against a real gateway; those that have to do with processes and pipes in a process of their own. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { createServer } from "node:net"
import * as path from "node:path"
import { type Gateway, runToEnd, start, startGateway } from "./processes.ts"
import { exoclaw as inThisProcess, folder } from "./support.ts"

let gateway: Gateway
const exoclaw = (args: string) => inThisProcess(args.split(" "), { home: gateway.home })
const inProcess = (args: string, input = "") => runToEnd(args.split(" "), gateway.home, input)
const json = async (args: string) => {
  const { code, err, out } = await exoclaw(args)
  assert.strictEqual(code, 0, err)
  return JSON.parse(out)
}

beforeAll(async () => {
  gateway = await startGateway(folder(), "[budgets]\ndaily = 50000\n")
})
afterAll(() => gateway.stop())

describe("chat", () => {
  it("prints the answer on standard output, and the tool call and the receipt beside it", async () => {
    const { code, err, out } = await runToEnd(["chat", "use echo to say hi"], gateway.home)
    assert.strictEqual(code, 0, err)
    assert.match(out, /hi/)
    assert.match(err, /^-> echo \{"message":"hi"\}\n<- echo: hi\n\d+ tokens, \$0\.00 \| .*tools: echo 1x/m)
  })

  it("takes one message per line from a pipe and goes on with the conversation", async () => {
    const { code, err, out } = await inProcess(
      "chat --peer pipe",
      "remember that my dog is called Luna\n\nwhat is my dog called?\n"
    )
    assert.strictEqual(code, 0, err)
    assert.match(out, /Luna[\s\S]*Luna/)
    assert.lengthOf(err.match(/ tokens, /g)!, 2)
  })

  it("gives events and the result as JSON, one per line", async () => {
    const { code, out } = await exoclaw("chat --json --peer json hello")
    assert.strictEqual(code, 0)
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    assert.strictEqual(lines[0].type, "accepted")
    assert.strictEqual(lines.at(-1).type, "result")
    assert.isAbove(lines.at(-1).receipt.totalTokens, 0)
  })

  it("exits with 1 and the gateway's sentence for an agent that is not there", async () => {
    const { code, err, out } = await exoclaw("chat --agent nobody hello")
    assert.strictEqual(code, 1)
    assert.strictEqual(out, "")
    assert.match(err, /^exoclaw: There is no agent of that name\b.*\.$/m)
  })
})

describe("the operator's commands", () => {
  it("show the gateway and its state", async () => {
    const status = await json("status --json")
    assert.isTrue(status.ready)
    assert.strictEqual(status.state.stateDir, path.join(gateway.home, ".exoclaw"))
    const { out } = await exoclaw("status")
    assert.match(out, /^exoclaw \d+\.\d+\.\d+, ready, up /)
    assert.match(status.client, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    assert.include(out, `client listener    ${status.client}\n`)
  })

  it("list the plugins and look into one", async () => {
    const names = (await json("plugin list --json")).map(({ name }: { name: string }) => name)
    assert.includeMembers(names, ["echo", "notes"])
    assert.match((await exoclaw("plugin list")).out, /^NAME +TOOLS +GRANTS +SHA-256\n/)
    assert.strictEqual((await json("plugin inspect echo --json")).name, "echo")
    assert.match((await exoclaw("plugin inspect notes")).out, /^grants +store:notes \(on untrusted text it runs\)$/m)
    const { code, err } = await exoclaw("plugin inspect nothing")
    assert.strictEqual(code, 1)
    assert.match(err, /no plugin of that name/)
  })

  it("show what was spent", async () => {
    await exoclaw("chat --peer spent hello")
    const accounts = await json("budget --json")
    const day = accounts.find(({ scope, unit }: any) => scope === "day" && unit === "tokens")
    assert.strictEqual(day.limit, 50_000)
    assert.isAbove(day.spent, 0)
    const budget = (await exoclaw("budget")).out
    assert.match(budget, /^day .* 50000 +\d+ +\[#+-+w-+\] \d+% +\d+/m)
    assert.notInclude(budget, "\u001b")
    assert.isAtLeast(day.forecast.expected, day.spent)
    assert.strictEqual(day.warnAt, 37_500)
    for (const by of ["agent", "session", "day", "model"]) {
      const { rows, total } = await json(`usage --by ${by} --json`)
      assert.isAbove(rows.length, 0)
      assert.isAbove(total.inputTokens, 0)
    }
    assert.match((await exoclaw("usage --by model")).out, /^MODEL +CALLS [\s\S]*^total +\d+ /m)
    await exoclaw("chat --peer spent use echo to say hi")
    const { rows } = await json("usage --by tool --json")
    assert.deepInclude(rows[0], { group: "echo", errors: 0 })
    assert.isAbove(rows[0].inputTokens, 0)
    assert.match((await exoclaw("usage --by tool")).out, /^TOOL +CALLS +ERRORS +MS +IN PROMPTS +COST\necho +\d+ +0 /m)
    assert.match(
      (await exoclaw("usage --by tool --csv")).out,
      /^tool,calls,errors,ms,inputTokens,costMicros\r\necho,\d+,0,/
    )
    assert.match((await exoclaw("usage --csv --by agent")).out, /^agent,calls,inputTokens,.*\r\ndefault,\d+,/)
    assert.deepStrictEqual((await json("usage --json --from 2000-01-01 --to 2000-01-02")).rows, [])
    assert.isNotEmpty((await json("usage --json --from 30d")).rows)
    assert.isEmpty((await json("usage --json --to 30d")).rows)
  })

  it("read the audit log, and verify it in its file", async () => {
    const entries = await json("audit query --json --limit 3")
    assert.deepStrictEqual(
      entries.map(({ seq }: { seq: number }) => seq),
      [1, 2, 3]
    )
    assert.strictEqual((await exoclaw("audit query --limit 3")).err, "There may be more: --after 3.\n")
    assert.strictEqual((await exoclaw("audit query --kind gateway.start")).err, "")
    assert.match((await exoclaw("audit query --kind auth.accepted")).out, /^POSITION +TIME +KIND[\s\S]*auth\.accepted/)
    assert.strictEqual((await exoclaw("audit query --limit 5000")).code, 2)
    const none = { code: 0, out: "", err: "No entry of the audit log matches.\n" }
    assert.deepStrictEqual(await exoclaw("audit query --kind budget.alarm"), none)
    const unknown = await exoclaw("audit query --kind no.such")
    assert.strictEqual(unknown.code, 2)
    assert.match(unknown.err, /no kind "no\.such"\. There are: .*budget\.alarm/)
    const { broken, entries: count, head } = await json("audit verify --json")
    assert.isNull(broken)
    assert.isAbove(count, 3)
    assert.match((await exoclaw(`audit verify --anchor ${count}:${head}`)).out, /^The chain is whole: \d+ entries\.$/m)
    const forged = await exoclaw(`audit verify --anchor ${count}:${"0".repeat(64)}`)
    assert.strictEqual(forged.code, 6)
    assert.match(forged.err, /is not the one that was noted/)
  })

  it("refuse the operator's token of another state folder", async () => {
    const { gateway: settings } = (await json("config print --json")).values.reduce(
      (all: any, { key, value }: any) => ({ gateway: { ...all.gateway, [key]: value } }),
      { gateway: {} }
    )
    const url = `ws://127.0.0.1:${settings["gateway.operator_port"]}`
    const { code, err } = await runToEnd(["status", "--url", url, "--state", folder()], folder())
    assert.strictEqual(code, 4)
    assert.match(err, /There is no operator\.token to read in .*: name the gateway's state folder with --state\./)
    const other = folder()
    fs.writeFileSync(path.join(other, "operator.token"), `${"x".repeat(40)}\n`)
    const client = `ws://127.0.0.1:${settings["gateway.port"]}`
    for (const command of ["budget", "plugin list", "approve"]) {
      const refused = await exoclaw(`${command} --url ${client} --state ${other}`)
      assert.strictEqual(refused.code, 4, command)
      assert.include(refused.err, "does not prove that it knows the operator's token, so it was not sent there.")
      assert.include(refused.err, `another state folder than ${other}: name its own with --state.`)
    }
  })
})

describe("--url", () => {
  it("of the other listener is told to be that, also where both know the method", async () => {
    const { values } = await json("config print --json")
    const port = (name: string) => values.find(({ key }: { key: string }) => key === `gateway.${name}`).value
    for (const command of ["status", "usage", "token list"]) {
      const { code, err } = await exoclaw(`${command} --url ws://127.0.0.1:${port("port")}`)
      assert.strictEqual(code, 2)
      assert.match(err, /is the client listener, and this command needs the operator listener: .* one port above\.$/m)
    }
    const { code, err } = await exoclaw(`chat hello --url ws://127.0.0.1:${port("operator_port")}`)
    assert.strictEqual(code, 2)
    assert.match(err, /is the operator listener, and this command needs the client listener: .* one port below\.$/m)
    assert.strictEqual((await exoclaw(`status --url ws://127.0.0.1:${port("operator_port")}`)).code, 0)
    assert.strictEqual((await exoclaw(`chat hello --url http://127.0.0.1:${port("port")}`)).code, 0)
  })
})

describe("doctor", () => {
  it("finds the running gateway and a sandbox that starts", async () => {
    const { code, err, out } = await inProcess("doctor")
    assert.strictEqual(code, 0, out + err)
    assert.match(out, /^ok +client port +127\.0\.0\.1:\d+: a gateway is running, version /m)
    assert.match(out, /^ok +operator port +127\.0\.0\.1:\d+: a gateway is running, version /m)
    assert.match(out, /^ok +sandbox +a slot starts; walls: process of its own, permission model/m)
    assert.match(out, /end with its parent/)
    assert.match(out, /^\w+ +disk +\d+\.\d MiB are left$/m)
    const checks = await json("doctor --json")
    assert.isTrue(checks.every(({ state }: { state: string }) => state !== "fail"))
  })

  it("fails with the next step where a port is somebody else's", async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1")
    await new Promise((resolve) => server.once("listening", resolve))
    const { code, out } = await runToEnd(["doctor"], folder(), "", {
      EXOCLAW_GATEWAY_PORT: `${(server.address() as { port: number }).port}`,
      EXOCLAW_GATEWAY_OPERATOR_PORT: "0"
    })
    await new Promise((resolve) => server.close(resolve))
    assert.strictEqual(code, 1)
    assert.match(out, /^FAIL +client port .* cannot be used\n +Port \d+ is in use/m)
    assert.match(out, /^ok +configuration +no file, 2 of the values from the environment$/m)
  })

  it("warns where the gateway that answers has another state folder", async () => {
    const other = folder()
    fs.writeFileSync(path.join(other, "operator.token"), `${"x".repeat(40)}\n`)
    const { out } = await inProcess(`doctor --state ${other} --config ${gateway.home}/.exoclaw/config.toml`)
    assert.match(
      out,
      /^warn +operator port +.*: what listens there does not know this state's token\n +If it is another gateway, name its state/m
    )
  })
})

describe("token", () => {
  // last: with the first token the gateway is closed to whoever has none
  it("makes one that works until it is revoked, and shows it once", async () => {
    const made = await exoclaw(
      "token create alice --scope chat:send --scope budget:read --expires 1d --budget daily=90000 --budget usd.total=5"
    )
    assert.strictEqual(made.code, 0, made.err)
    const secret = made.out.trim()
    assert.match(secret, /^exo_/)
    assert.match(
      made.err,
      /^Token "alice" may chat:send, budget:read until .* and spend daily=90000 total=\$5\.00\. It is not shown again\.$/m
    )
    assert.match(made.err, /^From now on every client needs a token, .* in EXOCLAW_TOKEN, .* --token-file\.$/m)
    assert.strictEqual((await exoclaw("token create alice")).code, 2)
    assert.strictEqual((await exoclaw("token create bob --budget dialy=5")).code, 2)

    const refused = await exoclaw("chat hello")
    assert.strictEqual(refused.code, 4)
    assert.match(
      refused.err,
      /^exoclaw: This connection has not authenticated\. Set EXOCLAW_TOKEN, or name a file that holds a token with --token-file\.$/m
    )
    const file = path.join(folder(), "token")
    fs.writeFileSync(file, `${secret}\n`, { mode: 0o600 })
    assert.strictEqual((await exoclaw(`chat hello --token-file ${file}`)).code, 0)
    const env = { EXOCLAW_TOKEN: secret }
    assert.strictEqual((await runToEnd(["chat", "hello"], gateway.home, "", env)).code, 0)

    const next = await exoclaw("token rotate alice --overlap 0m")
    assert.strictEqual(next.code, 0, next.err)
    assert.match(
      next.err,
      /^Token "alice" has a successor, which is not shown again\. The old one is not valid any more\.$/m
    )
    const old = await exoclaw(`chat hello --token-file ${file}`)
    assert.strictEqual(old.code, 4)
    assert.include(old.err, `A valid token is needed. The one in ${file} is none here: mistyped, revoked, expired or`)
    fs.writeFileSync(file, next.out)
    assert.strictEqual((await exoclaw(`chat hello --token-file ${file}`)).code, 0)
    assert.match((await exoclaw("token rotate nobody")).err, /^exoclaw: There is no live token named "nobody"\./m)

    const list = await exoclaw("token list")
    assert.match(list.out, /^alice +default +valid .* daily=90000 total=\$5\.00 /m)
    assert.notInclude(list.out + JSON.stringify(await json("token list --json")), secret)
    assert.strictEqual((await exoclaw("token revoke alice")).code, 0)
    assert.match((await exoclaw("token list")).out, /^alice +default +revoked /m)
    assert.strictEqual((await exoclaw("token revoke alice")).code, 1)
    assert.strictEqual((await exoclaw(`chat hello --token-file ${file}`)).code, 4)
  })
})

describe("the program", () => {
  it("prints completions", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { code, out } = await inProcess(`--completions ${shell}`)
      assert.strictEqual(code, 0)
      assert.include(out, "onboard")
    }
  })

  it("writes all of a long answer into a pipe before it ends, however slowly that is read", async () => {
    const home = folder()
    const input = path.join(home, "input.json")
    fs.writeFileSync(input, JSON.stringify({ message: "x".repeat(300_000) }))
    const { code, out } = await runToEnd(
      ["plugin", "test", "builtin:echo", "--input-file", input, "--json"],
      gateway.home
    )
    assert.strictEqual(code, 0)
    assert.isAbove(JSON.parse(out).output.length, 300_000)
  })

  it("lets a reader leave early", async () => {
    const running = start(["config", "schema"], gateway.home)
    running.child.stdout?.destroy()
    const { err } = await running.ended
    assert.strictEqual(err, "")
  })
})
