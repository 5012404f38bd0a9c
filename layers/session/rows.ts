/** Rows of the session tables as values. What the gateway wrote it reads back unchecked; a broken row is a defect. */
import type { PrincipalId, TenantId, TurnId } from "../../src/domain/Ids.ts"
import type { SessionKey } from "../../src/domain/SessionKey.ts"
import type { StoredTurn } from "../../src/session/SessionStore.ts"
import type { SessionInfo } from "../../src/session/Sessions.ts"
import type { TurnStatus } from "../../src/session/Turn.ts"
import type { EventBody, StopReason, TurnEvent } from "../../src/session/TurnEvent.ts"
import type { ToolCall, TurnStep } from "../../src/session/TurnStep.ts"
import type { Database, Row } from "../store/Store.ts"

// Columns that this room wrote as JSON itself: parsed at the adapter's edge, not validated again.
export const json = <A>(row: Row, column: string): A => JSON.parse(String(row[column])) as A
export const jsonOrNull = <A>(row: Row, column: string): A | null =>
  row[column] === null ? null : json<A>(row, column)
export const text = (row: Row, column: string): string => String(row[column])
export const int = (row: Row, column: string): number => Number(row[column])

export const event = (turn: TurnId, row: Row): TurnEvent => ({
  turnId: turn,
  seq: int(row, "seq"),
  // type and data were encoded from an EventBody
  body: { type: text(row, "type"), data: json(row, "data") } as EventBody
})

export const eventsOf = (db: Database, turn: TurnId, after: number, limit: number): ReadonlyArray<TurnEvent> =>
  db
    .all("SELECT seq, type, data FROM turn_events WHERE turn = ? AND seq > ? ORDER BY seq LIMIT ?", turn, after, limit)
    .map((row) => event(turn, row))

/** A step as it is stored: inputs that its events hold are not written a second time. */
export const withoutInputs = (step: TurnStep, events: ReadonlyArray<TurnEvent>): unknown => {
  if (step.kind !== "model") return step
  const told = new Set(events.flatMap(({ body }) => (body.type === "tool_call" ? [body.data.id] : [])))
  return {
    ...step,
    calls: step.calls.map(({ id, input, name }) => (told.has(id) ? { id, name } : { id, name, input }))
  }
}

const stepsOf = (db: Database, turn: TurnId, events: ReadonlyArray<TurnEvent>): ReadonlyArray<TurnStep> => {
  const inputs = new Map(
    events.flatMap(({ body }) => (body.type === "tool_call" ? [[body.data.id, body.data.input] as const] : []))
  )
  return db.all("SELECT data FROM turn_steps WHERE turn = ? ORDER BY n", turn).map((row) => {
    const step = json<TurnStep>(row, "data")
    if (step.kind !== "model") return step
    // what `withoutInputs` left out, and only that
    const calls = step.calls.map((call) => ({ ...call, input: call.input ?? inputs.get(call.id) }) as ToolCall)
    return { ...step, calls }
  })
}

export const textOf = (events: ReadonlyArray<TurnEvent>, after: number): string =>
  events.reduce((all, e) => (e.body.type === "text" && e.seq > after ? all + e.body.data.text : all), "")

const unlimited = -1

export const turn = (db: Database, row: Row): StoredTurn => {
  const id = text(row, "id") as TurnId
  const events = eventsOf(db, id, 0, unlimited)
  const attemptAfter = int(row, "attempt_after")
  return {
    id,
    sessionId: text(row, "session"),
    session: json<SessionKey>(row, "key"),
    tenant: text(row, "tenant") as TenantId,
    principal: text(row, "principal") as PrincipalId,
    scopes: json(row, "scopes"),
    content: text(row, "content"),
    maxTokens: row["max_tokens"] === null ? undefined : int(row, "max_tokens"),
    status: text(row, "status") as TurnStatus,
    stopReason: row["stop_reason"] === null ? null : (text(row, "stop_reason") as StopReason),
    error: jsonOrNull<NonNullable<StoredTurn["error"]>>(row, "error") ?? undefined,
    receipt: jsonOrNull(row, "receipt"),
    text: textOf(events, attemptAfter),
    lastSeq: int(row, "last_seq"),
    attemptAfter,
    acceptedAt: int(row, "accepted_at"),
    steps: stepsOf(
      db,
      id,
      events.filter((e) => e.seq > attemptAfter)
    ),
    events
  }
}

export const turnColumns = "turns.*, sessions.key AS key"
export const turnTables = "turns JOIN sessions ON sessions.id = turns.session"

export const session = (row: Row): SessionInfo & { readonly id: string } => {
  const key = json<SessionKey>(row, "key")
  return {
    id: text(row, "id"),
    sessionKey: text(row, "shown"),
    agent: key.agent,
    channel: key.channel,
    account: key.account,
    peer: key.conversation.peer,
    principal: text(row, "principal"),
    turns: int(row, "turns"),
    createdAt: int(row, "created_at"),
    updatedAt: int(row, "updated_at")
  }
}
