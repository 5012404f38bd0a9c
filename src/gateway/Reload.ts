/** Reading the configuration again while the gateway runs. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ConfigError } from "../config/ConfigError.ts"

export class Reload extends Context.Service<
  Reload,
  {
    /**
     * Keys whose new values are in force now, and keys whose change needs a restart. A configuration with a mistake
     * changes nothing: the last good one stays (threats row 35).
     */
    readonly run: Effect.Effect<
      { readonly applied: ReadonlyArray<string>; readonly restart: ReadonlyArray<string> },
      ConfigError
    >
  }
>()("exoclaw/gateway/Reload") {}
