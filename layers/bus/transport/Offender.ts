/**
 * Whom an offence is counted against, and who is not heard then. Whoever shows a credential is known by it, at the address
 * that it comes from: another device under the same token has done nothing. Whoever comes from this machine without one is
 * known by the connection alone, for here everybody is `local`. Others keep their address: an authenticator of a program's
 * own may let them in by what else they show, and a new connection is nothing that they would have to wait for.
 */
import * as ClientAddress from "../../../src/gateway/ClientAddress.ts"
import type { Connection } from "../../../src/gateway/Connection.ts"
import { defaultTenant, type TenantId } from "../../../src/domain/Ids.ts"
import type { SealedPrincipal } from "../../../src/identity/Principal.ts"

export interface Offender {
  /** Unique among all. */
  readonly key: string
  readonly tenant: TenantId
  /** As the audit log names it. */
  readonly principal: string
  /** An address, or a connection where that says nothing. */
  readonly where: string
  /** It is over with the connection: nobody else is ever called so. */
  readonly isPassing: boolean
}

const addressOf = ({ remoteAddress }: Connection): string => `address ${ClientAddress.accountingKey(remoteAddress)}`

/** Somebody who has not said who it is; undefined on this machine, whose one address stands for everybody on it. */
export const nobody = (connection: Connection): Offender | undefined => {
  if (ClientAddress.isLoopback(connection.remoteAddress)) return undefined
  const where = addressOf(connection)
  return { key: where, tenant: defaultTenant, principal: where, where, isPassing: false }
}

/** `token`: what came with the hello, or nothing. */
export const somebody = ({ id, tenant }: SealedPrincipal, connection: Connection, token: string): Offender => {
  const isHere = ClientAddress.isLoopback(connection.remoteAddress)
  const isPassing = isHere && token === "" && connection.authorization === undefined
  const where = isPassing ? `connection ${connection.id}` : addressOf(connection)
  return { key: `${tenant}:${id}\n${where}`, tenant, principal: id, where, isPassing }
}
