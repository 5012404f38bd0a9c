/** An agent that is a skill: its plugin answers in the model's place, under the same lane, inspection and receipt. */
import * as Effect from "effect/Effect"
import * as ToolPolicy from "../../src/agent/ToolPolicy.ts"
import * as Inspected from "../../src/casil/Inspected.ts"
import type { PluginName } from "../../src/domain/Ids.ts"
import * as Provenance from "../../src/domain/Provenance.ts"
import { Principal } from "../../src/identity/Principal.ts"
import { CallFailed, PluginError } from "../../src/sandbox/PluginError.ts"
import type { EventBody, StopReason } from "../../src/session/TurnEvent.ts"
import { callContext, type Progress } from "./Progress.ts"
import type { Services } from "./services.ts"

export const answerBySkill = Effect.fnUntraced(function* (services: Services, progress: Progress, plugin: PluginName) {
  if (progress.state().finish !== undefined) return "end_turn" as StopReason
  const { session } = progress.turn
  const origins = ToolPolicy.originsOf(progress.turn.principal.id, [], { exchanges: [], origins: undefined })
  const granted = services.sandbox.plugins.find(({ name }) => name === plugin)?.capabilities ?? []
  if (ToolPolicy.decide(plugin, granted, [], origins)._tag !== "run") {
    const message = `The skill "${plugin}" did not run: the message comes from outside (${origins.join(", ")}), and a grant of the plugin does not say untrusted = true.`
    return yield* new PluginError({ reason: new CallFailed({ plugin, kind: "denied", message }) })
  }
  // nothing says that a skill may answer twice: without its answer after a crash, the outcome is unknown
  yield* progress.step([], () => ({ kind: "tool_intent", id: "skill", name: plugin, idempotent: false }))
  const message = yield* services.casil.value(
    "tool_input",
    { text: progress.turn.content, channel: session.channel, peer_id: session.conversation.peer },
    (value, visit) => ({ ...value, text: visit(value.text, "text") })
  )
  const answer = yield* services.sandbox
    .handleMessage(plugin, message, callContext(progress))
    .pipe(Effect.provideService(Principal, progress.turn.principal))
  const text = yield* services.casil.text("answer", answer)
  const kind = yield* services.casil.value("answer", "text" as const, (value) => value)
  const body: Inspected.Inspected<EventBody> = Inspected.struct({ type: kind, data: Inspected.struct({ text }) })
  const textAfter = progress.lastSeq()
  yield* progress.step(Inspected.open(text) === "" ? [] : [body], (events) => ({
    kind: "model",
    provider: "skill",
    model: plugin,
    textAfter,
    textThrough: events.at(-1)?.seq ?? textAfter,
    calls: [],
    finish: "stop",
    origins: Provenance.join(origins, [`tool:${plugin}`])
  }))
  return "end_turn" as StopReason
})
