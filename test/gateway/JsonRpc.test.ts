import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as JsonRpc from "../../src/gateway/JsonRpc.ts"

const limits = { maxBatch: 4, maxDepth: 8 }
const parse = (text: string): JsonRpc.Frame => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return JsonRpc.unreadable
  }
  return JsonRpc.read(value, limits)
}
const single = (text: string): JsonRpc.Message => {
  const frame = parse(text)
  assert.strictEqual(frame._tag, "Single")
  return (frame as Extract<JsonRpc.Frame, { _tag: "Single" }>).message
}
const refused = (text: string) => {
  const message = single(text)
  assert.strictEqual(message._tag, "Invalid")
  return message as Extract<JsonRpc.Message, { _tag: "Invalid" }>
}

describe("JsonRpc.read", () => {
  it("keeps the type of a string, a whole, a fractional, a negative and a null id", () => {
    for (const id of ["abc", "", "1", 1, 0, -7, 1.5, null, Number.MAX_SAFE_INTEGER]) {
      const message = single(JSON.stringify({ jsonrpc: "2.0", id, method: "ping" }))
      assert.deepStrictEqual(message, { _tag: "Request", id, method: "ping", params: undefined })
    }
  })

  it("takes a message without an id as a notification", () => {
    assert.deepStrictEqual(single('{"jsonrpc":"2.0","method":"ping","params":[1]}'), {
      _tag: "Notification",
      method: "ping",
      params: [1]
    })
  })

  it("answers text that is not JSON with -32700 and a null id", () => {
    for (const text of ["", "not json", "{", '{"jsonrpc":"2.0","method":"x"', "\u0000", "\uFEFF{}", "[1,"]) {
      const message = refused(text)
      assert.strictEqual(message.id, null)
      assert.strictEqual(message.error.code, -32700)
    }
  })

  it("answers JSON that is no request with -32600 and the id where one can be told", () => {
    const cases: ReadonlyArray<readonly [string, JsonRpc.Id]> = [
      ["42", null],
      ["null", null],
      ['"x"', null],
      ['{"foo":1}', null],
      ['{"id":9}', 9],
      ['{"jsonrpc":"1.0","id":1,"method":"ping"}', 1],
      ['{"id":"a","method":"ping"}', "a"],
      ['{"jsonrpc":"2.0","id":1,"method":7}', 1],
      ['{"jsonrpc":"2.0","id":1}', 1],
      ['{"jsonrpc":"2.0","method":7}', null],
      ['{"jsonrpc":"2.0","id":1,"method":"ping","params":5}', 1],
      ['{"jsonrpc":"2.0","id":1,"method":"ping","params":null}', 1],
      ['{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}', 1],
      ['{"jsonrpc":"2.0","id":true,"method":"ping"}', null],
      ['{"jsonrpc":"2.0","id":{},"method":"ping"}', null],
      ['{"jsonrpc":"2.0","id":[1],"method":"ping"}', null]
    ]
    for (const [text, id] of cases) {
      const message = refused(text)
      assert.strictEqual(message.error.code, -32600, text)
      assert.strictEqual(message.id, id, text)
    }
  })

  it("refuses an id that it could not echo faithfully", () => {
    for (const id of ["9007199254740993", "1e400", "-1e400", "12345678901234567890"]) {
      const message = refused(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`)
      assert.strictEqual(message.id, null)
      assert.strictEqual(message.error.code, -32600)
    }
    const long = "x".repeat(JsonRpc.maxIdLength + 1)
    assert.strictEqual(refused(JSON.stringify({ jsonrpc: "2.0", id: long, method: "ping" })).id, null)
  })

  it("does not read members that the message only inherits", () => {
    const message = refused('{"__proto__":{"jsonrpc":"2.0","method":"ping","id":1}}')
    assert.strictEqual(message.id, null)
  })

  it("refuses parameters that nest deeper than the limit, and takes those that reach it", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth)
    assert.strictEqual(single(`{"jsonrpc":"2.0","id":1,"method":"m","params":${nested(8)}}`)._tag, "Request")
    assert.strictEqual(refused(`{"jsonrpc":"2.0","id":1,"method":"m","params":${nested(9)}}`).id, 1)
    assert.strictEqual(refused(`{"jsonrpc":"2.0","id":1,"method":"m","params":${nested(100_000)}}`).id, 1)
  })

  it("counts what a batch has to answer: requests and invalid messages, not notifications", () => {
    const frame = parse('[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","method":"b"},7]')
    assert.strictEqual(frame._tag, "Batch")
    if (frame._tag === "Batch") {
      assert.strictEqual(frame.answers, 2)
      assert.deepStrictEqual(
        frame.messages.map((message) => message._tag),
        ["Request", "Notification", "Invalid"]
      )
    }
  })

  it("answers an empty and a huge batch with a single -32600", () => {
    assert.strictEqual(refused("[]").error.code, -32600)
    assert.strictEqual(refused(JSON.stringify(Array.from({ length: 5 }, () => 1))).error.code, -32600)
  })

  it("never throws, on any text and on any JSON", () => {
    const always = fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (text) => {
      const frame = parse(text)
      return frame._tag === "Single" || frame.messages.length > 0
    })
    fc.assert(always, { numRuns: 500 })
  })
})

describe("JsonRpc frames", () => {
  it("builds what it parses", () => {
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (method, params) => {
        const message = single(JsonRpc.notificationFrame(method, params))
        assert.deepStrictEqual(message, { _tag: "Notification", method, params: JSON.parse(JSON.stringify(params)) })
      })
    )
  })

  it("writes undefined results as null, and a lone surrogate as an escape", () => {
    assert.strictEqual(JsonRpc.resultFrame(1, undefined), '{"jsonrpc":"2.0","id":1,"result":null}')
    assert.strictEqual(JsonRpc.resultFrame("\ud800", 0), '{"jsonrpc":"2.0","id":"\\ud800","result":0}')
  })

  it("joins the answers of a batch into one array", () => {
    const frame = JsonRpc.batchFrame([JsonRpc.resultFrame(1, 2), JsonRpc.errorFrame(null, JsonRpc.parseError)])
    assert.deepStrictEqual(JSON.parse(frame), [
      { jsonrpc: "2.0", id: 1, result: 2 },
      { jsonrpc: "2.0", id: null, error: { code: -32700, message: "Parse error" } }
    ])
  })
})
