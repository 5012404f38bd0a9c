import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { decide, originsOf } from "../../src/agent/ToolPolicy.ts"
import type { Origin } from "../../src/domain/Provenance.ts"
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
const past = (...origins: ReadonlyArray<Origin>) => ({ origins })
const state = (...exchanges: ReadonlyArray<ReturnType<typeof exchange>>) => ({ exchanges, origins: undefined })

describe("where a turn's text comes from", () => {
  it("is the sender and every tool that spoke, in this turn and in those that are shown", () => {
    assert.deepStrictEqual(originsOf("alice", [], state()), ["user"])
    assert.deepStrictEqual(
      originsOf(
        "alice",
        [past("user", "tool:fetch"), past("user")],
        state(exchange("echo", "fetch"), exchange("count"))
      ),
      ["user", "tool:fetch", "tool:echo", "tool:count"]
    )
  })

  it("T23: is untrusted where the message came over a channel", () => {
    assert.deepStrictEqual(originsOf("channel:telegram:42", [], state()), ["channel"])
  })

  it("T23: keeps what was read for an answer, though nothing of it is shown any more", () => {
    assert.deepStrictEqual(originsOf("alice", [], { exchanges: [], origins: ["user", "web"] }), ["user", "web"])
  })

  it("T23: only grows, whatever is added to it", () => {
    const origin = fc.constantFrom<Origin>("user", "system", "web", "channel", "memory", "tool:a", "tool:b")
    const origins = fc.array(origin, { maxLength: 4 })
    fc.assert(
      fc.property(fc.array(origins), fc.array(fc.constantFrom("a", "b")), origins, (turns, names, read) => {
        const all = originsOf(
          "alice",
          turns.map((one) => past(...one)),
          { exchanges: [exchange(...names)], origins: read }
        )
        const parts = [...turns.flat(), ...read, ...names.map((name): Origin => `tool:${name}`)]
        assert.isTrue(parts.every((one) => all.includes(one)))
        assert.isTrue(all.every((one) => one === "user" || parts.includes(one)))
        assert.lengthOf(new Set(all), all.length)
      })
    )
  })
})

describe("a tool call", () => {
  it("runs where nothing speaks against it", () => {
    for (const origins of [["user"], ["user", "system"]] as const) {
      assert.strictEqual(decide("send", [http(), store()], [], origins)._tag, "run")
    }
    for (const origins of [["user"], ["user", "tool:fetch"], ["channel"]] as const) {
      assert.strictEqual(decide("add", [], [], origins)._tag, "run")
      assert.strictEqual(decide("time", [{ kind: "clock" }, { kind: "random" }], [], origins)._tag, "run")
      assert.strictEqual(decide("send", [http(true)], ["other"], origins)._tag, "run")
    }
  })

  it("T23: asks once untrusted text is in context, for every grant that could leak, change or spend and says nothing", () => {
    const grants: ReadonlyArray<Capability> = [
      http(),
      store(),
      { kind: "secret", name: "key" },
      { kind: "bus", room: "lobby" },
      { kind: "model", agent: "main" },
      { kind: "host_function", name: "do_it" }
    ]
    for (const grant of grants) {
      for (const origin of ["tool:fetch", "web", "channel", "memory"] as const) {
        assert.deepStrictEqual(decide("send", [http(true), grant], [], ["user", origin]), {
          _tag: "ask",
          why: "untrusted",
          origins: [origin]
        })
      }
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
})
