import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { decodeUtf8 } from "../../src/casil/engine/Bytes.ts"
import { fold, isPlain } from "../../src/casil/engine/Fold.ts"
import { View } from "../../src/casil/engine/View.ts"
import { hexadecimal, base64, write, Written } from "../../src/casil/engine/Writing.ts"

const disguised = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "a",
      "Z",
      "7",
      "-",
      " ",
      "\u0430",
      "\u200b",
      "\u00ad",
      "\uff21",
      "\ufe0f",
      "\u0301",
      "é",
      "😀",
      "𝐀",
      "𝟗",
      "\ud835"
    ),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 })
  ),
  maxLength: 40
})
const cuts = fc.array(fc.nat(60), { maxLength: 5 })
const cut = (text: string, at: ReadonlyArray<number>): ReadonlyArray<string> => {
  const sorted = [0, ...at.map((each) => Math.min(each, text.length)).toSorted((a, b) => a - b), text.length]
  return sorted.slice(1).map((end, i) => text.slice(sorted[i], end))
}
const viewOf = (pieces: ReadonlyArray<string>): View => {
  const view = new View()
  for (const piece of pieces) view.push(piece, isPlain(piece))
  return view
}

describe("a view of a text", () => {
  it("looks the same however the text came, and knows where each character was", () => {
    fc.assert(
      fc.property(disguised, cuts, (text, at) => {
        const whole = viewOf([text])
        const parts = viewOf(cut(text, at))
        assert.strictEqual(parts.text, whole.text)
        assert.strictEqual(whole.text, fold(text, 0).text)
        for (let i = 0; i < whole.text.length; i++) {
          assert.strictEqual(parts.raw(i), whole.raw(i))
          assert.strictEqual(parts.rawAfter(i + 1), whole.raw(i) + 1)
          if (i > 0) assert.isAbove(whole.raw(i), whole.raw(i - 1))
          const raw = text.charCodeAt(whole.raw(i))
          // what is ASCII stays what it is, and what does not look like anything too
          if (raw < 128 || whole.text.charCodeAt(i) > 127) assert.strictEqual(whole.text.charCodeAt(i), raw)
        }
        assert.strictEqual(whole.rawEnd, text.length)
        assert.strictEqual(whole.sliceRaw(0, text.length), text)
      }),
      { numRuns: 1000 }
    )
  })

  it("looks the same when it was told what comes, whatever is dropped on the way", () => {
    fc.assert(
      fc.property(disguised, cuts, fc.nat(40), (text, at, kept) => {
        const pieces = cut(text, at).filter((piece) => piece !== "")
        const plain = viewOf(pieces)
        const told = new View()
        told.push("before ", true)
        told.expect(pieces.map((piece) => ({ text: piece, plain: isPlain(piece) })))
        for (const piece of pieces) {
          told.push(piece, isPlain(piece))
          told.drop(told.end - kept, told.rawEnd)
        }
        assert.strictEqual(told.text, `before ${plain.text}`.slice(Math.max(0, told.base)))
        assert.strictEqual(told.end, plain.end + 7)
        assert.strictEqual(told.rawEnd, plain.rawEnd + 7)
        for (let i = 0; i < plain.text.length; i++) assert.strictEqual(told.raw(i + 7), plain.raw(i) + 7)
      })
    )
  })

  it("is folded once: what looks like something else does so no more", () => {
    fc.assert(
      fc.property(disguised, (text) => {
        const { text: once } = fold(text, 0)
        for (const char of ["\u200b", "\u00ad", "\ufe0f", "\u0301", "\uff21", "\u0430"]) assert.notInclude(once, char)
        assert.strictEqual(isPlain(once) ? fold(once, 0).text : once, once)
      })
    )
  })

  it("still knows where everything was when texts that are needed no more are dropped", () => {
    fc.assert(
      fc.property(disguised, disguised, fc.nat(40), (first, second, at) => {
        const whole = viewOf([first, second])
        const view = viewOf([first])
        view.drop(Math.min(at, view.end), view.rawEnd)
        view.push(second, isPlain(second))
        for (let i = 0; i < whole.text.length; i++) assert.strictEqual(view.raw(i), whole.raw(i))
        assert.strictEqual(view.text, whole.text.slice(view.base))
      })
    )
  })
})

describe("writings", () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((all) => Buffer.from(all).toString("latin1"))

  it("are read as they were written", () => {
    fc.assert(
      fc.property(bytes, fc.boolean(), (text, padded) => {
        const buffer = Buffer.from(text, "latin1")
        const digits = buffer.toString("base64")
        assert.strictEqual(write(base64, text, base64.digits(digits), true), digits)
        assert.strictEqual(new Written(base64, padded ? digits : digits.replaceAll("=", "")).text, text)
        assert.strictEqual(new Written(hexadecimal, buffer.toString("hex")).text, text)
      })
    )
  })

  it("have a part replaced so that the rest decodes as before", () => {
    fc.assert(
      fc.property(bytes, fc.nat(60), fc.nat(60), (text, a, b) => {
        const start = Math.min(a, b) % text.length
        const end = Math.min(text.length, Math.max(start + 1, Math.max(a, b)))
        for (const [writing, name] of [
          [base64, "base64"],
          [hexadecimal, "hex"]
        ] as const) {
          const digits = Buffer.from(text, "latin1").toString(name)
          const replaced = new Written(writing, digits).replace(start, end, "[redacted:x]")
          const read = Buffer.from(
            digits.slice(0, replaced.start) + replaced.text + digits.slice(replaced.end),
            name
          ).toString("latin1")
          assert.isTrue(read.startsWith(`${text.slice(0, start)}[redacted:x]`))
          // a group is filled with blanks, so that what follows keeps its alignment
          const rest = read.slice(start + "[redacted:x]".length)
          const filled = rest.length - (text.length - end)
          assert.isTrue(filled >= 0 && filled < 3)
          const places = Array.from({ length: 4 }, (_, at) => rest.slice(0, at) + rest.slice(at + filled))
          assert.include(places, text.slice(end))
        }
      }),
      { numRuns: 500 }
    )
  })

  it("are read as UTF-8 where they are that, each character where its bytes were", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (text) => {
        const buffer = Buffer.from(text)
        const decoded = decodeUtf8(buffer.toString("latin1"))
        if (isPlain(text)) return assert.isUndefined(decoded)
        assert.strictEqual(decoded?.text, text)
        assert.lengthOf(decoded?.at ?? [], text.length + 1)
        assert.strictEqual(decoded?.at.at(-1), buffer.length)
      })
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (all) => {
        const text = Buffer.from(all).toString("latin1")
        const decoded = decodeUtf8(text)
        assert.strictEqual(decoded?.at.length ?? 1, (decoded?.text.length ?? 0) + 1)
      })
    )
  })
})
