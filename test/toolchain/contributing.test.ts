import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..", "..")
const guide = fs.readFileSync(path.join(root, "AGENTS.md"), "utf8")

describe("AGENTS.md", () => {
  it("stays under 120 lines", () => {
    assert.isBelow(guide.split("\n").length, 120)
  })

  it("names only files that exist", () => {
    const named = [...guide.matchAll(/`((?:src|layers|test|plugins|scripts|tools|examples)\/[\w./-]+\.\w+)`/g)]
    const missing = named.map((match) => match[1]!).filter((file) => !fs.existsSync(path.join(root, file)))
    assert.isAbove(named.length, 10)
    assert.deepStrictEqual(missing, [])
  })

  it("names only commands that package.json has", () => {
    const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as {
      readonly scripts: Readonly<Record<string, string>>
    }
    const named = [...guide.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1]!)
    assert.deepStrictEqual(
      named.filter((name) => !Object.hasOwn(manifest.scripts, name)),
      []
    )
  })
})
