/** A turn in the hands of its runner: what was written so far, kept in step with the journal. */
import * as Effect from "effect/Effect"
import type { Part } from "../../src/agent/Billing.ts"
import type { Agent } from "../../src/agent/Agent.ts"
import * as TurnState from "../../src/agent/TurnState.ts"
import { ours } from "../../src/agent/walkers.ts"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import type { Inspected } from "../../src/casil/Inspected.ts"
import { seesTotals } from "../../src/budget/Disclosure.ts"
import type { Spender } from "../../src/budget/Spender.ts"
import type { Origin } from "../../src/domain/Provenance.ts"
import type { HoldId } from "../../src/domain/Ids.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import type { CallContext } from "../../src/sandbox/Sandbox.ts"
import type { ReceiptRetry } from "../../src/session/Receipt.ts"
import type { SessionError } from "../../src/session/SessionError.ts"
import type { Turn } from "../../src/session/Turn.ts"
import type { EventBody, TurnEvent } from "../../src/session/TurnEvent.ts"
import type { TurnStep } from "../../src/session/TurnStep.ts"
import type { Services } from "./services.ts"
import type { Traced } from "./Traced.ts"

export interface Progress {
  readonly turn: Turn
  readonly agent: Agent
  readonly spender: Spender
  readonly state: () => TurnState.TurnState
  readonly lastSeq: () => number
  readonly events: () => ReadonlyArray<TurnEvent>
  readonly emit: (bodies: ReadonlyArray<Inspected<EventBody>>) => Effect.Effect<void, SessionError>
  /** Emits an event that holds none of anybody's content. */
  readonly say: (body: EventBody) => Effect.Effect<void, SessionError>
  readonly step: (
    bodies: ReadonlyArray<Inspected<EventBody>>,
    make: (events: ReadonlyArray<TurnEvent>) => TurnStep,
    record?: AuditEvent
  ) => Effect.Effect<void, SessionError>
  /** Lets the turn spend past the pause mark of an account. */
  readonly pass: (account: string) => void
  /** The parts of the latest prompt, and the hold of the latest call. */
  prompt: ReadonlyArray<Part>
  hold: HoldId | undefined
  /** For the receipt: the prompt of each call by its hold, and the attempts that the next answer tells of. */
  readonly prompts: Map<string, ReadonlyArray<Part>>
  retries: ReadonlyArray<ReceiptRetry>
  /** What memory had for the message, once it was asked. */
  known: Traced | undefined
  /** Where all that is in the latest prompt came from. */
  origins: ReadonlyArray<Origin>
}

export const make = (services: Services, turn: Turn, agent: Agent): Progress => {
  const { casil, log } = services
  const events: Array<TurnEvent> = [...turn.events]
  const steps: Array<TurnStep> = [...turn.steps]
  const passed: Array<string> = []
  const emit = (bodies: ReadonlyArray<Inspected<EventBody>>) =>
    bodies.length === 0
      ? Effect.void
      : log.emit(turn.id, bodies).pipe(
          Effect.map((written) => {
            events.push(...written)
          }),
          // what is in the journal is known here too, also when the turn is being stopped
          Effect.uninterruptible
        )
  return {
    turn,
    agent,
    spender: {
      tenant: turn.session.tenant,
      principal: turn.principal.id,
      agent: agent.id,
      session: SessionKey.storageKey(turn.session),
      turn: turn.id,
      attempt: turn.attempt,
      seesTotals: seesTotals(turn.principal),
      passed
    },
    pass: (account) => void passed.push(account),
    state: () => TurnState.fold(steps, events),
    lastSeq: () => events.at(-1)?.seq ?? 0,
    events: () => events,
    emit,
    say: (body) =>
      casil.value("answer", body, ours).pipe(
        Effect.flatMap((inspected) => emit([inspected])),
        // nothing was visited, so there is nothing to block
        Effect.catchTag("Blocked", () => Effect.void)
      ),
    step: (bodies, makeStep, record) =>
      log.step(turn.id, bodies, makeStep, record).pipe(
        Effect.map((written) => {
          events.push(...written.events)
          steps.push(written.step)
        }),
        Effect.uninterruptible
      ),
    prompt: [],
    hold: undefined,
    prompts: new Map(),
    retries: [],
    known: undefined,
    origins: []
  }
}

/** For whom the plugins of this turn run, and what pays for what they spend. */
export const callContext = ({ spender: { agent, attempt, session, turn } }: Progress): CallContext => ({
  agent,
  turn: { session, id: turn, attempt }
})
