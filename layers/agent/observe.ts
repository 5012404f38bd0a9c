/** Spans and metrics of turns and tool calls. Nothing that was said is in them. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as References from "effect/References"
import { createHmac, type KeyObject } from "node:crypto"
import type { Agent } from "../../src/agent/Agent.ts"
import * as Metrics from "../../src/domain/Metrics.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import type { ToolOutput } from "../../src/sandbox/Sandbox.ts"
import type { Turn } from "../../src/session/Turn.ts"
import type { TurnOutcome } from "../../src/session/TurnRunner.ts"
import type { ToolCall } from "../../src/session/TurnStep.ts"

/**
 * A name for a conversation that nobody can turn back: a session key holds names and numbers of people, and a plain
 * digest of one is guessed. Good as long as the process, which has its own `secret`.
 */
const pseudonym = (secret: KeyObject, key: SessionKey.SessionKey): string =>
  createHmac("sha256", secret).update(SessionKey.storageKey(key)).digest("hex").slice(0, 32)

/** A stack trace costs more than the span, and says nothing here. */
const noStack = { captureStackTrace: false } as const

/** A failed turn as the failure of its span. */
class Failed {
  readonly _tag: string
  readonly outcome: TurnOutcome
  constructor(outcome: TurnOutcome) {
    const data = outcome.status === "failed" ? outcome.error.data : undefined
    const tag = typeof data === "object" && data !== null && "_tag" in data ? data._tag : undefined
    this._tag = typeof tag === "string" ? tag : "Failed"
    this.outcome = outcome
  }
}

/** Why it stopped; one that only waits has no stop reason of its own. */
const stopOf = (outcome: TurnOutcome): string => (outcome.status === "waiting" ? "approval" : outcome.stopReason)

const spanned = (run: Effect.Effect<TurnOutcome>, turn: Turn, agent: Agent, secret: KeyObject) =>
  run.pipe(
    Effect.tap((outcome) =>
      Effect.annotateCurrentSpan({
        "exoclaw.turn.status": outcome.status,
        "exoclaw.turn.stop_reason": stopOf(outcome)
      })
    ),
    Effect.filterOrFail(
      (outcome) => outcome.status !== "failed",
      (outcome) => new Failed(outcome)
    ),
    Effect.withSpan(
      `invoke_agent ${agent.id}`,
      {
        attributes: {
          "gen_ai.operation.name": "invoke_agent",
          "gen_ai.agent.name": agent.id,
          "gen_ai.conversation.id": pseudonym(secret, turn.session),
          ...(agent.skill === undefined
            ? { "gen_ai.provider.name": agent.targets[0].provider, "gen_ai.request.model": agent.targets[0].model }
            : { "exoclaw.plugin": agent.skill }),
          "exoclaw.turn.id": turn.id
        }
      },
      noStack
    ),
    Effect.catch(({ outcome }) => Effect.succeed(outcome))
  )

const ended = (exit: Exit.Exit<TurnOutcome>): { readonly status: string; readonly stop_reason: string } => {
  if (Exit.isSuccess(exit)) return { status: exit.value.status, stop_reason: stopOf(exit.value) }
  return Exit.hasInterrupts(exit)
    ? { status: "cancelled", stop_reason: "cancelled" }
    : { status: "failed", stop_reason: "error" }
}

/** Runs a turn in its span, counted and timed. */
export const turn = (
  run: Effect.Effect<TurnOutcome>,
  of: Turn,
  agent: Agent,
  secret: KeyObject
): Effect.Effect<TurnOutcome> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const began = clock.currentTimeMillisUnsafe()
    return yield* ((yield* References.TracerEnabled) ? spanned(run, of, agent, secret) : run).pipe(
      Effect.onExit((exit) =>
        Effect.sync(() => {
          const labels = ended(exit)
          Metrics.turns.recordUnsafe(labels, 1)
          Metrics.turnDuration.recordUnsafe(labels, (clock.currentTimeMillisUnsafe() - began) / 1000)
        })
      )
    )
  })

const outcomeOf = (exit: Exit.Exit<ToolOutput, unknown>): string => {
  if (Exit.isSuccess(exit)) return exit.value.isError ? "error" : "ok"
  return Exit.hasInterrupts(exit) ? "interrupted" : "failed"
}

/** Runs a tool of this name in its span, counted. */
export const tool = <E, R>(run: Effect.Effect<ToolOutput, E, R>, call: ToolCall): Effect.Effect<ToolOutput, E, R> =>
  run.pipe(
    Effect.onExit((exit) =>
      Effect.sync(() => Metrics.toolCalls.recordUnsafe({ tool: call.name, outcome: outcomeOf(exit) }, 1))
    ),
    Effect.tap(({ isError }) => (isError ? Effect.annotateCurrentSpan("error.type", "tool_error") : Effect.void)),
    Effect.withSpan(
      `execute_tool ${call.name}`,
      {
        attributes: {
          "gen_ai.operation.name": "execute_tool",
          "gen_ai.tool.name": call.name,
          "gen_ai.tool.type": "function",
          "gen_ai.tool.call.id": call.id
        }
      },
      noStack
    )
  )

/** A call of a tool that is not there; its name is the model's own text. */
export const unknownTool: Effect.Effect<void> = Metrics.toolCalls.record({ tool: "_unknown", outcome: "unknown" }, 1)
