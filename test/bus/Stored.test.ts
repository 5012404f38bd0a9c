import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { Entry } from "../../src/bus/Message.ts"
import * as Recent from "../../layers/bus/redis/Recent.ts"
import { entryOf, fieldsOf, salvage } from "../../layers/bus/redis/Stored.ts"
import { draftOf } from "./fixtures.ts"

const entry = (offset: number): Entry => ({ ...draftOf(`${offset}`), position: { epoch: "e", offset } })
const bytes = (fields: ReadonlyArray<string | Buffer>) => fields.map((field) => Buffer.from(field as string))

describe("a message as a stream keeps it", () => {
  it("is the same when it comes back, whatever its text, headers and bytes are", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array()),
        fc.dictionary(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })),
        fc.option(fc.uint8Array(), { nil: undefined }),
        fc.string({ unit: "grapheme" }),
        (body, headers, annotations, name) => {
          const draft = draftOf("", {
            at: 1_700_000_000_000,
            sender: { principal: name, connection: name, type: "human", name },
            content: { body, contentType: name, headers, key: name, annotations }
          })
          const read = entryOf([Buffer.from("7-0"), bytes(fieldsOf(draft))], "e")
          assert.deepStrictEqual(read, { ...draft, position: { epoch: "e", offset: 7 } })
        }
      )
    )
  })

  it("a name that every object has is a header like any other", () => {
    const headers = Object.fromEntries([
      ["__proto__", "a"],
      ["constructor", "b"]
    ])
    const draft = draftOf("", { content: { ...draftOf("").content, headers } })
    const read = entryOf([Buffer.from("1-0"), bytes(fieldsOf(draft))], "e")
    assert.deepStrictEqual(Object.entries(read?.content.headers ?? {}), Object.entries(headers))
  })

  it("what somebody else wrote there is none of ours", () => {
    for (const fields of [
      [],
      ["a"],
      ["a", "0", "m", "{}", "b", ""],
      ["a", "0", "m", "{", "b", ""],
      ["x", "0", "y", "null"]
    ]) {
      assert.isUndefined(entryOf([Buffer.from("1-0"), bytes(fields)], "e"))
    }
  })
})

describe("what a server has lost of a stream", () => {
  it("is told as lost, with everything before it, and what is left has no hole", () => {
    const stream = fc.record({
      top: fc.integer({ min: 0, max: 12 }),
      first: fc.integer({ min: 1, max: 13 }),
      lost: fc.uniqueArray(fc.integer({ min: 1, max: 12 })),
      broken: fc.uniqueArray(fc.integer({ min: 1, max: 12 })),
      after: fc.integer({ min: 0, max: 13 }),
      limit: fc.integer({ min: 0, max: 13 }),
      end: fc.constantFrom("oldest" as const, "newest" as const)
    })
    fc.assert(
      fc.property(stream, ({ after, broken, end, first, limit, lost, top }) => {
        const from = Math.max(Math.min(first, top + 1), after + 1)
        const kept = Array.from({ length: top }, (_, n) => n + 1).filter((n) => n >= from && !lost.includes(n))
        const answered = limit === 0 ? [] : end === "oldest" ? kept.slice(0, limit) : kept.slice(-limit)
        const found = answered.map((offset) => (broken.includes(offset) ? undefined : entry(offset)))
        const { entries, lostBefore } = salvage(found, { from, top, limit, end })
        const offsets = entries.map(({ position }) => position.offset)
        for (const [n, offset] of offsets.entries()) assert.strictEqual(offset, offsets[0]! + n)
        for (const offset of offsets) assert.isFalse(lost.includes(offset) || broken.includes(offset))
        const wanted = Math.max(0, Math.min(limit, top - from + 1))
        // nothing is missing, or it is said from where on there is something
        if (lostBefore === undefined) assert.lengthOf(offsets, wanted)
        else assert.strictEqual(lostBefore, offsets[0] ?? top + 1)
        if (lost.length === 0 && broken.length === 0) assert.isUndefined(lostBefore)
      }),
      { numRuns: 2_000 }
    )
  })
})

describe("keys that were used before a change", () => {
  it("are known to the other side for the window and not longer, and of the same side not at all", () => {
    const recent = Recent.make({ millis: 1_000, keys: 10 })
    const position = { epoch: "e", offset: 1 }
    recent.add("a", position, 1, 0)
    assert.isUndefined(recent.known("a", 1, 500))
    assert.deepStrictEqual(recent.known("a", 2, 999), position)
    assert.isUndefined(recent.known("a", 2, 1_000))
    recent.add("room:x\na", position, 1, 0)
    recent.forget("room:x\n")
    assert.isUndefined(recent.known("room:x\na", 2, 0))
  })

  it("are bounded in number", () => {
    const recent = Recent.make({ millis: 1_000, keys: 10 })
    for (let n = 0; n <= 50_000; n++) recent.add(`${n}`, { epoch: "e", offset: n }, 1, 0)
    assert.isUndefined(recent.known("0", 2, 0))
    assert.deepStrictEqual(recent.known("50000", 2, 0), { epoch: "e", offset: 50_000 })
  })
})
