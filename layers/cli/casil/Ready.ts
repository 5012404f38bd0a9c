/** The inspection policy of a configuration, ready to inspect with, as it is for a tenant and an agent. */
import * as Effect from "effect/Effect"
import { type Compiled, compile } from "../../../src/casil/Compiled.ts"
import { policyFor } from "../../../src/casil/Policy.ts"
import { casilPolicy } from "../../../src/settings/options/casil.ts"
import { exitCode } from "../ExitCode.ts"
import { failure } from "../Failure.ts"
import { Io } from "../Io.ts"
import { settingsOf, type Where } from "../reach.ts"

export interface Of extends Where {
  /** A configuration file whose `[casil]` is meant, instead of the usual one's. */
  readonly policy: string | undefined
  readonly tenant: string | undefined
  readonly agent: string | undefined
}

export const ready = Effect.fnUntraced(function* ({ agent, config, policy, state, tenant }: Of) {
  const { values } = yield* policy === undefined
    ? settingsOf({ config, state })
    : settingsOf({ config: policy, state }, "--policy")
  if (agent !== undefined && !values.agents.some(({ id }) => id === agent)) {
    const known = values.agents.map(({ id }) => id).join(", ")
    return yield* failure(`--agent: there is no agent of that name. Configured: ${known}.`, exitCode.usage)
  }
  const compiled: Compiled = compile(policyFor(casilPolicy({ casil: values.casil }), tenant, agent))
  if (!compiled.policy.enabled) {
    const { err } = yield* Io
    err("casil.enabled is false: a gateway with this configuration lets all of this pass unseen.\n")
  }
  return compiled
})
