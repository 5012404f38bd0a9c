/** A soul on a file system whose clock goes in seconds, as some do in steps of hundredths. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { TestClock } from "effect/testing"
import { vi } from "vitest"
import { layer } from "../../layers/memory/SoulFile.ts"
import { Soul } from "../../src/memory/Soul.ts"
import { folder } from "../session/fixtures.ts"

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>()
  return {
    ...fs,
    statSync: (path: string, options: { readonly throwIfNoEntry?: boolean }) => {
      const stats = fs.statSync(path, options)
      return stats === undefined ? stats : Object.assign(stats, { mtimeMs: 60_000, ctimeMs: 60_000 })
    }
  }
})

it.effect("a soul is what was written last, also where its time and length are those of what was read", () =>
  Effect.gen(function* () {
    const path = join(yield* folder, "soul.md")
    yield* TestClock.setTime(60_500)
    const soul = yield* Effect.provide(Soul, layer({ defaultPath: path, limit: 1_000 }))
    for (const text of ["You are one.", "You are two."]) {
      writeFileSync(path, text)
      assert.strictEqual(statSync(path).mtimeMs, 60_000)
      assert.strictEqual(yield* soul.read(undefined), text)
    }
  })
)
