/** Finished turns in the database, as the session's journal has them. */
import type * as Effect from "effect/Effect"
import { Store, type StoreError } from "../../layers/store/Store.ts"
import type { TurnId } from "../../src/domain/Ids.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"

export interface Finished {
  readonly id: TurnId
  readonly user: string
  /** Undefined: it has not said a thing. */
  readonly answer: string | undefined
  readonly at: number
}

/** Journals turns of one session; one that is there already stays as it is. */
export const journalled = (
  store: Store["Service"],
  scope: MemoryScope,
  turns: ReadonlyArray<Finished>
): Effect.Effect<void, StoreError> =>
  store.write((db) => {
    const session = `${scope.tenant}:${scope.agent}:${scope.principal}`
    db.run(
      "INSERT OR IGNORE INTO sessions VALUES (?, ?, ?, ?, ?, 0, 0, 0, 0, NULL)",
      session,
      scope.tenant,
      scope.principal,
      session,
      JSON.stringify({ agent: scope.agent })
    )
    for (const { answer, at, id, user } of turns) {
      db.run(
        `INSERT OR IGNORE INTO turns (id, session, tenant, principal, scopes, content, status, last_seq, accepted_at)
         VALUES (?, ?, ?, ?, '[]', ?, 'done', ?, ?)`,
        id,
        session,
        scope.tenant,
        scope.principal,
        user,
        answer === undefined ? 0 : 1,
        at
      )
      if (answer !== undefined) {
        db.run("INSERT INTO turn_events VALUES (?, 1, 'text', ?)", id, JSON.stringify({ text: answer }))
      }
    }
  })
