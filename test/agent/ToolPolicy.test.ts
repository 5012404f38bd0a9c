import { assert, describe, it } from "@effect/vitest"
import { decide, minds, originsOf } from "../../src/agent/ToolPolicy.ts"
import type { Capability, Untrusted } from "../../src/sandbox/Capability.ts"

const http = (untrusted?: Untrusted): Capability => ({
  kind: "http",
  host: "api.example.com",
  ...(untrusted === undefined ? {} : { untrusted })
})
const store = (untrusted?: Untrusted): Capability => ({
  kind: "store",
  name: "notes",
  ...(untrusted === undefined ? {} : { untrusted })
})
const exchange = (...names: ReadonlyArray<string>) => ({
  text: "",
  calls: [],
  results: names.map((name) => ({ id: name, name, content: "", isError: false }))
})
const tools = (...names: ReadonlyArray<string>) => ({ tools: names.map((name) => ({ name, input: {}, content: "" })) })

describe("where a turn's text comes from", () => {
  it("is the sender and every tool that spoke, in this turn and in those that are shown", () => {
    assert.deepStrictEqual(originsOf("alice", [], { exchanges: [] }), ["user"])
    assert.deepStrictEqual(
      originsOf("alice", [tools("fetch"), tools()], { exchanges: [exchange("echo", "fetch"), exchange("count")] }),
      ["user", "tool:fetch", "tool:echo", "tool:count"]
    )
  })

  it("T23: is untrusted where the message came over a channel", () => {
    assert.deepStrictEqual(originsOf("channel:telegram:42", [], { exchanges: [] }), ["channel"])
  })
})

describe("a tool call", () => {
  it("runs where nothing speaks against it", () => {
    for (const origins of [["user"], ["user", "tool:fetch"], ["channel"]] as const) {
      assert.strictEqual(decide("send", [http(), store()], [], origins)._tag, "run")
      assert.strictEqual(decide("send", [http(true)], ["other"], origins)._tag, "run")
    }
  })

  it("T25: asks where the operator listed it, whatever is in context", () => {
    for (const origins of [["user"], ["user", "tool:fetch"]] as const) {
      assert.deepStrictEqual(decide("send", [], ["send"], origins), { _tag: "ask", why: "listed", origins: [] })
    }
  })

  it("T23: asks once untrusted text is in context and a grant says so, not before", () => {
    const granted = [store(true), http("approve")]
    assert.strictEqual(decide("send", granted, [], ["user"])._tag, "run")
    assert.deepStrictEqual(decide("send", granted, [], ["user", "tool:fetch"]), {
      _tag: "ask",
      why: "untrusted",
      origins: ["tool:fetch"]
    })
    assert.strictEqual(decide("send", granted, [], ["channel"])._tag, "ask")
  })

  it("T23: is refused where a grant forbids it, also when another one would ask or the operator listed it", () => {
    const granted = [http("approve"), store(false)]
    assert.deepStrictEqual(decide("send", granted, ["send"], ["user", "tool:fetch"]), {
      _tag: "refuse",
      origins: ["tool:fetch"]
    })
    assert.strictEqual(decide("send", granted, [], ["user"])._tag, "run")
  })

  it("needs nothing to be looked up where no grant minds", () => {
    assert.isFalse(minds([http(), store(true)]))
    assert.isTrue(minds([http(), store(false)]))
    assert.isTrue(minds([http("approve")]))
  })
})
