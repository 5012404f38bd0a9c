/** What a turn asks people: before tool calls that need it, and where an account reached its pause mark. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as TurnFailure from "../../src/agent/TurnFailure.ts"
import * as ToolPolicy from "../../src/agent/ToolPolicy.ts"
import type { Approval, Question } from "../../src/approval/Approval.ts"
import type { ApprovalError } from "../../src/approval/ApprovalError.ts"
import type { PauseForApproval } from "../../src/budget/BudgetError.ts"
import { toldAmounts } from "../../src/budget/Disclosure.ts"
import type { ApprovalId } from "../../src/domain/Ids.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { isUntrusted } from "../../src/domain/Provenance.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import type { Tool, ToolOutput } from "../../src/sandbox/Sandbox.ts"
import type { SessionError } from "../../src/session/SessionError.ts"
import type { ToolCall } from "../../src/session/TurnStep.ts"
import type { Progress } from "./Progress.ts"
import type { Services } from "./services.ts"

/** A call with the very arguments that its tool would get. */
export interface Prepared {
  readonly call: ToolCall
  /** Undefined where there is no such tool. */
  readonly tool: Tool | undefined
  /** Undefined where there is nothing to run. */
  readonly arguments: JsonObject | undefined
  /** Runs it. Whatever goes wrong is a result that the model can read. */
  readonly run: Effect.Effect<ToolOutput>
}

/** What is done with a call: it runs, after its approval was used where it needed one, or its result says why not. */
export type Review =
  | { readonly _tag: "run"; readonly using: { readonly id: ApprovalId; readonly hash: string } }
  | { readonly _tag: "refuse"; readonly message: string }

type ToolQuestion = Extract<Question, { readonly what: "tool_call" }>

const asker = ({ agent, spender, turn }: Progress) => ({
  tenant: spender.tenant,
  principal: spender.principal,
  agent: agent.id,
  session: SessionKey.show(turn.session),
  turn: turn.id
})

/** A misspelt name would be a tool that asks nobody: it is said at the start, for a plugin may still be loaded later. */
export const warnOfUnknown = ({ agents, sandbox }: Services): Effect.Effect<void> => {
  const known = new Set(sandbox.tools.map(({ name }) => name))
  return Effect.forEach(
    agents.all.flatMap(({ approve, id }) =>
      approve.filter((tool) => !known.has(tool)).map((tool) => [id, tool] as const)
    ),
    ([agent, tool]) =>
      Effect.logWarning(
        `The agent "${agent}" wants approvals for the tool "${tool}", and no loaded plugin has a tool of that name.`
      ),
    { discard: true }
  )
}

/** Tells the followers once what is asked, and how it is answered. */
const tell = Effect.fnUntraced(function* (progress: Progress, approval: Approval) {
  const { expiresAt, hash, id, what } = approval
  if (progress.events().some(({ body }) => body.type === "approval" && body.data.id === id)) return
  const until = DateTime.formatIso(DateTime.makeUnsafe(expiresAt))
  const subject =
    approval.what === "tool_call" ? `The tool ${approval.subject.tool}` : "The next model call, past the pause mark,"
  yield* progress.say({ type: "approval", data: { id, what, hash, expiresAt } })
  const message = `${subject} waits for an approval until ${until}. ${approval.because} Somebody with the scope "approve" answers it: exoclaw approve ${id}`
  yield* progress.say({ type: "notice", data: { code: "approval", message } })
})

/** The sentence for the model, and for whoever reads the turn. */
const refusal = ({ reason, status }: Approval): string => {
  const said = reason === null ? "" : ` The approver said: ${reason}`
  switch (status) {
    case "denied":
      return `The call was denied and did not run.${said}`
    case "expired":
      return "The call was denied: nobody approved it in time. It did not run."
    default:
      return "The call was approved and begun once already; what became of it is not known, and it is not begun again."
  }
}

/**
 * Asks for every call that needs it, all at once; a call without a review runs. Undefined where an answer is missing: then the turn waits, and none of
 * the calls has begun. What was asked once is ruled by its answer, whatever the policy says later.
 */
export const review = Effect.fnUntraced(function* (
  services: Services,
  progress: Progress,
  calls: ReadonlyArray<Prepared>
): Effect.fn.Return<ReadonlyMap<string, Review> | undefined, ApprovalError | SessionError> {
  const { approvals, sandbox } = services
  const told = progress.events().some(({ body }) => body.type === "approval")
  const origins = ToolPolicy.originsOf(progress.turn.principal.id, [], progress.state())
  const reviews = new Map<string, Review>()
  // most turns: nobody listed a tool, and all that was read is the sender's own
  if (!told && progress.agent.approve.length === 0 && !origins.some(isUntrusted)) return reviews
  const asked = told ? yield* approvals.ofTurn(progress.turn.id) : []
  let waits = false
  for (const { arguments: input, call, tool } of calls) {
    if (tool === undefined || input === undefined) continue
    const plugin = sandbox.plugins.find(({ name }) => name === tool.plugin)
    const verdict = ToolPolicy.decide(tool.name, plugin?.capabilities ?? [], progress.agent.approve, origins)
    const key = `${call.id}@${progress.turn.attempt}`
    const before = asked.find((approval) => approval.key === key)
    if (verdict._tag === "refuse") {
      const message = `The call did not run: its grants refuse it once untrusted text (${verdict.origins.join(", ")}) is in context.`
      reviews.set(call.id, { _tag: "refuse", message })
      continue
    }
    if (verdict._tag === "run" && before === undefined) continue
    const why = verdict._tag === "ask" ? verdict : { why: "listed" as const, origins: [] }
    const question: ToolQuestion = {
      ...asker(progress),
      key,
      what: "tool_call",
      subject: {
        tool: tool.name,
        plugin: tool.plugin,
        sha256: plugin?.sha256 ?? "",
        arguments: input,
        why: why.why,
        origins: why.origins
      }
    }
    const approval = before ?? (yield* approvals.request(question))
    if (approval.status === "pending") {
      yield* tell(progress, approval)
      waits = true
    } else if (approval.status === "approved") {
      reviews.set(call.id, { _tag: "run", using: { id: approval.id, hash: hashNow(services, question, approval) } })
    } else reviews.set(call.id, { _tag: "refuse", message: refusal(approval) })
  }
  return waits ? undefined : reviews
})

/** Of what is about to run. Why it was asked is not part of that, and may have changed since. */
const hashNow = ({ approvals }: Services, question: ToolQuestion, { subject }: Approval): string =>
  "why" in subject
    ? approvals.hashOf({ ...question, subject: { ...question.subject, why: subject.why, origins: subject.origins } })
    : approvals.hashOf(question)

/**
 * Asks whether the turn may spend past an account's pause mark. True where it may, for all that is left of the turn;
 * false where the turn waits for the answer. A denial ends it.
 */
export const passPause = Effect.fnUntraced(function* (
  services: Services,
  progress: Progress,
  pause: PauseForApproval
): Effect.fn.Return<
  boolean,
  ApprovalError | SessionError | { readonly _tag: "Failure"; readonly failure: TurnFailure.TurnFailure }
> {
  const { approvals } = services
  const { account, resetsAt, scope, unit } = pause
  const asked = yield* approvals.request({
    ...asker(progress),
    key: `budget:${account}@${progress.turn.attempt}`,
    what: "budget",
    subject: { account, scope, unit, ...toldAmounts(pause), resetsAt }
  })
  if (asked.status === "pending") {
    yield* tell(progress, asked)
    return false
  }
  // amounts go on changing: the answer was about the account, and is used as it was given
  const approval = asked.status === "approved" ? yield* approvals.consume(asked.id, asked.hash) : asked
  if (approval.status !== "used") {
    return yield* Effect.fail({ _tag: "Failure" as const, failure: TurnFailure.ofDenied(approval) })
  }
  progress.pass(account)
  return true
})
