// One message through a graph of your own: in-memory store, offline model, no listener.
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { Casil } from "../src/casil/Casil.ts"
import { AgentId } from "../src/domain/Ids.ts"
import { Authenticator } from "../src/identity/Authenticator.ts"
import { Principal } from "../src/identity/Principal.ts"
import { Inbox } from "../src/session/Inbox.ts"
import { graph } from "./graph.ts"

/** What every door does: who is it, is it clean, journal it, wait for the answer. */
export const ask = Effect.fn("ask")(function* (text: string, token?: Redacted.Redacted<string>) {
  const authenticator = yield* Authenticator
  const casil = yield* Casil
  const inbox = yield* Inbox
  const place = { remoteAddress: "127.0.0.1", loopback: true, listener: "client" as const }
  const me = yield* authenticator.authenticate({ token, ...place })
  const session = {
    tenant: me.tenant,
    agent: AgentId.make("helper"),
    channel: "example",
    account: me.id,
    conversation: { peer: "main" }
  }
  const content = yield* casil.text("prompt", text)
  return yield* inbox.submit({ session, content, idempotencyKey: undefined, maxTokens: undefined }).pipe(
    Effect.flatMap(({ turnId }) => inbox.result(turnId)),
    Effect.provideService(Principal, me)
  )
})

export const program = Effect.gen(function* () {
  const { receipt, text } = yield* ask("My dog is called Luna.")
  yield* Console.log(text)
  yield* Console.log(receipt)
}).pipe(Effect.provide(graph()))

if (import.meta.main) await Effect.runPromise(program)
