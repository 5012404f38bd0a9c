/** The one way out of the gateway for plugins, channels and tools. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Principal } from "../identity/Principal.ts"
import type { EgressError, EgressReason } from "./EgressError.ts"
import type { EgressLimits } from "./EgressLimits.ts"
import type { Header } from "./Headers.ts"
import type { HttpRule } from "./HttpRule.ts"
import type { Target } from "./Target.ts"

/** One request of a chain, after it was allowed and before it is sent. */
export interface Hop {
  readonly method: string
  readonly target: Target
  /** Names in lower case. */
  readonly headers: ReadonlyArray<Header>
  readonly body: Uint8Array | undefined
  /** Who chose the URL: the caller, or an answer from the same origin or another one. */
  readonly chosenBy: "caller" | "same_origin" | "other_origin"
  /** Nobody between here and the server can read it: https, or an address of one's own network that a rule names. */
  readonly confidential: boolean
}

/**
 * What fills in the caller's credentials, hop by hop, and keeps them from coming back. The caller holds placeholders
 * only; what `dress` gives is sent and forgotten.
 */
export interface Credentials {
  /** The hop with its placeholders filled in; fails where one may not be, or a secret stands in the open. */
  readonly dress: (hop: Hop) => Effect.Effect<Hop, EgressReason>
  /** True for a text with a placeholder in it. */
  readonly marks: (text: string) => boolean
  /** The answer without any secret in it. */
  readonly clean: (response: EgressResponse) => Effect.Effect<EgressResponse, EgressReason>
}

export interface EgressRequest {
  /** Who asks, for the audit log: `plugin:NAME`, `channel:NAME`, `tool:NAME`. */
  readonly caller: string
  readonly rules: ReadonlyArray<HttpRule>
  readonly method: string
  readonly url: string
  readonly headers: ReadonlyArray<Header>
  readonly body?: Uint8Array | undefined
  readonly limits?: Partial<EgressLimits> | undefined
  /** Without it, placeholders are text like any other. */
  readonly credentials?: Credentials | undefined
}

export interface EgressResponse {
  readonly status: number
  /** Names in lower case; one that came several times stands several times. */
  readonly headers: ReadonlyArray<Header>
  /** Decoded: `content-encoding` is undone. */
  readonly body: Uint8Array
  /** Where the answer came from, after all redirects; placeholders are not filled in. */
  readonly url: string
  /** Requests that it took. */
  readonly hops: number
}

export class Egress extends Context.Service<
  Egress,
  {
    /**
     * Sends one request and whatever redirects follow from it. Every hop is allowed by a rule, goes to an address that
     * was checked, and leaves an entry in the audit log, also where it fails. Any status is an answer, not an error.
     */
    readonly request: (request: EgressRequest) => Effect.Effect<EgressResponse, EgressError, Principal>
  }
>()("exoclaw/egress/Egress") {}
