/** Who may do what with a channel: the one place where the bus decides it. Pure. */
import { type ChannelRef, systemRoom } from "../ChannelName.ts"
import { atLeast, type Role, scopeOf } from "../Role.ts"
import * as SubjectToken from "../SubjectToken.ts"

/** The room of the gateway's own turns. */
export const turnsRoom = "exoclaw"

export interface Subject {
  readonly role: Role
  readonly principal: string
  /** May see what belongs to other principals of the tenant (`session:any`). */
  readonly any: boolean
}

export type Action = "join" | "read" | "publish" | "create" | "delete"

/** The least role that creates and deletes channels. */
export const keeper: Role = "moderator"

/** What a channel asks of those who come near it. */
export interface ChannelAccess {
  /** To join it and to read what it keeps. Undefined: nobody. */
  readonly read: Role | undefined
  readonly publish: Role
  /** Only those who own it may read it: `owner` is a principal as `SubjectToken` writes it. */
  readonly owner: string | undefined
  readonly system: boolean
}

const open: ChannelAccess = { read: "guest", publish: "user", owner: undefined, system: false }
const closed: ChannelAccess = { read: undefined, publish: "system", owner: undefined, system: true }

export const accessOf = ({ channel, room }: Pick<ChannelRef, "channel" | "room">): ChannelAccess => {
  if (room === systemRoom) {
    if (channel === "telemetry") return { ...closed, read: "admin" }
    return channel === "activity" ? { ...closed, read: "user" } : closed
  }
  if (room !== turnsRoom) return open
  // `{channel}.{account}.{peer}`, no part of which holds a dot
  const parts = channel.split(".")
  return parts.length === 3 ? { ...closed, read: "guest", owner: parts[1] } : closed
}

/** Whether the channel's messages may reach this subject. */
export const mayRead = (subject: Subject, access: ChannelAccess): boolean =>
  subject.role === "system" ||
  (access.read !== undefined &&
    atLeast(subject.role, access.read) &&
    (access.owner === undefined || subject.any || access.owner === SubjectToken.encode(subject.principal)))

export const may = (subject: Subject, action: Action, access: ChannelAccess): boolean => {
  switch (action) {
    case "join":
    case "read":
      return mayRead(subject, access)
    case "publish":
      return atLeast(subject.role, access.publish)
    case "create":
    case "delete":
      return !access.system && atLeast(subject.role, keeper)
  }
}

/** Why not, and what it takes, for whoever may not. */
export const whyNot = (subject: Subject, action: Action, access: ChannelAccess): string => {
  switch (action) {
    case "join":
    case "read":
      if (access.read === undefined) return "This room has the gateway's own channels only, and this is none of them."
      return atLeast(subject.role, access.read)
        ? "This conversation is its own account's: to read it takes the scope session:any."
        : `To read this channel takes the scope ${scopeOf(access.read)}.`
    case "publish":
      return access.publish === "system"
        ? "Only the gateway itself publishes in this channel."
        : `To publish takes the scope ${scopeOf(access.publish)}.`
    case "create":
    case "delete":
      return access.system
        ? "The gateway's own channels are neither made nor deleted by command."
        : `To make and delete channels takes the scope ${scopeOf(keeper)}.`
  }
}
