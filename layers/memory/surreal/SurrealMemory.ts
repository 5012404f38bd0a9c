/**
 * The memory store in SurrealDB: utterances as documents, by scope. What the journal has said is kept here too, for the
 * journal is elsewhere; deleting a turn there deletes it here only through memory's own forgetting.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TurnId } from "../../../src/domain/Ids.ts"
import type { MemoryError } from "../../../src/memory/MemoryError.ts"
import { MemoryScope, scopeKey } from "../../../src/memory/MemoryScope.ts"
import { MemoryStore, type Which } from "../../../src/memory/MemoryStore.ts"
import type { AnalysedTurn, Role, StoredTurn } from "../../../src/memory/MemoryTurn.ts"
import { accepted } from "../SqliteMemory.ts"
import { make, type Row, type SurrealConnection } from "./Connection.ts"

const schema = `DEFINE TABLE IF NOT EXISTS exoclaw_turn SCHEMALESS;
  DEFINE INDEX IF NOT EXISTS exoclaw_turn_place ON exoclaw_turn FIELDS scope, n UNIQUE;
  DEFINE INDEX IF NOT EXISTS exoclaw_turn_name ON exoclaw_turn FIELDS scope, name UNIQUE;
  DEFINE TABLE IF NOT EXISTS exoclaw_turn_scope SCHEMALESS;
  DEFINE INDEX IF NOT EXISTS exoclaw_turn_scope_key ON exoclaw_turn_scope FIELDS scope UNIQUE`

// what this file wrote it reads back unchecked
const stored = (row: Row): StoredTurn => ({
  n: Number(row["n"]),
  id: String(row["name"]),
  turn: (row["turn"] ?? undefined) as TurnId | undefined,
  conversation: String(row["conversation"]),
  at: Number(row["at"]),
  role: row["role"] as Role,
  speaker: (row["speaker"] ?? undefined) as string | undefined,
  tokens: Number(row["tokens"]),
  text: String(row["text"])
})

const document = (scope: MemoryScope, n: number, turn: AnalysedTurn) => ({
  scope: scopeKey(scope),
  n,
  name: turn.id.toWellFormed(),
  turn: turn.turn ?? null,
  conversation: turn.conversation.toWellFormed(),
  at: turn.at,
  role: turn.role,
  speaker: turn.speaker?.toWellFormed() ?? null,
  tokens: turn.tokens,
  embedder: turn.embedder,
  features: turn.features,
  text: turn.text.toWellFormed()
})

const condition = (which: Which): { readonly sql: string; readonly value: unknown } => {
  switch (which._tag) {
    case "all":
      return { sql: "true", value: null }
    case "ids":
      return { sql: "name IN $value", value: which.ids }
    case "turns":
      return { sql: "turn IN $value", value: which.turns }
    case "conversation":
      return { sql: "conversation = $value", value: which.conversation }
    case "before":
      return { sql: "at < $value", value: which.at }
    case "beyond":
      return {
        sql: "n NOT IN (SELECT VALUE n FROM (SELECT n, at FROM exoclaw_turn WHERE scope = $scope ORDER BY at DESC, n DESC LIMIT $value))",
        value: which.newest
      }
  }
}

const ofScope = "FROM exoclaw_turn WHERE scope = $scope"
const shown = "n, name, turn, conversation, at, role, speaker, tokens, text"

export const layer = (connection: SurrealConnection): Layer.Layer<MemoryStore, MemoryError> =>
  Layer.effect(
    MemoryStore,
    Effect.gen(function* () {
      const { exclusive, rows } = make(connection)
      yield* rows(schema)
      const turns = (scope: MemoryScope, sql: string, more: Record<string, unknown> = {}) =>
        Effect.map(rows(`SELECT ${shown} ${ofScope} ${sql}`, { scope: scopeKey(scope), ...more }), (found) =>
          found.map(stored)
        )
      const known = Effect.fnUntraced(function* (scope: MemoryScope) {
        const [row] = yield* rows("SELECT * FROM exoclaw_turn_scope WHERE scope = $scope", { scope: scopeKey(scope) })
        return {
          last: Number(row?.["last"] ?? 0),
          changes: Number(row?.["changes"] ?? 0),
          generation: row === undefined ? "" : `${String(row["changes"])}`
        }
      })
      const note = (scope: MemoryScope, last: number, changes: number) => {
        const { agent, principal, tenant } = scope
        const content = { scope: scopeKey(scope), tenant, agent, principal, last, changes }
        return rows(
          "DELETE exoclaw_turn_scope WHERE scope = $scope; CREATE exoclaw_turn_scope CONTENT $content RETURN NONE",
          { scope: scopeKey(scope), content }
        )
      }
      const features = Effect.fnUntraced(function* (scope: MemoryScope, after: number, limit: number) {
        const { generation, last } = yield* known(scope)
        const found = yield* rows(`SELECT n, features ${ofScope} AND n > $after ORDER BY n LIMIT $limit`, {
          scope: scopeKey(scope),
          after,
          limit
        })
        return {
          generation,
          last,
          rows: found.map((row) => ({ n: Number(row["n"]), features: new Uint8Array(row["features"] as ArrayBuffer) })),
          complete: found.length < limit
        }
      })
      const append = Effect.fnUntraced(function* (scope: MemoryScope, said: ReadonlyArray<AnalysedTurn>) {
        if (said.length === 0) return 0
        yield* accepted(said)
        const { changes, last } = yield* known(scope)
        const names = said.map(({ id }) => id.toWellFormed())
        const there = yield* turns(scope, "AND name IN $names", { names })
        const taken = new Set(there.map(({ id }) => id))
        const added: Array<ReturnType<typeof document>> = []
        for (const turn of said) {
          const one = document(scope, last + added.length + 1, turn)
          if (taken.has(one.name)) continue
          taken.add(one.name)
          added.push(one)
        }
        if (added.length > 0) yield* rows("INSERT INTO exoclaw_turn $added RETURN NONE", { added })
        yield* note(scope, last + added.length, changes)
        return added.length
      })
      const remove = Effect.fnUntraced(function* (scope: MemoryScope, which: Which) {
        const { sql, value } = condition(which)
        const direct = yield* turns(scope, `AND ${sql}`, { value })
        if (direct.length === 0) return 0
        // both halves of a journalled turn
        const gone = yield* turns(scope, "AND (n IN $places OR turn IN $journalled)", {
          places: direct.map(({ n }) => n),
          journalled: direct.flatMap(({ turn }) => turn ?? [])
        })
        yield* rows(`DELETE exoclaw_turn WHERE scope = $scope AND n IN $places`, {
          scope: scopeKey(scope),
          places: gone.map(({ n }) => n)
        })
        const { changes, last } = yield* known(scope)
        yield* note(scope, last, changes + 1)
        return gone.length
      })
      const window = Effect.fnUntraced(function* (scope: MemoryScope, place: number, before: number, after: number) {
        const [at] = yield* turns(scope, "AND n = $place", { place })
        if (at === undefined) return []
        const here = { place, conversation: at.conversation }
        const earlier = yield* turns(
          scope,
          "AND conversation = $conversation AND n <= $place ORDER BY n DESC LIMIT $limit",
          {
            ...here,
            limit: before + 1
          }
        )
        const later = yield* turns(scope, "AND conversation = $conversation AND n > $place ORDER BY n LIMIT $limit", {
          ...here,
          limit: after
        })
        return [...earlier.toReversed(), ...later]
      })
      return MemoryStore.of({
        append: (scope, said) => exclusive(append(scope, said)),
        features,
        read: (scope, places) => turns(scope, "AND n IN $places ORDER BY at, n", { places }),
        places: (scope, ids) =>
          Effect.map(turns(scope, "AND name IN $ids ORDER BY n", { ids }), (found) => found.map(({ n }) => n)),
        find: (scope, id) => Effect.map(turns(scope, "AND name = $id", { id: id.toWellFormed() }), ([found]) => found),
        window,
        page: (scope, after, limit) => turns(scope, "AND n > $after ORDER BY n LIMIT $limit", { after, limit }),
        remove: (scope, which) => exclusive(remove(scope, which)),
        counts: (scope) =>
          Effect.gen(function* () {
            const { generation, last } = yield* known(scope)
            const all = yield* rows(`SELECT tokens, at ${ofScope} ORDER BY at`, { scope: scopeKey(scope) })
            const timeOf = (row: Row | undefined) => (row === undefined ? undefined : Number(row["at"]))
            return {
              turns: all.length,
              tokens: all.reduce((sum, row) => sum + Number(row["tokens"]), 0),
              oldest: timeOf(all[0]),
              newest: timeOf(all.at(-1)),
              generation,
              last
            }
          }),
        scopes: Effect.map(
          rows("SELECT * FROM exoclaw_turn_scope WHERE scope IN (SELECT VALUE scope FROM exoclaw_turn GROUP BY scope)"),
          (found) =>
            found.map(({ agent, principal, tenant }) => MemoryScope.make({ tenant, agent, principal } as MemoryScope))
        ),
        stale: (scope, embedder, limit) =>
          turns(scope, "AND embedder != $embedder ORDER BY n LIMIT $limit", { embedder, limit }),
        reanalyse: (scope, changed) =>
          exclusive(
            Effect.gen(function* () {
              if (changed.length === 0) return
              for (const { embedder, features: bytes, n, tokens } of changed) {
                yield* rows(
                  "UPDATE exoclaw_turn SET embedder = $embedder, features = $bytes, tokens = $tokens WHERE scope = $scope AND n = $n RETURN NONE",
                  { scope: scopeKey(scope), n, embedder, bytes, tokens }
                )
              }
              const { changes, last } = yield* known(scope)
              if (last > 0) yield* note(scope, last, changes + 1)
            })
          )
      })
    })
  )
