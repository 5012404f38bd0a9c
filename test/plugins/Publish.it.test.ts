/** A plugin that publishes on the bus, in three languages: one contract. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as path from "node:path"
import { PluginName } from "../../src/domain/Ids.ts"
import { open } from "../../src/casil/Inspected.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { currentPrincipal } from "../../src/identity/Principal.ts"
import { BusRefused } from "../../src/sandbox/BusPublisher.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { busPublish } from "../../layers/sandbox/host/BusPublish.ts"
import { load } from "../../layers/sandbox/PluginFile.ts"
import { as, casil, context, inspected, sandbox } from "../sandbox/support.ts"
import { root } from "../support/repository.ts"
import { compileFixture, patience } from "./support.ts"

const fixtures = path.join(root, "test", "plugins", "fixtures")
const languages = {
  AssemblyScript: compileFixture("publish"),
  C: path.join(fixtures, "publish-c", "publish-c.wasm"),
  Rust: path.join(fixtures, "publish-rust", "publish-rust.wasm")
}

const heard: Array<unknown> = []
const publishing = Effect.map(Casil, (service) =>
  busPublish(
    {
      publish: ({ channel, payload, plugin, room }) =>
        Effect.flatMap(currentPrincipal, ({ id }) => {
          if (channel === "closed") {
            return Effect.fail(new BusRefused({ reason: "forbidden", message: "Nobody publishes there." }))
          }
          heard.push({ room, channel, payload: open(payload), plugin, by: id })
          return Effect.succeed({ epoch: "e", offset: heard.length, delivered: 3, durability: "process" })
        })
    },
    service
  )
).pipe(Effect.provide(casil))

for (const [language, file] of Object.entries(languages)) {
  describe(`bus_publish, by ${language}`, () => {
    const name = PluginName.make("poster")
    const entry = { name, path: file, capabilities: ["bus:news"] }

    it.live(
      "publishes any text and tells what became of it; a refusal is an answer, not an end",
      () =>
        Effect.gen(function* () {
          heard.length = 0
          const { callTool } = yield* Sandbox
          const post = (input: { readonly [key: string]: string | { readonly text: string } }) =>
            Effect.map(callTool("post", inspected(input), context), ({ content }) => JSON.parse(content))
          const payload = { text: 'é 漢 🐈 "quoted" \\ \n end' }
          assert.deepStrictEqual(yield* post({ channel: "today", payload }), {
            ok: { epoch: "e", offset: 1, delivered: 3, durability: "process" }
          })
          assert.deepStrictEqual(heard, [{ room: "news", channel: "today", payload, plugin: "poster", by: "local" }])
          assert.match((yield* post({ room: "other", channel: "x", payload })).error, /"bus:other:x" is not granted/)
          assert.deepStrictEqual(yield* post({ channel: "closed", payload }), { error: "Nobody publishes there." })
          assert.strictEqual((yield* post({ channel: "today", payload })).ok.offset, 2)
        }).pipe(
          as("local"),
          Effect.provide(
            Layer.unwrap(
              Effect.map(publishing, (host) => sandbox({ plugins: [entry], hostFunctions: [host], deadlineMs: 30_000 }))
            )
          )
        ),
      patience.timeout
    )

    it.effect("T19: without its grant it is refused at the load, by name", () =>
      Effect.gen(function* () {
        const refused = yield* Effect.flip(load({ ...entry, capabilities: [] }, [yield* publishing]))
        assert.match(refused.message, /bus_publish is not granted: it needs "bus:ROOM\[:CHANNEL\]"/)
      })
    )
  })
}
