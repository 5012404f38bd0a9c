/** To whom a new session belongs. */
import * as Option from "effect/Option"
import { PrincipalId } from "../domain/Ids.ts"
import type { SessionKey } from "../domain/SessionKey.ts"
import type { Asker } from "./SessionStore.ts"

/** `local`, or a kind of principal and its name: an account that somebody else signs in by. */
const namesPrincipal = /^(?:local$|[a-z]+:)/

/** In a group everybody takes part, whoever opened it. */
export const isShared = ({ conversation }: SessionKey): boolean =>
  conversation.guild !== undefined || conversation.team !== undefined

/**
 * Whoever opens a session owns it. The exception: who acts for another one's account (`session:any`) opens that one's
 * session, outside of groups, so that it is not closed to the principal whose account it is.
 */
export const ownerOf = (key: SessionKey, asker: Asker): PrincipalId => {
  const { account } = key
  if (!asker.any || isShared(key) || !namesPrincipal.test(account)) return asker.principal
  return Option.getOrElse(PrincipalId.makeOption(account), () => asker.principal)
}
