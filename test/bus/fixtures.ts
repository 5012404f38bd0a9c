import { TenantId } from "../../src/domain/Ids.ts"
import { ChannelName, type ChannelRef, RoomName } from "../../src/bus/ChannelName.ts"
import type { Draft } from "../../src/bus/Message.ts"

export const tenantA = TenantId.make("tenant-a")
export const tenantB = TenantId.make("tenant-b")

export const channelOf = (name = "lobby", tenant = tenantA, room = "ops"): ChannelRef => ({
  tenant,
  room: RoomName.make(room),
  channel: ChannelName.make(name)
})

export const draftOf = (text: string, changes: Partial<Draft> = {}): Draft => ({
  id: `id-${text}`,
  sender: { principal: "token:ann", connection: "conn_1", type: "service", name: "Ann" },
  at: 0,
  content: { body: text, contentType: "text/plain", headers: { lang: "en" }, key: "", annotations: undefined },
  inspection: undefined,
  ...changes
})
