import { create, fromBinary, fromJson, type JsonValue, toBinary, toJsonString } from "@bufbuild/protobuf"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { readFileSync } from "node:fs"
import { decodeBinary, decodeText } from "../../layers/bus/wire/Decode.ts"
import { encodeBinary } from "../../layers/bus/wire/Encode.ts"
import { ClientFrameSchema, ServerFrameSchema } from "../../layers/proto/generated/arqonbus/v1/frame_pb.js"
import type { Frame } from "./clients.ts"
import { events, golden, type Golden } from "./golden.ts"

const position = { epoch: "e", offset: 7n }
const place = { room: "ops", channel: "lobby" }
const content = {
  body: { case: "text", value: "hi" },
  contentType: "text/plain",
  headers: { a: "b" },
  key: "k"
} as const

/** A frame of each kind, and what it is read as. */
const frames: ReadonlyArray<readonly [Frame, object]> = [
  [
    { case: "hello", value: { minVersion: 1, maxVersion: 2, type: 2, name: "n", token: "t", metadata: { a: "b" } } },
    {
      _tag: "hello",
      hello: { minVersion: 1, maxVersion: 2, type: "ai-agent", name: "n", token: "t", metadata: { a: "b" } }
    }
  ],
  [
    { case: "publish", value: { ...place, id: "i", content } },
    {
      _tag: "publish",
      publish: {
        ...place,
        id: "i",
        content: { body: "hi", contentType: "text/plain", headers: { a: "b" }, key: "k", annotations: undefined }
      }
    }
  ],
  [
    { case: "join", value: { ...place, recover: [{ ...place, position }], presence: true, mute: true } },
    {
      _tag: "join",
      join: { ...place, recover: [{ ...place, position: { epoch: "e", offset: 7 } }], presence: true, mute: true }
    }
  ],
  [
    { case: "leave", value: place },
    { _tag: "leave", ...place }
  ],
  [
    { case: "ping", value: { positions: true } },
    { _tag: "ping", positions: true }
  ],
  [
    { case: "update", value: { metadata: { a: "b" } } },
    { _tag: "update", metadata: { a: "b" } }
  ],
  [
    { case: "command", value: { command: { case: "history", value: { ...place, after: position, limit: 3 } } } },
    { _tag: "command", command: { _tag: "history", ...place, after: { epoch: "e", offset: 7 }, limit: 3 } }
  ],
  [
    {
      case: "command",
      value: { command: { case: "createChannel", value: { ...place, settings: { overflow: 3, keepSeconds: 5 } } } }
    },
    {
      _tag: "command",
      command: { _tag: "create_channel", ...place, settings: { overflow: "conflate", keepSeconds: 5 } }
    }
  ],
  [
    { case: "command", value: { command: { case: "listChannels", value: { room: "ops", limit: 3, after: "a" } } } },
    { _tag: "command", command: { _tag: "list_channels", room: "ops", limit: 3, after: "a" } }
  ],
  ...(["status", "help"] as const).map(
    (name) =>
      [
        { case: "command", value: { command: { case: name, value: {} } } },
        { _tag: "command", command: { _tag: name } }
      ] as const
  )
]

describe("frames of clients", () => {
  it("are read the same in both encodings", () => {
    for (const [frame, body] of frames) {
      const message = create(ClientFrameSchema, { request: 9, frame })
      const expected = { request: 9, body }
      assert.deepStrictEqual(decodeBinary(toBinary(ClientFrameSchema, message)), expected)
      assert.deepStrictEqual(decodeText(toJsonString(ClientFrameSchema, message)), expected)
    }
  })

  it("B13: that are none, or say nothing, or name a number that JavaScript has not, are told apart from those that are", () => {
    const huge = { ...place, recover: [{ ...place, position: { epoch: "e", offset: 2n ** 60n } }] }
    const read = decodeBinary(
      toBinary(ClientFrameSchema, create(ClientFrameSchema, { frame: { case: "join", value: huge } }))
    )
    assert.deepStrictEqual(read?.body, { _tag: "join", join: { ...place, recover: [], presence: false, mute: false } })
    for (const text of ["", "{", "null", "[]", "{}", '{"request":"x"}', '{"publish":1}', '{"command":{}}'])
      assert.isUndefined(decodeText(text), text)
    assert.isUndefined(decodeBinary(new Uint8Array()))
    assert.isDefined(decodeText('{"ping":{},"later":{"version":2}}'))
  })

  it("B13: nothing that a stranger sends is thrown", () => {
    const valid = fc.constantFrom(
      ...frames.map(([frame]) => toBinary(ClientFrameSchema, create(ClientFrameSchema, { frame })))
    )
    const mutated = fc.tuple(valid, fc.nat(), fc.nat({ max: 255 }), fc.nat()).map(([bytes, at, value, cut]) => {
      const copy = Uint8Array.from(bytes)
      copy[at % copy.length] = value
      return copy.slice(0, 1 + (cut % copy.length))
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
        decodeBinary(bytes)
      }),
      { numRuns: 3000 }
    )
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        decodeText(text)
      }),
      { numRuns: 1000 }
    )
  })

  it("keep nothing of the buffer that they came in", () => {
    const frame = {
      case: "publish",
      value: { ...place, content: { body: { case: "data", value: new Uint8Array([1, 2]) } } }
    } as const
    const bytes = toBinary(ClientFrameSchema, create(ClientFrameSchema, { frame }))
    const pooled = new Uint8Array(65_536)
    pooled.set(bytes, 100)
    const read = decodeBinary(pooled.subarray(100, 100 + bytes.length))
    const body = read?.body._tag === "publish" ? read.body.publish.content.body : ""
    assert.deepStrictEqual(body, new Uint8Array([1, 2]))
    assert.strictEqual(typeof body === "string" ? 0 : body.buffer.byteLength, 2)
  })
})

describe("frames of the server", () => {
  const committed = JSON.parse(
    readFileSync(new URL("data/golden.json", import.meta.url), "utf8")
  ) as ReadonlyArray<Golden>

  it("are the committed ones, byte for byte, in both encodings", () => {
    assert.deepStrictEqual(golden(), committed)
  })

  it("mean the same in both encodings", () => {
    for (const { binary, json, name } of committed) {
      const fromBytes = fromBinary(ServerFrameSchema, Uint8Array.from(Buffer.from(binary, "hex")))
      assert.deepStrictEqual(fromBytes, fromJson(ServerFrameSchema, json as JsonValue), name)
    }
  })

  it("there is one of every kind", () => {
    assert.lengthOf(new Set(events.map(([, , event]) => (event._tag === "reply" ? event.reply._tag : event._tag))), 22)
    for (const [name, request, event] of events) {
      const { frame, request: of } = fromBinary(ServerFrameSchema, encodeBinary(event, request))
      assert.isDefined(frame.case, name)
      assert.strictEqual(of, request)
    }
  })
})
