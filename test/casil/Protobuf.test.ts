import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type Kind, protobuf, type Shape } from "../../src/casil/Protobuf.ts"
import { fieldsOf, replaced } from "../../src/casil/ProtobufWire.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const varint = (value: number): ReadonlyArray<number> =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
const field = (number: number, content: Uint8Array): ReadonlyArray<number> => [
  ...varint(number * 8 + 2),
  ...varint(content.length),
  ...content
]
const message = (...fields: ReadonlyArray<ReadonlyArray<number>>): Uint8Array => Uint8Array.from(fields.flat())

const text: Kind = { _tag: "Text" }
const inner: Shape = new Map([
  [1, { name: "note", kind: text }],
  [2, { name: "blob", kind: { _tag: "Bytes" } }],
  [3, { name: "again", kind: { _tag: "Message", shape: () => inner } }]
])
const shape: Shape = new Map<number, { readonly name: string; readonly kind: Kind }>([
  [1, { name: "name", kind: text }],
  [2, { name: "inner", kind: { _tag: "Message", shape: () => inner } }],
  [3, { name: "labels", kind: { _tag: "Entries", key: text, value: text } }],
  [4, { name: "numbers", kind: { _tag: "Other" } }]
])

const visits = (value: Uint8Array, known?: Shape): ReadonlyArray<readonly [string, string]> => {
  const seen: Array<readonly [string, string]> = []
  protobuf(known)(value, (each, path) => {
    seen.push([path, each])
    return each
  })
  return seen
}

const whole = message(
  field(1, bytes("a name")),
  [...varint(8 * 9), 42],
  field(
    2,
    message(field(1, bytes("größe 😀")), field(2, Uint8Array.of(0, 255, 7)), field(3, message(field(1, bytes("deep")))))
  ),
  field(3, message(field(1, bytes("api/key")), field(2, bytes("value")))),
  field(4, Uint8Array.of(65, 66, 67)),
  [...varint(8 * 5 + 1), 1, 2, 3, 4, 5, 6, 7, 8],
  [...varint(8 * 6 + 5), 1, 2, 3, 4]
)

describe("the walk of Protocol Buffers", () => {
  it("visits texts and bytes by the names of the schema, and leaves numbers alone", () => {
    assert.deepStrictEqual(visits(whole, shape), [
      ["/name", "a name"],
      ["/inner/note", "größe 😀"],
      ["/inner/blob", "\u0000\udcff\u0007"],
      ["/inner/again/note", "deep"],
      ["/labels/api~1key#", "api/key"],
      ["/labels/api~1key", "value"]
    ])
  })

  it("guesses where it knows no schema: a message, a text, or bytes", () => {
    const seen = visits(whole).map(([, each]) => each)
    for (const each of ["a name", "größe 😀", "\u0000\udcff\u0007", "deep", "api/key", "value", "ABC"]) {
      assert.include(seen, each)
    }
  })

  it("writes the message again around what is new, with lengths that are right at every depth", () => {
    const walked = protobuf(shape)(whole, (each) => (each === "deep" ? "x".repeat(300) : each))
    assert.deepStrictEqual(
      visits(walked, shape).map(([, each]) => each),
      visits(whole, shape).map(([, each]) => (each === "deep" ? "x".repeat(300) : each))
    )
    assert.deepStrictEqual(
      fieldsOf(walked)?.map(({ number, type }) => [number, type]),
      fieldsOf(whole)?.map(({ number, type }) => [number, type])
    )
  })

  it("looks at bytes that are no message as characters, and at a text that is none as bytes", () => {
    const broken = Uint8Array.of(0x0a, 0xff, 0xff)
    assert.deepStrictEqual(visits(broken, shape), [["", "\n\udcff\udcff"]])
    assert.deepStrictEqual(visits(message(field(1, Uint8Array.of(255, 254))), shape), [["/name", "\udcff\udcfe"]])
    const walked = protobuf(shape)(message(field(1, Uint8Array.of(255, 65))), (each) => each.replace("A", "B"))
    assert.deepStrictEqual([...walked], [...message(field(1, Uint8Array.of(255, 66)))])
  })

  it("refuses wire forms that are none", () => {
    const none: ReadonlyArray<ReadonlyArray<number>> = [
      [0x00],
      [0x0a],
      [0x0a, 0x05, 1],
      [0x0b, 0x0c],
      [0x09, 1, 2],
      [0x0d, 1],
      [0x08],
      [0x08, ...Array.from({ length: 10 }, () => 0x80)]
    ]
    for (const each of none) assert.isUndefined(fieldsOf(Uint8Array.from(each)), String(each))
    assert.deepStrictEqual(fieldsOf(new Uint8Array(0)), [])
  })

  it("changes nothing where nothing is new, whatever the bytes are, and visits the same twice", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (value, known) => {
        const schema = known ? shape : undefined
        assert.strictEqual(
          protobuf(schema)(value, (each) => each),
          value
        )
        // decisions are made at the first walk and carried out at the second, by the number of the visit
        let first = 0
        let second = 0
        protobuf(schema)(value, (each) => {
          first++
          return each
        })
        protobuf(schema)(value, () => {
          second++
          return "new"
        })
        assert.strictEqual(second, first)
      }),
      { numRuns: 1000 }
    )
  })

  it("keeps every other field of any message as it is", () => {
    const fields = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.string({ unit: "binary" })), { maxLength: 8 })
    fc.assert(
      fc.property(fields, fc.nat(7), fc.string({ unit: "binary" }), (all, chosen, content) => {
        const value = message(...all.map(([number, each]) => field(number, bytes(each))))
        const wire = fieldsOf(value) ?? []
        assert.lengthOf(wire, all.length)
        if (chosen >= all.length) return
        const changed = all.map(([number, each], i) => field(number, bytes(i === chosen ? content : each)))
        assert.deepStrictEqual(
          [...replaced(value, wire, new Map([[chosen, bytes(content)]]))],
          [...message(...changed)]
        )
      })
    )
  })
})
