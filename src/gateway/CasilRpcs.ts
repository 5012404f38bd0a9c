/** Content inspection as an operator sees it: what is in force and what it did, in numbers. */
import * as Rpc from "effect/rpc/Rpc"
import * as Schema from "effect/Schema"
import { PolicyReport } from "../casil/PolicyReport.ts"
import { GatewayError } from "./GatewayError.ts"
import { scoped } from "./ScopedRpc.ts"

const text = Schema.String
const name = Schema.optionalKey(text.pipe(Schema.check(Schema.isMaxLength(128))))

/** One series of a counter, since the gateway started. */
export const CasilCount = Schema.Struct({
  /** As in `/metrics`, without `exoclaw_casil_` and `_total`. */
  name: text,
  labels: Schema.Record(text, text),
  value: Schema.Int
})

export const casilGet = scoped(
  "admin",
  "The inspection policy in force, for a tenant and an agent where they are given: hash, overrides, rules, counters.",
  Rpc.make("casil.get", {
    payload: { tenant: name, agent: name },
    success: Schema.Struct({
      ...PolicyReport.fields,
      /** The largest first within each counter, the hundred largest of each. */
      counters: Schema.Array(CasilCount)
    }),
    error: GatewayError
  })
)
