import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { readFileSync } from "node:fs"
import { check } from "../../layers/config/ConfigFile.ts"
import { parseToml } from "../../layers/config/TomlFile.ts"
import { entries, type Section } from "../../src/config/Section.ts"
import { assemble, type SettingsValues } from "../../src/settings/Settings.ts"
import { SettingsFile } from "../../src/settings/SettingsFile.ts"

const text = readFileSync(new URL("../../examples/config.toml", import.meta.url), "utf8")

const valuesOf = (toml: string) =>
  Effect.gen(function* () {
    const { positions, table } = yield* Effect.fromResult(parseToml(toml, "config.toml"))
    const { values } = yield* Effect.fromResult(
      assemble({ file: table, name: "config.toml", positions, overrides: [], reasons: [] })
    )
    return values
  })

/** Keys as `agent.fallback.model`, with lists and chosen names left out. */
const known = (section: Section, path = ""): ReadonlyArray<string> =>
  entries(section).flatMap(([name, entry]) => {
    // [agent] and [[agents]] take the same keys; the example shows the first.
    if (path === "" && name === "agents") return []
    return entry.kind === "leaf" ? [`${path}${name}`] : known(entry.section, `${path}${name}.`)
  })

/** The same keys as the example mentions them, set or commented out. */
const mentioned = (toml: string): ReadonlyArray<string> => {
  let table = ""
  return toml.split("\n").flatMap((line) => {
    const header = /^#?\[\[?([a-z_.]+)(?:\."[^"]+")?((?:\.[a-z_]+)*)\]/.exec(line)
    if (header?.[1] !== undefined) table = `${header[1]}${header[2] ?? ""}.`
    const key = /^#?([a-z_0-9]+) = /.exec(line)
    return key?.[1] === undefined ? [] : [`${table}${key[1]}`]
  })
}

describe("examples/config.toml", () => {
  it.effect("is exactly the defaults", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* valuesOf(text), yield* valuesOf(""))
    })
  )

  it("mentions every key once, and no other", () => {
    assert.deepStrictEqual([...mentioned(text)].toSorted(), [...known(SettingsFile)].toSorted())
  })

  it("explains every key in the line above it", () => {
    const lines = text.split("\n")
    lines.forEach((line, index) => {
      if (/^#?[a-z_0-9]+ = /.test(line)) assert.match(lines[index - 1] ?? "", /^# \S/, `line ${index + 1}: ${line}`)
    })
  })

  it.effect("still holds with every commented line put in force", () =>
    Effect.gen(function* () {
      const all = text.replaceAll(/^#(?=[a-z_[])/gm, "")
      assert.isTrue(Result.isSuccess(check(all)), Result.isFailure(check(all)) ? String(check(all)) : "")
      const values: SettingsValues = yield* valuesOf(all)
      assert.strictEqual(values.agents[0].model, "claude-sonnet-4-5")
      assert.strictEqual(values.prices["my-model"]?.output, 15_000_000)
      assert.strictEqual(values.tokens[0]?.name, "laptop")
    })
  )
})
