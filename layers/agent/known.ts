/** What memory has for a turn, and where that came from. */
import * as Effect from "effect/Effect"
import { minds } from "../../src/agent/ToolPolicy.ts"
import type { TurnId } from "../../src/domain/Ids.ts"
import { isUntrusted, join, type Origin } from "../../src/domain/Provenance.ts"
import type { Known } from "../../src/memory/MemoryChoice.ts"
import { scopeOf } from "../../src/memory/MemoryScope.ts"
import type { Hit } from "../../src/memory/Recall.ts"
import type { SessionError } from "../../src/session/SessionError.ts"
import type { PastTurn } from "../../src/session/TurnLog.ts"
import type { Progress } from "./Progress.ts"
import type { Services } from "./services.ts"
import { toolsOf } from "./toolsOf.ts"
import type { Traced } from "./Traced.ts"

/** What a user said is the sender's own, as this message is; an answer came from all that was read for it. */
const traced = Effect.fnUntraced(function* (
  { log }: Services,
  { recalled }: Known
): Effect.fn.Return<ReadonlyMap<string, ReadonlyArray<Origin>>, SessionError> {
  const answers = recalled.flatMap(({ turn: { role, turn } }) => (role === "user" || turn === undefined ? [] : [turn]))
  const read: ReadonlyMap<TurnId, ReadonlyArray<Origin>> = answers.length === 0
    ? new Map()
    : yield* log.origins([...new Set(answers)])
  // nobody knows whence an import is, or what is gone from the journal
  const of = ({ role, turn }: Hit["turn"]): ReadonlyArray<Origin> => {
    if (turn === undefined) return ["memory"]
    return role === "user" ? [] : (read.get(turn) ?? ["memory"])
  }
  return new Map(recalled.map(({ turn }) => [turn.id, of(turn)]))
})

/**
 * Looked up once: all requests of a turn begin the same. Answers that were made of untrusted text are not recalled where
 * they alone would make the agent's tools wait for a person; what the user said of the matter still is.
 */
export const knownFor = Effect.fnUntraced(function* (
  services: Services,
  progress: Progress,
  recent: ReadonlyArray<PastTurn>,
  said: ReadonlyArray<Origin>
): Effect.fn.Return<Traced, SessionError> {
  if (progress.known !== undefined) return progress.known
  const { agent, turn } = progress
  const known = yield* services.memory.known({
    scope: scopeOf(turn.principal, agent.id),
    message: turn.content,
    at: turn.acceptedAt,
    shown: recent.map(({ id }) => id)
  })
  const origins = yield* traced(services, known)
  const tools = new Set(toolsOf(services, progress).map(({ plugin }) => plugin))
  const wary = services.sandbox.plugins.some(({ capabilities, name }) => tools.has(name) && minds(capabilities))
  const isQuiet = ({ turn }: Hit): boolean => !(origins.get(turn.id) ?? []).some(isUntrusted)
  const recalled = wary && !said.some(isUntrusted) ? known.recalled.filter(isQuiet) : known.recalled
  progress.known = { known: { ...known, recalled }, origins }
  return progress.known
})

/** Where what is shown of memory came from. */
export const originsShown = ({ known, origins }: Traced, shown: ReadonlyArray<string>): ReadonlyArray<Origin> => {
  const remembered: ReadonlyArray<Origin> = ["memory"]
  const facts = [...known.instructions, ...known.facts.map(({ fact }) => fact)]
  const imported = facts.some(({ turn }) => turn === undefined)
  return join(imported ? remembered : [], ...shown.map((id) => origins.get(id) ?? remembered))
}
