import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { BusClient } from "./clients.ts"
import { as, listening } from "./listening.ts"

const test = (name: string, run: (url: string) => Promise<void>) =>
  it.live(name, () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { url } = yield* listening()
        yield* Effect.promise(() => run(url))
      })
    )
  )

test("what is published reaches who joined, in both encodings, and the ack says what happened", async (url) => {
  const [ann, bob] = [await as(new BusClient(url), "ann"), await as(new BusClient(url, { json: true }), "bob", 1)]
  await ann.join("lobby")
  await bob.join("lobby")
  const ack = await ann.publish("hello")
  const { position } = ack
  assert.deepInclude({ ...ack }, { delivered: 2, persisted: true, durability: 2, duplicate: false })
  assert.strictEqual(position?.offset, 1n)
  for (const client of [ann, bob]) {
    const message = await client.next("message")
    assert.deepStrictEqual(message.content?.body, { case: "text", value: "hello" })
    assert.deepStrictEqual(message.position, position)
    assert.deepInclude({ ...message.sender }, { principal: "token:ann", type: 4 })
    assert.strictEqual(message.id, ack.id)
  }
})
