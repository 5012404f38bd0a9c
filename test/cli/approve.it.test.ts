/** `exoclaw approve`: what waits, in full, and its answer, from another terminal than the chat's. */
import { assert, describe, it } from "@effect/vitest"
import { onTestFinished } from "vitest"
import { withPlugins } from "../support/repository.ts"
import { inTerminal, runToEnd, start, startGateway } from "./processes.ts"
import { folder } from "./support.ts"

const enter = "\r"
const down = "\u001b[B"
const config = '[agent]\napprove = ["echo"]\n'

const open = async () => {
  await withPlugins()
  const gateway = await startGateway(folder(), config)
  onTestFinished(() => gateway.stop("SIGKILL").then(() => undefined))
  return gateway
}

/** Sends a message, and gives what it asks. */
const asking = async (home: string, text: string) => {
  const chat = start(["chat", `use echo to say ${text}`], home)
  onTestFinished(() => void chat.child.kill("SIGKILL"))
  const [, id = ""] = await chat.until(/waits for an approval until .*: exoclaw approve (appr_\w+)/)
  return { chat, id }
}

describe("approve", () => {
  it("lists what waits, shows it in full, and lets it run by a choice in a terminal", async () => {
    const { home } = await open()
    const none = await runToEnd(["approve"], home)
    assert.deepStrictEqual([none.code, none.out], [0, ""])
    assert.include(none.err, "Nothing waits for an approval.")

    const { chat, id } = await asking(home, "hello")
    const listed = await runToEnd(["approve", "list"], home)
    assert.include(listed.out, id)
    assert.match(listed.out, /tool call\s+local\s+\S+\s+echo \{/)

    const terminal = inTerminal(["approve", id], home)
    await terminal.until(/May exactly this be done\?/)
    assert.match(terminal.out, /tool +echo of the plugin echo \(SHA-256 [0-9a-f]{64}\)/)
    assert.match(terminal.out, /"\w+": "hello"/)
    assert.match(terminal.out, /hash +[0-9a-f]{64}/)
    terminal.type(`${down}${enter}`)
    await terminal.until(/Approved; it runs once, as shown\./)
    assert.strictEqual((await terminal.ended).code, 0)
    const done = await chat.ended
    assert.strictEqual(done.code, 0, done.err)
    assert.include(done.err, "<- echo: hello")

    // an answer is final
    const again = await runToEnd(["approve", id, "--yes"], home)
    assert.strictEqual(again.code, 2)
    assert.include(again.err, "good for one use")
  })

  it("denies with a reason that the chat shows, and answers scripts in JSON", async () => {
    const { home } = await open()
    const { chat, id } = await asking(home, "hello")
    const [waiting] = JSON.parse((await runToEnd(["approve", "--json"], home)).out)
    assert.deepInclude(waiting, { id, what: "tool_call", status: "pending" })
    const shown = JSON.parse((await runToEnd(["approve", id, "--json"], home)).out)
    assert.deepStrictEqual(shown, waiting)
    const denied = await runToEnd(["approve", id, "--deny", "--reason", "Say something else.", "--json"], home)
    assert.deepInclude(JSON.parse(denied.out), { id, status: "denied", reason: "Say something else." })
    const done = await chat.ended
    assert.include(done.err, "Say something else.")
  })

  it("answers nothing by itself: not without a terminal, and not what is not there", async () => {
    const { home } = await open()
    const { chat, id } = await asking(home, "hello")
    const undecided = await runToEnd(["approve", id], home)
    assert.strictEqual(undecided.code, 2)
    assert.include(undecided.err, "--yes or --deny")
    assert.strictEqual((await runToEnd(["approve", id, "--yes", "--deny"], home)).code, 2)
    const unknown = await runToEnd(["approve", "appr_0000000000000000", "--yes"], home)
    assert.strictEqual(unknown.code, 1)
    assert.include(unknown.err, "There is no such approval.")
    assert.strictEqual(JSON.parse((await runToEnd(["approve", id, "--json"], home)).out).status, "pending")
    const terminal = inTerminal(["approve", id], home)
    await terminal.until(/May exactly this be done\?/)
    terminal.type(enter)
    assert.strictEqual((await terminal.ended).code, 0)
    assert.strictEqual(JSON.parse((await runToEnd(["approve", id, "--json"], home)).out).status, "pending")
    chat.child.kill("SIGINT")
    await chat.ended
    assert.strictEqual(JSON.parse((await runToEnd(["approve", id, "--json"], home)).out).status, "expired")
  })
})
