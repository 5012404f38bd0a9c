/** Reading and clearing of sessions, for those they belong to. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { currentPrincipal } from "../../src/identity/Principal.ts"
import { NotFound, NotYours } from "../../src/session/SessionError.ts"
import { Sessions } from "../../src/session/Sessions.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import { askerOf, fail, journalled } from "./access.ts"

export const layer: Layer.Layer<Sessions, never, SessionStore> = Layer.effect(
  Sessions,
  Effect.gen(function* () {
    const store = yield* SessionStore
    const find = Effect.fnUntraced(function* (sessionKey: string) {
      const found = yield* journalled(store.find(askerOf(yield* currentPrincipal), sessionKey))
      return found === undefined ? yield* fail(new NotFound({ what: "session" })) : found
    })
    return Sessions.of({
      list: Effect.fn("Sessions.list")(function* ({ before, limit }) {
        return yield* journalled(store.list(askerOf(yield* currentPrincipal), limit, before))
      }),
      get: Effect.fn("Sessions.get")(find),
      history: Effect.fn("Sessions.history")(function* (sessionKey, { before, limit }) {
        const session = yield* find(sessionKey)
        return yield* journalled(store.history(session.id, limit, before))
      }),
      clear: Effect.fn("Sessions.clear")(function* (sessionKey) {
        const session = yield* find(sessionKey)
        const asker = askerOf(yield* currentPrincipal)
        // whoever takes part in a group reads along; what the others said is not theirs to delete
        if (session.principal !== asker.principal && !asker.any) return yield* fail(new NotYours({ what: "session" }))
        return { turns: yield* journalled(store.clear(session.id, asker, yield* Clock.currentTimeMillis)) }
      })
    })
  })
)
