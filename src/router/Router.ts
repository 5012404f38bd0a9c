/** Which agent answers a message. */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { AgentId } from "../domain/Ids.ts"
import type { Address, Binding } from "./Binding.ts"
import * as RouteIndex from "./RouteIndex.ts"

export class Router extends Context.Service<
  Router,
  {
    /** Pure: the binding with the most specific field wins, then more fields, then file order; none: the default. */
    readonly resolve: (address: Address) => AgentId
    /** Names of the tools that all matching bindings leave there, for whichever agent acts; undefined for its own. */
    readonly toolsAt: (address: Address) => ReadonlyArray<string> | undefined
    readonly fallback: AgentId
  }
>()("exoclaw/router/Router") {
  /** A router over fixed bindings. */
  static readonly layerBindings = (bindings: ReadonlyArray<Binding>, fallback: AgentId): Layer.Layer<Router> => {
    const index = RouteIndex.make(bindings, fallback)
    return Layer.succeed(Router, {
      resolve: (address) => RouteIndex.resolve(index, address),
      toolsAt: (address) => RouteIndex.toolsAt(index, address),
      fallback
    })
  }
}
