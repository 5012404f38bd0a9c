/** `exoclaw secret`, as the real program. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { leaks } from "../support/canary.ts"
import { inTerminal, runToEnd } from "./processes.ts"
import { folder } from "./support.ts"

const canary = "cnry-Zq81Lw0PmXe7Tb"
const passphrase = { EXOCLAW_SECRET_KEY: "correct horse battery staple" }

const everyFile = (home: string): string =>
  fs
    .readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), "latin1"))
    .join("\n")

describe("secret", () => {
  it("sets from standard input, lists names and times alone, and removes; nothing shows or keeps the value", async () => {
    const home = folder()
    const all = [
      await runToEnd(["secret", "list"], home),
      await runToEnd(["secret", "set", "KEY"], home, `${canary}\n`),
      await runToEnd(["secret", "set", "SHORT"], home, "short"),
      await runToEnd(["secret", "set", "a b"], home, canary),
      await runToEnd(["secret", "list", "--json"], home),
      await runToEnd(["doctor"], home)
    ]
    assert.deepStrictEqual(
      all.slice(0, 5).map(({ code }) => code),
      [0, 0, 1, 2, 0]
    )
    assert.match(all[0]!.err, /There are no secrets/)
    assert.match(all[1]!.err, /"KEY" is set.*\{\{secret:KEY\}\}/)
    assert.match(all[2]!.err, /shorter than 8 bytes/)
    assert.match(all[3]!.err, /1 to 64 of/)
    assert.deepStrictEqual(
      JSON.parse(all[4]!.out).map(({ name }: { name: string }) => name),
      ["KEY"]
    )
    assert.match(all[5]!.out, /warn {2}secrets .*\.config\/exoclaw\/secret\.key/)
    for (const { err, out } of all) assert.deepStrictEqual(leaks(canary, out + err), [])
    assert.deepStrictEqual(leaks(canary, everyFile(home)), [])
    const state = path.join(home, ".exoclaw")
    for (const file of [path.join(state, "secrets.db"), path.join(home, ".config", "exoclaw", "secret.key")]) {
      assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
    }
    const wrong = await runToEnd(["secret", "list"], home, "", passphrase)
    assert.strictEqual(wrong.code, 1)
    assert.match(wrong.err, /EXOCLAW_SECRET_KEY does not open/)
    const removed = await runToEnd(["secret", "remove", "KEY"], home)
    assert.match(removed.err, /"KEY" is removed/)
    const again = await runToEnd(["secret", "remove", "KEY"], home)
    assert.strictEqual(again.code, 1)
    assert.match(again.err, /no secret of that name/)
    const audit = await runToEnd(["audit", "verify"], home)
    assert.strictEqual(audit.code, 0)
    assert.match(audit.out + audit.err, /\b2\b/)
  })

  it("asks in a terminal and does not show what is typed", async () => {
    const home = folder()
    const terminal = inTerminal(["secret", "set", "KEY"], home, passphrase)
    await terminal.until(/Value of KEY \(not shown\)/)
    terminal.type(`${canary}\r`)
    await terminal.until(/"KEY" is set/)
    const { code, out } = await terminal.ended
    assert.strictEqual(code, 0)
    assert.deepStrictEqual(leaks(canary, out), [])
    assert.isFalse(fs.existsSync(path.join(home, ".config")))
    const listed = await runToEnd(["secret", "list"], home, "", passphrase)
    assert.match(listed.out, /^NAME +CREATED +CHANGED\nKEY /)
  })

  it("rekey: to a passphrase and back to a key file; neither value nor key shows", async () => {
    const home = folder()
    const nothing = await runToEnd(["secret", "rekey"], home, "")
    assert.strictEqual(nothing.code, 0)
    assert.match(nothing.err, /no secrets/)
    assert.isFalse(fs.existsSync(path.join(home, ".exoclaw")))
    await runToEnd(["secret", "set", "KEY"], home, `${canary}\n`)
    const short = await runToEnd(["secret", "rekey"], home, "too short\n")
    assert.strictEqual(short.code, 1)
    assert.match(short.err, /EXOCLAW_SECRET_KEY cannot be used/)
    assert.strictEqual((await runToEnd(["secret", "list"], home)).code, 0)
    const phrase = passphrase.EXOCLAW_SECRET_KEY
    const changed = await runToEnd(["secret", "rekey"], home, `${phrase}\n`)
    assert.strictEqual(changed.code, 0)
    assert.match(changed.err, /One secret is encrypted .* Set EXOCLAW_SECRET_KEY/)
    assert.strictEqual((await runToEnd(["secret", "list"], home)).code, 1)
    const back = await runToEnd(["secret", "rekey", "--key-file"], home, "", passphrase)
    assert.strictEqual(back.code, 0)
    assert.match(back.err, /Take EXOCLAW_SECRET_KEY out/)
    const listed = await runToEnd(["secret", "list"], home)
    assert.match(listed.out, /KEY/)
    for (const { err, out } of [short, changed, back, listed]) {
      assert.deepStrictEqual([...leaks(canary, out + err), ...leaks(phrase, out + err)], [])
    }
    assert.deepStrictEqual(leaks(phrase, everyFile(home)), [])
    assert.strictEqual((await runToEnd(["audit", "verify"], home)).code, 0)
  })

  it("rekey asks twice in a terminal, and changes nothing where the two differ", async () => {
    const home = folder()
    await runToEnd(["secret", "set", "KEY"], home, `${canary}\n`)
    const type = async (...texts: ReadonlyArray<string>) => {
      const terminal = inTerminal(["secret", "rekey"], home)
      for (const [index, text] of texts.entries()) {
        await terminal.until(index === 0 ? /New key or passphrase \(not shown\)/ : /The same again/)
        terminal.type(`${text}\r`)
      }
      return terminal.ended
    }
    const differs = await type("correct horse battery", "correct horse batteries")
    assert.strictEqual(differs.code, 2)
    assert.match(differs.out, /two different ones/)
    assert.strictEqual((await runToEnd(["secret", "list"], home)).code, 0)
    const phrase = passphrase.EXOCLAW_SECRET_KEY
    const { code, out } = await type(phrase, phrase)
    assert.strictEqual(code, 0)
    assert.deepStrictEqual(leaks(phrase, out), [])
    assert.match((await runToEnd(["secret", "list"], home, "", passphrase)).out, /KEY/)
  })
})
