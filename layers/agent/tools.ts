/** The tool calls of one answer: run together, journalled in the order of the calls. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Blocked } from "../../src/casil/Casil.ts"
import * as Inspected from "../../src/casil/Inspected.ts"
import { jsonObject } from "../../src/casil/Walker.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { Principal } from "../../src/identity/Principal.ts"
import type { ToolOutput } from "../../src/sandbox/Sandbox.ts"
import type { SessionError } from "../../src/session/SessionError.ts"
import type { EventBody } from "../../src/session/TurnEvent.ts"
import type { ToolCall } from "../../src/session/TurnStep.ts"
import * as observe from "./observe.ts"
import { callContext, type Progress } from "./Progress.ts"
import { toolsOf } from "./prompt.ts"
import { record, recordBlocked } from "./record.ts"
import type { Services } from "./services.ts"

type ToolResult = Extract<EventBody, { type: "tool_result" }>

/** Runs one tool. Whatever goes wrong is a result that the model can read. */
const run = (services: Services, progress: Progress, call: ToolCall): Effect.Effect<ToolOutput> => {
  const tools = toolsOf(services, progress)
  if (!tools.some((tool) => tool.name === call.name)) {
    const names = tools.map((tool) => tool.name).join(", ")
    return Effect.as(observe.unknownTool, {
      content: `There is no tool "${call.name}". ${names === "" ? "There are no tools." : `There are: ${names}.`}`,
      isError: true
    })
  }
  const work = services.casil.value("tool_input", call.input as JsonObject, jsonObject).pipe(
    Effect.flatMap((input) => services.sandbox.callTool(call.name, input, callContext(progress))),
    Effect.provideService(Principal, progress.turn.principal)
  )
  return observe.tool(work, call).pipe(
    Effect.tapErrorTag("Blocked", (blocked) => recordBlocked(services, progress, blocked)),
    Effect.catch((error) => Effect.succeed({ content: error.message, isError: true }))
  )
}

const conclude = Effect.fnUntraced(function* (
  services: Services,
  progress: Progress,
  call: ToolCall,
  output: ToolOutput
) {
  const body: ToolResult = {
    type: "tool_result",
    data: { id: call.id, name: call.name, content: output.content, isError: output.isError }
  }
  const inspect = (value: ToolResult) =>
    services.casil.value<ToolResult>("tool_output", value, (inner, visit) => ({
      ...inner,
      data: { ...inner.data, content: visit(inner.data.content, "content") }
    }))
  const inspected = yield* inspect(body).pipe(
    Effect.catchTag("Blocked", (blocked) =>
      Effect.andThen(
        recordBlocked(services, progress, blocked),
        inspect({ ...body, data: { ...body.data, content: blocked.message, isError: true } })
      )
    )
  )
  const { isError } = Inspected.open(inspected).data
  yield* progress.step([inspected], (events) => ({
    kind: "tool_result",
    id: call.id,
    name: call.name,
    isError,
    event: events.at(-1)?.seq ?? 0
  }))
  yield* record(services, progress, {
    kind: "tool.call",
    outcome: isError ? "error" : "ok",
    data: { tool: call.name, call: call.id }
  })
})

export const runTools = Effect.fnUntraced(function* (
  services: Services,
  progress: Progress,
  calls: ReadonlyArray<ToolCall>
): Effect.fn.Return<void, SessionError | Blocked> {
  const known = new Map(services.sandbox.tools.map((tool) => [tool.name, tool]))
  for (const call of calls) {
    const idempotent = known.get(call.name)?.idempotent ?? true
    yield* progress.step([], () => ({ kind: "tool_intent", id: call.id, name: call.name, idempotent }))
  }
  const fibers = yield* Effect.forEach(calls, (call) => Effect.forkChild(run(services, progress, call)))
  for (const [i, call] of calls.entries()) {
    const fiber = fibers[i]
    if (fiber !== undefined) yield* conclude(services, progress, call, yield* Fiber.join(fiber))
  }
})
