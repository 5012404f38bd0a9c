/** The inbox, the turn log and the session queries over one session store and its lanes. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { open } from "../../src/casil/Inspected.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import { TurnId } from "../../src/domain/Ids.ts"
import { inSpan } from "../../src/domain/InSpan.ts"
import { Instance } from "../../src/domain/Instance.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import { currentPrincipal } from "../../src/identity/Principal.ts"
import { Inbox, type Submission } from "../../src/session/Inbox.ts"
import {
  Busy,
  Draining,
  KeyReused,
  NotFound,
  NotYours,
  type SessionError,
  SlotRefused,
  Stalled
} from "../../src/session/SessionError.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import { isOpen, type TurnResult } from "../../src/session/Turn.ts"
import type { TurnEvent } from "../../src/session/TurnEvent.ts"
import { TurnRunner } from "../../src/session/TurnRunner.ts"
import { askerOf, fail, journalled, ownTurn, visibleTurn } from "./access.ts"
import * as Lanes from "./Lanes.ts"
import { Feed } from "./TurnLog.ts"

export interface Options {
  /** Turns that may be open (running or waiting) in one session before it is busy. */
  readonly waitingLimit: number
}

/** Events read from the store at once while a follower catches up. */
const page = 256
/** How often a follower of a turn that another process runs looks again. */
const pollEvery = "200 millis"
/** The same for one that waits for somebody, unless it goes on in this process. */
const waitingPollEvery = "1 second"
/** After so many looks in vain the follower's process asks for the session itself: its holder may have died. */
const looksPerWake = 25

export const layer = (
  options: Options
): Layer.Layer<Inbox, never, SessionStore | TurnRunner | Authenticator | Instance | Entropy | Feed> =>
  Layer.effect(
    Inbox,
    Effect.gen(function* () {
      const store = yield* SessionStore
      const entropy = yield* Entropy
      const instance = yield* Instance
      const runner = yield* TurnRunner
      const authenticator = yield* Authenticator
      const feed = yield* Feed
      const lanes = yield* Lanes.make(feed)
      feed.onCancel((turn) => lanes.cancel(turn))
      let draining = false

      const submit = Effect.fnUntraced(function* (submission: Submission) {
        if (draining) return yield* fail(new Draining({}))
        const principal = yield* currentPrincipal
        const content = open(submission.content)
        const acceptance = {
          id: TurnId.make(yield* entropy.id("turn")),
          key: submission.session,
          asker: askerOf(principal),
          scopes: principal.scopes,
          content,
          idempotencyKey: submission.idempotencyKey,
          maxTokens: submission.maxTokens,
          slot: submission.slot,
          waitingLimit: options.waitingLimit,
          at: yield* Clock.currentTimeMillis
        }
        // whoever is cut off while the message is journalled leaves a turn that runs
        const accepted = yield* journalled(store.accept(acceptance)).pipe(
          Effect.tap((answer) => ("session" in answer ? lanes.wake(answer.session, answer.turnId) : Effect.void)),
          Effect.uninterruptible
        )
        switch (accepted._tag) {
          case "busy":
            return yield* fail(new Busy({ waiting: accepted.waiting, limit: options.waitingLimit }))
          case "not_yours":
            return yield* fail(new NotYours({ what: "session" }))
          case "key_reused":
            return yield* fail(new KeyReused({}))
          case "slot_refused":
            return yield* fail(new SlotRefused({ why: accepted.why, turn: accepted.turnId ?? null }))
          case "repeated":
          case "accepted":
            return { turnId: accepted.turnId, repeated: accepted._tag === "repeated" }
        }
      }, inSpan("Inbox.submit"))

      /** The next events after `seq`; none means that the turn is over. */
      const pull = Effect.fnUntraced(function* (turn: TurnId, seq: number) {
        for (let looks = 0; ;) {
          const live = feed.after(turn, seq)
          if (live !== undefined && live.length > 0) return live
          if (live === undefined) {
            const stored = yield* store.events(turn, seq, page)
            if (stored.length > 0) return stored
            const state = yield* store.peek(turn)
            if (state === undefined || !isOpen(state.status)) {
              // it may have ended between the two reads
              return yield* store.events(turn, seq, page)
            }
            if (!feed.isLocal(turn)) {
              const waits = state.status === "waiting"
              const stalled = waits ? undefined : lanes.stalled(state.sessionId)
              if (stalled !== undefined) return yield* new Stalled({ cause: stalled.cause })
              if (!waits && looks++ % looksPerWake === 0) yield* lanes.wake(state.sessionId)
              yield* Effect.timeoutOption(feed.opened(turn), waits ? waitingPollEvery : pollEvery)
              continue
            }
          }
          yield* feed.changed(turn, seq)
        }
      })

      const events = (turn: TurnId, after: number): Stream.Stream<TurnEvent, SessionError> =>
        Stream.paginate(after, (seq) =>
          Effect.map(pull(turn, seq), (batch) => {
            const last = batch.at(-1)
            // nothing comes behind `done`
            const more = last !== undefined && last.body.type !== "done"
            return [batch, more ? Option.some(last.seq) : Option.none<number>()] as const
          })
        ).pipe(Stream.mapError((error) => fail(error._tag === "Stalled" ? error : new Stalled({ cause: error.cause }))))

      const result = Effect.fnUntraced(function* (turn: TurnId) {
        const { lastSeq } = yield* visibleTurn(store, turn)
        yield* Stream.runDrain(events(turn, lastSeq))
        const stored = yield* journalled(store.load(turn))
        if (stored === undefined) return yield* fail(new NotFound({ what: "turn" }))
        const answer: TurnResult = {
          turnId: stored.id,
          sessionKey: SessionKey.show(stored.session),
          text: stored.text,
          stopReason: stored.stopReason ?? "interrupted",
          // one that never came to an end has no receipt yet, and what it cost is in the ledger
          receipt: stored.receipt ?? (yield* runner.receipt(Lanes.asTurn(authenticator, stored))),
          error: stored.error
        }
        return answer
      })

      const cancel = Effect.fn("Inbox.cancel")(function* (turn: TurnId) {
        const { lastSeq } = yield* ownTurn(store, turn)
        const answer = yield* journalled(store.requestCancel(turn, yield* Clock.currentTimeMillis))
        if (answer === "over") return false
        if (answer === "ended") feed.nudge(turn)
        // it runs in another process, or its lane is just taking it up
        else if (!(yield* lanes.cancel(turn))) yield* Stream.runDrain(events(turn, lastSeq))
        return (yield* journalled(store.peek(turn)))?.status === "cancelled"
      })

      // what an earlier process left behind goes on without anybody asking
      yield* Effect.forkScoped(
        store.orphans(instance.id).pipe(
          Effect.flatMap((sessions) => Effect.forEach(sessions, (session) => lanes.wake(session), { discard: true })),
          Effect.catch((error) => Effect.logError("Open turns could not be looked up", error.cause)),
          Effect.repeat(Schedule.spaced("30 seconds"))
        )
      )

      return Inbox.of({
        submit,
        follow: (turn, after) => Stream.unwrap(Effect.map(visibleTurn(store, turn), () => events(turn, after))),
        result,
        status: (turn) => Effect.map(visibleTurn(store, turn), (state) => state.status),
        findByKey: Effect.fnUntraced(function* (key) {
          const found = yield* journalled(store.findByKey(askerOf(yield* currentPrincipal), key))
          return found === undefined ? yield* fail(new NotFound({ what: "turn" })) : found
        }),
        cancel,
        retry: Effect.fn("Inbox.retry")(function* (turn) {
          const state = yield* ownTurn(store, turn)
          if (draining) return yield* fail(new Draining({}))
          yield* journalled(store.reopen(turn)).pipe(
            Effect.tap((reopened) => (reopened ? lanes.wake(state.sessionId, turn) : Effect.void)),
            Effect.uninterruptible
          )
        }),
        proceed: Effect.fn("Inbox.proceed")(function* (turn) {
          const state = yield* journalled(store.peek(turn))
          if (state === undefined) return false
          return yield* journalled(store.proceed(turn)).pipe(
            Effect.tap((proceeds) => (proceeds ? lanes.wake(state.sessionId, turn) : Effect.void)),
            Effect.uninterruptible
          )
        }),
        drain: Effect.suspend(() => {
          draining = true
          return lanes.drain
        }),
        load: Effect.sync(() => ({ running: lanes.running(), lanes: lanes.size() }))
      })
    })
  )
