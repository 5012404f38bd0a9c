/**
 * Sets numbered secrets and prints each name once it is kept. Arguments: the file, the key file, a prefix, how many
 * (0: without end), and after how many of them to die by SIGKILL with the draft written and not yet renamed.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import fs from "node:fs/promises"
import { writeSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import * as MemoryAudit from "../../../layers/audit/MemoryAudit.ts"
import * as NodeEntropy from "../../../layers/platform/NodeEntropy.ts"
import * as EncryptedSecrets from "../../../layers/secret/EncryptedSecrets.ts"
import { SecretName } from "../../../src/secret/SecretName.ts"
import { Secrets } from "../../../src/secret/Secrets.ts"
import { operator } from "../somebody.ts"

const [path = "", file = "", prefix = "", count = "0", dieAfter = ""] = process.argv.slice(2)

let renames = 0
if (dieAfter !== "") {
  const { rename } = fs
  fs.rename = async (from, to) => {
    if (renames++ === Number(dieAfter)) process.kill(process.pid, "SIGKILL")
    await rename(from, to)
  }
  syncBuiltinESMExports()
}

const program = Effect.gen(function* () {
  const secrets = yield* Secrets
  const last = count === "0" ? Number.MAX_SAFE_INTEGER : Number(count)
  for (let i = 0; i < last; i++) {
    const name = SecretName.make(`${prefix}${i % 20}`)
    yield* secrets.set(name, Redacted.make(`value-of-${prefix}-${i}`))
    writeSync(1, `${name} ${i}\n`)
  }
})

await Effect.runPromise(
  program.pipe(
    Effect.provide(EncryptedSecrets.layer({ path, key: { given: undefined, file } })),
    Effect.provide([MemoryAudit.layerMemory, NodeEntropy.layer, operator])
  )
)
