import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as fc from "fast-check"
import { createClient } from "redis"
import { afterAll, beforeAll } from "vitest"
import { History } from "../../src/bus/History.ts"
import type { Position } from "../../src/bus/Position.ts"
import * as RedisHistory from "../../layers/bus/RedisHistory.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import { isInstalled, type OwnServer, ownRedis, versionOf } from "../support/servers.ts"
import { channelOf, draftOf } from "./fixtures.ts"
import { historyContract } from "./historyContract.ts"

const installed = isInstalled("redis-server")
let server: OwnServer
let folder: string
const url = () => Redacted.make(`redis://127.0.0.1:${server.port}`)

beforeAll(async () => {
  if (!installed) return
  server = await ownRedis()
  folder = mkdtempSync(join(tmpdir(), "exoclaw-redis-"))
})
afterAll(async () => {
  if (!installed) return
  await server.remove()
  rmSync(folder, { recursive: true, force: true })
})

let prefixes = 0
const layer = (options: Partial<RedisHistory.Options> = {}) =>
  Layer.unwrap(
    Effect.sync(() =>
      RedisHistory.layer({
        url: url(),
        outageFile: undefined,
        prefix: `test:${++prefixes}`,
        patienceMillis: 500,
        ...options
      })
    )
  ).pipe(Layer.provide(NodeEntropy.layer))

describe.skipIf(!installed)("Redis", () => {
  historyContract("Redis", { layer: layer(), runs: 100 })
})

const forever = { messages: 1_000, millis: Infinity }
const everything = { after: undefined, limit: 1_000, end: "oldest" } as const

const append = (text: string, dedupe?: string, retention = forever) =>
  Effect.flatMap(History, (history) =>
    history.append(channelOf(), draftOf(text, { at: Date.now() }), { dedupe, retention })
  )
const read = Effect.flatMap(History, (history) => history.read(channelOf(), everything))
const texts = Effect.map(read, ({ entries }) => entries.map(({ content }) => content.body))

/** Looks until it is so: the other process decides when. */
const until = (isDegraded: boolean) =>
  Effect.flatMap(History, ({ health }) =>
    Effect.repeat(health, { until: ({ degraded }) => degraded === isDegraded, schedule: Schedule.spaced("5 millis") })
  )
const away = until(true)
const back = until(false)

const admin = (...words: ReadonlyArray<string>) =>
  Effect.promise(async () => {
    const client = await createClient({ url: Redacted.value(url()) }).connect()
    const answer = await client.sendCommand([...words])
    client.destroy()
    return answer
  })
const restart = Effect.promise(async () => {
  await server.kill()
  await server.start()
})

describe.skipIf(!installed)("Redis that fails", () => {
  it.live(
    "an ack names its class and never more: another server while Redis is there, this process while it is away",
    () =>
      Effect.gen(function* () {
        const history = yield* History
        yield* back
        const one = yield* append("one")
        assert.strictEqual(one.durability, "server")
        assert.deepStrictEqual(yield* history.health, {
          backend: "redis",
          degraded: false,
          durability: "server",
          detail: `Redis ${/v=([\d.]+)/.exec(versionOf("redis-server") ?? "")?.[1]}`
        })
        yield* Effect.promise(() => server.kill())
        const two = yield* append("two")
        assert.strictEqual(two.durability, "process")
        const health = yield* history.health
        assert.deepStrictEqual([health.degraded, health.durability], [true, "process"])
        assert.notStrictEqual(two.position.epoch, one.position.epoch)
        assert.deepStrictEqual(yield* texts, ["two"])
        yield* Effect.promise(() => server.start())
        yield* back
        const three = yield* append("three")
        assert.strictEqual(three.durability, "server")
        assert.notInclude([one.position.epoch, two.position.epoch], three.position.epoch)
      }).pipe(Effect.provide(layer()))
  )

  it.live("a restart that lost the newest messages begins a new epoch, with the messages that are left", () =>
    Effect.gen(function* () {
      yield* back
      yield* append("one")
      const { position } = yield* append("two")
      yield* admin("SAVE")
      yield* append("lost")
      yield* restart
      const history = yield* History
      const range = yield* Effect.andThen(back, history.read(channelOf(), { ...everything, after: position }))
      assert.notStrictEqual(range.epoch, position.epoch)
      assert.deepStrictEqual([range.top, range.entries.length], [2, 2])
      assert.strictEqual((yield* append("three")).position.offset, 3)
    }).pipe(Effect.provide(layer()))
  )

  it.live("a flush is a new epoch, without any time in memory", () =>
    Effect.gen(function* () {
      yield* back
      const one = yield* append("one", "key")
      yield* admin("FLUSHALL")
      const two = yield* append("two", "key")
      assert.deepStrictEqual([two.duplicate, two.durability, two.position.offset], [false, "server", 1])
      assert.notStrictEqual(two.position.epoch, one.position.epoch)
      assert.deepStrictEqual(yield* texts, ["two"])
    }).pipe(Effect.provide(layer()))
  )

  it.live("a connection that breaks costs nothing: each message once, in the same epoch", () =>
    Effect.gen(function* () {
      yield* back
      const first = yield* append("first")
      const cut = admin("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
      const writers = (n: number) =>
        Effect.forEach(Array.from({ length: 100 }), (_, k) => append(`${n}.${k}`, `key ${n}.${k}`), { concurrency: 30 })
      const round = Effect.fnUntraced(function* (n: number) {
        const [appended] = yield* Effect.all([writers(n), cut], { concurrency: "unbounded" })
        // the next connection stands before it is cut too
        return [...appended, yield* append(`${n}`, `key ${n}`)]
      })
      const done = (yield* Effect.forEach([1, 2, 3], round)).flat()
      const { entries, epoch } = yield* read
      assert.strictEqual(epoch, first.position.epoch)
      assert.lengthOf(entries, 304)
      assert.sameMembers(
        done.map(({ position }) => position.offset),
        Array.from({ length: 303 }, (_, n) => n + 2)
      )
      assert.isTrue(done.every(({ duplicate }) => !duplicate))
    }).pipe(Effect.provide(layer()))
  )

  it.live("T33: who missed messages that only memory had is never told that nothing was missed", () =>
    Effect.gen(function* () {
      const history = yield* History
      yield* back
      const { position } = yield* append("seen")
      server.pause()
      const missed = yield* append("missed")
      assert.strictEqual(missed.durability, "process")
      server.resume()
      yield* back
      const range = yield* history.read(channelOf(), { ...everything, after: position })
      assert.notStrictEqual(range.epoch, position.epoch)
      assert.notStrictEqual(range.epoch, missed.position.epoch)
      // what was under way to a server that stood still may have arrived or not, once at most
      assert.isAtMost(range.entries.filter(({ id }) => id === "id-missed").length, 1)
    }).pipe(Effect.provide(layer()))
  )

  it.live("T33: nor after the process that had them was killed", () =>
    Effect.gen(function* () {
      const outageFile = join(folder, "outage")
      const prefix = `killed:${++prefixes}`
      const options = { outageFile, prefix }
      const position = yield* Effect.gen(function* () {
        yield* back
        const { position } = yield* append("seen")
        server.pause()
        assert.strictEqual((yield* append("missed")).durability, "process")
        assert.isTrue(existsSync(outageFile))
        return position
      }).pipe(Effect.provide(layer(options)))
      // the same data under the same run: only the file tells what happened
      server.resume()
      yield* Effect.gen(function* () {
        yield* back
        assert.isFalse(existsSync(outageFile))
        const { epoch } = yield* Effect.flatMap(History, (history) => history.info(channelOf()))
        assert.notStrictEqual(epoch, position.epoch)
      }).pipe(Effect.provide(layer(options)))
    })
  )

  it.live("a repeated message is the same message over a change between Redis and memory, in both directions", () =>
    Effect.gen(function* () {
      yield* back
      const inRedis = yield* append("one", "one")
      yield* Effect.promise(() => server.kill())
      const again = yield* append("one", "one")
      assert.deepStrictEqual([again.position, again.duplicate, again.durability], [inRedis.position, true, "none"])
      const inMemory = yield* append("two", "two")
      yield* Effect.promise(() => server.start())
      yield* back
      const later = yield* append("two", "two")
      assert.deepStrictEqual([later.position, later.duplicate], [inMemory.position, true])
      assert.deepStrictEqual(yield* texts, [])
    }).pipe(Effect.provide(layer()))
  )

  it.live("a server without room for more is as good as away, until it has some", () =>
    Effect.gen(function* () {
      yield* back
      yield* append("one")
      yield* admin("CONFIG", "SET", "maxmemory", "1")
      const two = yield* append("two")
      assert.strictEqual(two.durability, "process")
      // the server answers all the while, and each attempt to come back fails: what memory has is still there
      const more = yield* Effect.forEach(Array.from({ length: 40 }), (_, n) =>
        Effect.delay(append(`more ${n}`), "10 millis")
      )
      assert.isTrue(more.every(({ position }) => position.epoch === two.position.epoch))
      yield* admin("CONFIG", "SET", "maxmemory", "0")
      yield* back
      assert.strictEqual((yield* append("three")).durability, "server")
    }).pipe(Effect.provide(layer()))
  )

  it.live("a server that forgets its scripts is told them again", () =>
    Effect.gen(function* () {
      yield* back
      yield* append("one")
      yield* admin("SCRIPT", "FLUSH")
      assert.strictEqual((yield* append("two")).durability, "server")
      assert.deepStrictEqual(yield* texts, ["one", "two"])
    }).pipe(Effect.provide(layer()))
  )

  it.live("what is away at the start is waited for in memory; what cannot be deleted there now is not said to be", () =>
    Effect.gen(function* () {
      yield* Effect.promise(() => server.kill())
      yield* Effect.gen(function* () {
        yield* away
        assert.strictEqual((yield* append("one")).durability, "process")
        const error = yield* Effect.flip(Effect.flatMap(History, (history) => history.forget(channelOf())))
        assert.isFalse(error.outcomeUnknown)
        yield* Effect.promise(() => server.start())
        yield* back
        assert.strictEqual((yield* append("two")).durability, "server")
      }).pipe(Effect.provide(layer()))
    })
  )

  it.live("messages that Redis lost in the middle or at the end are no longer kept, never silently left out", () =>
    Effect.gen(function* () {
      const prefix = `holes:${++prefixes}`
      yield* Effect.gen(function* () {
        const history = yield* History
        yield* back
        for (const text of ["1", "2", "3", "4", "5"]) yield* append(text)
        const stream = `${prefix}:tenant-a:s:ops:lobby`
        yield* admin("XDEL", stream, "3-0")
        const range = yield* read
        assert.deepStrictEqual([range.first, range.entries.map(({ content }) => content.body)], [4, ["4", "5"]])
        const newest = yield* history.read(channelOf(), { ...everything, limit: 3, end: "newest" })
        assert.deepStrictEqual([newest.first, newest.entries.length], [4, 2])
      }).pipe(Effect.provide(layer({ prefix })))
      yield* Effect.gen(function* () {
        yield* back
        for (const text of ["1", "2", "3"]) yield* append(text)
        yield* admin("DEL", `${prefix}x:tenant-a:s:ops:lobby`)
        const range = yield* read
        assert.deepStrictEqual([range.top, range.first, range.entries], [3, 4, []])
        const last = yield* append("4")
        assert.deepStrictEqual([last.position.offset, (yield* read).first], [4, 4])
      }).pipe(Effect.provide(layer({ prefix: `${prefix}x` })))
    })
  )

  it.live("an address that no client takes is one that does not answer: nobody waits for ever", () =>
    Effect.gen(function* () {
      yield* away
      assert.strictEqual((yield* append("one")).durability, "process")
    }).pipe(Effect.provide(layer({ url: Redacted.make("redis://a%:b@127.0.0.1:1") })))
  )

  it.live("two nodes append to one order, and read what the other wrote", () =>
    Effect.gen(function* () {
      const prefix = `shared:${++prefixes}`
      const node = (name: string) =>
        Effect.gen(function* () {
          yield* back
          return yield* Effect.forEach(Array.from({ length: 50 }), (_, n) => append(`${name}${n}`, `${name}${n}`))
        }).pipe(Effect.provide(layer({ prefix })))
      const [a, b] = yield* Effect.all([node("a"), node("b")], { concurrency: "unbounded" })
      const epochs = new Set([...a, ...b].map(({ position }) => position.epoch))
      assert.strictEqual(epochs.size, 1)
      const offsets = [...a, ...b].map(({ position }) => position.offset)
      assert.sameMembers(
        offsets,
        Array.from({ length: 100 }, (_, n) => n + 1)
      )
    })
  )

  it.live(
    "no more is kept in Redis than a channel may have, of keys neither, and each tenant's under its own names",
    () =>
      Effect.gen(function* () {
        const prefix = `small:${++prefixes}`
        yield* Effect.gen(function* () {
          yield* back
          for (let n = 0; n < 60; n++) yield* append(`${n}`, `${n}`, { messages: 5, millis: 60_000 })
          const keys = (yield* admin("KEYS", `${prefix}:*`)) as unknown as ReadonlyArray<string>
          assert.sameMembers(
            [...keys],
            [
              `${prefix}:generation`,
              `${prefix}:run`,
              ...["a", "c", "r", "s"].map((kind) => `${prefix}:tenant-a:${kind}:ops:lobby`)
            ]
          )
          assert.strictEqual(Number(yield* admin("XLEN", `${prefix}:tenant-a:s:ops:lobby`)), 5)
          assert.strictEqual(Number(yield* admin("HLEN", `${prefix}:tenant-a:r:ops:lobby`)), 10)
          assert.strictEqual(Number(yield* admin("ZCARD", `${prefix}:tenant-a:a:ops:lobby`)), 10)
          for (const kind of ["a", "c", "r", "s"]) {
            assert.isAbove(Number(yield* admin("PTTL", `${prefix}:tenant-a:${kind}:ops:lobby`)), 0)
          }
        }).pipe(
          Effect.provide(layer({ prefix, memory: { maxTenantBytes: 1_000_000, window: { millis: 60_000, keys: 10 } } }))
        )
      })
  )
})

type Fault = "append" | "repeat" | "cut" | "restart" | "flush" | "pause" | "node" | "trim"

/** A bus with one node over Redis, told as what everybody who listened has heard, in order. */
const faults = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom<Fault>("append", "append", "append", "repeat") },
    { weight: 4, arbitrary: fc.constantFrom<Fault>("cut", "node", "flush", "trim") },
    { weight: 1, arbitrary: fc.constantFrom<Fault>("restart", "pause") }
  ),
  { minLength: 5, maxLength: 25 }
)

interface Heard {
  readonly position: Position
  readonly id: string
}

const play = Effect.fnUntraced(function* (schedule: ReadonlyArray<Fault>) {
  const prefix = `faults:${++prefixes}`
  const options = { prefix, patienceMillis: 150, outageFile: join(folder, prefix) }
  const heard: Array<Heard> = []
  const refused = new Set<string>()
  let count = 0
  let rest = [...schedule]
  const step: (fault: Fault) => Effect.Effect<void, unknown, History> = Effect.fnUntraced(function* (fault) {
    const history = yield* History
    switch (fault) {
      case "append":
      case "repeat": {
        const known = fault === "repeat" ? heard.at(-1) : undefined
        const id = known?.id ?? `m${++count}`
        const done = yield* Effect.option(append(id, id))
        if (done._tag === "None") return void refused.add(id)
        // a new message is new, and in its epoch a repeated one is not; in another the first may be lost
        if (known === undefined) assert.isFalse(done.value.duplicate)
        else if (done.value.position.epoch === known.position.epoch) assert.isTrue(done.value.duplicate)
        if (!done.value.duplicate) heard.push({ position: done.value.position, id })
        return
      }
      case "trim":
        yield* Effect.option(history.trim(channelOf(), heard.at(-2)?.position.offset ?? 0))
        return
      case "cut":
        yield* admin("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        return
      case "flush":
        yield* admin("FLUSHALL")
        return
      case "restart":
        return yield* restart
      case "pause":
        server.pause()
        yield* step("append")
        return server.resume()
    }
  })
  /** Who has heard the first `n` of all that was said asks for the rest. */
  const recover = Effect.fnUntraced(function* (n: number) {
    const after = heard[n - 1]?.position
    if (after === undefined) return
    const range = yield* Effect.flatMap(History, (history) => history.read(channelOf(), { ...everything, after }))
    const isComplete = range.epoch === after.epoch && range.first <= after.offset + 1
    if (!isComplete) return
    const missed = heard.slice(n).map(({ position }) => position)
    assert.deepStrictEqual(
      range.entries.filter(({ id }) => !refused.has(id.slice("id-".length))).map(({ position }) => position),
      missed
    )
  })
  while (rest.length > 0) {
    const next = rest.indexOf("node")
    const life = next === -1 ? rest : rest.slice(0, next)
    rest = next === -1 ? [] : rest.slice(next + 1)
    yield* Effect.gen(function* () {
      for (const fault of life) yield* step(fault)
      yield* back
      for (let n = 1; n <= heard.length; n++) yield* recover(n)
    }).pipe(Effect.provide(layer(options)))
  }
})

describe.skipIf(!installed)("the history over Redis, with everything that happens to it", () => {
  it.live(
    "B6: what is recovered is exactly what was missed, once and in order; every loss is a gap or a new epoch",
    () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(faults, (schedule) => Effect.runPromise(play(schedule))),
          { numRuns: 15 }
        )
      ),
    120_000
  )
})
