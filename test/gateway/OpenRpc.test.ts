import { assert, describe, it } from "@effect/vitest"
import { isChatResult } from "../../src/gateway/Chat.ts"
import { ClientRpcs, OpenRpcs } from "../../src/gateway/ClientRpcs.ts"
import { errorClasses } from "../../src/gateway/GatewayError.ts"
import * as OpenRpc from "../../src/gateway/OpenRpc.ts"
import { OperatorRpcs } from "../../src/gateway/OperatorRpcs.ts"

type Document = any

const client: Document = OpenRpc.document("client", "1.2.3")
const operator: Document = OpenRpc.document("operator", "1.2.3")
const named = (document: Document, name: string) => document.methods.find((method: any) => method.name === name)

describe("the OpenRPC document", () => {
  it("lists every method of its own listener, the open ones, and the wire's own", () => {
    const names = (document: Document) => document.methods.map(({ name }: any) => name).toSorted()
    assert.deepStrictEqual(
      names(client),
      [...OpenRpcs.requests.keys(), ...ClientRpcs.requests.keys(), "rpc.cancel"].toSorted()
    )
    assert.deepStrictEqual(
      names(operator),
      [...OpenRpcs.requests.keys(), ...OperatorRpcs.requests.keys(), "rpc.cancel"].toSorted()
    )
    assert.strictEqual(client.info.version, "1.2.3")
  })

  it("says of each method its scope, its sentence, and which parameters it must have", () => {
    const send = named(client, "chat.send")
    assert.strictEqual(send["x-scope"], "chat:send")
    assert.isAbove(send.summary.length, 10)
    const required = send.params.filter((param: any) => param.required).map(({ name }: any) => name)
    assert.deepStrictEqual(required, ["content"])
    assert.isNull(named(client, "ping")["x-scope"])
    assert.deepStrictEqual(named(client, "ping").params, [])
    assert.isAbove(operator.methods.filter((method: any) => method["x-scope"] === "admin").length, 5)
  })

  it("has the events of streaming methods as an extension, on the client listener alone", () => {
    assert.deepStrictEqual(named(client, "chat.send")["x-notifications"], ["chat.event"])
    assert.notProperty(named(client, "session.get"), "x-notifications")
    assert.property(client, "x-notifications")
    assert.notProperty(operator, "x-notifications")
  })

  it("has every error with its code", () => {
    assert.deepStrictEqual(
      client.components.errors.map(({ code, message }: any) => [code, message]),
      errorClasses.map(({ code, schema }) => [code, schema.identifier])
    )
  })

  it("is made once", () => {
    assert.strictEqual(OpenRpc.document("client", "1.2.3"), client)
  })
})

describe("an element of a chat stream", () => {
  it("is the result where it has no place in the events", () => {
    const turnId = "turn_0000000000000000" as never
    assert.isFalse(isChatResult({ turnId, seq: 1, type: "accepted", data: {} }))
    assert.isTrue(isChatResult({ turnId, sessionKey: "a:b:c:d", text: "", stopReason: "end_turn", receipt: null }))
  })
})
