/** `exoclaw memory` against a gateway. */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { runToEnd, startGateway } from "./processes.ts"
import { folder } from "./support.ts"

describe("exoclaw memory", () => {
  it("searches, shows, exports, forgets and imports", async () => {
    const home = folder()
    const gateway = await startGateway(home, '[agent]\nprovider = "offline"\ntools = []\n')
    const run = (...args: ReadonlyArray<string>) => runToEnd(args, home)
    await run("chat", "My dog is called Luna and I live in Rome.")
    await run("chat", "The bus was late.", "--peer", "other")

    const found = await run("memory", "search", "what is my dog called?")
    assert.strictEqual(found.code, 0, found.err)
    assert.match(found.out, /^FACT +SCORE +SAYS +STATUS +FOUND BY\n/)
    assert.match(found.out, /The user's dog is called "Luna"\. +holds +entity \d/)
    assert.match(found.out, /^turn_\w+ .* user +My dog is called Luna and I live in Rome\./m)
    const nothing = await run("memory", "search", "zebra")
    assert.deepInclude(nothing, { code: 0, out: "", err: "Memory has nothing of that.\n" })
    const noFact = await run("memory", "forget", "--fact", "99", "--yes")
    assert.strictEqual(noFact.out, "Memory has nothing of that; nothing was forgotten.\n")
    const parsed = JSON.parse((await run("memory", "search", "dog", "--json")).out)
    assert.strictEqual(parsed.facts[0].value, "Luna")

    const shown = await run("memory", "show")
    assert.match(shown.out, /^FACT +ABOUT +WHAT +VALUE +STATUS/)
    assert.match(shown.out, /\n +1 +dog Luna +name +Luna +holds/)
    assert.match(shown.out, /\n +2 +me +lives in +Rome +holds/)
    assert.match(shown.err, /2 statements, 1 other people and things, 4 remembered utterances, 2 turns in sessions/)

    const file = join(home, "memory.jsonl")
    const exported = await run("memory", "export", "--out", file)
    assert.strictEqual(exported.err, `6 records, in ${file}.\n`)
    assert.lengthOf(readFileSync(file, "utf8").trim().split("\n"), 6)
    assert.match((await run("memory", "export", "--out", file)).err, /there is a file of that name/)

    const counted = await run("memory", "forget", "--text", "luna", "--dry-run")
    assert.strictEqual(
      counted.out,
      "1 turn would be deleted, with all that was made of it; 2 places in all, imported ones too. Nothing was done.\n"
    )
    const unsure = await run("memory", "forget", "--text", "luna")
    assert.match(unsure.err, /this is no terminal/)
    assert.notStrictEqual(unsure.code, 0)
    assert.match((await run("memory", "forget")).err, /--turn, --fact, --text or --all/)
    const gone = await run("memory", "forget", "--text", "luna", "--yes")
    assert.match(
      gone.out,
      /^Forgotten: 1 turn, 2 utterances, 2 statements\. Memory and sessions have nothing of it left\.\n$/
    )
    assert.notInclude((await run("memory", "show")).out, "Luna")

    const imported = await run("memory", "import", file)
    assert.strictEqual(imported.out, "New in memory: 2 utterances, 2 statements.\n")
    assert.include((await run("memory", "show")).out, "Luna")
    writeFileSync(join(home, "broken.jsonl"), `${readFileSync(file, "utf8").split("\n")[0]}\nnot json\n`)
    assert.match(
      (await run("memory", "import", join(home, "broken.jsonl"))).err,
      /broken\.jsonl:2: this line is no JSON/
    )
    assert.match((await run("memory", "import", join(home, "broken.jsonl"))).err, /Nothing was imported\./)
    const whole = await run("memory", "forget", "--all", "--dry-run")
    assert.strictEqual(
      whole.out,
      "1 turn would be deleted, with all that was made of it: 4 utterances and 2 statements in all. Nothing was done.\n"
    )

    const line = (id: string, at: number) =>
      JSON.stringify({ kind: "utterance", id, conversation: "c", at, role: "user", text: `I saw the zebra ${id}.` })
    writeFileSync(
      join(home, "times.jsonl"),
      `\uFEFF${line("good", 1)}\r\n\r\n${line("bad", Number.MAX_SAFE_INTEGER)}\n`
    )
    const times = await run("memory", "import", join(home, "times.jsonl"))
    assert.match(times.err, /times\.jsonl:3: .*: at: Expected a value between .*\. Nothing was imported\./)
    assert.strictEqual(times.code, 2)
    const many = Array.from({ length: 201 }, (_, i) => line(`${i}`, i))
    writeFileSync(join(home, "later.jsonl"), [...many, line("bad", -(2 ** 53) + 1)].join("\n"))
    const later = await run("memory", "import", join(home, "later.jsonl"))
    assert.match(later.err, /later\.jsonl:202: .*\. Nothing was imported\./)
    assert.strictEqual((await run("memory", "search", "zebra")).err, "Memory has nothing of that.\n")
    writeFileSync(join(home, "zebras.jsonl"), many.join("\n"))
    assert.strictEqual(
      (await run("memory", "import", join(home, "zebras.jsonl"))).out,
      "New in memory: 201 utterances, 0 statements.\n"
    )
    // no time that a file brings keeps a search from being shown
    const zebra = await run("memory", "search", "zebra")
    assert.strictEqual(zebra.code, 0, zebra.err)
    const long = JSON.stringify({ ...JSON.parse(line("long", 7)), text: `The zebra ${"ran on and ".repeat(20_500)}` })
    writeFileSync(join(home, "long.jsonl"), `${long}\n`)
    assert.strictEqual(
      (await run("memory", "import", join(home, "long.jsonl"))).out,
      "New in memory: 1 utterance, 0 statements.\n"
    )
    assert.include((await run("memory", "export")).out, long)

    const db = new DatabaseSync(join(home, ".exoclaw", "exoclaw.db"), { timeout: 60_000 })
    db.exec("INSERT INTO plugin_kv VALUES ('kv', 'notes', 'default', 'local', 'note/1', 'Luna barks.', 11)")
    db.close()
    const kept = "that is not memory and stays until the plugin deletes it, as note_delete does."
    const says = await run("memory", "forget", "--text", "barks", "--yes")
    assert.strictEqual(
      says.out,
      `Memory has nothing of that; nothing was forgotten. But 1 value that plugins keep for you, as notes do, says it too: ${kept}\n`
    )
    for (const what of [["--fact", "3"], ["--all"]]) {
      const done = await run("memory", "forget", ...what, "--yes")
      assert.match(done.out, /^Forgotten: /)
      assert.include(
        done.out,
        `nothing of it left. But 1 value that plugins keep for you, as notes do, may say it too: ${kept}\n`
      )
    }

    assert.match((await run("memory", "show", "--agent", "nobody")).err, /no agent of that name/)
    await gateway.stop()
  })
})
