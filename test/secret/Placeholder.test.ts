import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { fillBody, fillText, fillUrl, marks, names, type Values } from "../../src/secret/Placeholder.ts"
import { unfit } from "../../src/secret/SecretName.ts"

const values: Values = new Map([
  ["KEY", 'a"b\\c &=é/:{{secret:OTHER}}'],
  ["OTHER", "other"]
])
const encode = (text: string) => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const body = (text: string, type = "text/plain") => Result.map(fillBody(encode(text), type, values), decode)

describe("Placeholder", () => {
  it("is filled in once, as what stands around it needs it", () => {
    const value = values.get("KEY")!
    assert.deepStrictEqual(
      fillText("Bearer {{secret:KEY}}, {{secret:OTHER}}", values),
      Result.succeed(`Bearer ${value}, other`)
    )
    assert.deepStrictEqual(
      fillUrl("q={{secret:KEY}}&r=1", values),
      Result.succeed("q=a%22b%5Cc%20%26%3D%C3%A9%2F:%7B%7Bsecret:OTHER%7D%7D&r=1")
    )
    assert.deepStrictEqual(body("x {{secret:KEY}} y"), Result.succeed(`x ${value} y`))
    const json = Result.getOrThrow(body('{"k":"{{secret:KEY}}"}', "application/vnd.api+json; charset=utf-8"))
    assert.deepStrictEqual(JSON.parse(json), { k: value })
    const form = Result.getOrThrow(body("k={{secret:KEY}}&z=1", "application/x-www-form-urlencoded"))
    assert.strictEqual(new URLSearchParams(form).get("k"), value)
    assert.strictEqual(new URLSearchParams(form).get("z"), "1")
  })

  it("counts in URLs also with escaped braces, and nowhere else", () => {
    assert.deepStrictEqual(fillUrl("/bot%7B%7Bsecret%3AOTHER%7d%7d/x", values), Result.succeed("/botother/x"))
    assert.deepStrictEqual(fillText("%7B%7Bsecret:OTHER%7D%7D", values), Result.succeed("%7B%7Bsecret:OTHER%7D%7D"))
  })

  it("a path stays one: no value adds a segment to it", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8 }).filter((value) => unfit(value) === undefined),
        (value) => {
          const path = Result.getOrThrow(fillUrl("/a/{{secret:X}}/b", new Map([["X", value]])))
          assert.strictEqual(path.split("/").length, 4)
          assert.strictEqual(decodeURIComponent(path.split("/")[2]!), value)
        }
      )
    )
  })

  it("one that is not written as such, or has no value, fills nothing", () => {
    const malformed = { kind: "malformed" } as const
    for (const text of [
      "{{secret:}}",
      "{{secret:a b}}",
      "{{secret:KEY",
      "{{secret:KEY}",
      `{{secret:${"a".repeat(65)}}}`
    ]) {
      assert.deepStrictEqual(fillText(text, values), Result.fail(malformed), text)
      assert.deepStrictEqual(body(text), Result.fail(malformed), text)
      assert.deepStrictEqual(fillUrl(text, values), Result.fail(malformed), text)
      assert.isTrue(marks(text))
    }
    const missing = { kind: "missing", name: "toString" } as const
    assert.deepStrictEqual(fillText("{{secret:KEY}} {{secret:toString}} {{secret:", values), Result.fail(missing))
    assert.deepStrictEqual(body("{{secret:KEY}} {{secret:toString}}"), Result.fail(missing))
    for (const text of ["{secret:KEY}", "{{ secret:KEY }}", "{{Secret:KEY}}", "secret:KEY", "{{secrets:KEY}}", "{{"]) {
      assert.deepStrictEqual(fillText(text, values), Result.succeed(text))
      assert.deepStrictEqual(body(text), Result.succeed(text))
    }
    assert.isFalse(marks("secret:KEY"))
  })

  it("a body keeps every byte around its placeholders, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (before, after) => {
        const whole = Buffer.concat([before, encode("{{secret:OTHER}}"), after])
        const expected = Buffer.concat([before, encode("other"), after])
        assert.deepStrictEqual(Buffer.from(Result.getOrThrow(fillBody(whole, "", values))), expected)
        assert.strictEqual(Result.getOrThrow(fillBody(after, "", values)), after)
      })
    )
  })

  it("all names are told, those in URLs only where a URL is", () => {
    const found = names({
      texts: ["{{secret:A}} {{secret:B}}", "%7B%7Bsecret:N%7D%7D", "{{secret:"],
      urls: ["/%7B%7Bsecret:C%7D%7D", "x={{secret:A}}"],
      body: encode('{"a":"{{secret:D}}{{secret:!}}"}')
    })
    assert.deepStrictEqual(
      [...found],
      ["A", "B", "C", "A", "D"].filter((name, i, all) => all.indexOf(name) === i)
    )
    assert.strictEqual(names({ texts: [], urls: [], body: undefined }).size, 0)
  })
})

describe("SecretName", () => {
  it("a value that could not be found again where it leaks is not taken", () => {
    assert.match(unfit("1234567") ?? "", /shorter/)
    assert.match(unfit("x".repeat(8_193)) ?? "", /longer/)
    assert.match(unfit("x".repeat(10) + "\0") ?? "", /NUL/)
    assert.match(unfit("x".repeat(10) + "\ud800") ?? "", /valid/)
    assert.isUndefined(unfit("12345678"))
    assert.isUndefined(unfit("éééé"))
  })
})
