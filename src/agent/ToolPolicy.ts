/** Which tool calls run, which wait for a person, and which do not run at all. Decided here, never by a model. Pure. */
import { isUntrusted, join, ofSender, type Origin } from "../domain/Provenance.ts"
import { type Capability, untrustedOf } from "../sandbox/Capability.ts"
import type { PastTurn } from "../session/TurnLog.ts"
import type { TurnState } from "./TurnState.ts"

export type ToolVerdict =
  | { readonly _tag: "run" }
  /** `origins` are those of the untrusted text, none where the operator listed the tool. */
  | { readonly _tag: "ask"; readonly why: "listed" | "untrusted"; readonly origins: ReadonlyArray<Origin> }
  | { readonly _tag: "refuse"; readonly origins: ReadonlyArray<Origin> }

/**
 * Where the text of a turn's context came from: the sender's own, all that the shown turns had come from, and the tools
 * that spoke in this one. It only grows: what a model wrote is as trustworthy as what it had read.
 */
export const originsOf = (
  principal: string,
  past: ReadonlyArray<Pick<PastTurn, "origins">>,
  state: Pick<TurnState, "exchanges" | "origins">
): ReadonlyArray<Origin> =>
  join(
    [ofSender(principal)],
    ...past.map(({ origins }) => origins),
    state.origins ?? [],
    state.exchanges.flatMap(({ results }) => results.map(({ name }): Origin => `tool:${name}`))
  )

/** Whether calls of a plugin with these grants are looked at differently once untrusted text is in context. */
export const minds = (capabilities: ReadonlyArray<Capability>): boolean =>
  capabilities.some((capability) => untrustedOf(capability) !== true)

/**
 * A grant says what becomes of its plugin's calls once untrusted text is in context: `true` lets them run, `"approve"`
 * (and a grant that says nothing) lets a person decide, `false` refuses them. The strictest grant counts. A tool that
 * the operator listed asks whatever the context.
 */
export const decide = (
  tool: string,
  capabilities: ReadonlyArray<Capability>,
  listed: ReadonlyArray<string>,
  origins: ReadonlyArray<Origin>
): ToolVerdict => {
  const untrusted = origins.filter(isUntrusted)
  const says = untrusted.length === 0 ? [] : capabilities.map(untrustedOf)
  if (says.includes(false)) return { _tag: "refuse", origins: untrusted }
  if (says.includes("approve")) return { _tag: "ask", why: "untrusted", origins: untrusted }
  return listed.includes(tool) ? { _tag: "ask", why: "listed", origins: [] } : { _tag: "run" }
}
