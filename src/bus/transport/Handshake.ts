/** Whether a client and this server can speak with each other. Pure. */
import * as Result from "effect/Result"
import * as Bounds from "../Bounds.ts"
import { type BusError, refuse } from "../BusError.ts"
import type { Hello } from "../Request.ts"
import type { ClientType } from "../Message.ts"
import { versions } from "../Version.ts"

/** The WebSocket subprotocols, the first where a client names none. */
export const subprotocols = ["arqonbus.v1.proto", "arqonbus.v1.json"] as const
export type Subprotocol = (typeof subprotocols)[number]

/** The subprotocol for what a client offers; undefined where it offers others only. */
export const choose = (offered: ReadonlyArray<string>): Subprotocol | undefined =>
  offered.length === 0 ? subprotocols[0] : subprotocols.find((protocol) => offered.includes(protocol))

export interface Agreed {
  readonly version: number
  readonly type: ClientType
}

export const agree = (
  hello: Hello,
  { allowJson, json }: { readonly json: boolean; readonly allowJson: boolean }
): Result.Result<Agreed, BusError> => {
  const { maxVersion, metadata, minVersion, name, type } = hello
  const version = Math.min(versions.max, maxVersion)
  if (minVersion > maxVersion || version < Math.max(versions.min, minVersion)) {
    const ours = versions.min === versions.max ? `${versions.min}` : `${versions.min} to ${versions.max}`
    return Result.fail(refuse("version_mismatch", `This server speaks version ${ours} of the protocol.`))
  }
  if (type === undefined) return Result.fail(refuse("invalid_argument", "A client says what type it is."))
  if (json && !allowJson && type !== "human" && type !== "dashboard") {
    const message = `JSON is for people and dashboards here; use the subprotocol ${subprotocols[0]}.`
    return Result.fail(refuse("forbidden", message))
  }
  return Result.map(
    Result.andThen(Bounds.clientName(name), () => Bounds.metadata(metadata)),
    () => ({ version, type })
  )
}
