import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { layer, layerOf } from "../../../layers/memory/StaticEmbedder.ts"
import { Embedder } from "../../../src/memory/Embedder.ts"
import { decodeForTest } from "./decode.ts"
import { encode, quantise } from "../../../src/memory/recall/Features.ts"
import { hashOf } from "../../../src/memory/recall/Words.ts"
import { scopeFor } from "../fixtures.ts"

const folder = new URL("../../../layers/memory/vectors/", import.meta.url)
const file = (name: string) => readFileSync(new URL(name, folder))

const alice = scopeFor("alice")
const embed = (...words: ReadonlyArray<string>) =>
  Effect.flatMap(Embedder, (embedder) =>
    Effect.map(embedder.embed([{ text: words.join(" "), words }], alice), ([vector]) => vector ?? new Float32Array())
  )
const cosine = (a: Float32Array, b: Float32Array): number => {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

describe("the word vectors", () => {
  it("are the files whose hashes stand beside them", () => {
    const readme = file("README.md").toString("utf8")
    for (const name of ["english.bin", "words.txt"]) {
      assert.include(readme, `\`${name}\` | \`${createHash("sha256").update(file(name)).digest("hex")}\``)
    }
  })

  it("hold each word once, by its hash", () => {
    const bytes = file("english.bin")
    const words = file("words.txt").toString("utf8").trimEnd().split("\n")
    const count = bytes.readUInt32LE(4)
    assert.strictEqual(words.length, count)
    const ranks = 16 + count * 8
    for (let i = 0; i < count; i += 97) {
      const rank = bytes.readUInt16LE(ranks + i * 2)
      assert.strictEqual(hashOf(words[rank] ?? ""), bytes.readUInt32LE(16 + i * 4))
    }
  })

  it.effect("are close for words that mean something close, and none where no word is known", () =>
    Effect.gen(function* () {
      const [dog, cat, tax] = [yield* embed("dog"), yield* embed("cat"), yield* embed("tax")]
      assert.isAbove(cosine(dog, cat), cosine(dog, tax) + 0.2)
      assert.strictEqual((yield* embed("xqzzy", "")).length, 0)
    }).pipe(Effect.provide(layer))
  )

  it.effect("are the same one by one as in a batch", () =>
    Effect.gen(function* () {
      const words = file("words.txt").toString("utf8").trimEnd().split("\n")
      const texts = Array.from({ length: 200 }, (_, i) => [words[i * 97] ?? "", words[19_999 - i] ?? "", "xqzzy"])
      const single = yield* Effect.forEach(texts, (some) => embed(...some))
      const embedder = yield* Embedder
      const together = yield* embedder.embed(
        texts.map((some) => ({ text: some.join(" "), words: some })),
        alice
      )
      assert.deepStrictEqual(together, single)
      assert.isTrue(single.every(({ length }) => length === 100))
    }).pipe(Effect.provide(layer))
  )

  it.effect("of other words are not read for a question", () =>
    Effect.gen(function* () {
      const whole = file("english.bin")
      const words = file("words.txt").toString("utf8").split("\n")
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "exoclaw-vectors-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
      )
      const cut = join(folder, "cut.bin")
      writeFileSync(cut, whole.subarray(0, whole.length - 200))
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* embed("dog")).length, 100)
        for (const last of [words[19_999] ?? "", words[19_998] ?? ""]) {
          assert.strictEqual((yield* Effect.flip(embed(last)))._tag, "EmbedderError")
        }
        const embedder = yield* Embedder
        const many = Array.from({ length: 16 }, () => ({ text: "dog", words: ["dog"] }))
        assert.strictEqual((yield* Effect.flip(embedder.embed(many, alice)))._tag, "EmbedderError")
      }).pipe(Effect.provide(layerOf(cut)))
    }).pipe(Effect.scoped)
  )

  it.effect("that are missing are an error, and no end", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(embed("dog"))
      assert.strictEqual(error._tag, "EmbedderError")
    }).pipe(Effect.provide(layerOf("/nowhere/english.bin")))
  )
})

describe("features", () => {
  const features = {
    at: 1_700_000_000_123,
    role: "assistant" as const,
    conversation: 4_000_000_000,
    speaker: 7,
    tokens: 70_000,
    flags: 5,
    capitals: 300,
    terms: Uint32Array.from([1, 4_294_967_295, 1]),
    ...quantise(Float32Array.from([0.5, -1, 0]))
  }

  it("come back as they were stored, capitals up to 255", () => {
    assert.deepStrictEqual(decodeForTest(encode(features)), {
      ...features,
      capitals: 255,
      scale: Math.fround(features.scale)
    })
  })

  it("of another version, and damaged ones, are none", () => {
    const bytes = encode(features)
    for (const broken of [
      new Uint8Array(),
      bytes.slice(0, 20),
      bytes.slice(0, -1),
      Uint8Array.from([9, ...bytes.slice(1)])
    ]) {
      assert.isUndefined(decodeForTest(broken))
    }
  })

  it("have no vector where a component is no number", () => {
    for (const bad of [Number.NaN, Infinity]) {
      assert.strictEqual(quantise(Float32Array.from([1, bad])).vector.length, 0)
    }
    assert.strictEqual(quantise(new Float32Array(4)).vector.length, 0)
  })
})
