/** Why a message was not taken, or a turn not found. */
import * as Schema from "effect/Schema"
import { TurnId } from "../domain/Ids.ts"
import { SlotRefusal } from "./Slot.ts"

/** The session already has as many waiting turns as it may. */
export class Busy extends Schema.TaggedError<Busy>()("Busy", { waiting: Schema.Int, limit: Schema.Int }) {
  override get message(): string {
    return `The session already has ${this.waiting} waiting turns (limit ${this.limit}). Wait for an answer, then send again.`
  }
}

/** No such turn or session for this principal; the same answer whether it exists for others or not. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {
  what: Schema.Literals(["turn", "session"])
}) {
  override get message(): string {
    return `There is no such ${this.what}.`
  }
}

/** The session belongs to another principal, or somebody else sent the turn. */
export class NotYours extends Schema.TaggedError<NotYours>()("NotYours", {
  what: Schema.Literals(["turn", "session"])
}) {
  override get message(): string {
    return this.what === "turn"
      ? 'Somebody else sent this turn; cancelling or retrying it needs the scope "session:any".'
      : 'The session belongs to another principal; the scope "session:any" would open it.'
  }
}

/** The idempotency key was used for another message. */
export class KeyReused extends Schema.TaggedError<KeyReused>()("KeyReused", {}) {
  override get message(): string {
    return "The idempotency key was already used for another message in this session."
  }
}

/** The slot of a job was not free. */
export class SlotRefused extends Schema.TaggedError<SlotRefused>()("SlotRefused", {
  why: SlotRefusal,
  /** The turn that is not over yet. */
  turn: Schema.NullOr(TurnId)
}) {
  override get message(): string {
    switch (this.why) {
      case "taken":
        return "This slot of the job is over."
      case "paused":
        return "The job is paused."
      case "running":
        return `The job's last run (${this.turn ?? "a turn"}) is not over yet.`
    }
  }
}

/** The gateway is shutting down or draining and takes no new turns. */
export class Draining extends Schema.TaggedError<Draining>()("Draining", {}) {
  override get message(): string {
    return "The gateway is draining and takes no new messages until it has been restarted. Nothing of this message was kept: send it again then."
  }
}

/** The store refused. The cause is for the operator's log. */
export class JournalUnavailable extends Schema.TaggedError<JournalUnavailable>()("JournalUnavailable", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return "The gateway's store did not answer, so this was not done. Send it again; see the gateway's log."
  }
}

/** The store refused in the middle of an accepted turn. Nothing is lost. The cause is for the operator's log. */
export class Stalled extends Schema.TaggedError<Stalled>()("Stalled", { cause: Schema.Defect() }) {
  override get message(): string {
    return "The gateway's store does not answer, so the turn stands still. Nothing is lost: it goes on by itself when the store answers again; resume it then. See the gateway's log."
  }
}

/** The one public error of sessions. */
export class SessionError extends Schema.TaggedError<SessionError>()("SessionError", {
  reason: Schema.Union([Busy, NotFound, NotYours, KeyReused, SlotRefused, Draining, JournalUnavailable, Stalled])
}) {
  override get message(): string {
    return this.reason.message
  }
}
