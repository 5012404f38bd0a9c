import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { compile } from "../../src/casil/Compiled.ts"
import { decideValue } from "../../src/casil/Decision.ts"
import { bytesOfText, textOfBytes, utf8Of } from "../../src/casil/LooseUtf8.ts"
import { defaultPolicy } from "../../src/casil/Policy.ts"
import { protobuf } from "../../src/casil/Protobuf.ts"
import { structural } from "../../src/casil/rules/structural.ts"

const utf8 = (text: string) => new TextEncoder().encode(text)
const token = structural.find(({ id }) => id === "github-token")?.example(6).secret ?? ""

describe("bytes as text", () => {
  it("are the same bytes again, whatever they are", () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.string({ unit: "binary", maxLength: 4 }).map(utf8),
      fc.constantFrom(
        utf8("😀"),
        Uint8Array.of(0xed, 0xb2, 0x80),
        Uint8Array.of(0xf0, 0x9f),
        Uint8Array.of(0xef, 0xbb, 0xbf)
      )
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const bytes = Uint8Array.from(pieces.flatMap((each) => [...each]))
        assert.deepStrictEqual([...bytesOfText(textOfBytes(bytes))], [...bytes])
        if (utf8Of(bytes) !== undefined)
          assert.strictEqual(textOfBytes(bytes), new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes))
      }),
      { numRuns: 1000 }
    )
  })

  it("T30: a byte that is no text hides no secret in disguise beside it", () => {
    const disguised = Array.from(token, (char) => `${char}\u200b`).join("")
    for (const bytes of [[...utf8(disguised), 255], [255, 10, ...utf8(disguised)], [...utf8(`é ${disguised}`)]]) {
      for (const walk of [protobuf(), protobuf(new Map([[1, { name: "blob", kind: { _tag: "Bytes" } }]]))]) {
        const message = Uint8Array.from([10, bytes.length, ...bytes])
        const decision = decideValue(compile(defaultPolicy), message, walk)
        const left = decision._tag === "Pass" ? new TextDecoder().decode(decision.value).replaceAll("\u200b", "") : ""
        assert.include(left, "[redacted:github-token]")
        assert.notInclude(left, token.slice(4, 12))
      }
    }
  })
})
