/** What a running turn writes: committed first, then published to this process's followers. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { open } from "../../src/casil/Inspected.ts"
import type { TurnId } from "../../src/domain/Ids.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import { TurnLog } from "../../src/session/TurnLog.ts"
import { TurnWatch } from "../../src/session/TurnWatch.ts"
import { journalled } from "./access.ts"
import * as TurnFeed from "./TurnFeed.ts"

/** The feed that the log and the inbox of one process share. */
export class Feed extends Context.Service<
  Feed,
  TurnFeed.TurnFeed & {
    /** Who stops a turn when the store says that somebody asked for it. */
    readonly onCancel: (cancel: (turn: TurnId) => Effect.Effect<boolean>) => void
    readonly cancel: (turn: TurnId) => Effect.Effect<boolean>
  }
>()("exoclaw/session/Feed") {}

export const layerFeed: Layer.Layer<Feed> = Layer.effect(
  Feed,
  Effect.map(TurnWatch, (watch) => {
    let stop: (turn: TurnId) => Effect.Effect<boolean> = () => Effect.succeed(false)
    return {
      ...TurnFeed.make(watch),
      onCancel: (cancel) => {
        stop = cancel
      },
      cancel: (turn) => Effect.suspend(() => stop(turn))
    }
  })
)

export const layer: Layer.Layer<TurnLog, never, SessionStore | Feed> = Layer.effect(
  TurnLog,
  Effect.gen(function* () {
    const store = yield* SessionStore
    const feed = yield* Feed
    const append = Effect.fnUntraced(function* (...args: Parameters<SessionStore["Service"]["append"]>) {
      const [turn] = args
      const written = yield* journalled(store.append(...args))
      feed.publish(turn, written.events)
      // the request came through another process; forked, because it interrupts the very turn that is writing
      if (written.cancel) yield* Effect.forkDetach(feed.cancel(turn))
      return written
      // what is committed is published, also when the turn is being stopped
    }, Effect.uninterruptible)
    return TurnLog.of({
      emit: (turn, events) => Effect.map(append(turn, events.map(open)), (written) => written.events),
      step: Effect.fnUntraced(function* (turn, events, makeStep, event) {
        const record = event === undefined ? undefined : { event, at: yield* Clock.currentTimeMillis }
        const written = yield* append(turn, events.map(open), makeStep, record)
        return { events: written.events, step: written.step ?? makeStep(written.events) }
      }),
      recent: (turn, limit) => journalled(store.recent(turn, limit)),
      origins: (turns) => (turns.length === 0 ? Effect.succeed(new Map()) : journalled(store.origins(turns)))
    })
  })
)
