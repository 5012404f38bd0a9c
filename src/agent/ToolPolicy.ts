/** Which tool calls run, which wait for a person, and which do not run at all. Decided here, never by a model. Pure. */
import { isUntrusted, type Origin } from "../domain/Provenance.ts"
import type { Capability } from "../sandbox/Capability.ts"
import type { PastTurn } from "../session/TurnLog.ts"
import type { TurnState } from "./TurnState.ts"

export type ToolVerdict =
  | { readonly _tag: "run" }
  /** `origins` are those of the untrusted text, none where the operator listed the tool. */
  | { readonly _tag: "ask"; readonly why: "listed" | "untrusted"; readonly origins: ReadonlyArray<Origin> }
  | { readonly _tag: "refuse"; readonly origins: ReadonlyArray<Origin> }

/**
 * Where the text of a turn's context came from: the sender's own, which over a channel is a stranger's, and that of the
 * tools that spoke in the shown turns and in this one. What a model wrote is as trustworthy as what it had read.
 */
export const originsOf = (
  principal: string,
  past: ReadonlyArray<Pick<PastTurn, "tools">>,
  state: Pick<TurnState, "exchanges">
): ReadonlyArray<Origin> => {
  const tools = [
    ...past.flatMap((turn) => turn.tools.map(({ name }) => name)),
    ...state.exchanges.flatMap(({ results }) => results.map(({ name }) => name))
  ]
  const sender: Origin = principal.startsWith("channel:") ? "channel" : "user"
  return [...new Set<Origin>([sender, ...tools.map((name): Origin => `tool:${name}`)])]
}

/** Whether what is in context matters to these grants at all. */
export const minds = (capabilities: ReadonlyArray<Capability>): boolean =>
  capabilities.some(({ untrusted }) => untrusted === false || untrusted === "approve")

/**
 * A grant says what becomes of its plugin's calls once untrusted text is in context: `false` refuses them, `"approve"`
 * lets a person decide, `true` (and a grant that says nothing) lets them run. The strictest grant counts. A tool that
 * the operator listed asks whatever the context.
 */
export const decide = (
  tool: string,
  capabilities: ReadonlyArray<Capability>,
  listed: ReadonlyArray<string>,
  origins: ReadonlyArray<Origin>
): ToolVerdict => {
  const untrusted = origins.filter(isUntrusted)
  const says = untrusted.length === 0 ? [] : capabilities.map((capability) => capability.untrusted)
  if (says.includes(false)) return { _tag: "refuse", origins: untrusted }
  if (says.includes("approve")) return { _tag: "ask", why: "untrusted", origins: untrusted }
  return listed.includes(tool) ? { _tag: "ask", why: "listed", origins: [] } : { _tag: "run" }
}
