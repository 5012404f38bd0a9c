/** The tool calls of one answer: run together, journalled in the order of the calls. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import type { ApprovalError } from "../../src/approval/ApprovalError.ts"
import type { Blocked } from "../../src/casil/Casil.ts"
import * as Inspected from "../../src/casil/Inspected.ts"
import { jsonObject } from "../../src/casil/Walker.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import type { ApprovalId } from "../../src/domain/Ids.ts"
import { Principal } from "../../src/identity/Principal.ts"
import type { ToolOutput } from "../../src/sandbox/Sandbox.ts"
import type { SessionError } from "../../src/session/SessionError.ts"
import type { EventBody, TurnEvent } from "../../src/session/TurnEvent.ts"
import type { ToolCall, TurnStep } from "../../src/session/TurnStep.ts"
import { type Prepared, review } from "./approve.ts"
import * as observe from "./observe.ts"
import { callContext, type Progress } from "./Progress.ts"
import { eventOf, recordBlocked } from "./record.ts"
import type { Services } from "./services.ts"
import { toolsOf } from "./toolsOf.ts"

type ToolResult = Extract<EventBody, { type: "tool_result" }>

const readable = (error: { readonly message: string }): Effect.Effect<ToolOutput> =>
  Effect.succeed({ content: error.message, isError: true })

const prepare = Effect.fnUntraced(function* (
  services: Services,
  progress: Progress,
  call: ToolCall
): Effect.fn.Return<Prepared> {
  const tools = toolsOf(services, progress)
  const tool = tools.find(({ name }) => name === call.name)
  if (tool === undefined) {
    const names = tools.map(({ name }) => name).join(", ")
    const message = `There is no tool "${call.name}". ${names === "" ? "There are no tools." : `There are: ${names}.`}`
    return { call, tool, arguments: undefined, run: Effect.andThen(observe.unknownTool, readable({ message })) }
  }
  const input = yield* Effect.result(services.casil.value("tool_input", call.input as JsonObject, jsonObject))
  const work = Effect.fromResult(input).pipe(
    Effect.flatMap((inspected) => services.sandbox.callTool(call.name, inspected, callContext(progress))),
    Effect.provideService(Principal, progress.turn.principal)
  )
  return {
    call,
    tool,
    arguments: Result.isSuccess(input) ? Inspected.open(input.success) : undefined,
    run: observe.tool(work, call).pipe(
      Effect.tapErrorTag("Blocked", (blocked) => recordBlocked(services, progress, blocked)),
      Effect.catch(readable)
    )
  }
})

interface Outcome {
  readonly output: ToolOutput
  /** How long it ran; undefined where it did not. */
  readonly ms: number | undefined
}

const timed = (run: Effect.Effect<ToolOutput>): Effect.Effect<Outcome> =>
  Effect.map(Effect.timed(run), ([took, output]) => ({ output, ms: Math.round(Duration.toMillis(took)) }))

const notRun = (error: { readonly message: string }): Effect.Effect<Outcome> =>
  Effect.map(readable(error), (output) => ({ output, ms: undefined }))

const conclude = Effect.fnUntraced(function* (
  services: Services,
  progress: Progress,
  call: ToolCall,
  { ms, output }: Outcome
) {
  const { content } = output
  const body: ToolResult = {
    type: "tool_result",
    data: { id: call.id, name: call.name, content, isError: output.isError, ...(ms === undefined ? {} : { ms }) }
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
  const entry = eventOf(progress, {
    kind: "tool.call",
    outcome: isError ? "error" : "ok",
    data: { tool: call.name, call: call.id }
  })
  const step = (events: ReadonlyArray<TurnEvent>): TurnStep => ({
    kind: "tool_result",
    id: call.id,
    name: call.name,
    isError,
    event: events.at(-1)?.seq ?? 0
  })
  yield* progress.step([inspected], step, entry)
})

/** Runs the calls, or none of them and answers "waits" where a person has to be asked first. */
export const runTools = Effect.fnUntraced(function* (
  services: Services,
  progress: Progress,
  calls: ReadonlyArray<ToolCall>
): Effect.fn.Return<"ran" | "waits", SessionError | Blocked | ApprovalError> {
  const prepared = yield* Effect.forEach(calls, (call) => prepare(services, progress, call))
  const reviews = yield* review(services, progress, prepared)
  if (reviews === undefined) return "waits"
  const outcomes: Array<Effect.Effect<Outcome>> = []
  for (const { call, run, tool } of prepared) {
    const verdict = reviews.get(call.id)
    if (verdict?._tag === "refuse") {
      outcomes.push(notRun(verdict))
      continue
    }
    const idempotent = tool?.idempotent ?? true
    yield* progress.step([], () => ({ kind: "tool_intent", id: call.id, name: call.name, idempotent }))
    outcomes.push(verdict === undefined ? timed(run) : used(services, verdict.using, timed(run)))
  }
  const fibers = yield* Effect.forEach(outcomes, (outcome) => Effect.forkChild(outcome))
  for (const [i, call] of calls.entries()) {
    const fiber = fibers[i]
    if (fiber !== undefined) yield* conclude(services, progress, call, yield* Fiber.join(fiber))
  }
  return "ran"
})

/** Uses the approval up, for exactly what it was given, and only then runs. */
const used = (
  { approvals }: Services,
  { hash, id }: { readonly id: ApprovalId; readonly hash: string },
  run: Effect.Effect<Outcome>
): Effect.Effect<Outcome> =>
  approvals.consume(id, hash).pipe(
    Effect.matchEffect({
      onFailure: ({ message, reason }) =>
        Effect.andThen(
          reason._tag === "ApprovalsUnavailable" ? Effect.logError(message, reason.cause) : Effect.void,
          notRun({ message: `The call did not run: ${message}` })
        ),
      onSuccess: () => run
    })
  )
