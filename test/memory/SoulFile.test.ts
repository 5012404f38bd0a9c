import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { layer } from "../../layers/memory/SoulFile.ts"
import { Soul } from "../../src/memory/Soul.ts"
import { folder } from "../session/fixtures.ts"

const withSoul = <A, E>(test: (path: string, soul: Soul["Service"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(folder, (state) => {
    const path = join(state, "soul.md")
    return Effect.flatMap(Soul, (soul) => test(path, soul)).pipe(
      Effect.provide(layer({ defaultPath: path, limit: 1_000 }))
    )
  })

describe("the soul as a file", () => {
  it.effect("is read, and read again when it changed", () =>
    withSoul((path, soul) =>
      Effect.gen(function* () {
        writeFileSync(path, "\ufeffYou are terse.\n")
        assert.strictEqual(yield* soul.read(undefined), "You are terse.")
        assert.strictEqual(yield* soul.read(path), "You are terse.")
        writeFileSync(path, "You are kind.\n")
        utimesSync(path, 1, 1)
        assert.strictEqual(yield* soul.read(undefined), "You are kind.")
      })
    )
  )

  it.effect("may be absent or empty where nobody named it, and may not be absent where somebody did", () =>
    withSoul((path, soul) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* soul.read(undefined), undefined)
        assert.strictEqual((yield* Effect.flip(soul.read(`${path}.other`))).message, `${path}.other cannot be read.`)
        writeFileSync(path, " \n")
        assert.strictEqual(yield* soul.read(undefined), undefined)
      })
    )
  )

  it.effect("is refused where it is no text, and read again once it is one", () =>
    withSoul((path, soul) =>
      Effect.gen(function* () {
        for (const bytes of [
          [0x89, 0x50, 0x4e, 0x47],
          [0x59, 0x6f, 0x75, 0],
          [0xff, 0xfe, 0x59, 0x00],
          [0xc3, 0x28]
        ]) {
          writeFileSync(path, Uint8Array.from(bytes))
          assert.match((yield* Effect.flip(soul.read(undefined))).message, /is no text in UTF-8/)
        }
        writeFileSync(path, "You are terse \u{1f600}.\n")
        assert.strictEqual(yield* soul.read(undefined), "You are terse \u{1f600}.")
      })
    )
  )

  it.effect("is refused beyond its tokens or 64 KiB, and where it is no file", () =>
    withSoul((path, soul) =>
      Effect.gen(function* () {
        writeFileSync(path, "word ".repeat(2_000))
        assert.match((yield* Effect.flip(soul.read(undefined))).message, /a soul may have 1000\. Shorten it\.$/)
        writeFileSync(path, "x".repeat(70_000))
        assert.match((yield* Effect.flip(soul.read(undefined))).message, /larger than 64 KiB/)
        const other = `${path}.d`
        mkdirSync(other)
        assert.match((yield* Effect.flip(soul.read(other))).message, /is no file/)
        // as a pipe, which nobody would ever end
        assert.match((yield* Effect.flip(soul.read("/dev/zero"))).message, /is no file/)
      })
    )
  )

  it.effect("is what was written last, however soon after what was read", () =>
    withSoul((path, soul) =>
      Effect.gen(function* () {
        for (let i = 100; i < 400; i++) {
          // of one length, in place, and many within one step of the file system's clock
          writeFileSync(path, `You are number ${i}.`)
          assert.strictEqual(yield* soul.read(undefined), `You are number ${i}.`)
        }
      })
    )
  )

  it.effect("may be a link to another file, to none, or to a pipe, and be replaced by any of them", () =>
    withSoul((path, soul) =>
      Effect.gen(function* () {
        const becomes = (make: (draft: string) => void) => {
          make(`${path}.draft`)
          renameSync(`${path}.draft`, path)
        }
        writeFileSync(`${path}.one`, "You are one.")
        becomes((draft) => symlinkSync(`${path}.one`, draft))
        assert.strictEqual(yield* soul.read(undefined), "You are one.")
        becomes((draft) => symlinkSync(`${path}.none`, draft))
        assert.strictEqual(yield* soul.read(undefined), undefined)
        assert.match((yield* Effect.flip(soul.read(path))).message, /cannot be read/)
        becomes((draft) => execFileSync("mkfifo", [draft]))
        assert.match((yield* Effect.flip(soul.read(undefined))).message, /is no file/)
        becomes((draft) => writeFileSync(draft, "You are two."))
        assert.strictEqual(yield* soul.read(undefined), "You are two.")
      })
    )
  )
})
