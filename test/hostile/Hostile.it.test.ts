/** The hostile suite: every attack module ends as it must, and the next call works. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { PluginName } from "../../src/domain/Ids.ts"
import { CallFailed, PluginRefused } from "../../src/sandbox/PluginError.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import * as SlotPool from "../../layers/sandbox/SlotPool.ts"
import { as, context, inspected, sandbox } from "../sandbox/support.ts"
import { attacks, contained, deadlineMs, patience, pool } from "./inSlot.ts"
import { refused, running, wellBehaved } from "./modules.ts"

const folder = mkdtempSync(path.join(tmpdir(), "exoclaw-hostile-"))
process.once("exit", () => rmSync(folder, { recursive: true, force: true }))

const entry = (name: string, bytes: Uint8Array) => {
  const file = path.join(folder, `${name}.wasm`)
  writeFileSync(file, bytes)
  return { name: PluginName.make(name), path: file, capabilities: [] }
}

describe("refused at the start", () => {
  for (const [index, attack] of refused.entries()) {
    it.live(`T19: ${attack.what} stops the start with a reason`, () =>
      Effect.gen(function* () {
        const failure = yield* Effect.flip(
          Effect.scoped(Effect.provide(Sandbox, sandbox({ plugins: [entry(`refused-${index}`, attack.bytes)] })))
        )
        assert(failure._tag === "PluginError" && failure.reason instanceof PluginRefused)
        assert.match(failure.message, attack.says)
        assert.include(failure.message, `refused-${index}`)
      })
    )
  }
})

layer(SlotPool.layer(pool, deadlineMs), { excludeTestServices: true })("in a slot", (it) => {
  for (const [attack, bytes] of attacks) {
    it.effect(`T20: ${attack.what} ends, and the next call works`, () => contained(attack, bytes))
  }
})

describe("through the whole sandbox", () => {
  const fine = Buffer.from(Buffer.from(wellBehaved).toString("latin1").replaceAll('"evil"', '"fine"'), "latin1")
  for (const [index, attack] of running.entries()) {
    it.live(`T20: ${attack.what} ends, and the next plugin answers`, () =>
      Effect.gen(function* () {
        const { callTool } = yield* Sandbox
        const failure = yield* Effect.flip(callTool("evil", inspected({}), context))
        assert(failure.reason instanceof CallFailed)
        assert.include(attack.ends, failure.reason.kind)
        const next = yield* callTool("fine", inspected({}), context)
        assert.include(next.content, "fine")
      }).pipe(
        as("local"),
        Effect.provide(
          sandbox({
            // long enough for the innocent on a busy machine
            deadlineMs: Math.max(patience(attack), 3000),
            plugins: [entry(`running-${index}`, attack.bytes), entry("fine", fine)]
          })
        )
      )
    )
  }
})
