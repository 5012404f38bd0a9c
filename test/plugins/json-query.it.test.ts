/** plugins/json-query. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import type { Json } from "../../src/domain/Json.ts"
import { agreesWithManifest, answer, patience, refusal, withPlugin } from "./support.ts"

const shop = {
  name: "Café 🐈",
  items: [
    { name: "tea", price: 2.5, tags: ["hot", "green"] },
    { name: "milk", price: 1, tags: [] },
    { name: "cake", price: 3.25 }
  ],
  "a.b": { 'say "hi"': true, "it's": null },
  big: 12345678901234567890n,
  empty: {}
}
const json = JSON.stringify(shop, (_, value) => (typeof value === "bigint" ? "BIG" : value)).replace(
  '"BIG"',
  String(shop.big)
)

/** A value with a path into it, and what lies there. */
const located = fc.jsonValue({ maxDepth: 4 }).chain((root) =>
  fc.array(fc.nat(), { maxLength: 4 }).map((choices) => {
    let value = root as Json
    let path = "$"
    for (const choice of choices) {
      if (typeof value !== "object" || value === null) break
      const keys = Object.keys(value)
      if (keys.length === 0) break
      const key = keys[choice % keys.length]!
      path += Array.isArray(value)
        ? `[${choice % 2 === 0 ? key : Number(key) - keys.length}]`
        : `[${JSON.stringify(key)}]`
      value = (value as Record<string, Json>)[key]!
    }
    return { root: root as Json, path, value }
  })
)

layer(withPlugin("json-query"), patience)("json-query", (it) => {
  it.effect("finds what a path leads to, in any value", () =>
    Effect.gen(function* () {
      for (const { path, root, value } of fc.sample(located, { numRuns: 500, seed: 31 })) {
        // half a pair of surrogates is no text that can be sent
        if (!JSON.stringify([root, path]).isWellFormed() || /\\ud[89a-f]/i.test(JSON.stringify([root, path]))) continue
        const said = yield* answer("json_query", { json: JSON.stringify(root), path })
        assert.deepStrictEqual(JSON.parse(said), JSON.parse(JSON.stringify(value)), path)
      }
    })
  )

  it.effect("understands names, positions, slices and stars", () =>
    Effect.gen(function* () {
      const table: ReadonlyArray<readonly [string, string]> = [
        ["name", '"Café 🐈"'],
        [".name", '"Café 🐈"'],
        ["$.name", '"Café 🐈"'],
        ["items[0].price", "2.5"],
        ["items[-1].name", '"cake"'],
        ["items[*].name", '["tea","milk","cake"]'],
        ["items[1:].name", '["milk","cake"]'],
        ["items[:-1].name", '["tea","milk"]'],
        ["items[0:1]", '[{"name":"tea","price":2.5,"tags":["hot","green"]}]'],
        ["items[*].tags[*]", '["hot","green"]'],
        ["items[*].tags", '[["hot","green"],[]]'],
        ["items.*.tags[0]", '["hot"]'],
        ["items[5:9]", "[]"],
        ['["a.b"]["say \\"hi\\""]', "true"],
        ["['a.b']", '{"say \\"hi\\"":true,"it\'s":null}'],
        ["$['a.b'].it's", "null"],
        ["big", "12345678901234567890"],
        ["empty", "{}"],
        ["items.length()", "3"],
        ["items[*].tags[*].length()", "2"],
        ["name.length()", "7"],
        ["keys()", '["name","items","a.b","big","empty"]'],
        ["empty.keys()", "[]"]
      ]
      for (const [path, wanted] of table) assert.strictEqual(yield* answer("json_query", { json, path }), wanted, path)
      for (const path of ["", "$", "."])
        assert.strictEqual(yield* answer("json_query", { json: "[1, 2]", path }), "[1,2]")
    })
  )

  it.effect("says what is there in place of what was looked for", () =>
    Effect.gen(function* () {
      const table: ReadonlyArray<readonly [string, RegExp]> = [
        ["nane", /^There is no "nane" .*; there is an object with "name", "items", "a\.b", "big", "empty"\.$/],
        ["items.price", /there is a list of 3/],
        ["items[7]", /^There is no item 7; there is a list of 3\.$/],
        ["name[0]", /there is a text/],
        ["name[*]", /^There are no items; there is a text\.$/],
        ["empty[1:2]", /there is an object/],
        ["big.length()", /has a length; there is a number/],
        ["items.keys()", /Only an object has keys/],
        ["items[x]", /^The path is wrong at character 7: brackets hold/],
        ["items[", /\] is missing/],
        ['["items]', /is missing|not understood/],
        ["items[0]name", /^The path is wrong at character 9: a step begins with/],
        ["items..name", /a name is missing/],
        ["keys().x", /end a path/]
      ]
      for (const [path, wanted] of table) assert.match(yield* refusal("json_query", { json, path }), wanted, path)
    })
  )

  it.effect("takes a value in place of its text, and refuses what is neither", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* answer("json_query", { json: { a: [1, { b: "x" }] }, path: "a[1].b" }), '"x"')
      assert.match(yield* refusal("json_query", { json: "{nope}", path: "a" }), /^The text is no JSON/)
      assert.match(yield* refusal("json_query", { json: "1" }), /^json_query needs/)
      assert.match(yield* refusal("json_query", { json: " ".repeat(1_000_001), path: "a" }), /more than 1000000/)
    })
  )

  it.effect("T25: a large text fits", () =>
    Effect.gen(function* () {
      const many = JSON.stringify({ rows: Array.from({ length: 50_000 }, (_, id) => ({ id })) })
      assert.strictEqual(yield* answer("json_query", { json: many, path: "rows[49999].id" }), "49999")
    })
  )

  it.effect("says in plugin.toml what it says when asked", () => agreesWithManifest)
})
