/** Rows of remembered utterances. What the gateway wrote it reads back unchecked; a broken row is a defect. */
import type { AgentId, PrincipalId, TenantId, TurnId } from "../../src/domain/Ids.ts"
import { MemoryScope } from "../../src/memory/MemoryScope.ts"
import type { Which } from "../../src/memory/MemoryStore.ts"
import type { AnalysedTurn, Role, StoredTurn } from "../../src/memory/MemoryTurn.ts"
import type { Database, Row } from "../store/Store.ts"

/** What a turn said lives in the journal, once. */
const textColumn = `CASE WHEN m.turn IS NULL THEN m.text
  WHEN m.role = 'user' THEN (SELECT content FROM turns WHERE turns.id = m.turn)
  ELSE (SELECT group_concat(json_extract(e.data, '$.text'), '' ORDER BY e.seq) FROM turn_events e
        WHERE e.turn = m.turn AND e.type = 'text'
          AND e.seq > (SELECT attempt_after FROM turns WHERE turns.id = m.turn)) END AS text`

export const columns = `m.n, m.id, m.turn, m.conversation, m.at, m.role, m.speaker, m.tokens, ${textColumn}`

export const stored = (row: Row): StoredTurn => ({
  n: Number(row["n"]),
  id: String(row["id"]),
  turn: row["turn"] === null ? undefined : (String(row["turn"]) as TurnId),
  conversation: String(row["conversation"]),
  at: Number(row["at"]),
  role: String(row["role"]) as Role,
  speaker: row["speaker"] === null ? undefined : String(row["speaker"]),
  tokens: Number(row["tokens"]),
  text: row["text"] === null ? "" : String(row["text"])
})

export const scopeOfRow = ({ agent, principal, tenant }: Row): MemoryScope =>
  MemoryScope.make({
    tenant: String(tenant) as TenantId,
    agent: String(agent) as AgentId,
    principal: String(principal) as PrincipalId
  })

export interface ScopeRow {
  readonly id: number
  /** The scope's number and how often it was changed. */
  readonly generation: string
  readonly last: number
}

export const scopeRow = (db: Database, scope: MemoryScope): ScopeRow | undefined => {
  const row = db.get(
    "SELECT id, generation, last FROM memory_scopes WHERE tenant = ? AND agent = ? AND principal = ?",
    scope.tenant,
    scope.agent,
    scope.principal
  )
  return row === undefined
    ? undefined
    : { id: Number(row["id"]), generation: `${row["id"]}.${row["generation"]}`, last: Number(row["last"]) }
}

/** The scope's number, made where there is none. */
export const openScope = (db: Database, scope: MemoryScope): ScopeRow => {
  db.run(
    "INSERT OR IGNORE INTO memory_scopes (tenant, agent, principal) VALUES (?, ?, ?)",
    scope.tenant,
    scope.agent,
    scope.principal
  )
  const row = scopeRow(db, scope)
  if (row === undefined) throw new Error("exoclaw: a scope that was just written is not there")
  return row
}

/** A journalled turn counts only for whom it belongs to: nobody gets another's text by naming its turn. */
const insert = `INSERT OR IGNORE INTO memory_turns
  (scope, n, id, turn, conversation, at, role, speaker, tokens, embedder, features, text)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
  WHERE ?4 IS NULL OR EXISTS (SELECT 1 FROM turns WHERE id = ?4 AND tenant = ?13 AND principal = ?14)`

/** Gives how many were new. */
export const append = (db: Database, scope: MemoryScope, turns: ReadonlyArray<AnalysedTurn>): number => {
  const { id, last } = openScope(db, scope)
  let n = last
  for (const turn of turns) {
    n += db.run(
      insert,
      id,
      n + 1,
      turn.id,
      turn.turn ?? null,
      turn.conversation,
      turn.at,
      turn.role,
      turn.speaker ?? null,
      turn.tokens,
      turn.embedder,
      turn.features,
      turn.turn === undefined ? turn.text : null,
      scope.tenant,
      scope.principal
    )
    if (turn.turn !== undefined) db.run("UPDATE turns SET remembered = 1 WHERE id = ? AND remembered = 0", turn.turn)
  }
  if (n > last) db.run("UPDATE memory_scopes SET last = ? WHERE id = ?", n, id)
  return n - last
}

const condition = (which: Which): { readonly sql: string; readonly param: string | number | null } => {
  switch (which._tag) {
    case "all":
      return { sql: "?2 IS NULL", param: null }
    case "ids":
      return { sql: "id IN (SELECT value FROM json_each(?2))", param: JSON.stringify(which.ids) }
    case "turns":
      return { sql: "turn IN (SELECT value FROM json_each(?2))", param: JSON.stringify(which.turns) }
    case "conversation":
      return { sql: "conversation = ?2", param: which.conversation }
    case "before":
      return { sql: "at < ?2", param: which.at }
    case "beyond":
      return {
        sql: "n NOT IN (SELECT n FROM memory_turns WHERE scope = ?1 ORDER BY at DESC, n DESC LIMIT ?2)",
        param: which.newest
      }
  }
}

const count = (db: Database, scope: number): number =>
  Number(db.get("SELECT count(*) AS n FROM memory_turns WHERE scope = ?", scope)?.["n"])

/** Gives how many are gone; the other halves of journalled turns go with them. */
export const remove = (db: Database, scope: MemoryScope, which: Which): number => {
  const row = scopeRow(db, scope)
  if (row === undefined) return 0
  const before = count(db, row.id)
  const { param, sql } = condition(which)
  const journalled = db
    .all(
      `SELECT DISTINCT turns.id, turns.session FROM memory_turns JOIN turns ON turns.id = memory_turns.turn
       WHERE scope = ?1 AND memory_turns.n IN (SELECT n FROM memory_turns WHERE scope = ?1 AND ${sql})`,
      row.id,
      param
    )
    .map(({ id, session }) => ({ id: String(id), session: String(session) }))
  db.run(`DELETE FROM memory_turns WHERE scope = ?1 AND ${sql}`, row.id, param)
  for (const { id } of journalled) db.run("DELETE FROM turns WHERE id = ?", id)
  for (const session of new Set(journalled.map(({ session }) => session))) {
    db.run("UPDATE sessions SET turns = (SELECT count(*) FROM turns WHERE session = ?1) WHERE id = ?1", session)
  }
  return before - count(db, row.id)
}
