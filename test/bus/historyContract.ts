/** What every history must do; run against each backend. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as fc from "fast-check"
import type { ChannelRef } from "../../src/bus/ChannelName.ts"
import { History } from "../../src/bus/History.ts"
import type { Entry } from "../../src/bus/Message.ts"
import { channelOf, draftOf, tenantA, tenantB } from "./fixtures.ts"

/** A backend, empty whenever its layer is built. */
export interface Backend {
  readonly layer: Layer.Layer<History>
  /** Random schedules of the model test. */
  readonly runs: number
}

const forever = { messages: 1000, millis: Infinity }
const textsOf = (entries: ReadonlyArray<Entry>) => entries.map(({ content }) => content.body)
const offsetsOf = (entries: ReadonlyArray<Entry>) => entries.map(({ position }) => position.offset)

const append = (text: string, channel: ChannelRef = channelOf(), dedupe?: string, retention = forever) =>
  Effect.flatMap(History, (history) => history.append(channel, draftOf(text), { dedupe, retention }))
const read = (channel = channelOf(), limit = 1000) =>
  Effect.flatMap(History, (history) => history.read(channel, { after: undefined, limit, end: "oldest" }))

type Command =
  | { readonly op: "append"; readonly channel: number; readonly key: number | null; readonly keep: number }
  | { readonly op: "trim" | "read"; readonly channel: number; readonly offset: number; readonly limit: number }
  | { readonly op: "forget"; readonly channel: number }

const channel = fc.nat({ max: 2 })
const commands: fc.Arbitrary<ReadonlyArray<Command>> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        op: fc.constant("append" as const),
        channel,
        key: fc.option(fc.nat({ max: 3 })),
        keep: fc.constantFrom(0, 2, 5, 1000)
      })
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constantFrom("trim" as const, "read" as const),
        channel,
        offset: fc.nat({ max: 12 }),
        limit: fc.integer({ min: 1, max: 6 })
      })
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("forget" as const), channel }) }
  ),
  { maxLength: 30 }
)

/** The same name in two tenants, and another name: three channels that must know nothing of one another. */
const channels = [channelOf("one"), channelOf("one", tenantB), channelOf("two")]

/** What a channel is, told in the plainest way. */
interface Model {
  epoch: string | undefined
  readonly texts: Array<string>
  first: number
  readonly keys: Map<number, number>
}

const newModel = (): Model => ({ epoch: undefined, texts: [], first: 1, keys: new Map() })

const play = Effect.fnUntraced(function* (schedule: ReadonlyArray<Command>) {
  const history = yield* History
  const models = channels.map(newModel)
  for (const ref of channels) yield* history.forget(ref)
  for (const [step, command] of schedule.entries()) {
    const [ref, model] = [channels[command.channel]!, models[command.channel]!]
    if (command.op === "forget") {
      yield* history.forget(ref)
      models[command.channel] = { ...newModel() }
      continue
    }
    if (command.op === "append") {
      const known = command.key === null ? undefined : model.keys.get(command.key)
      const done = yield* history.append(ref, draftOf(`${step}`), {
        dedupe: command.key === null ? undefined : `key ${command.key}`,
        retention: { messages: command.keep, millis: Infinity }
      })
      if (known === undefined) {
        model.texts.push(`${step}`)
        model.first = Math.max(model.first, model.texts.length - command.keep + 1)
        if (command.key !== null) model.keys.set(command.key, model.texts.length)
      }
      model.epoch ??= done.position.epoch
      const offset = known ?? model.texts.length
      assert.deepStrictEqual(done.position, { epoch: model.epoch, offset })
      assert.strictEqual(done.duplicate, known !== undefined)
      assert.strictEqual(done.durability === "none", offset < model.first)
      continue
    }
    if (command.op === "trim") {
      yield* history.trim(ref, command.offset)
      model.first = Math.max(model.first, Math.min(command.offset, model.texts.length) + 1)
      continue
    }
    const epoch = model.epoch ?? (yield* history.info(ref)).epoch
    model.epoch = epoch
    for (const end of ["oldest", "newest"] as const) {
      const range = yield* history.read(ref, { after: { epoch, offset: command.offset }, limit: command.limit, end })
      const all = model.texts
        .map((text, index) => ({ text, offset: index + 1 }))
        .filter(({ offset }) => offset >= model.first && offset > command.offset)
      const expected = end === "oldest" ? all.slice(0, command.limit) : all.slice(-command.limit)
      assert.deepStrictEqual(
        textsOf(range.entries),
        expected.map(({ text }) => text)
      )
      assert.deepStrictEqual(
        offsetsOf(range.entries),
        expected.map(({ offset }) => offset)
      )
      assert.deepStrictEqual([range.epoch, range.top, range.first], [model.epoch, model.texts.length, model.first])
    }
  }
})

export const historyContract = (name: string, { layer, runs }: Backend): void => {
  const run = <A, E>(effect: Effect.Effect<A, E, History>) => Effect.provide(effect, layer)

  describe(`the history in ${name}`, () => {
    it.effect("gives each message of a channel the next position, and gives it back as it was", () =>
      run(
        Effect.gen(function* () {
          const one = yield* append("one")
          const two = yield* append("two")
          assert.notStrictEqual(one.position.epoch, "")
          assert.deepStrictEqual([one.position.offset, two.position], [1, { epoch: one.position.epoch, offset: 2 }])
          const range = yield* read()
          assert.deepStrictEqual(range, {
            epoch: one.position.epoch,
            top: 2,
            first: 1,
            entries: [
              { ...draftOf("one"), position: one.position },
              { ...draftOf("two"), position: two.position }
            ]
          })
        })
      )
    )

    it.effect("keeps bytes, headers, annotations and what inspection said as they were", () =>
      run(
        Effect.gen(function* () {
          const history = yield* History
          const draft = draftOf("", {
            at: 1_700_000_000_123,
            sender: { principal: "channel:telegram:a:b", connection: "", type: "ai-agent", name: "İ☃\u{1F600}" },
            content: {
              body: new Uint8Array([0, 255, 10, 13, 0]),
              contentType: "application/x",
              headers: { "": "", "a.b*>": "\u0000\n" },
              key: "k\u0000",
              annotations: new Uint8Array([1, 0, 2])
            },
            inspection: {
              outcome: "allow",
              reason: "CASIL_POLICY_ALLOWED",
              risk: "low",
              rules: ["a", "b"],
              policy: "p"
            }
          })
          yield* history.append(channelOf(), draft, { dedupe: undefined, retention: forever })
          const [entry] = (yield* read()).entries
          assert.deepStrictEqual({ ...entry, position: undefined }, { ...draft, position: undefined })
        })
      )
    )

    it.effect("does not take two tenants, two rooms or two channels for one another, whatever they are called", () =>
      run(
        Effect.gen(function* () {
          const names = [
            channelOf("a:b", tenantA, "r"),
            channelOf("b", tenantA, "r a"),
            channelOf("a.b", tenantA, "r"),
            channelOf("a_b", tenantA, "r"),
            channelOf("A:b", tenantA, "r"),
            channelOf("a:b", tenantB, "r"),
            channelOf("{a}:b", tenantA, "r"),
            channelOf("a%3Ab", tenantA, "r")
          ]
          for (const [index, name] of names.entries()) yield* append(`${index}`, name, "same key")
          for (const [index, name] of names.entries()) {
            const range = yield* read(name)
            assert.deepStrictEqual(textsOf(range.entries), [`${index}`])
          }
        })
      )
    )

    it.effect("T34: a message published again under its key is the same message, also when both come at once", () =>
      run(
        Effect.gen(function* () {
          const [one, two] = yield* Effect.all([append("one", channelOf(), "k"), append("two", channelOf(), "k")], {
            concurrency: "unbounded"
          })
          const three = yield* append("three", channelOf(), "k")
          const other = yield* append("four", channelOf("other"), "k")
          assert.deepStrictEqual([one.duplicate, two.duplicate].filter(Boolean).length, 1)
          assert.deepStrictEqual(two.position, one.position)
          assert.deepStrictEqual([three.position, three.duplicate], [one.position, true])
          assert.isFalse(other.duplicate)
          assert.lengthOf((yield* read()).entries, 1)
        })
      )
    )

    it.effect("says of what it does not keep that it is not kept, and counts it all the same", () =>
      run(
        Effect.gen(function* () {
          const nothing = { messages: 0, millis: Infinity }
          const one = yield* append("one", channelOf(), "k", nothing)
          const again = yield* append("one", channelOf(), "k", nothing)
          assert.deepStrictEqual([one.durability, again.durability], ["none", "none"])
          const range = yield* read()
          assert.deepStrictEqual([range.top, range.first, range.entries], [1, 2, []])
          assert.notStrictEqual((yield* append("two")).durability, "none")
        })
      )
    )

    it.effect("keeps no more than a channel may have (ArqonBus never trimmed its streams)", () =>
      run(
        Effect.gen(function* () {
          const three = { messages: 3, millis: Infinity }
          for (let n = 1; n <= 50; n++) yield* append(`${n}`, channelOf(), undefined, three)
          const range = yield* read()
          assert.deepStrictEqual(textsOf(range.entries), ["48", "49", "50"])
          assert.deepStrictEqual([range.top, range.first], [50, 48])
        })
      )
    )

    it.effect("an empty epoch and an unknown one match none (Centrifugo's empty epoch matched any)", () =>
      run(
        Effect.gen(function* () {
          const history = yield* History
          yield* append("one")
          yield* append("two")
          for (const epoch of ["", "x"]) {
            const range = yield* history.read(channelOf(), { after: { epoch, offset: 1 }, limit: 10, end: "oldest" })
            assert.deepStrictEqual(textsOf(range.entries), ["one", "two"])
          }
          const empty = yield* history.info(channelOf("never used"))
          assert.notStrictEqual(empty.epoch, "")
          assert.deepStrictEqual([empty.top, empty.first], [0, 1])
          assert.deepStrictEqual(yield* history.info(channelOf("never used")), empty)
        })
      )
    )

    it.effect("a channel that was forgotten has another epoch when it is used again", () =>
      run(
        Effect.gen(function* () {
          const history = yield* History
          const before = yield* append("one", channelOf(), "k")
          yield* history.forget(channelOf())
          const after = yield* append("two", channelOf(), "k")
          assert.notStrictEqual(after.position.epoch, before.position.epoch)
          assert.deepStrictEqual([after.position.offset, after.duplicate], [1, false])
          assert.deepStrictEqual(textsOf((yield* read()).entries), ["two"])
        })
      )
    )

    it.effect("two who append at once get two positions, in the order that everybody reads", () =>
      run(
        Effect.gen(function* () {
          const texts = Array.from({ length: 100 }, (_, n) => `${n}`)
          const done = yield* Effect.forEach(texts, (text) => append(text), { concurrency: "unbounded" })
          const range = yield* read()
          assert.deepStrictEqual(
            offsetsOf(range.entries),
            texts.map((_, n) => n + 1)
          )
          for (const [n, { position }] of done.entries())
            assert.strictEqual(range.entries[position.offset - 1]?.content.body, texts[n])
        })
      )
    )

    it.effect(
      "does what the model does, over random schedules",
      () =>
        run(
          Effect.gen(function* () {
            const services = yield* Effect.context<History>()
            yield* Effect.promise(() =>
              fc.assert(
                fc.asyncProperty(commands, (schedule) => Effect.runPromiseWith(services)(play(schedule))),
                { numRuns: runs }
              )
            )
          })
        ),
      60_000
    )
  })
}
