import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"

const dist = path.resolve(import.meta.dirname, "..", "..", "dist")
const programs = fs.readdirSync(dist).filter((name) => name.endsWith(".js"))

describe("the bundle", () => {
  it("has no part that nothing loads", () => {
    const texts = new Map(programs.map((name) => [name, fs.readFileSync(path.join(dist, name), "utf8")]))
    const named = (name: string) => [...texts].some(([other, text]) => other !== name && text.includes(name))
    // the parts; what has no prefix is a program, which a path in the source names
    assert.deepStrictEqual(
      programs.filter((name) => name.startsWith("exoclaw-") && !named(name)),
      []
    )
  })

  it("is less than five megabytes", () => {
    const files = fs.readdirSync(dist, { recursive: true, encoding: "utf8" })
    const counted = files.filter((name) => name.endsWith(".js") || name.startsWith(`vocabulary${path.sep}`))
    const bytes = counted.reduce((sum, name) => sum + fs.statSync(path.join(dist, name)).size, 0)
    assert.isAbove(bytes, 1_000_000)
    assert.isBelow(bytes, 5_000_000)
  })
})
