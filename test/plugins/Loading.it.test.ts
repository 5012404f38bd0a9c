/** Plugins of a running gateway: loaded and unloaded by an operator, under the grants of the configuration. */
import { assert, it } from "@effect/vitest"
import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { Refused } from "../support/JsonRpcClient.ts"
import { withPlugins } from "../support/repository.ts"
import { sha256Of } from "../../layers/sandbox/PluginFile.ts"
import { exoclaw } from "../cli/support.ts"
import { patience } from "./support.ts"

const failure = async (promise: Promise<unknown>) =>
  promise.then(
    () => assert.fail("it did not fail"),
    (error: unknown) => (error instanceof Error ? error : assert.fail(String(error)))
  )

it(
  "a plugin that the configuration names meanwhile is loaded, used and unloaded without a restart",
  async () => {
    const gateway = await GatewayProcess.start({ config: "[gateway]\n" })
    const client = await gateway.open()
    const operator = await gateway.openOperator()
    const config = join(gateway.state, "config.toml")
    const before = readFileSync(config, "utf8")
    const names = async () => (await client.call("plugin.list")).plugins.map(({ name }: { name: string }) => name)
    assert.deepStrictEqual(await names(), ["echo", "notes"])
    assert.match((await failure(operator.call("plugin.load", { name: "sums" }))).message, /no plugin of that name/)

    const entry = (name: string, builtin: string, more = "") =>
      `[[plugins]]\nname = "${name}"\npath = "builtin:${builtin}"\n${more}`
    writeFileSync(config, `${before}\n${entry("echo", "echo")}${entry("sums", "calculator")}`)
    const loaded = await operator.call("plugin.load", { name: "sums" })
    assert.deepStrictEqual(loaded.grants, [])
    assert.deepStrictEqual(await names(), ["echo", "notes", "sums"])
    const asked = await client.call("chat.send", { content: 'use calculate with {"expression": "0.1 + 0.2"}' })
    assert.include(asked.text, "0.3")

    // a second one of the same tool, and a mistake in the file, change nothing
    writeFileSync(config, `${before}\n${entry("more", "calculator")}`)
    assert.match((await failure(operator.call("plugin.load", { name: "more" }))).message, /tool names are unique/)
    writeFileSync(config, `${before}\n[[plugin]]\n`)
    assert.match((await failure(operator.call("plugin.load", { name: "more" }))).message, /did you mean "plugins"/)
    assert.deepStrictEqual(await names(), ["echo", "notes", "sums"])

    assert.deepStrictEqual(await operator.call("plugin.unload", { name: "sums" }), { unloaded: true })
    assert.deepStrictEqual(await operator.call("plugin.unload", { name: "sums" }), { unloaded: false })
    assert.deepStrictEqual(await names(), ["echo", "notes"])
    const { entries } = await operator.call("audit.query", { kind: "plugin.unloaded" })
    assert.deepStrictEqual(entries[0].event.data, { plugin: "sums" })
  },
  patience.timeout
)

it(
  "T18: a changed file waits for an operator's consent, and what runs goes on meanwhile",
  async () => {
    const built = await withPlugins()
    const state = GatewayProcess.temporaryFolder()
    const file = join(state, "mine.wasm")
    copyFileSync(join(built, "notes.wasm"), file)
    const config = '[[plugins]]\nname = "mine"\npath = "mine.wasm"\ncapabilities = ["store:notes"]\n'
    const gateway = await GatewayProcess.start({ state, config })
    const operator = await gateway.openOperator()
    const client = await gateway.open()
    const running = (await operator.call("plugin.inspect", { name: "mine" })).sha256

    // the same module with a custom section: other bytes, other hash
    writeFileSync(file, Buffer.concat([readFileSync(join(built, "notes.wasm")), Buffer.from([0, 2, 1, 0x78])]))
    const wanted = sha256Of(readFileSync(file))
    const refused = await failure(operator.call("plugin.load", { name: "mine" }))
    assert.include(refused.message, "has changed since it was granted store:notes")
    assert.include(refused.message, wanted)
    assert.match(
      (await failure(operator.call("plugin.load", { name: "mine", consent: "0".repeat(64) }))).message,
      /has changed/
    )
    assert.strictEqual((await operator.call("plugin.inspect", { name: "mine" })).sha256, running)

    const consented = await operator.call("plugin.load", { name: "mine", consent: wanted })
    assert.strictEqual(consented.sha256, wanted)
    const { entries } = await operator.call("audit.query", { kind: "plugin.consented" })
    assert.deepInclude(entries.at(-1).event.data, { plugin: "mine", sha256: wanted })
    const saved = await client.call("chat.send", { content: 'use note_save with {"text": "Luna"}' })
    assert.include(saved.text, "Saved as")
  },
  patience.timeout
)

it(
  "T18: a start with a changed file is no outage: it waits, and all else runs",
  async () => {
    const built = await withPlugins()
    const state = GatewayProcess.temporaryFolder()
    const file = join(state, "mine.wasm")
    copyFileSync(join(built, "notes.wasm"), file)
    const config = `[agent]
tools = ["echo", "note_save"]
[[plugins]]
name = "mine"
path = "mine.wasm"
capabilities = [{ grant = "store:notes", untrusted = true }]
[[plugins]]
name = "echo"
path = "builtin:echo"
`
    await (await GatewayProcess.start({ state, config })).kill("SIGTERM")
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from([0, 2, 1, 0x78])]))
    const wanted = sha256Of(readFileSync(file))

    const gateway = await GatewayProcess.start({ state })
    const lines = gateway.stderr
      .trim()
      .split("\n")
      .map((line): { level?: string; message?: unknown } => JSON.parse(line))
    const told = lines.map(({ level, message }) => `${level} ${String(message)}`).join("\n")
    assert.match(told, /^ERROR Plugin "mine": its file .* has changed since it was granted store:notes/im)
    assert.match(told, /^WARN .*"agent.tools" names the tool "note_save", which no plugin has/im)
    const client = await gateway.open()
    const operator = await gateway.openOperator()
    const { leftOut, plugins } = await client.call("plugin.list")
    assert.deepStrictEqual([leftOut, plugins.map(({ name }: { name: string }) => name)], [["mine"], ["echo"]])
    assert.include(
      (await client.call("chat.send", { content: 'use echo with {"message": "still here"}' })).text,
      "still"
    )
    assert.include((await failure(operator.call("plugin.inspect", { name: "mine" }))).message, wanted)

    const run = (...args: ReadonlyArray<string>) =>
      exoclaw(["plugin", ...args, "--state", state, "--url", gateway.operatorUrl.replace("http", "ws")])
    const list = await exoclaw(["plugin", "list", "--state", state, "--url", gateway.url.replace("http", "ws")])
    assert.match(list.err, /Plugin "mine" was left out at the start; `exoclaw plugin inspect mine` says why/)
    const inspected = await run("inspect", "mine")
    assert.match(inspected.err, /same imports, same grants, other code/)

    const loaded = await run("load", "mine", "--consent", wanted)
    assert.strictEqual(loaded.code, 0, loaded.err)
    assert.deepStrictEqual((await client.call("plugin.list")).leftOut, [])
    const shown = await run("inspect", "mine")
    assert.match(shown.out, /^grants    store:notes \(on untrusted text it runs\)$/m)
    const saved = await client.call("chat.send", { content: 'use note_save with {"text": "Luna"}' })
    assert.include(saved.text, "Saved as")
    // and so does the next start
    await gateway.kill("SIGTERM")
    const again = await GatewayProcess.start({ state })
    assert.deepStrictEqual((await (await again.open()).call("plugin.list")).leftOut, [])
  },
  patience.timeout
)

it(
  "T18: the consent to a changed file is an approval like any other, which only operators can see and give",
  async () => {
    const built = await withPlugins()
    const state = GatewayProcess.temporaryFolder()
    const file = join(state, "mine.wasm")
    const original = readFileSync(join(built, "notes.wasm"))
    const version = (number: number) => Buffer.concat([original, Buffer.from([0, 2, 1, number])])
    writeFileSync(file, original)
    const config = '[[plugins]]\nname = "mine"\npath = "mine.wasm"\ncapabilities = ["store:notes"]\n'
    const gateway = await GatewayProcess.start({ state, config })
    const operator = await gateway.openOperator()
    const person = await gateway.open()
    const asOperator = await gateway.open(gateway.operatorToken)
    const loaded = async () => (await operator.call("plugin.inspect", { name: "mine" })).sha256
    const waiting = async (): Promise<{ readonly approval: string; readonly message: string }> => {
      const { code, data, message } = (await failure(operator.call("plugin.load", { name: "mine" }))) as Refused
      assert.strictEqual(code, -32011)
      assert.deepInclude(data, { what: "grant", status: "pending" })
      return { approval: String(data["approval"]), message }
    }
    const listed = async () => (await asOperator.call("approval.list", {})).approvals
    const resolve = async (who: typeof person, decision: string) => {
      const [{ hash, id }] = await listed()
      return who.call("approval.resolve", { id, hash, decision })
    }

    writeFileSync(file, version(1))
    const { approval, message } = await waiting()
    assert.include(message, `exoclaw approve ${approval}`)
    assert.strictEqual((await waiting()).approval, approval)
    const [question] = await listed()
    assert.deepInclude(question.subject, { plugin: "mine", sha256: sha256Of(version(1)), grants: ["store:notes"] })
    // whoever may approve tool calls sees nothing of it, and cannot answer
    assert.deepStrictEqual((await person.call("approval.list", {})).approvals, [])
    assert.match((await failure(resolve(person, "approve"))).message, /no such approval/)
    assert.strictEqual(await loaded(), sha256Of(original))

    assert.strictEqual((await resolve(asOperator, "approve")).status, "used")
    assert.strictEqual(await loaded(), sha256Of(version(1)))
    assert.strictEqual((await operator.call("plugin.load", { name: "mine" })).sha256, sha256Of(version(1)))

    // a denied one is asked again, and what is approved is this file and no other
    writeFileSync(file, version(2))
    const first = (await waiting()).approval
    assert.strictEqual((await resolve(asOperator, "deny")).status, "denied")
    assert.notStrictEqual((await waiting()).approval, first)
    writeFileSync(file, version(3))
    assert.match((await failure(resolve(asOperator, "approve"))).message, /no more what was approved/)
    assert.strictEqual(await loaded(), sha256Of(version(1)))
    writeFileSync(file, version(2))
    assert.strictEqual((await operator.call("plugin.load", { name: "mine" })).sha256, sha256Of(version(2)))

    // the command line, too
    writeFileSync(file, version(3))
    const { approval: last } = await waiting()
    const approved = await exoclaw([
      "approve",
      last,
      "--yes",
      "--state",
      state,
      "--url",
      gateway.url.replace("http", "ws")
    ])
    assert.strictEqual(approved.code, 0, approved.err)
    assert.match(approved.out, new RegExp(sha256Of(version(3))))
    assert.match(approved.err, /the plugin is loaded/)
    assert.strictEqual(await loaded(), sha256Of(version(3)))
    const { entries } = await operator.call("audit.query", { kind: "plugin.consented" })
    assert.deepStrictEqual(
      entries.map(({ event }: { event: { data: { sha256: string } } }) => event.data.sha256),
      [1, 2, 3].map((number) => sha256Of(version(number)))
    )
  },
  patience.timeout
)

it(
  "T18: two gateways of one state folder ask once, one answer counts, and none runs what was not agreed to",
  async () => {
    const built = await withPlugins()
    const state = GatewayProcess.temporaryFolder()
    const file = join(state, "mine.wasm")
    const original = readFileSync(join(built, "notes.wasm"))
    const version = (number: number) => Buffer.concat([original, Buffer.from([0, 2, 1, number])])
    writeFileSync(file, original)
    const config = '[[plugins]]\nname = "mine"\npath = "mine.wasm"\ncapabilities = ["store:notes"]\n'
    const one = await GatewayProcess.start({ state, config })
    const other = await GatewayProcess.start({ state })
    const gateways = await Promise.all(
      [one, other].map(async (gateway) => ({
        operator: await gateway.openOperator(),
        approver: await gateway.open(gateway.operatorToken)
      }))
    )
    const runs = () =>
      Promise.all(
        gateways.map(async ({ operator }) => (await operator.call("plugin.inspect", { name: "mine" })).sha256)
      )
    const load = () =>
      Promise.allSettled(gateways.map(({ operator }) => operator.call("plugin.load", { name: "mine" })))
    const pending = async () =>
      (await load()).map((asked) =>
        asked.status === "rejected" ? (asked.reason as Refused).data["approval"] : assert.fail("it was loaded")
      )
    const approve = async () => {
      const [question] = (await gateways[0]!.approver.call("approval.list", {})).approvals
      return Promise.allSettled(
        gateways.map(({ approver }) =>
          approver.call("approval.resolve", { id: question.id, hash: question.hash, decision: "approve" })
        )
      )
    }

    writeFileSync(file, version(1))
    const asked = await pending()
    assert.strictEqual(asked[0], asked[1])
    assert.deepStrictEqual(await runs(), [sha256Of(original), sha256Of(original)])
    // both answer at once: it is used once, and the gateway that used it runs the file
    const answers = await approve()
    assert.strictEqual(answers.filter(({ status }) => status === "fulfilled").length, 1, JSON.stringify(answers))
    assert.sameMembers(await runs(), [sha256Of(original), sha256Of(version(1))])
    await load()
    assert.deepStrictEqual(await runs(), [sha256Of(version(1)), sha256Of(version(1))])
    const { entries } = await gateways[0]!.operator.call("audit.query", { kind: "plugin.consented" })
    assert.strictEqual(entries.length, 1)

    // one dies with the question open: the other one's answer is for the file as it is then
    writeFileSync(file, version(2))
    await pending()
    await other.kill("SIGKILL")
    writeFileSync(file, version(3))
    gateways.pop()
    const [late] = await approve()
    assert.match(late?.status === "rejected" ? late.reason.message : "it was approved", /no more what was approved/)
    assert.deepStrictEqual(await runs(), [sha256Of(version(1))])
    // and a start meanwhile leaves it out
    const third = await (await GatewayProcess.start({ state })).open()
    assert.deepStrictEqual((await third.call("plugin.list")).leftOut, ["mine"])
  },
  patience.timeout
)

it(
  "the command line loads and unloads, and says what it did",
  async () => {
    const gateway = await GatewayProcess.start({})
    const run = (...args: ReadonlyArray<string>) =>
      exoclaw(["plugin", ...args, "--state", gateway.state, "--url", gateway.operatorUrl.replace("http", "ws")])
    const gone = await run("unload", "notes")
    assert.strictEqual(gone.code, 0, gone.err)
    assert.match(gone.err, /^Plugin "notes" is unloaded/m)
    assert.strictEqual((await run("unload", "notes")).code, 1)
    const back = await run("load", "notes")
    assert.strictEqual(back.code, 0, back.err)
    assert.match(back.err, /^Plugin "notes" is loaded: SHA-256 [0-9a-f]{64}; grants: store:notes\.$/m)
    assert.strictEqual(JSON.parse((await run("load", "echo", "--json")).out).name, "echo")
  },
  patience.timeout
)

it(
  "T7: only an operator may",
  async () => {
    const gateway = await GatewayProcess.start({})
    const client = await gateway.open()
    for (const method of ["plugin.load", "plugin.unload"]) {
      assert.match((await failure(client.call(method, { name: "echo" }))).message, /method/i)
    }
  },
  patience.timeout
)
