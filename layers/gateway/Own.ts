/** What a program that embeds the gateway brings of its own. */
import type * as Layer from "effect/Layer"
import type { Agent } from "../../src/agent/Agent.ts"
import type { Classifier } from "../../src/casil/Classifier.ts"
import type { Authenticator } from "../../src/identity/Authenticator.ts"
import type { IdentityError } from "../../src/identity/IdentityError.ts"
import type { ModelAdapter } from "../../src/model/ModelAdapter.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"

/** Everything else is as the configuration says. */
export interface Own {
  /** True: turns, money, memory and audit are kept in memory, in place of `exoclaw.db`, and gone with the gateway. */
  readonly inMemory?: boolean
  /** In place of tokens. Its scopes open the operator's listener, too. */
  readonly authenticator?: Layer.Layer<Authenticator, IdentityError>
  /** Providers beside those of the configuration, which `agents` may name. */
  readonly adapters?: ReadonlyArray<ModelAdapter>
  /**
   * In place of the collector of `telemetry.otlp_endpoint`: what sets a tracer, as `@effect/opentelemetry` does for an
   * SDK of one's own. It gets `telemetry.sample` of the traces, and an error's kind for its words. Metrics are in the
   * program's registry, whoever reads it.
   */
  readonly tracing?: Layer.Layer<never>
  /**
   * Links of inspection in their order: more to look for, what content is, whether it may pass. They only ever refuse
   * more. What their rules find is in no log line either, whatever they do with content.
   */
  readonly inspection?: ReadonlyArray<Classifier>
  /** The agents, out of those of the configuration; each keeps its id, by which bindings and rooms name it. */
  readonly agents?: (configured: ReadonlyArray<Agent>) => ReadonlyArray<Agent>
  /** Functions that plugins may import: made by `open` or `granted` of `src/sandbox/HostFunction.ts`. */
  readonly hostFunctions?: ReadonlyArray<HostFunction>
}
