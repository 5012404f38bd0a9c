/** Who and what content belongs to: chooses overrides and the bus's scope, and is counted. Nobody, unless provided. */
import * as Context from "effect/Context"
import type { Verdict } from "./Verdict.ts"

export interface Circumstances {
  readonly tenant?: string
  readonly agent?: string
  /** Who sent it, for counting repeated violations. */
  readonly client?: string
  readonly room?: string
  readonly channel?: string
  /** What kind of content it is; `data` unless given. */
  readonly kind?: Verdict["kind"]
}

export const Circumstances: Context.Reference<Circumstances> = Context.Reference("exoclaw/casil/Circumstances", {
  defaultValue: (): Circumstances => ({})
})
