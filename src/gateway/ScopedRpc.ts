/** Rpcs that need a scope. A group of them accepts no rpc without one, so a forgotten scope does not compile. */
import * as Context from "effect/Context"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import * as RpcMiddleware from "effect/rpc/RpcMiddleware"
import * as Schema from "effect/Schema"
import { Principal } from "../identity/Principal.ts"
import type { Scope } from "../identity/Scope.ts"
import { Forbidden, RateLimited, Unauthorized, Unavailable } from "./GatewayError.ts"

/** The scope that a method needs; read by the middleware, the documents and the table test. */
export const RequiredScope = Context.Reference<Scope | undefined>("exoclaw/gateway/RequiredScope", {
  defaultValue: () => undefined
})

/** One sentence for the protocol documents. */
export const Summary = Context.Reference<string>("exoclaw/gateway/Summary", { defaultValue: () => "" })

declare const scopedId: unique symbol
/** An rpc that carries its scope. */
export type Scoped<R extends Rpc.Any> = R & { readonly [scopedId]: true }

/** Gives an rpc its scope and its sentence. */
export const scoped = <R extends Rpc.Any>(scope: Scope, summary: string, rpc: R): Scoped<R> => {
  const annotatable = rpc as R & { annotate: (key: unknown, value: unknown) => typeof annotatable }
  // the brand exists in the types only
  return annotatable.annotate(RequiredScope, scope).annotate(Summary, summary) as R as Scoped<R>
}

/** Refuses who is not known or may not; gives handlers their `Principal`. */
export class Guarded extends RpcMiddleware.Service<Guarded, { provides: Principal }>()("exoclaw/gateway/Guarded", {
  error: Schema.Union([Unauthorized, Forbidden, RateLimited, Unavailable])
}) {}

/** A group whose every method has a scope and runs behind `Guarded`. */
export const scopedGroup = <const Rpcs extends ReadonlyArray<Scoped<Rpc.Any>>>(...rpcs: Rpcs) =>
  RpcGroup.make<Rpcs>(...rpcs).middleware(Guarded)
