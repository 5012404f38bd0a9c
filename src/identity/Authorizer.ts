/** What a principal may do. One service for every door, swappable as a Layer. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Principal, currentPrincipal } from "./Principal.ts"
import { Scope } from "./Scope.ts"

/** The principal is known and may not do this. */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", {
  scope: Scope,
  message: Schema.String
}) {}

export class Authorizer extends Context.Service<
  Authorizer,
  {
    /** Succeeds when the acting principal may do what `scope` names. */
    readonly require: (scope: Scope) => Effect.Effect<void, Forbidden, Principal>
  }
>()("exoclaw/identity/Authorizer") {
  /** By the principal's own scopes. */
  static readonly layerScopes: Layer.Layer<Authorizer> = Layer.succeed(Authorizer, {
    require: Effect.fnUntraced(function* (scope: Scope) {
      const principal = yield* currentPrincipal
      if (principal.has(scope)) return
      return yield* new Forbidden({ scope, message: `This needs the scope "${scope}", which the token does not have.` })
    })
  })
}
