/** How a command fails: sentences for a person, and an exit code for a script. */
import * as Schema from "effect/Schema"
import { errorCode } from "../../src/domain/ErrorCode.ts"
import { ConnectionFailure, GatewayFailure } from "../client/index.ts"
import { type ExitCode, exitCode } from "./ExitCode.ts"

/** `message` is one or more whole sentences, the last of them the next step where there is one. */
export class CliFailure extends Schema.TaggedError<CliFailure>()("CliFailure", {
  message: Schema.String,
  exitCode: Schema.Literals(Object.values(exitCode))
}) {}

export const failure = (message: string, code: ExitCode = exitCode.failure): CliFailure =>
  new CliFailure({ message, exitCode: code })

const codes: ReadonlyMap<number, ExitCode> = new Map<number, ExitCode>([
  [errorCode.unauthorized, exitCode.notAllowed],
  [errorCode.forbidden, exitCode.notAllowed],
  [errorCode.rateLimited, exitCode.busy],
  [errorCode.budgetExceeded, exitCode.overBudget],
  [errorCode.blocked, exitCode.blocked],
  [errorCode.busy, exitCode.busy],
  [errorCode.cancelled, exitCode.interrupted],
  [-32602, exitCode.usage]
])

const issuesOf = (data: unknown): string => {
  const issues = typeof data === "object" && data !== null && "issues" in data ? data.issues : undefined
  if (!Array.isArray(issues)) return ""
  return issues.map(({ message, path }) => ` ${[path].flat().join(".")}: ${message}.`).join("")
}

/** A call that failed, as the command's failure; `whenRefused` says how to get in. */
export const ofCall = (cause: unknown, whenRefused: string): CliFailure => {
  if (cause instanceof GatewayFailure) {
    const next =
      cause.code === errorCode.unauthorized
        ? ` ${whenRefused}`
        : cause.code === -32601
          ? " That gateway is of another version."
          : issuesOf(cause.data)
    // the messages of JSON-RPC itself are no sentences; how to authenticate is told there to programs, here to people
    const told = cause.code === errorCode.unauthorized ? cause.message.replace(/(?<=[.!?]) .*$/s, "") : cause.message
    const sentence = cause.code === -32602 && told === "Invalid params" && next !== "" ? "That is not valid:" : told
    const message = /[.!?:]$/.test(sentence) ? sentence : `${sentence}.`
    return failure(`${message}${next}`, codes.get(cause.code) ?? exitCode.failure)
  }
  if (cause instanceof ConnectionFailure) return failure(cause.message)
  return failure(cause instanceof Error ? cause.message : String(cause))
}
