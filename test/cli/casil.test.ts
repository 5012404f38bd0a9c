import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { structural } from "../../src/casil/rules/structural.ts"
import { leaks } from "../support/canary.ts"
import { configWith, exoclaw, folder } from "./support.ts"

const secret = structural.find(({ id }) => id === "github-token")?.example(5).secret ?? ""
const none = configWith("")
const blocking = configWith(
  `[[agents]]\nid = "default"\n[[agents]]\nid = "strict"\n[[casil.overrides]]\nagent = "strict"\non_secret = "block"\n`
)

const fileWith = (text: string | Uint8Array, name = "notes.txt"): string => {
  const file = path.join(folder(), name)
  fs.writeFileSync(file, text)
  return file
}
const casil = (...args: ReadonlyArray<string>) => exoclaw(["casil", ...args, "--config", none])

describe("casil check", () => {
  it("ends with 0 where nothing is found, and says of how many files", async () => {
    const { code, err, out } = await casil("check", fileWith("nothing here\n"))
    assert.deepStrictEqual([code, out, err], [0, "", "Nothing was found in 1 file.\n"])
  })

  it("T30: ends with 9 where something would be redacted, and shows its place, rule and length, never its text", async () => {
    const file = fileWith(`first\n  see ${secret}\n`)
    const { code, err, out } = await casil("check", file)
    assert.strictEqual(code, 9)
    assert.match(out, /^.*notes\.txt:2:7 {2}redact {2}github-token {2}40 characters {2}100 %\n$/)
    assert.strictEqual(err, "1 finding in 1 of 1 file: 1 would be redacted.\n")
    assert.deepStrictEqual(leaks(secret.slice(4), out + err), [])
  })

  it("ends with 0 where something would only be recorded, and lists it all the same", async () => {
    const { code, err, out } = await casil("check", fileWith("my card is 4111-1111-1111-1111\n"))
    assert.strictEqual(code, 0)
    assert.match(out, /:1:12 {2}monitor {2}pii-card/)
    assert.include(err, "1 would only be recorded")
  })

  it("ends with 8 where something would be blocked: as it is for the agent that is named", async () => {
    const file = fileWith(secret)
    const args = ["casil", "check", file, "--config", blocking]
    assert.strictEqual((await exoclaw(args)).code, 9)
    const strict = await exoclaw([...args, "--agent", "strict"])
    assert.strictEqual(strict.code, 8)
    assert.match(strict.out, /block {2}github-token/)
    const unknown = await exoclaw([...args, "--agent", "strcit"])
    assert.strictEqual(unknown.code, 2)
    assert.include(unknown.err, "Configured: default, strict.")
    assert.strictEqual((await exoclaw(["casil", "check", file, "--policy", blocking, "--agent", "strict"])).code, 8)
    assert.include((await exoclaw(["casil", "check", file, "--policy", "/no.toml"])).err, "It was named by --policy;")
  })

  it("goes through folders, but for .git, node_modules and links, in the order of their names", async () => {
    const root = folder()
    for (const name of ["b/deep", ".git", "node_modules/x", "a"]) {
      fs.mkdirSync(path.join(root, name), { recursive: true })
      fs.writeFileSync(path.join(root, name, "f"), secret)
    }
    fs.symlinkSync(path.join(root, ".git/f"), path.join(root, "link"))
    const { code, err, out } = await casil("check", root)
    assert.strictEqual(code, 9)
    assert.deepStrictEqual(
      out
        .trim()
        .split("\n")
        .map((line) => line.slice(root.length + 1, line.indexOf(":"))),
      ["a/f", "b/deep/f"]
    )
    assert.include(err, "2 findings in 2 of 2 files")
    // what is named itself is looked at
    assert.strictEqual((await casil("check", path.join(root, ".git"))).code, 9)
    assert.strictEqual((await casil("check", path.join(root, "link"))).code, 9)
  })

  it("says which files it could not read, goes on with the others, and never ends as if all were clean", async () => {
    const clean = fileWith("nothing")
    const missing = path.join(folder(), "nowhere")
    const { code, err } = await casil("check", missing, clean)
    assert.strictEqual(code, 1)
    assert.match(err, /nowhere was not checked: it is not there\.$/m)
    assert.include(err, "in 1 file.")
    assert.strictEqual((await casil("check", missing, fileWith(secret))).code, 9)
  })

  it("reads UTF-16, and looks through bytes that are no text", async () => {
    const wide = fileWith(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`\nx ${secret}`, "utf16le")]))
    assert.match((await casil("check", wide)).out, /:2:3 {2}redact {2}github-token/)
    const bytes = fileWith(Buffer.concat([Buffer.from([0, 1, 2, 255]), Buffer.from(secret), Buffer.from([0])]))
    const { code, out } = await casil("check", bytes)
    assert.strictEqual(code, 9)
    assert.match(out, /:byte 4 {2}redact {2}github-token/)
  })

  it("prints for programs what it prints for people, with the hash of the policy", async () => {
    const file = fileWith(`\n${secret} 4111-1111-1111-1111`)
    const { code, out } = await casil("check", "--json", file)
    assert.strictEqual(code, 9)
    const { files, findings, more, outcome, policy, unread } = JSON.parse(out)
    assert.deepStrictEqual([files, more, outcome, unread], [1, 0, "allow_with_redaction", []])
    assert.match(policy.hash, /^[0-9a-f]{16}$/)
    assert.deepStrictEqual(
      findings.map(({ action, column, length, line, rule, tier }: any) => [line, column, length, rule, tier, action]),
      [
        [2, 1, 40, "github-token", "structural", "redact"],
        [2, 42, 19, "pii-card", "pii", "monitor"]
      ]
    )
    assert.deepStrictEqual(leaks(secret.slice(4), out), [])
  })

  it("finds nothing to do in monitor mode, and says where inspection is off", async () => {
    const file = fileWith(secret)
    const watching = await exoclaw(["casil", "check", file, "--config", configWith('[casil]\nmode = "monitor"\n')])
    assert.deepStrictEqual([watching.code, /monitor {2}github-token/.test(watching.out)], [0, true])
    const off = await exoclaw(["casil", "check", file, "--config", configWith("[casil]\nenabled = false\n")])
    assert.include(off.err, "casil.enabled is false")
  })

  it("shows nothing of a file's name that could steer a terminal", async () => {
    const { out } = await casil("check", fileWith(secret, "a\u001b[31m\nb"))
    assert.notInclude(out, "\u001b")
  })

  it("is refused without a file, and with a configuration that is wrong", async () => {
    assert.strictEqual((await casil("check")).code, 2)
    const wrong = configWith('[casil]\nmode = "off"\n')
    assert.strictEqual((await exoclaw(["casil", "check", fileWith(""), "--config", wrong])).code, 2)
  })
})

describe("casil explain", () => {
  it("lists every rule with its tier, what it does and where it comes from", async () => {
    const { code, out } = await casil("explain")
    assert.strictEqual(code, 0)
    assert.match(out, /^github-token +structural +redact +GitHub/m)
    assert.match(out, /^pii-card +pii +monitor +ISO/m)
    const { rules } = JSON.parse((await casil("explain", "--json")).out)
    assert.isAbove(rules.length, 200)
  })

  it("says of a rule what it looks for, with examples", async () => {
    const { code, out } = await casil("explain", "github-token")
    assert.strictEqual(code, 0)
    assert.match(out, /keywords {2}ghp_, gho_/)
    assert.match(out, /check {5}.*CRC-32/)
    assert.match(out, /casil\.on_secret = "redact"/)
    assert.match(out, /for example \(made up\)\n {4}gh/)
  })

  it("T30: says of a line why it is judged so, and nothing of the others, nor what was found", async () => {
    const file = fileWith(`see ${secret}\ndb_password = "xK9#mQ2vL8pR4tW7"\npassword = "password"\n`)
    const first = await casil("explain", `${file}:1`)
    assert.match(first.out, /keyword {3}gh/)
    assert.notInclude(first.out, "probable-password")
    const second = await casil("explain", `${file}:2`)
    assert.match(second.out, /^.*:2:16 {2}16 characters {2}probable-password$/m)
    assert.match(second.out, /score {5}\+\d/)
    const third = await casil("explain", `${file}:3`)
    assert.match(third.out, /no finding: beside a name/)
    assert.deepStrictEqual(leaks(secret.slice(4), first.out), [])
    assert.deepStrictEqual(leaks("xK9#mQ2vL8pR4tW7", second.out), [])
  })

  it("finds the line in a long file, and says where there is none of that number", async () => {
    const file = fileWith(`${"some words of a line\n".repeat(20_000)}see ${secret}\n`)
    assert.match((await casil("explain", `${file}:20001`)).out, /:20001:5 {2}40 characters {2}github-token/)
    const beyond = await casil("explain", `${file}:30000`)
    assert.strictEqual(beyond.code, 2)
    assert.include(beyond.err, "there is no line 30000 in it")
    assert.include((await casil("explain", `${file}:7`)).err, "Nothing there looks like a secret")
  })

  it("names the nearest rule where there is none of that name", async () => {
    const { code, err } = await casil("explain", "githb-token")
    assert.strictEqual(code, 2)
    assert.include(err, 'did you mean "github-token"?')
    assert.include((await casil("explain", "./nowhere.txt")).err, "it is not there")
    assert.include((await casil("explain", "./nowhere.txt:0")).err, "lines are counted from 1")
    assert.include((await casil("explain", ".")).err, "it is a folder")
    assert.match((await casil("explain", "qqqqqqqqqqqq")).err, /There is no rule "qqqqqqqqqqqq"\. See /)
  })
})
