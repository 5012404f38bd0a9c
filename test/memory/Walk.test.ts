import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type Link, mostLinks, mostNamed, mostReached, type Surroundings, walk } from "../../src/memory/facts/Walk.ts"

/** A graph whose links are given, and how often it was asked. */
const graph = (links: ReadonlyArray<Link>, seeds: ReadonlyArray<number>) => {
  const asked: Array<number> = []
  const surroundings: Surroundings = {
    named: (_, limit) => seeds.slice(0, limit),
    links: (id, limit) => {
      asked.push(id)
      return links.filter(({ a, b }) => a === id || b === id).slice(0, limit)
    }
  }
  return { asked, surroundings }
}

const link = (a: number, b: number, relation = "dog"): Link => ({ a, b, relation })

describe("a walk from whom a message names", () => {
  it("reaches who is so many edges away, nearest first, and each edge once", () => {
    const { surroundings } = graph([link(1, 2), link(2, 3), link(3, 4), link(2, 1, "owner")], [1])
    const { hops, links } = walk(surroundings, [], 2)
    assert.deepStrictEqual(
      [...hops],
      [
        [1, 0],
        [2, 1],
        [3, 2]
      ]
    )
    assert.deepStrictEqual(
      links.map(({ a, b, hops }) => [a, b, hops]),
      [
        [1, 2, 1],
        [2, 1, 1],
        [2, 3, 2]
      ]
    )
  })

  it("does not lead over the user, whose everybody is", () => {
    const { surroundings } = graph([link(0, 1, "sister"), link(0, 2, "boss")], [1])
    assert.deepStrictEqual([...walk(surroundings, [], 2).hops], [[1, 0]])
  })

  it("T28: asks and reaches a bounded number, however many there are", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 4 }), (size, most) => {
        const ids = Array.from({ length: size }, (_, i) => i + 1)
        const all = ids.flatMap((a) => ids.filter((b) => b % 7 === a % 7).map((b) => link(a, b)))
        const { asked, surroundings } = graph(all, ids)
        const { hops, links } = walk(surroundings, [], most)
        assert.isAtMost(hops.size, mostReached)
        assert.isAtMost(asked.length, mostReached)
        assert.isAtMost([...hops.values()].filter((away) => away === 0).length, mostNamed)
        assert.isAtMost(links.length, mostReached * mostLinks)
        for (const { a, b } of links) assert.isTrue(hops.has(a) && hops.has(b))
      }),
      { numRuns: 40 }
    )
  })
})
