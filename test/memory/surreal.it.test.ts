/**
 * The stores of memory in SurrealDB under the same contract as the others, against a real engine. The engine is too heavy
 * for everybody's installation (161 MB unpacked): EXOCLAW_SURREAL names a folder in which `surrealdb` and
 * `@surrealdb/node` are installed.
 */
import { describe } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { SurrealConnection } from "../../layers/memory/surreal/Connection.ts"
import * as SurrealFacts from "../../layers/memory/surreal/SurrealFacts.ts"
import * as SurrealMemory from "../../layers/memory/surreal/SurrealMemory.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import type { Over } from "./factFixtures.ts"
import { factStoreContract } from "./factStoreContract.ts"
import { memoryStoreContract } from "./memoryStoreContract.ts"

const folder = process.env["EXOCLAW_SURREAL"] ?? ""
const engine = join(folder, "node_modules/@surrealdb/node/dist/surrealdb-node.mjs")
const client = join(folder, "node_modules/surrealdb/dist/surrealdb.mjs")
const isThere = folder !== "" && existsSync(engine) && existsSync(client)

interface Opened extends SurrealConnection {
  readonly connect: (url: string) => Promise<unknown>
  readonly use: (where: { readonly namespace: string; readonly database: string }) => Promise<unknown>
  readonly close: () => Promise<unknown>
}

const open = Effect.acquireRelease(
  Effect.promise(async (): Promise<Opened> => {
    const { Surreal } = await import(pathToFileURL(client).href)
    const { createNodeEngines } = await import(pathToFileURL(engine).href)
    const db: Opened = new Surreal({ engines: createNodeEngines() })
    await db.connect("mem://")
    await db.use({ namespace: "exoclaw", database: "test" })
    return db
  }),
  (db) => Effect.promise(() => db.close())
)

const over: Over = (body) =>
  Effect.gen(function* () {
    const db = yield* open
    const context = yield* Effect.orDie(Layer.build(SurrealFacts.layer(db)))
    const store = Context.get(context, FactStore)
    return yield* body(store, {
      add: () => Effect.void,
      remove: (turn) =>
        Effect.orDie(
          Effect.flatMap(store.scopes, (scopes) =>
            Effect.forEach(scopes, (scope) => store.forget(scope, { _tag: "turns", turns: [turn] }), { discard: true })
          )
        )
    })
  }).pipe(Effect.scoped)

describe.skipIf(!isThere)("SurrealDB, in the folder that EXOCLAW_SURREAL names (else it is not run)", () => {
  factStoreContract("SurrealFacts", over)
  memoryStoreContract("SurrealMemory", Layer.unwrap(Effect.map(open, (db) => Layer.orDie(SurrealMemory.layer(db)))))
})
