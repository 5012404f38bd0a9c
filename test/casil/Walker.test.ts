import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { compile } from "../../src/casil/Compiled.ts"
import { decideValue } from "../../src/casil/Decision.ts"
import { defaultPolicy } from "../../src/casil/Policy.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { fieldName, namesOf } from "../../src/casil/Names.ts"
import { json, jsonObject, MAX_DEPTH, TooDeep } from "../../src/casil/Walker.ts"
import type { Json } from "../../src/domain/Json.ts"

const secret = structural.find(({ id }) => id === "github-token")?.example(5).secret ?? ""
const jsonValue = fc.jsonValue() as fc.Arbitrary<Json>

describe("Walker", () => {
  it("gives a value back as it is, the very same, when no text changes", () => {
    fc.assert(
      fc.property(jsonValue, (value) =>
        assert.strictEqual(
          json(value, (text) => text),
          value
        )
      )
    )
  })

  it("visits every text and key, and changes nothing but them", () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const seen: Array<string> = []
        const walked = json(value, (text) => {
          seen.push(text)
          return `${text}!`
        })
        const texts: Array<string> = []
        const marked = (value: Json): Json =>
          typeof value === "string"
            ? (texts.push(value), `${value}!`)
            : Array.isArray(value)
              ? value.map(marked)
              : typeof value === "object" && value !== null
                ? Object.fromEntries(Object.entries(value).map(([k, v]) => (texts.push(k), [`${k}!`, marked(v)])))
                : (value as Json)
        assert.strictEqual(JSON.stringify(walked), JSON.stringify(marked(value)))
        assert.deepStrictEqual(seen, texts)
      })
    )
  })

  it("names paths as JSON Pointers, those of keys with a mark", () => {
    const paths: Array<string> = []
    json({ "a/b": [{ "c~d": "x" }] }, (text, path) => {
      paths.push(path)
      return text
    })
    assert.deepStrictEqual(paths, ["/a~1b#", "/a~1b/0/c~0d#", "/a~1b/0/c~0d"])
  })

  it("T30: takes no value for a key, whatever its key ends with: a secret in two values is one", () => {
    const decision = decideValue(compile(defaultPolicy), { a: secret.slice(0, 9), "b#": secret.slice(9) }, json)
    assert.strictEqual(
      JSON.stringify(decision._tag === "Pass" ? decision.value : undefined),
      '{"a":"[redacted:github-token]","b#":"[redacted:github-token]"}'
    )
  })

  it("keeps both values when two keys become one", () => {
    const walked = jsonObject({ one: 1, two: 2, three: 3 }, () => "x")
    assert.deepStrictEqual(walked, { x: 1, "x#2": 2, "x#3": 3 })
  })

  it("keeps a field called __proto__ a field", () => {
    const value = JSON.parse('{"__proto__":{"polluted":"yes"}}') as Json
    const walked = json(value, (text) => `${text}!`) as Record<string, unknown>
    assert.strictEqual(JSON.stringify(walked), '{"__proto__!":{"polluted!":"yes!"}}')
    const kept = json(value, (text) => (text === "yes" ? "no" : text))
    assert.strictEqual(JSON.stringify(kept), '{"__proto__":{"polluted":"no"}}')
    assert.isUndefined(({} as { polluted?: unknown }).polluted)
  })

  it("refuses what is too deep, without overflowing", () => {
    let value: Json = "x"
    for (let i = 0; i < MAX_DEPTH; i++) value = [value]
    assert.doesNotThrow(() => json(value, (text) => text))
    for (let i = 0; i < 100_000; i++) value = [value]
    assert.throws(() => json(value, (text) => text), TooDeep)
  })
})

describe("Names", () => {
  it("finds the field's name in a path, past indexes", () => {
    for (const [path, name] of [
      ["/a/password", "password"],
      ["/password/0", "password"],
      ["/password/0/1", "password"],
      ["/password/type", "type"],
      [".args.token", "token"],
      ["/db.password", "password"],
      ["/user~1password", "password"],
      ["/user~1password/0", "password"],
      ["/a~01", "a~01"],
      ["/password#", "password#"],
      ["", ""],
      ["/0", ""]
    ] as const) {
      assert.strictEqual(fieldName(path), name, path)
    }
  })

  it("compares names without case and separators", () => {
    const names = namesOf(["api_key", "token"])
    for (const name of ["api_key", "apiKey", "API-KEY", "ApiKey", "TOKEN", "api key", "token\u0000"])
      assert.isTrue(names.has(name), name)
    for (const name of ["", "key", "tokens", "api_key_id", "apikey#"]) assert.isFalse(names.has(name), name)
    assert.isFalse(namesOf([]).has(""))
  })

  it("T30: sees a name through what cannot be seen and what looks like it", () => {
    const names = namesOf(["api_key", "token"])
    for (const name of ["to\u200bken", "t\u043eken", "\u{e0041}token", "ap\u0456\u200b\u200b\u200b\u200b\u200b_key"]) {
      assert.isTrue(names.has(name), JSON.stringify(name))
    }
  })
})
