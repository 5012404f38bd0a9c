import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { AgentId } from "../../src/domain/Ids.ts"
import { type Address, type Binding, fields } from "../../src/router/Binding.ts"
import * as RouteIndex from "../../src/router/RouteIndex.ts"
import { Router } from "../../src/router/Router.ts"

const agent = (name: string) => AgentId.make(name)
const fallback = agent("default")
const binding = (name: string, match: Binding["match"]): Binding => ({ agent: agent(name), match })
const resolve = (bindings: ReadonlyArray<Binding>, address: Address) =>
  RouteIndex.resolve(RouteIndex.make(bindings, fallback), address)
const message: Address = { channel: "slack", account: "bot", peer: "ada", guild: "g1", team: "t1" }

/** The rule of the design, word for word, by scanning. */
const scan = (bindings: ReadonlyArray<Binding>, address: Address): AgentId => {
  const matching = bindings
    .map((b, order) => ({ b, order, names: fields.filter((f) => b.match[f] !== undefined) }))
    .filter(({ b, names }) => names.length > 0 && names.every((f) => b.match[f] === address[f]))
  matching.sort(
    (x, y) =>
      fields.indexOf(x.names[0]!) - fields.indexOf(y.names[0]!) || y.names.length - x.names.length || x.order - y.order
  )
  return matching[0]?.b.agent ?? fallback
}

describe("Router", () => {
  it("gives the default agent when nothing matches", () => {
    assert.strictEqual(resolve([], message), fallback)
    assert.strictEqual(resolve([binding("a", { peer: "bob" })], message), fallback)
  })
  it("does not match a binding of which one field differs", () => {
    assert.strictEqual(resolve([binding("a", { channel: "slack", peer: "bob" })], message), fallback)
  })
  it("does not match a field that the message lacks", () => {
    const { guild: _, ...direct } = message
    assert.strictEqual(resolve([binding("a", { guild: "g1" })], direct), fallback)
  })
  it("ranks peer over guild over team over account over channel", () => {
    const order = ["peer", "guild", "team", "account", "channel"] as const
    const all = order.map((field) => binding(field, { [field]: message[field]! })).reverse()
    for (const winner of order) {
      const rest = all.filter(({ agent: name }) => order.indexOf(name as never) >= order.indexOf(winner))
      assert.strictEqual(resolve(rest, message), agent(winner))
    }
  })
  it("prefers more fields among equally specific bindings, then the earlier in the file", () => {
    assert.strictEqual(
      resolve([binding("one", { peer: "ada" }), binding("two", { peer: "ada", channel: "slack" })], message),
      "two"
    )
    assert.strictEqual(
      resolve(
        [binding("first", { peer: "ada", team: "t1" }), binding("second", { peer: "ada", guild: "g1" })],
        message
      ),
      "first"
    )
    assert.strictEqual(resolve([binding("a", { peer: "ada" }), binding("b", { peer: "ada" })], message), "a")
  })
  it("ignores a binding that names no field", () => {
    assert.strictEqual(resolve([binding("a", {})], message), fallback)
  })
  it("T7: no value can imitate the boundary between two fields", () => {
    const tricky = binding("tricky", { peer: "a", guild: "1:b" })
    assert.strictEqual(resolve([tricky], { ...message, peer: "a1:", guild: "b" }), fallback)
    assert.strictEqual(resolve([tricky], { ...message, peer: "a", guild: "1:b" }), "tricky")
  })
  it("agrees with a scan over all bindings", () => {
    const value = fc.constantFrom("a", "b", "1:a", "")
    const match = fc.record(
      { peer: value, guild: value, team: value, account: value, channel: value },
      { requiredKeys: [] }
    )
    const address = fc.record(
      { peer: value, guild: value, team: value, account: value, channel: value },
      { requiredKeys: ["peer", "account", "channel"] }
    )
    fc.assert(
      fc.property(fc.array(match, { maxLength: 40 }), address, (matches, from) => {
        const bindings = matches.map((m, i) => binding(`agent${i}`, m))
        assert.strictEqual(resolve(bindings, from), scan(bindings, from))
      })
    )
  })
  it("T24: what a binding takes away is away at every address it matches, whichever binding names the agent", () => {
    const bounded = (match: Binding["match"], tools: ReadonlyArray<string>) => ({ ...binding("a", match), tools })
    const tools = (bindings: ReadonlyArray<Binding>) => RouteIndex.toolsAt(RouteIndex.make(bindings, fallback), message)
    assert.isUndefined(tools([]))
    assert.isUndefined(tools([binding("a", { peer: "ada" })]))
    assert.isUndefined(tools([bounded({ peer: "bob" }, [])]))
    assert.deepStrictEqual(tools([bounded({ channel: "slack" }, ["echo"])]), ["echo"])
    // the peer's binding names the agent and says nothing of tools, or would like more
    assert.deepStrictEqual(tools([bounded({ channel: "slack" }, ["echo"]), binding("b", { peer: "ada" })]), ["echo"])
    assert.deepStrictEqual(tools([bounded({ account: "bot" }, ["echo"]), bounded({ peer: "ada" }, ["echo", "rm"])]), [
      "echo"
    ])
    assert.deepStrictEqual(tools([bounded({ peer: "ada" }, ["rm"]), bounded({ peer: "ada" }, [])]), [])
  })
  it("T24: the tools at an address are those that every matching binding lists", () => {
    const value = fc.constantFrom("a", "b", "1:a")
    const match = fc.record(
      { peer: value, guild: value, team: value, account: value, channel: value },
      { requiredKeys: [] }
    )
    const lists = fc.option(fc.uniqueArray(fc.constantFrom<string>("t1", "t2", "t3")), { nil: undefined })
    const address = fc.record(
      { peer: value, guild: value, team: value, account: value, channel: value },
      { requiredKeys: ["peer", "account", "channel"] }
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(match, lists), { maxLength: 12 }), address, (all, from) => {
        const bindings = all.map(([one, tools], index) => ({ ...binding(`agent${index}`, one), tools }))
        const left = RouteIndex.toolsAt(RouteIndex.make(bindings, fallback), from)
        const matching = bindings.filter(({ match: one }) => {
          const names = fields.filter((field) => one[field] !== undefined)
          return names.length > 0 && names.every((field) => one[field] === from[field])
        })
        for (const tool of ["t1", "t2", "t3"]) {
          const everywhere = matching.every(({ tools }) => tools === undefined || tools.includes(tool))
          assert.strictEqual(left === undefined || left.includes(tool), everywhere)
        }
      })
    )
  })
  it.effect("is a service over fixed bindings", () =>
    Effect.gen(function* () {
      const router = yield* Router
      assert.strictEqual(router.resolve(message), "ada-agent")
      assert.strictEqual(router.fallback, fallback)
      assert.deepStrictEqual(router.toolsAt(message), ["echo"])
    }).pipe(
      Effect.provide(Router.layerBindings([{ ...binding("ada-agent", { peer: "ada" }), tools: ["echo"] }], fallback))
    )
  )
})
