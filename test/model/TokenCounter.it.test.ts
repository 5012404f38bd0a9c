import { assert, describe, it } from "@effect/vitest"
import { countTokens as cl100k } from "gpt-tokenizer/encoding/cl100k_base"
import { countTokens as o200k } from "gpt-tokenizer/encoding/o200k_base"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { startProgram, TokenCounter, type CounterOptions } from "../../layers/model/TokenCounter.ts"

/** A counter that is closed with the test, and the processes it started. */
const counter = (options: CounterOptions = {}) => {
  const started: Array<ChildProcess> = []
  const { start = startProgram } = options
  const made = new TokenCounter({
    ...options,
    start: () => {
      const child = start()
      started.push(child)
      return child
    }
  })
  onTestFinished(() => made.close())
  return { counter: made, started }
}

/** Starts a program of these lines instead. */
const running = (source: string) => (): ChildProcess => {
  const folder = mkdtempSync(join(tmpdir(), "exoclaw-count-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, "main.mjs"), source)
  return fork(join(folder, "main.mjs"))
}

const gone = (child: ChildProcess | undefined): Promise<unknown> =>
  child === undefined || child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, "exit")

const texts = ["Hello, world!", "Grüße 😀 世界", "<|endoftext|> is no end here", ""]

describe("the program that counts", () => {
  it.live("counts as the vocabulary of the encoding does, special tokens spelt out, from one process", () =>
    Effect.gen(function* () {
      const { counter: one, started } = counter()
      const plain = { disallowedSpecial: new Set<string>() }
      for (const [encoding, count] of [
        ["o200k_base", o200k],
        ["cl100k_base", cl100k]
      ] as const) {
        const expected = texts.reduce((sum, text) => sum + count(text, plain), 0)
        assert.strictEqual(yield* one.count(encoding, texts), expected)
      }
      assert.strictEqual(started.length, 1)
    })
  )

  it.live("serves many at once, each with its own count", () =>
    Effect.gen(function* () {
      const { counter: one, started } = counter()
      const counts = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, n) => n),
        (n) =>
          one.count(
            "o200k_base",
            Array.from({ length: n }, () => "word")
          ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        counts,
        Array.from({ length: 50 }, (_, n) => n)
      )
      assert.strictEqual(started.length, 1)
    })
  )

  it.live("ends when nobody counts any more, and starts again for the next", () =>
    Effect.gen(function* () {
      const { counter: one, started } = counter({ idleMs: 0 })
      assert.strictEqual(yield* one.count("cl100k_base", ["one"]), 1)
      yield* Effect.promise(() => gone(started[0]))
      assert.strictEqual(yield* one.count("cl100k_base", ["one"]), 1)
      assert.strictEqual(started.length, 2)
    })
  )

  it.live("T14: a text that would take too long gives no count, and its program is killed", () =>
    Effect.gen(function* () {
      const silent = running("process.on('message', () => {})")
      const { counter: one, started } = counter({ start: silent, limitMs: 1 })
      assert.isUndefined(yield* one.count("o200k_base", ["never"]))
      yield* Effect.promise(() => gone(started[0]))
      assert.strictEqual(started[0]?.signalCode, "SIGKILL")
    })
  )

  it.live("one that cannot run is tried once, and everybody is told that there is no count", () =>
    Effect.gen(function* () {
      const { counter: one, started } = counter({ start: running("process.exit(1)") })
      const asked = Effect.all([one.count("o200k_base", ["a"]), one.count("o200k_base", ["b"])], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(yield* asked, [undefined, undefined])
      assert.isUndefined(yield* one.count("o200k_base", ["c"]))
      assert.strictEqual(started.length, 1)
    })
  )

  it.live("one that dies at work is started again for the next request", () =>
    Effect.gen(function* () {
      const { counter: one, started } = counter()
      assert.strictEqual(yield* one.count("o200k_base", ["one"]), 1)
      started[0]?.kill("SIGKILL")
      yield* Effect.promise(() => gone(started[0]))
      assert.strictEqual(yield* one.count("o200k_base", ["one"]), 1)
      assert.strictEqual(started.length, 2)
    })
  )

  it.live("whoever goes away is not waited for, and leaves the others their counts", () =>
    Effect.gen(function* () {
      const { counter: one } = counter()
      const [first, second, third] = ["one", "one two", "one two three"].map((text) => one.count("o200k_base", [text]))
      assert(first !== undefined && second !== undefined && third !== undefined)
      const fibers = [
        yield* Effect.forkChild(first, { startImmediately: true }),
        yield* Effect.forkChild(second, { startImmediately: true })
      ]
      const last = yield* Effect.forkChild(third, { startImmediately: true })
      yield* Effect.forEach(fibers, Fiber.interrupt)
      assert.strictEqual(yield* Fiber.join(last), 3)
    })
  )

  it.live("ends with the process that asked it, and when it is closed", () =>
    Effect.gen(function* () {
      const { counter: one, started } = counter()
      const asked = yield* Effect.forkChild(one.count("o200k_base", ["one"]), { startImmediately: true })
      one.close()
      assert.isUndefined(yield* Fiber.join(asked))
      yield* Effect.promise(() => gone(started[0]))
      const orphan = startProgram()
      orphan.disconnect()
      yield* Effect.promise(() => gone(orphan))
      assert.strictEqual(orphan.exitCode, 0)
    })
  )

  it.live("may read nothing but its own code", () =>
    Effect.gen(function* () {
      const { started, counter: one } = counter()
      yield* one.count("o200k_base", ["one"])
      const args = started[0]?.spawnargs ?? []
      assert.include(args, "--permission")
      assert.isFalse(args.includes("--allow-fs-read=*"))
      assert.isFalse(args.some((arg) => arg.startsWith("--allow-fs-write") || arg === "--allow-child-process"))
    })
  )
})
