import { assert, describe, it } from "@effect/vitest"
import { current, tables } from "./tables.ts"

describe("the generated tables of the documents", () => {
  it("are what the contracts and the settings say today", () => {
    for (const page of Object.keys(tables)) {
      const { is, shouldBe } = current(page)
      assert.strictEqual(is, shouldBe, `${page} is out of date: node_modules/.bin/node test/docs/tables.ts`)
    }
  })

  it("leave no method, error, event or key without words", () => {
    for (const made of Object.values(tables).flatMap(Object.values) as ReadonlyArray<() => string>) {
      const rows = made().split("\n").slice(2)
      assert.isAbove(rows.length, 5)
      for (const row of rows) assert.notMatch(row, /undefined|\[object/)
    }
  })
})
