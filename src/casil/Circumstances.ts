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
  /** Room and channel are themselves what is inspected: no counter has them as labels. */
  readonly named?: boolean
  /** Which blocks it comes after, so that a secret that goes on from one to the next is seen. None unless given. */
  readonly stream?: string
  /** What kind of content it is; `data` unless given. */
  readonly kind?: Verdict["kind"]
}

export const Circumstances: Context.Reference<Circumstances> = Context.Reference("exoclaw/casil/Circumstances", {
  defaultValue: (): Circumstances => ({})
})
