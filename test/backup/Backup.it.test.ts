/** `exoclaw backup` and `exoclaw restore` beside a real gateway. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { connect } from "../../layers/client/index.ts"
import { type Gateway, runToEnd, startGateway } from "../cli/processes.ts"
import { exoclaw as inThisProcess, folder } from "../cli/support.ts"
import { leaks } from "../support/canary.ts"

const secret = "cnry-Pq73mXw0Zt91Lk"

const world = (home: string) => {
  const exoclaw = (args: string, state?: string) =>
    inThisProcess([...args.split(" "), ...(state === undefined ? [] : ["--config", path.join(state, "config.toml")])], {
      home
    })
  const good = async (args: string, state?: string) => {
    const done = await exoclaw(args, state)
    assert.strictEqual(done.code, 0, args + done.err)
    return done.out
  }
  return { exoclaw, good, json: async (args: string, state?: string) => JSON.parse(await good(args, state)) }
}

/** Everything that a client of the gateway sees of its past. */
const past = async (home: string, token: string) => {
  const config = fs.readFileSync(path.join(home, ".exoclaw", "config.toml"), "utf8")
  const client = await connect({ url: `ws://127.0.0.1:${/^port = (\d+)$/m.exec(config)?.[1]}`, token })
  const { sessions } = await client.call("session.list")
  const kept = sessions.filter(({ sessionKey }) => sessionKey.includes("kept"))
  const history = await Promise.all(kept.map(({ sessionKey }) => client.call("chat.history", { sessionKey })))
  await client.close()
  assert.lengthOf(history, 1)
  return history
}

const spent = (accounts: ReadonlyArray<{ scope: string; unit: string; spent: number; held: number }>) =>
  accounts.filter(({ scope }) => scope === "installation").map(({ held, spent, unit }) => [unit, spent, held])

describe("a gateway's state", () => {
  it("is copied while it answers, refused a restore while it runs, and is all there again elsewhere", async () => {
    const home = folder()
    const { exoclaw, good, json } = world(home)
    let gateway: Gateway = await startGateway(home, "[budgets]\ndaily = 500000\n")
    const state = path.join(home, ".exoclaw")
    fs.writeFileSync(path.join(state, "soul.md"), "You are kind.\n", { mode: 0o600 })
    const token = (
      await good("token create laptop --scope chat:send --scope session:read --scope session:any --scope budget:read")
    ).trim()
    const chat = (peer: string, text: string) =>
      runToEnd(["chat", "--peer", peer, text], home, "", { EXOCLAW_TOKEN: token })
    assert.strictEqual((await runToEnd(["secret", "set", "KEY"], home, secret)).code, 0)
    assert.strictEqual((await chat("kept", "use echo to say hi")).code, 0)
    const before = await past(home, token)

    // turns go on while the copy is made
    const [copied, ...chats] = await Promise.all([
      runToEnd(["backup", path.join(home, "copy.tar"), "--json"], home),
      ...["a", "b", "c"].map((peer) => chat(peer, "use echo to say something"))
    ])
    assert.strictEqual(copied.code, 0, copied.err)
    for (const { code } of chats) assert.strictEqual(code, 0)
    const manifest = JSON.parse(copied.out)
    assert.isNull(manifest.audit.broken)
    assert.isAbove(manifest.counts.charges, 0)
    assert.deepStrictEqual(leaks(secret, fs.readFileSync(path.join(home, "copy.tar"), "latin1")), [])
    const made = (await json("audit query --json --kind state.backup")) as ReadonlyArray<{ event: { data: unknown } }>
    assert.deepStrictEqual(
      made.map(({ event }) => event.data),
      [{ files: manifest.files.length, entries: manifest.audit.entries, schema: manifest.schema }]
    )

    for (const force of ["", " --force"]) {
      const refused = await exoclaw(`restore ${path.join(home, "copy.tar")}${force}`)
      assert.strictEqual(refused.code, 1)
      assert.match(refused.err, /is in use: stop the gateway first\.$/m)
    }
    // a second one, of a moment that does not change any more, to compare with
    const budget = spent(await json("budget --json"))
    const usage = await json("usage --by model --json")
    const folderCopy = path.join(home, "copy")
    assert.match(
      await good(`backup ${folderCopy}`),
      /read back and whole\.\n\d+ rows, \d+ entries [\s\S]*keep that elsewhere/
    )
    const taken = await exoclaw(`backup ${folderCopy}`)
    assert.strictEqual(taken.code, 2)
    assert.strictEqual((await gateway.stop()).code, 0)

    const notEmpty = await exoclaw(`restore ${folderCopy}`)
    assert.strictEqual(notEmpty.code, 2)
    assert.match(notEmpty.err, /is not empty\. .*--force/)
    const next = path.join(home, "next")
    const restored = await good(`restore ${folderCopy} --state ${next}`)
    assert.match(restored, /next is as it was at \d{4}-/)
    assert.match(restored, /The configuration was .*config\.toml; it is .*next\/config\.toml now\./)
    const lines = (await good("audit export", next)).trimEnd().split("\n")
    assert.strictEqual(JSON.parse(lines.at(-1) ?? "").event.kind, "state.restored")

    gateway = await startGateway(home, "", ["--config", path.join(next, "config.toml")])
    assert.deepStrictEqual(await past(home, token), before)
    assert.deepStrictEqual(spent(await json("budget --json", next)), budget)
    assert.deepStrictEqual(await json("usage --by model --json", next), usage)
    assert.deepStrictEqual(
      (await json("token list --json", next)).map(({ name }: { name: string }) => name),
      ["laptop"]
    )
    assert.deepStrictEqual(
      (await json("secret list --json", next)).map(({ name }: { name: string }) => name),
      ["KEY"]
    )
    const env = { EXOCLAW_TOKEN: token }
    assert.strictEqual((await runToEnd(["chat", "--peer", "kept", "hello again"], home, "", env)).code, 0)
    assert.strictEqual((await gateway.stop()).code, 0)
    // signed at the stop, and trusted: it is the same user's key
    const verdict = await json("audit verify --json", next)
    assert.isNull(verdict.broken)
    assert.strictEqual(verdict.signed.last.seq, verdict.entries)
    assert.isTrue(verdict.signed.last.known)

    // what was there is moved aside, and can be put back
    const forced = await good(`restore ${path.join(home, "copy.tar")} --force`)
    assert.match(forced, /What was there before is in .*\.exoclaw\/replaced-/)
    assert.isNull((await json("audit verify --json")).broken)
  })

  it("survives a gateway that was killed: its write-ahead log is part of the copy", async () => {
    const home = folder()
    const { good, json } = world(home)
    const gateway = await startGateway(home)
    assert.strictEqual((await runToEnd(["chat", "--peer", "kept", "hello"], home)).code, 0)
    await gateway.stop("SIGKILL")
    await good(`backup ${path.join(home, "copy.tar")}`)
    await good(`restore ${path.join(home, "copy.tar")} --state ${path.join(home, "next")}`)
    const left = await json("audit verify --json", path.join(home, "next"))
    assert.isNull(left.broken)
    assert.isAbove(left.entries, 3)
  })
})
