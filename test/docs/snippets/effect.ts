import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Client } from "exoclaw/client/effect"

const program = Effect.gen(function* () {
  const { "chat.send": send } = yield* Client
  yield* Stream.runForEach(send({ content: "hello" }), (event) => Console.log(event))
})
await Effect.runPromise(Effect.provide(program, Client.layer({ url: "ws://127.0.0.1:7200" })))
