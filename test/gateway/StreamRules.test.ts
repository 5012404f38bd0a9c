import { assert, describe, it } from "@effect/vitest"
import type * as RpcGroup from "effect/rpc/RpcGroup"
import type * as JsonRpcProtocol from "../../layers/http/JsonRpcProtocol.ts"
import { isChatResult } from "../../src/gateway/Chat.ts"
import { ClientRpcs, OpenRpcs } from "../../src/gateway/ClientRpcs.ts"

const group = OpenRpcs.merge(ClientRpcs)
const rule = { notification: "chat.event", isResult: isChatResult }
const streams: JsonRpcProtocol.StreamRules<RpcGroup.Rpcs<typeof group>> = { "chat.send": rule, "chat.resume": rule }

describe("the client contract on the wire", () => {
  it("has a stream rule for exactly its streaming methods, held by the compiler", () => {
    assert.sameMembers(Object.keys(streams), ["chat.send", "chat.resume"])
    // @ts-expect-error a streaming method without a rule
    const incomplete: typeof streams = { "chat.send": rule }
    assert.notProperty(incomplete, "chat.resume")
  })
})
