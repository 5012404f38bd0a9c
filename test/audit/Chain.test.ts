import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { hash } from "node:crypto"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { canonical, type ChainLink, finish, follow, genesis, hold, linkInput, start } from "../../src/audit/Chain.ts"

const sha256 = (text: string): string => hash("sha256", text, "hex")

const event: AuditEvent = {
  kind: "tool.call",
  tenant: "default",
  principal: "local",
  outcome: "ok",
  data: { model: "m", tokens: 12, cached: null, streamed: true }
}

const chain = (texts: ReadonlyArray<string>): ReadonlyArray<ChainLink> => {
  const links: Array<ChainLink> = []
  let previous = genesis
  for (const [i, text] of texts.entries()) {
    previous = sha256(linkInput(previous, i + 1, 1_000 + i, text))
    links.push({ seq: i + 1, at: 1_000 + i, text, hash: previous })
  }
  return links
}

const walk = (links: ReadonlyArray<ChainLink>, head = links.at(-1) ?? { seq: 0, hash: genesis }) =>
  finish(
    links.reduce((walk, link) => follow(sha256)(walk, link), start),
    head
  )

describe("Chain", () => {
  it("has one text for an event, whatever the order of its members", () => {
    const other = { data: { streamed: true, tokens: 12, model: "m", cached: null } }
    const mixed: AuditEvent = { ...other, outcome: "ok", principal: "local", tenant: "default", kind: "tool.call" }
    assert.strictEqual(canonical(mixed), canonical(event))
    assert.strictEqual(
      canonical(event),
      '{"data":{"cached":null,"model":"m","streamed":true,"tokens":12},"kind":"tool.call","outcome":"ok","principal":"local","tenant":"default"}'
    )
  })

  it("loses nothing: the text is JSON of the event itself", () => {
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean(), fc.constant(null))
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { noNullPrototype: true }), (data) => {
        assert.deepStrictEqual(JSON.parse(canonical({ ...event, data })), { ...event, data })
      })
    )
  })

  it("follows an untouched chain to its end", () => {
    const links = chain(["a", "b", "c"])
    assert.deepStrictEqual(walk(links), { head: { seq: 3, hash: links[2]!.hash }, broken: undefined })
    assert.deepStrictEqual(walk([]), start)
  })

  it("names the first broken entry for any single change, removal, insertion or exchange", () => {
    const texts = fc.array(fc.string(), { minLength: 2, maxLength: 20 })
    fc.assert(
      fc.property(texts, fc.nat(), fc.constantFrom("text", "at", "remove", "double", "swap"), (texts, n, how) => {
        const links = [...chain(texts)]
        const head = links.at(-1)!
        const at = n % links.length
        const link = links[at]!
        if (how === "text") links[at] = { ...link, text: `${link.text}!` }
        if (how === "at") links[at] = { ...link, at: link.at + 1 }
        if (how === "remove") links.splice(at, 1)
        if (how === "double") links.splice(at, 0, link)
        if (how === "swap") {
          if (at === 0) return
          links[at] = { ...links[at - 1]!, seq: link.seq }
          links[at - 1] = { ...link, seq: link.seq - 1 }
          if (links[at]!.text === links[at - 1]!.text) return
        }
        const expected = how === "swap" ? at : how === "double" ? at + 2 : at + 1
        assert.strictEqual(walk(links, head).broken?.seq, expected)
      })
    )
  })

  it("misses a chain that was computed anew, unless an entry was noted elsewhere", () => {
    const noted = chain(["a", "b", "c"])[1]!
    const forged = chain(["a", "x", "c"])
    assert.isUndefined(walk(forged).broken)
    const known = { ...noted, how: "was noted" }
    const anchored = (links: ReadonlyArray<ChainLink>) =>
      finish(
        links.reduce((walk, link) => hold(follow(sha256)(walk, link), known), start),
        links.at(-1)!,
        [known.seq]
      )
    assert.strictEqual(anchored(forged).broken?.seq, 2)
    assert.include(anchored(forged).broken?.why, "is not the one that was noted")
    assert.strictEqual(anchored(chain(["a"])).broken?.seq, 2)
    assert.isUndefined(anchored(chain(["a", "b", "x"])).broken)
  })
})
