/**
 * Where a channel lives in a subject space such as NATS': `exoclaw.{channel}.{account}.{peer}` for the turns of the default
 * tenant, `exoclaw@{tenant}.` before those of others. Two channels never share a subject, no name adds or takes away a
 * level, and no name of one tenant reaches the subjects of another (threats row 38).
 */
import { defaultTenant, type TenantId } from "../domain/Ids.ts"
import type { ChannelRef } from "./ChannelName.ts"
import * as SubjectToken from "./SubjectToken.ts"

/** The room whose channels follow the root at once. */
const ownRoom = "exoclaw"

/** The first token of everything that is a tenant's; a tenant's id holds no dot, no wildcard and no `@`. */
export const rootOf = (tenant: TenantId): string => (tenant === defaultTenant ? "exoclaw" : `exoclaw@${tenant}`)

/** Everything of a tenant. */
export const allOf = (tenant: TenantId): string => `${rootOf(tenant)}.>`

/** What `SubjectToken.encode` may give, told by its form. */
const token = /^(?:%|(?:[A-Za-z0-9_:@~+-]|%[0-9A-F]{2}|%u[0-9a-f]{4})+)$/

/** A part of a channel's name between dots. One that is a token stays as it is, so that names made of tokens are read. */
const level = (part: string): string => (token.test(part) ? part : `%-${SubjectToken.encode(part)}`)

/** Longest subject that is used; servers end a connection over a longer one (4,096 by default, with a reply's subject). */
export const longest = 1_024

/**
 * The subject of a channel. Where it would be too long it is one that all such channels of the tenant share: what travels
 * says itself which channel it is of. No token begins with `%room`, `%long`, `%private` or
 * `%nodes`.
 */
export const ofChannel = ({ channel, room, tenant }: ChannelRef): string => {
  const root = rootOf(tenant)
  const place = room === ownRoom ? root : `${root}.%room.${SubjectToken.encode(room)}`
  const subject = `${place}.${channel.split(".").map(level).join(".")}`
  return subject.length > longest ? `${root}.%long` : subject
}

/** Where nodes tell one another what they have said for a tenant. */
export const ofNodes = (tenant: TenantId): string => `${rootOf(tenant)}.%nodes`

/** Where a tenant's private messages travel. */
export const ofPrivate = (tenant: TenantId): string => `${rootOf(tenant)}.%private`
