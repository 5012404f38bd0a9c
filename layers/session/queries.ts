/** What is read from sessions. */
import type { TurnId } from "../../src/domain/Ids.ts"
import { join, ofSender, type Origin } from "../../src/domain/Provenance.ts"
import type { Asker } from "../../src/session/SessionStore.ts"
import type { HistoryTurn, SessionInfo } from "../../src/session/Sessions.ts"
import type { PastTurn } from "../../src/session/TurnLog.ts"
import type { TurnEvent } from "../../src/session/TurnEvent.ts"
import type { TurnStep } from "../../src/session/TurnStep.ts"
import type { Database, Row } from "../store/Store.ts"
import * as rows from "./rows.ts"

interface ToolUse {
  readonly name: string
  readonly input: unknown
  readonly content: string
  readonly isError: boolean
}

/** Pairs the tool calls of a turn with their results, in the order of the calls. */
const toolsOf = (events: ReadonlyArray<TurnEvent>, after: number): ReadonlyArray<ToolUse> => {
  const current = events.filter((event) => event.seq > after)
  const results = new Map(
    current.flatMap(({ body }) => (body.type === "tool_result" ? [[body.data.id, body.data] as const] : []))
  )
  return current.flatMap(({ body }) => {
    if (body.type !== "tool_call") return []
    const result = results.get(body.data.id)
    return [
      {
        name: body.data.name,
        input: body.data.input,
        content: result?.content ?? "",
        isError: result?.isError ?? true
      }
    ]
  })
}

/** The tools that ran, and all that the answers had read. */
const readBy = (steps: ReadonlyArray<TurnStep>): ReadonlyArray<Origin> =>
  join(
    ...steps.map((step): ReadonlyArray<Origin> => {
      if (step.kind === "model") return step.origins ?? []
      return step.kind === "tool_result" ? [`tool:${step.name}`] : []
    })
  )

/** What an answer said, as one array of what its events hold: an answer has hundreds of them. */
const saidColumn = `(SELECT '[' || group_concat(e.data, ',' ORDER BY e.seq) || ']' FROM turn_events e
  WHERE e.turn = turns.id AND e.type = 'text' AND e.seq > turns.attempt_after) AS said`

const saidIn = (row: Row): string =>
  (rows.jsonOrNull<ReadonlyArray<{ readonly text: string }>>(row, "said") ?? []).map(({ text }) => text).join("")

/** By turn: what `make` gives of its rows, in their order. */
const byTurn = <A>(
  found: ReadonlyArray<Row>,
  make: (turn: TurnId, row: Row) => A
): ReadonlyMap<string, ReadonlyArray<A>> => {
  const all = new Map<string, Array<A>>()
  for (const row of found) {
    const turn = rows.text(row, "turn")
    const of = all.get(turn) ?? []
    all.set(turn, of)
    of.push(make(turn as TurnId, row))
  }
  return all
}

const stepsOf = (db: Database, asked: string): ReadonlyMap<string, ReadonlyArray<TurnStep>> =>
  byTurn(
    db.all("SELECT turn, data FROM turn_steps WHERE turn IN (SELECT value FROM json_each(?)) ORDER BY turn, n", asked),
    (_, row) => rows.json<TurnStep>(row, "data")
  )

export const recent = (db: Database, turn: TurnId, limit: number): ReadonlyArray<PastTurn> => {
  const found = db.all(
    `SELECT id, principal, content, accepted_at, attempt_after, ${saidColumn} FROM turns
     WHERE session = (SELECT session FROM turns WHERE id = ?1)
       AND n < (SELECT n FROM turns WHERE id = ?1) AND status = 'done'
     ORDER BY n DESC LIMIT ?2`,
    turn,
    limit
  )
  if (found.length === 0) return []
  const asked = JSON.stringify(found.map(({ id }) => id))
  const steps = stepsOf(db, asked)
  const uses = byTurn(
    db.all(
      `SELECT turn, seq, type, data FROM turn_events
       WHERE turn IN (SELECT value FROM json_each(?)) AND type IN ('tool_call', 'tool_result') ORDER BY turn, seq`,
      asked
    ),
    rows.event
  )
  return found.toReversed().map((row) => {
    const id = rows.text(row, "id") as TurnId
    return {
      id,
      user: rows.text(row, "content"),
      assistant: saidIn(row),
      at: rows.int(row, "accepted_at"),
      origins: join([ofSender(rows.text(row, "principal"))], readBy(steps.get(id) ?? [])),
      tools: toolsOf(uses.get(id) ?? [], rows.int(row, "attempt_after"))
    }
  })
}

export const origins = (db: Database, turns: ReadonlyArray<TurnId>): ReadonlyMap<TurnId, ReadonlyArray<Origin>> => {
  const asked = JSON.stringify([...new Set(turns)])
  const found = db.all("SELECT id, principal FROM turns WHERE id IN (SELECT value FROM json_each(?))", asked)
  const steps = stepsOf(db, asked)
  return new Map(
    found.map((row) => {
      const id = rows.text(row, "id")
      return [id as TurnId, join([ofSender(rows.text(row, "principal"))], readBy(steps.get(id) ?? []))] as const
    })
  )
}

export const list = (
  db: Database,
  asker: Asker,
  limit: number,
  before: number | undefined
): ReadonlyArray<SessionInfo & { readonly id: string }> =>
  db
    .all(
      `SELECT * FROM sessions WHERE tenant = ?1 AND (?2 = 1 OR principal = ?3) AND updated_at < ?4
       ORDER BY updated_at DESC, id LIMIT ?5`,
      asker.tenant,
      asker.any ? 1 : 0,
      asker.principal,
      before ?? Number.MAX_SAFE_INTEGER,
      limit
    )
    .map(rows.session)

export const find = (
  db: Database,
  asker: Asker,
  shown: string
): (SessionInfo & { readonly id: string }) | undefined => {
  const row = db.get(
    `SELECT * FROM sessions WHERE tenant = ?1 AND shown = ?2 AND (principal = ?3 OR shared = 1 OR ?4 = 1)`,
    asker.tenant,
    shown,
    asker.principal,
    asker.any ? 1 : 0
  )
  return row === undefined ? undefined : rows.session(row)
}

/** Characters of a page of history: an answer must not be cut for its size, however much a client asks for. */
const pageLength = 1_000_000

const lengthOf = ({ assistant, tools, user }: HistoryTurn): number =>
  tools.reduce((sum, tool) => sum + tool.content.length, user.length + assistant.length)

const historyTurn = (db: Database, row: Row): HistoryTurn => {
  const turn = rows.turn(db, row)
  return {
    turnId: turn.id,
    at: turn.acceptedAt,
    status: turn.status,
    user: turn.content,
    assistant: turn.text,
    tools: toolsOf(turn.events, turn.attemptAfter),
    stopReason: turn.stopReason,
    receipt: turn.receipt
  }
}

/**
 * Newest last; fewer than `limit` where they are long, but never none where there is one. Turns are read one by one: no
 * more of them than the page holds, and the one that ends it.
 */
export const history = (
  db: Database,
  sessionId: string,
  limit: number,
  before: TurnId | undefined
): ReadonlyArray<HistoryTurn> => {
  const found = db.all(
    `SELECT turns.n FROM turns
     WHERE turns.session = ?1 AND turns.n < coalesce((SELECT n FROM turns WHERE id = ?2), 9223372036854775807)
     ORDER BY turns.n DESC LIMIT ?3`,
    sessionId,
    before ?? null,
    limit
  )
  const page: Array<HistoryTurn> = []
  let length = 0
  for (const { n = null } of found) {
    const row = db.get(`SELECT ${rows.turnColumns} FROM ${rows.turnTables} WHERE turns.n = ?`, n)
    if (row === undefined) continue
    const turn = historyTurn(db, row)
    length += lengthOf(turn)
    if (length > pageLength && page.length > 0) break
    page.push(turn)
  }
  return page.toReversed()
}

export const clear = (db: Database, sessionId: string): number => {
  const deleted = db.run(
    "DELETE FROM turns WHERE session = ? AND status NOT IN ('accepted', 'running', 'waiting')",
    sessionId
  )
  db.run("UPDATE sessions SET turns = (SELECT count(*) FROM turns WHERE session = ?1) WHERE id = ?1", sessionId)
  return deleted
}
