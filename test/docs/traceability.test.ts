/** docs/traceability.md is true: files, titles, and nothing left out. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../support/repository.ts"

const read = (file: string): string => readFileSync(join(root, file), "utf8")
const page = read("docs/traceability.md")

const rows = page
  .split("\n")
  .map((line) => /^\| (.+?) \| `(test\/[^`]+)` \| (.+) \|$/.exec(line))
  .flatMap((match) => (match === null ? [] : [{ what: match[1]!, file: match[2]!, title: match[3]! }]))

describe("docs/traceability.md", () => {
  it("names only tests that exist, by words that their files contain", () => {
    assert.isAbove(rows.length, 120)
    const wrong = rows.filter(({ file, title }) => !existsSync(join(root, file)) || !read(file).includes(title))
    assert.deepStrictEqual(wrong, [])
  })

  it("has a test for every rule of the constitution, and none for a rule that is not there", () => {
    const rules = [...read("docs/constitution.md").matchAll(/^\| (\d+\.\d+) \|/gm)].map((match) => match[1]!)
    const traced = rows.flatMap(({ what }) => what.split(", ").filter((id) => /^\d+\.\d+$/.test(id)))
    assert.isAbove(rules.length, 45)
    assert.deepStrictEqual(
      rules.filter((rule) => !traced.includes(rule)),
      []
    )
    assert.deepStrictEqual(
      traced.filter((rule) => !rules.includes(rule)),
      []
    )
  })

  it("has every threat, and each is in the name of its test or says why it cannot happen", () => {
    for (let threat = 1; threat <= 38; threat++) {
      const id = `T${threat}`
      const tested = rows.filter(({ what }) => what.split(", ").includes(id))
      assert.isTrue(tested.length > 0 || new RegExp(`^\\| ${id} \\| [^\`]`, "m").test(page), id)
    }
    const security = read("docs/security.md")
    for (let threat = 1; threat <= 38; threat++) assert.match(security, new RegExp(`^\\| T${threat} \\|`, "m"))
  })
})
