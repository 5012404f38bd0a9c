/** A gateway's sessions with a scripted runner: what a turn does is a function of the test. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as InboxLayer from "../../layers/session/Inbox.ts"
import * as SessionsLayer from "../../layers/session/Sessions.ts"
import * as TurnLogLayer from "../../layers/session/TurnLog.ts"
import type { TurnId } from "../../src/domain/Ids.ts"
import { Instance, type InstanceFacts } from "../../src/domain/Instance.ts"
import type { Authenticator } from "../../src/identity/Authenticator.ts"
import { Inbox, type Submission } from "../../src/session/Inbox.ts"
import type { SessionError } from "../../src/session/SessionError.ts"
import type { Sessions } from "../../src/session/Sessions.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import type { Turn } from "../../src/session/Turn.ts"
import type { EventBody } from "../../src/session/TurnEvent.ts"
import { TurnLog } from "../../src/session/TurnLog.ts"
import { type TurnOutcome, TurnRunner } from "../../src/session/TurnRunner.ts"
import { as, authenticator, inspected, instanceOf, keyOf, receipt, storeAt } from "./fixtures.ts"

export const ended = { status: "done", stopReason: "end_turn", receipt } as const satisfies TurnOutcome

export interface Tools {
  readonly say: (text: string) => Effect.Effect<void, SessionError>
  readonly log: TurnLog["Service"]
}

export type Script = (turn: Turn, tools: Tools) => Effect.Effect<TurnOutcome, SessionError>

/** A runner that does what the script says; where the journal refuses, the turn fails, as an agent's would. */
export const scripted = (script: Script): Layer.Layer<TurnRunner, never, TurnLog> =>
  Layer.effect(
    TurnRunner,
    Effect.map(TurnLog, (log) =>
      TurnRunner.of({
        run: (turn) =>
          script(turn, {
            log,
            say: (text) => Effect.asVoid(log.emit(turn.id, [inspected<EventBody>({ type: "text", data: { text } })]))
          }).pipe(
            Effect.catch(({ message }) =>
              Effect.succeed<TurnOutcome>({
                status: "failed",
                stopReason: "error",
                receipt,
                error: { code: -32014, message }
              })
            )
          ),
        receipt: () => Effect.succeed({ ...receipt, priceVersion: "so far" })
      })
    )
  )

export interface Options {
  readonly script: Script
  readonly waitingLimit?: number
  readonly instance?: InstanceFacts
  readonly store?: Layer.Layer<SessionStore>
}

export type World = Inbox | Sessions | SessionStore | TurnLogLayer.Feed | Authenticator | TurnLog

export const world = ({
  instance = instanceOf(1),
  script,
  store = storeAt(":memory:"),
  waitingLimit = 100
}: Options): Layer.Layer<World> =>
  Layer.mergeAll(InboxLayer.layer({ waitingLimit }), SessionsLayer.layer).pipe(
    Layer.provide(scripted(script)),
    Layer.provideMerge(TurnLogLayer.layer),
    Layer.provideMerge(Layer.mergeAll(TurnLogLayer.layerFeed, store, authenticator)),
    Layer.provide(Layer.mergeAll(NodeEntropy.layer, Layer.succeed(Instance, instance)))
  )

export const alice = as("alice")

export const submission = (content: string, part: Partial<Submission> = {}): Submission => ({
  session: keyOf("main"),
  content: inspected(content),
  idempotencyKey: undefined,
  maxTokens: undefined,
  ...part
})

/** Sends as alice; gives the turn's id. */
export const send = (content: string, part: Partial<Submission> = {}) =>
  Effect.flatMap(Inbox, (inbox) => Effect.map(inbox.submit(submission(content, part)), ({ turnId }) => turnId)).pipe(
    alice
  )

export const resultOf = (turn: TurnId) => alice(Effect.flatMap(Inbox, (inbox) => inbox.result(turn)))
export const statusOf = (turn: TurnId) => alice(Effect.flatMap(Inbox, (inbox) => inbox.status(turn)))
export const follow = (turn: TurnId, after = 0) =>
  alice(Effect.flatMap(Inbox, (inbox) => Stream.runCollect(inbox.follow(turn, after))))

/** Events in short: `seq type text`. */
export const brief = (events: ReadonlyArray<{ readonly seq: number; readonly body: EventBody }>) =>
  events.map(({ body, seq }) =>
    [
      seq,
      body.type,
      ...(body.type === "text" ? [body.data.text] : []),
      ...(body.type === "done" ? [body.data.stopReason] : []),
      ...(body.type === "notice" ? [body.data.code] : [])
    ].join(" ")
  )

const breathe = Effect.callback<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Lets the event loop and the clock of the test go on until it is so. */
export const until = <E, R>(what: string, isSo: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    for (let i = 0; i < 5_000; i++) {
      if (yield* isSo) return
      yield* TestClock.adjust("100 millis")
      yield* breathe
    }
    throw new Error(`it did not come to pass: ${what}`)
  })

/** The same for what a fiber gives; the clock goes on meanwhile. */
export const meanwhile = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const answer = yield* Deferred.make<A, E>()
    yield* Effect.forkChild(Deferred.into(effect, answer))
    yield* until("an answer", Deferred.isDone(answer))
    return yield* Deferred.await(answer)
  })

/** A gate that opens once; and what came to it. */
export const gate = Effect.map(Effect.all([Deferred.make<void>(), Deferred.make<void>()]), ([reached, opened]) => ({
  /** Waits at the gate. */
  pass: Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(opened)),
  /** Waits until somebody stands at it. */
  reached: Deferred.await(reached),
  open: Effect.asVoid(Deferred.succeed(opened, undefined))
}))
