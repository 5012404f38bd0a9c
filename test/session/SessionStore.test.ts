import * as Effect from "effect/Effect"
import { join } from "node:path"
import { folder, storeAt } from "./fixtures.ts"
import { sessionStoreContract } from "./sessionStoreContract.ts"

sessionStoreContract("sqlite in memory", () =>
  Effect.succeed({ open: (lives) => storeAt(":memory:", lives), again: false })
)

sessionStoreContract("sqlite in a file", () =>
  Effect.map(folder, (path) => ({ open: (lives) => storeAt(join(path, "exoclaw.db"), lives), again: true }))
)
