/** A call straight through the pool, past admission. */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import { PluginName } from "../../src/domain/Ids.ts"
import { errno, wasi } from "../../src/sandbox/Wasi.ts"
import { quotas } from "../../layers/sandbox/Frame.ts"
import type { OnHostCall } from "../../layers/sandbox/Invocation.ts"
import { SlotPool } from "../../layers/sandbox/SlotPool.ts"

export const evil: PluginName = PluginName.make("evil")

const nothing: OnHostCall<never> = () => Effect.succeed(new TextEncoder().encode('{"ok":null}'))

/** Calls `handle_tool_call` of `bytes` in a slot. */
export const invoke = (bytes: Uint8Array, deadlineMs: number, onHostCall: OnHostCall<never> = nothing) =>
  Effect.flatMap(SlotPool, (pool) => {
    const key = createHash("sha256").update(bytes).digest("hex")
    const header = {
      module: key,
      entry: "handle_tool_call",
      functions: ["log"],
      http: false,
      wasi: Object.fromEntries(wasi.map(({ name }) => [name, errno(name)])),
      clock: false,
      random: false,
      config: {},
      quotas
    }
    return pool.call(
      {
        plugin: evil,
        module: { key, bytes },
        header: new TextEncoder().encode(JSON.stringify(header)),
        input: new TextEncoder().encode("{}"),
        affinity: "evil",
        deadlineMs
      },
      onHostCall
    )
  })
