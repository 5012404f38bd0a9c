import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Frame from "../../layers/sandbox/Frame.ts"

const join = (parts: ReadonlyArray<Uint8Array>) => Uint8Array.from(parts.flatMap((part) => [...part]))

describe("frames", () => {
  it("come out as they went in, however the socket cuts them", () => {
    const frames = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 300 })), {
      maxLength: 6
    })
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, cuts) => {
        const wire = join(sent.map(([kind, body]) => Frame.encode(kind, body)))
        const decoder = new Frame.FrameDecoder(1000)
        const got: Array<readonly [number, Uint8Array]> = []
        for (let at = 0, turn = 0; at < wire.length; turn++) {
          const end = at + (cuts[turn % cuts.length] ?? 1)
          assert.isTrue(decoder.push(wire.slice(at, end), (kind, body) => got.push([kind, body.slice()])))
          at = end
        }
        assert.deepStrictEqual(got, sent)
      })
    )
  })

  it("T20: a frame above the limit is refused on its length alone", () => {
    const decoder = new Frame.FrameDecoder(1000)
    const none = () => assert.fail("no frame was complete")
    assert.isTrue(decoder.push(Uint8Array.of(0xe8, 3, 0, 0), none))
    assert.isTrue(decoder.push(Uint8Array.of(4), none))
    const liar = new Frame.FrameDecoder(1000)
    assert.isFalse(liar.push(Uint8Array.of(0xe9, 3, 0, 0, 4), none))
    assert.isFalse(new Frame.FrameDecoder(1000).push(Uint8Array.of(255, 255, 255, 255, 4, 1), none))
  })

  it("numbers are little-endian and unsigned, wherever they stand", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), fc.uint8Array({ maxLength: 9 }), (number, before) => {
        const bytes = new Uint8Array(4)
        Frame.putLength(bytes, number)
        assert.strictEqual(new DataView(bytes.buffer).getUint32(0, true), number)
        assert.strictEqual(Frame.lengthAt(join([before, bytes]), before.length), number)
      })
    )
  })

  it("is built of several parts", () => {
    assert.deepStrictEqual(
      Frame.encode(9, Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)),
      Uint8Array.of(3, 0, 0, 0, 9, 1, 2, 3)
    )
  })
})
