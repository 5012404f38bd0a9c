/**
 * A gateway without doors, to be killed: takes messages from its standard input, one JSON line each, and says on its
 * standard output what it accepted. Its turns call a tool that writes to a log of its own, so that a second run shows.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { appendFileSync } from "node:fs"
import { createInterface } from "node:readline"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as NodeInstance from "../../layers/platform/NodeInstance.ts"
import * as InboxLayer from "../../layers/session/Inbox.ts"
import * as SqliteSessionStore from "../../layers/session/SqliteSessionStore.ts"
import * as TurnLogLayer from "../../layers/session/TurnLog.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Inbox } from "../../src/session/Inbox.ts"
import type { TurnStep } from "../../src/session/TurnStep.ts"
import { authenticator, as, idempotencyKey, inspected, keyOf } from "./fixtures.ts"
import { ended, type Script, scripted } from "./world.ts"

const [path = "", log = "", fuse = "0"] = process.argv.slice(2)

let left = Number(fuse)
/** A point at which the process may die: it does at the one whose number it was given. */
const point = Effect.sync(() => {
  left -= 1
  if (left === 0) process.kill(process.pid, "SIGKILL")
})

const answered = (steps: ReadonlyArray<TurnStep>) => steps.some((step) => step.kind === "model")
const ran = (steps: ReadonlyArray<TurnStep>) => steps.some((step) => step.kind === "tool_result")

/** A tool that may not run twice, then an answer in two pieces, then the end: folded from the journal, as an agent is. */
const script: Script = (turn, tools) =>
  Effect.gen(function* () {
    yield* point
    if (!ran(turn.steps)) {
      yield* tools.log.step(turn.id, [], () => ({ kind: "tool_intent", id: "t", name: "t", idempotent: false }))
      yield* point
      yield* Effect.sync(() => appendFileSync(log, `${turn.content}\n`))
      yield* point
      yield* tools.log.step(turn.id, [], () => ({ kind: "tool_result", id: "t", name: "t", isError: false, event: 1 }))
    }
    if (!answered(turn.steps)) {
      yield* point
      yield* tools.say("answer to ")
      yield* point
      yield* tools.log.step(
        turn.id,
        [inspected({ type: "text" as const, data: { text: turn.content } })],
        (events) => ({
          kind: "model",
          provider: "p",
          model: "m",
          textAfter: 0,
          textThrough: events.at(-1)?.seq ?? 0,
          calls: [],
          finish: "stop"
        })
      )
    }
    yield* point
    return ended
  })

const live = InboxLayer.layer({ waitingLimit: 1_000 }).pipe(
  Layer.provide(scripted(script)),
  Layer.provide(TurnLogLayer.layer),
  Layer.provide(Layer.mergeAll(TurnLogLayer.layerFeed, SqliteSessionStore.layer, authenticator)),
  Layer.provide(SqliteStore.layer(path)),
  Layer.provide(NodeInstance.layer),
  Layer.provide(NodeEntropy.layer)
)

const scope = Scope.makeUnsafe()
const context = await Effect.runPromise(Layer.buildWithScope(live, scope))
const submit = (content: string, peer: string) =>
  Effect.flatMap(Inbox, (inbox) =>
    inbox.submit({
      session: keyOf(peer),
      content: inspected(content),
      idempotencyKey: idempotencyKey(content),
      maxTokens: undefined
    })
  ).pipe(as("alice"), Effect.provide(context))

process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
const lines = createInterface({ input: process.stdin })
lines.on("line", (line) => {
  const { content, peer } = JSON.parse(line) as { readonly content: string; readonly peer: string }
  void Effect.runPromise(submit(content, peer)).then(({ repeated, turnId }) =>
    process.stdout.write(`${JSON.stringify({ content, turnId, repeated })}\n`)
  )
})
lines.on("close", () => {
  void Effect.runPromise(
    Effect.flatMap(Inbox, (inbox) => inbox.drain).pipe(
      Effect.provide(context),
      Effect.andThen(Scope.close(scope, Exit.void))
    )
  )
})
