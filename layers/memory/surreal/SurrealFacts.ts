/** The store of facts in SurrealDB: statements as documents, by scope. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TurnId } from "../../../src/domain/Ids.ts"
import type { FactOrigin, Kept, Statement } from "../../../src/memory/facts/Statement.ts"
import { FactStore } from "../../../src/memory/FactStore.ts"
import type { MemoryError } from "../../../src/memory/MemoryError.ts"
import { MemoryScope, scopeKey } from "../../../src/memory/MemoryScope.ts"
import { factStoreOver } from "../FactShelves.ts"
import { make, type Row, type SurrealConnection } from "./Connection.ts"

const schema = `DEFINE TABLE IF NOT EXISTS exoclaw_fact SCHEMALESS;
  DEFINE INDEX IF NOT EXISTS exoclaw_fact_place ON exoclaw_fact FIELDS scope, n UNIQUE;
  DEFINE TABLE IF NOT EXISTS exoclaw_fact_scope SCHEMALESS;
  DEFINE INDEX IF NOT EXISTS exoclaw_fact_scope_key ON exoclaw_fact_scope FIELDS scope UNIQUE`

// what this file wrote it reads back unchecked
const kept = (row: Row): Kept => ({
  n: Number(row["n"]),
  turn: (row["turn"] ?? undefined) as TurnId | undefined,
  origin: row["origin"] as FactOrigin,
  at: Number(row["at"]),
  day: Number(row["day"]),
  said: JSON.parse(String(row["said"])) as Statement
})

export const layer = (connection: SurrealConnection): Layer.Layer<FactStore, MemoryError> =>
  Layer.effect(
    FactStore,
    Effect.gen(function* () {
      const { exclusive, rows } = make(connection)
      yield* rows(schema)
      return factStoreOver({
        exclusive,
        read: (scope) =>
          Effect.gen(function* () {
            const key = { scope: scopeKey(scope) }
            const statements = yield* rows("SELECT * FROM exoclaw_fact WHERE scope = $scope ORDER BY n", key)
            const [known] = yield* rows("SELECT last FROM exoclaw_fact_scope WHERE scope = $scope", key)
            return { statements: statements.map(kept), last: Number(known?.["last"] ?? 0) }
          }),
        write: (scope, before, after) => {
          const stays = new Set(after.statements.map(({ n }) => n))
          const was = new Set(before.statements.map(({ n }) => n))
          const added = after.statements
            .filter(({ n }) => !was.has(n))
            .map(({ said, turn, ...rest }) => ({
              ...rest,
              turn: turn ?? null,
              said: JSON.stringify(said),
              scope: scopeKey(scope)
            }))
          const { agent, principal, tenant } = scope
          return Effect.asVoid(
            rows(
              `BEGIN;
               DELETE exoclaw_fact WHERE scope = $scope AND n IN $gone;
               INSERT INTO exoclaw_fact $added;
               DELETE exoclaw_fact_scope WHERE scope = $scope;
               CREATE exoclaw_fact_scope CONTENT $known;
               COMMIT`,
              {
                scope: scopeKey(scope),
                gone: before.statements.flatMap(({ n }) => (stays.has(n) ? [] : [n])),
                added,
                known: {
                  scope: scopeKey(scope),
                  tenant,
                  agent,
                  principal,
                  last: after.last,
                  size: after.statements.length
                }
              }
            )
          )
        },
        scopes: Effect.map(rows("SELECT * FROM exoclaw_fact_scope WHERE size > 0"), (found) =>
          found.map(({ agent, principal, tenant }) => MemoryScope.make({ tenant, agent, principal } as MemoryScope))
        )
      })
    })
  )
