/** Plugins of a running gateway: loaded anew as the configuration names them, and taken out until the next start. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Approval } from "../approval/Approval.ts"
import type { Principal } from "../identity/Principal.ts"
import type { PluginInfo } from "../sandbox/Sandbox.ts"
import type { GatewayError } from "./GatewayError.ts"

export type GrantApproval = Extract<Approval, { readonly what: "grant" }>

/** @effect-expect-leaking Principal */
export class PluginAdmin extends Context.Service<
  PluginAdmin,
  {
    /**
     * Reads the configuration again and loads the plugin of that name, in the place of the one that runs. Its grants
     * are the configuration's. `consent` is the hash of a changed file that the acting operator agrees to; without it
     * a changed file waits for an approval, and this fails with its id.
     */
    readonly load: (name: string, consent: string | undefined) => Effect.Effect<PluginInfo, GatewayError, Principal>
    /** Loads what an approval of kind `grant`, just given by the acting principal, was about; uses it up. */
    readonly approved: (approval: GrantApproval) => Effect.Effect<PluginInfo, GatewayError, Principal>
    /** False where no plugin of that name is loaded. */
    readonly unload: (name: string) => Effect.Effect<boolean, GatewayError, Principal>
  }
>()("exoclaw/gateway/PluginAdmin") {}
