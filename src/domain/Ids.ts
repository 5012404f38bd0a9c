/**
 * Identifiers as brands: two ids of different kinds never stand in for one another.
 * Every id that a peer may send is length-limited here (threats row 28).
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const name = (pattern: RegExp, what: string) =>
  Schema.String.pipe(Schema.check(Schema.isPattern(pattern, { expected: what })))

/** An isolated customer of one installation; `default` where nobody configured any. */
export const TenantId = name(/^[A-Za-z0-9_-]{1,64}$/, "1 to 64 of A-Z a-z 0-9 _ -").pipe(Schema.brand("TenantId"))
export type TenantId = typeof TenantId.Type

/** Who acts: `local`, `token:NAME`, `jwt:SUBJECT`, `channel:NAME:SENDER`, `schedule:ID`. */
export const PrincipalId = name(/^[^\p{C}]{1,256}$/u, "1 to 256 printable characters").pipe(Schema.brand("PrincipalId"))
export type PrincipalId = typeof PrincipalId.Type

/** An agent as named in the configuration. */
export const AgentId = name(/^[A-Za-z0-9_.-]{1,64}$/, "1 to 64 of A-Z a-z 0-9 _ . -").pipe(Schema.brand("AgentId"))
export type AgentId = typeof AgentId.Type

/** A plugin as named in the configuration. */
export const PluginName = name(/^[A-Za-z0-9_-]{1,64}$/, "1 to 64 of A-Z a-z 0-9 _ -").pipe(Schema.brand("PluginName"))
export type PluginName = typeof PluginName.Type

/** A tool's name as both vendors accept it. */
export const ToolName = name(/^[A-Za-z0-9_-]{1,64}$/, "1 to 64 of A-Z a-z 0-9 _ -").pipe(Schema.brand("ToolName"))
export type ToolName = typeof ToolName.Type

/** One accepted message and its answer. */
export const TurnId = name(/^turn_[0-9a-z]{16,40}$/, "turn_ and 16 to 40 of 0-9 a-z").pipe(Schema.brand("TurnId"))
export type TurnId = typeof TurnId.Type

/** One reservation in the budget ledger. */
export const HoldId = name(/^hold_[0-9a-z]{16,40}$/, "hold_ and 16 to 40 of 0-9 a-z").pipe(Schema.brand("HoldId"))
export type HoldId = typeof HoldId.Type

/** One question to an approver. */
export const ApprovalId = name(/^appr_[0-9a-z]{16,40}$/, "appr_ and 16 to 40 of 0-9 a-z").pipe(
  Schema.brand("ApprovalId")
)
export type ApprovalId = typeof ApprovalId.Type

/** One start of one gateway process; holds and leases belong to it. */
export const InstanceId = name(/^inst_[0-9a-z]{16,40}$/, "inst_ and 16 to 40 of 0-9 a-z").pipe(
  Schema.brand("InstanceId")
)
export type InstanceId = typeof InstanceId.Type

/** A job of the schedule as named in the configuration. */
export const JobId = name(/^[A-Za-z0-9_.-]{1,64}$/, "1 to 64 of A-Z a-z 0-9 _ . -").pipe(Schema.brand("JobId"))
export type JobId = typeof JobId.Type

/** A client's own name for a request, unique per principal and session for 24 hours. */
export const IdempotencyKey = name(/^[\x21-\x7e]{1,128}$/, "1 to 128 printable ASCII characters").pipe(
  Schema.brand("IdempotencyKey")
)
export type IdempotencyKey = typeof IdempotencyKey.Type

const jobPrefix = "schedule:"

/** The principal that a job acts as. */
export const principalOfJob = (job: JobId): PrincipalId => PrincipalId.make(`${jobPrefix}${job}`)

/** The job that a principal is; undefined for everybody else. */
export const jobOfPrincipal = (principal: PrincipalId): JobId | undefined =>
  principal.startsWith(jobPrefix)
    ? Option.getOrUndefined(JobId.makeOption(principal.slice(jobPrefix.length)))
    : undefined

const tokenPrefix = "token:"

/** The principal that the holder of a token acts as. */
export const principalOfToken = (name: string): PrincipalId => PrincipalId.make(`${tokenPrefix}${name}`)

/** The name of the token that a principal holds; undefined for everybody else. */
export const tokenOfPrincipal = (principal: PrincipalId): string | undefined =>
  principal.startsWith(tokenPrefix) ? principal.slice(tokenPrefix.length) : undefined

/** Somebody who writes over a channel. */
export interface Sender {
  readonly channel: string
  /** As the channel's platform names them: any printable text. */
  readonly sender: string
}

const channelPrefix = "channel:"

/** The principal that somebody who writes over a channel acts as. The channel's name holds no ":". */
export const principalOfSender = ({ channel, sender }: Sender): PrincipalId =>
  PrincipalId.make(`${channelPrefix}${channel}:${sender}`)

/** Who writes over a channel as this principal; undefined for everybody else. */
export const senderOfPrincipal = (principal: PrincipalId): Sender | undefined => {
  if (!principal.startsWith(channelPrefix)) return undefined
  const name = principal.slice(channelPrefix.length)
  const end = name.indexOf(":")
  return end < 0 ? undefined : { channel: name.slice(0, end), sender: name.slice(end + 1) }
}

/** The tenant of an installation that configured none. */
export const defaultTenant: TenantId = TenantId.make("default")
