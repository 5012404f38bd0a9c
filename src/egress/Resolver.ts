/** From names to addresses. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { DnsFailed } from "./EgressError.ts"

export class Resolver extends Context.Service<
  Resolver,
  {
    /** Every address of the name, as the system writes them, in the order in which they should be tried. */
    readonly resolve: (host: string) => Effect.Effect<ReadonlyArray<string>, DnsFailed>
  }
>()("exoclaw/egress/Resolver") {}
