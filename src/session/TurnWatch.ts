/** Who else sees what turns of this process tell their followers: a port, for floors above. Nobody, unless provided. */
import * as Context from "effect/Context"
import type { PrincipalId, TenantId, TurnId } from "../domain/Ids.ts"
import type { SessionKey } from "../domain/SessionKey.ts"
import type { TurnEvent } from "./TurnEvent.ts"

export interface WatchedTurn {
  readonly id: TurnId
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly session: SessionKey
}

/** Called once for each event, in order, after its commit. It must neither wait nor throw. */
export type Watch = (turn: WatchedTurn, events: ReadonlyArray<TurnEvent>) => void

export const TurnWatch: Context.Reference<Watch> = Context.Reference<Watch>("exoclaw/session/TurnWatch", {
  defaultValue: () => () => undefined
})
