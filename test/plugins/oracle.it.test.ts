/** plugins/oracle: a skill, as one that answers in a model's place. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { PluginName } from "../../src/domain/Ids.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { as, context, inspected } from "../sandbox/support.ts"
import { agreesWithManifest, patience, withPlugin } from "./support.ts"

const ask = (text: string) =>
  Effect.flatMap(Sandbox, ({ handleMessage }) =>
    handleMessage(PluginName.make("oracle"), inspected({ text, channel: "websocket", peer_id: "main" }), context)
  ).pipe(as("local"))

layer(withPlugin("oracle"), patience)("oracle", (it) => {
  it.effect("is a skill without tools", () =>
    Effect.map(Sandbox, ({ plugins, tools }) => {
      assert.deepStrictEqual(tools, [])
      assert.deepStrictEqual(plugins[0]?.kinds, ["skill"])
    })
  )

  it.effect("answers the same question always the same, however it is written", () =>
    Effect.gen(function* () {
      const first = yield* ask("Will it rain tomorrow?")
      for (const again of ["will it  rain tomorrow?", "WILL IT RAIN\ntomorrow ???", " Will it rain tomorrow?! ?"]) {
        assert.strictEqual(yield* ask(again), first)
      }
    })
  )

  it.effect("answers every way there is", () =>
    Effect.gen(function* () {
      const said = new Set<string>()
      for (let day = 0; day < 200; day++) said.add(yield* ask(`Will it rain in ${day} days?`))
      assert.strictEqual(said.size, 12)
    })
  )

  it.effect("chooses between what is joined by or", () =>
    Effect.gen(function* () {
      const chosen = new Set<string>()
      for (let day = 0; day < 60; day++) chosen.add(yield* ask(`tea ${day}, coffee ${day} or milk ${day}?`))
      const kinds = new Set([...chosen].map((one) => /^The oracle chooses "(tea|coffee|milk) \d+"\.$/.exec(one)?.[1]))
      assert.deepStrictEqual([...kinds].sort(), ["coffee", "milk", "tea"])
    })
  )

  it.effect("has an answer to any text", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* ask(" "), "Ask, and you shall hear.")
      assert.match(yield* ask("Tell me a story"), /^That is no question/)
      assert.match(yield* ask("Grüße 🐈‍⬛ oder é"), /^That is no question/)
      for (const text of fc.sample(fc.string({ unit: "binary", maxLength: 50 }), { numRuns: 200, seed: 41 })) {
        assert.isNotEmpty(yield* ask(text))
      }
    })
  )

  it.effect("says in plugin.toml what it says when asked", () => agreesWithManifest)
})
