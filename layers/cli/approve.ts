/** `exoclaw approve`: what waits for a person, shown in full, and its answer. */
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import type { ClientMethods } from "../client/index.ts"
import { exitCode } from "./ExitCode.ts"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import { clientAsOperator, type Target } from "./reach.ts"
import { dollars, escaped, json, oneLine, table, time } from "./text.ts"

type Approval = ClientMethods["approval.resolve"]["result"]

interface Input extends Target {
  /** Undefined or `list`: all that wait. */
  readonly id: string | undefined
  readonly deny: boolean
  readonly yes: boolean
  readonly reason: string | undefined
  readonly json: boolean
}

const amount = (unit: "tokens" | "micros", value: number): string =>
  unit === "tokens" ? `${value} tokens` : dollars(value)

/** What is spent of an account, where its reader may know. */
const spentOf = ({ limit, spent, unit }: Extract<Approval, { readonly what: "budget" }>["subject"]): string =>
  limit === null || spent === null
    ? "an amount that only the operator sees"
    : `${amount(unit, spent)} of ${amount(unit, limit)}`

/** What is asked, in a few words. */
const briefly = (approval: Approval): string => {
  switch (approval.what) {
    case "tool_call":
      return `${approval.subject.tool} ${JSON.stringify(approval.subject.arguments)}`
    case "budget":
      return `spend past the pause mark of ${approval.subject.account}: ${spentOf(approval.subject)}`
    case "grant":
      return `${approval.subject.plugin}: ${approval.subject.grants.join(" ")}`
  }
}

const subjectLines = (approval: Approval): ReadonlyArray<string> => {
  switch (approval.what) {
    case "tool_call": {
      const { arguments: input, plugin, sha256, tool } = approval.subject
      return [
        `tool      ${tool} of the plugin ${plugin} (SHA-256 ${sha256})`,
        "arguments",
        JSON.stringify(input, null, 2)
      ]
    }
    case "budget": {
      const { account, resetsAt } = approval.subject
      return [
        `account   ${account}, which resets ${resetsAt === null ? "never" : `at ${resetsAt}`}`,
        `spent     ${spentOf(approval.subject)}`,
        "allows    this turn alone to spend what is left of it"
      ]
    }
    case "grant": {
      const { changes, grants, imports, path, plugin, publisher, sha256 } = approval.subject
      return [
        `plugin    ${plugin}, whose file is another one than before`,
        `file      ${path}`,
        `sha-256   ${sha256}`,
        `signed    by ${publisher ?? "no publisher of the configuration"}`,
        ...grants.map((grant) => `grant     ${grant}`),
        `imports   ${imports.join(", ") || "nothing"}`,
        `changed   ${changes.join("; ") || "its code alone"}`
      ]
    }
  }
}

/** All of it, and every character visible: what cannot be seen stands there as its escape. */
export const shown = (approval: Approval): string =>
  escaped(
    [
      `approval  ${approval.id} (${approval.status})`,
      `because   ${approval.because}`,
      ...(approval.unasked === null || approval.status !== "pending" ? [] : [`          ${approval.unasked}`]),
      ...subjectLines(approval),
      `for       ${approval.principal}${approval.session === null ? "" : ` in ${approval.session}`}`,
      `hash      ${approval.hash}`,
      `until     ${time(approval.expiresAt)}`,
      ...(approval.resolvedBy === null ? [] : [`answered  by ${approval.resolvedBy} at ${time(approval.resolvedAt)}`]),
      ...(approval.reason === null ? [] : [`reason    ${approval.reason}`]),
      ""
    ].join("\n")
  )

const list = (io: Io["Service"], approvals: ReadonlyArray<Approval>, asJson: boolean): void => {
  if (asJson) return io.out(json(approvals))
  if (approvals.length === 0) return io.err("Nothing waits for an approval.\n")
  io.out(
    table(
      ["APPROVAL", "WHAT", "FOR", "UNTIL", "SUBJECT"],
      approvals.map((approval) => [
        approval.id,
        approval.what.replaceAll("_", " "),
        approval.principal,
        time(approval.expiresAt),
        oneLine(escaped(briefly(approval)), 80)
      ])
    )
  )
  io.err("`exoclaw approve APPROVAL` shows one in full and asks for the answer.\n")
}

/** The answer of the flags, or of who sits at the terminal; undefined where there is to be none. */
const decide = Effect.fnUntraced(function* (io: Io["Service"], { deny, json: asJson, yes }: Input) {
  if (deny) return "deny" as const
  if (yes) return "approve" as const
  if (asJson) return undefined
  if (!io.terminal.stdin || !io.terminal.stdout) {
    return yield* failure("approve asks, and this is no terminal. Answer with --yes or --deny.", exitCode.usage)
  }
  return yield* Prompt.Select({
    message: "May exactly this be done?",
    choices: [
      { title: "No answer now", value: undefined },
      { title: "Approve", value: "approve" as const },
      { title: "Deny", value: "deny" as const }
    ]
  })
})

export const approve = Effect.fnUntraced(function* (input: Input) {
  const io = yield* Io
  if (input.deny && input.yes) return yield* failure("--yes and --deny contradict each other.", exitCode.usage)
  const { use } = yield* clientAsOperator(input)
  const { id, reason } = input
  if (id === undefined || id === "list") {
    const { approvals } = yield* use(({ call }) => call("approval.list", { limit: 500 }))
    return list(io, approvals, input.json)
  }
  const { approvals } = yield* use(({ call }) => call("approval.list", { id }))
  const [approval] = approvals
  if (approval === undefined) return yield* failure("There is no such approval.")
  if (!input.json) io.out(shown(approval))
  const isOpen = approval.status === "pending"
  const decision = isOpen || input.deny || input.yes ? yield* decide(io, input) : undefined
  if (decision === undefined) return input.json ? io.out(json(approval)) : undefined
  const answered = yield* use(({ call }) =>
    // the hash of what was shown above, and of nothing else
    call("approval.resolve", { id, hash: approval.hash, decision, ...(reason === undefined ? {} : { reason }) })
  )
  if (input.json) return io.out(json(answered))
  const done = answered.what === "grant" ? "Approved; the plugin is loaded.\n" : "Approved; it runs once, as shown.\n"
  io.err(decision === "approve" ? done : "Denied.\n")
}, Effect.scoped)
