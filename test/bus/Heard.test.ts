import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type ChannelRef, keyOf } from "../../src/bus/ChannelName.ts"
import { Heard, type Missing } from "../../layers/bus/nats/Heard.ts"
import type { Mark } from "../../layers/bus/nats/Mark.ts"
import { type Account, Spoken } from "../../layers/bus/nats/Spoken.ts"
import { channelOf, tenantA, tenantB } from "./fixtures.ts"

const channels = [channelOf("a"), channelOf("b"), channelOf("c", tenantB)]
const mark = (seq: number, run = 1, life = "x", runs = run): Mark => ({ life, run, runs, seq })
const missing = (all: ReadonlyArray<Missing>) => all.map((one) => [one.channel.channel, one.missing])

type Op =
  | { readonly op: "say"; readonly channel: number; readonly fate: "comes" | "vanishes" | "dropped" | "twice" }
  | { readonly op: "tell"; readonly arrives: boolean }
  | { readonly op: "ask" }

const ops: fc.Arbitrary<ReadonlyArray<Op>> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        op: fc.constant("say" as const),
        channel: fc.nat({ max: 2 }),
        fate: fc.constantFrom(
          "comes" as const,
          "comes" as const,
          "vanishes" as const,
          "dropped" as const,
          "twice" as const
        )
      })
    },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("tell" as const), arrives: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant({ op: "ask" as const }) }
  ),
  { maxLength: 40 }
)

/** Two nodes and what lies between them: what is said, what comes, and what is told as missing. */
class Pair {
  readonly spoken = new Spoken("x")
  readonly heard = new Heard()
  readonly said = new Map<string, number>()
  readonly came = new Map<string, number>()
  readonly told = new Map<string, number>()
  #ids = 0

  say(channel: ChannelRef, fate: Extract<Op, { op: "say" }>["fate"]): void {
    const numbered = { channel, mark: this.spoken.next(channel) }
    add(this.said, channel, 1)
    if (fate === "dropped") return this.spoken.lost(numbered)
    this.tellLosses(true)
    this.spoken.sent(numbered)
    if (fate === "vanishes") return
    for (let n = 0; n < (fate === "twice" ? 2 : 1); n++) this.note(this.heard.message("n", channel, numbered.mark))
    add(this.came, channel, 1)
  }

  tellLosses(arrives: boolean): void {
    for (const account of this.spoken.losses(10)) this.tell(account, arrives, () => this.spoken.toldLosses(account))
  }

  tellNews(arrives: boolean): void {
    for (const account of this.spoken.news(10)) this.tell(account, arrives, () => this.spoken.toldNews(account))
  }

  tell(account: Account, arrives: boolean, told: () => void): void {
    // sent and confirmed, or sent and not: it may have come in either case
    if (arrives)
      this.note(
        this.heard.standing({
          ...account,
          _tag: "standing",
          node: "n",
          id: `${++this.#ids}`,
          life: this.spoken.life,
          runs: this.spoken.runs
        })
      )
    told()
  }

  note(all: ReadonlyArray<Missing>): void {
    for (const { channel, missing } of all) {
      assert.isAbove(missing, 0, "while the node lives it is known how many")
      add(this.told, channel, missing)
    }
  }
}

const add = (to: Map<string, number>, channel: ChannelRef, by: number): void => {
  to.set(keyOf(channel), (to.get(keyOf(channel)) ?? 0) + by)
}

describe("what a node has heard of another", () => {
  it("T33: whatever is said, dropped, told, lost or repeated: what came and what was told as missing is what was said", () => {
    fc.assert(
      fc.property(ops, (schedule) => {
        const pair = new Pair()
        // from the first contact on nothing escapes
        for (const channel of [channelOf("hello"), channelOf("hello", tenantB)]) pair.say(channel, "comes")
        for (const step of schedule) {
          if (step.op === "say") pair.say(channels[step.channel]!, step.fate)
          else if (step.op === "ask") for (const tenant of [tenantA, tenantB]) pair.spoken.asked(tenant)
          else {
            pair.tellLosses(step.arrives)
            pair.tellNews(step.arrives)
          }
        }
        for (const tenant of [tenantA, tenantB]) pair.spoken.asked(tenant)
        pair.tellLosses(true)
        pair.tellNews(true)
        for (const [key, count] of pair.said)
          assert.strictEqual((pair.came.get(key) ?? 0) + (pair.told.get(key) ?? 0), count, key)
        // and nothing is left to tell
        assert.deepStrictEqual([pair.spoken.hasLosses, pair.spoken.hasNews], [false, false])
      }),
      { numRuns: 2_000 }
    )
  })

  it("whoever is heard for the first time has missed nothing, and from then on everything counts", () => {
    const heard = new Heard()
    assert.deepStrictEqual(heard.message("n", channels[0]!, mark(50, 3, "x", 7)), [])
    // begun before it was heard
    assert.deepStrictEqual(heard.message("n", channels[1]!, mark(9, 5, "x", 7)), [])
    // begun after that
    assert.deepStrictEqual(missing(heard.message("n", channelOf("new"), mark(4, 8))), [["new", 3]])
    assert.deepStrictEqual(missing(heard.message("n", channels[0]!, mark(53, 3, "x", 8))), [["a", 2]])
  })

  it("what comes late, or again, is no hole", () => {
    const heard = new Heard()
    heard.message("n", channels[0]!, mark(1))
    assert.deepStrictEqual(missing(heard.message("n", channels[0]!, mark(3))), [["a", 1]])
    assert.deepStrictEqual(heard.message("n", channels[0]!, mark(2)), [])
    assert.deepStrictEqual(heard.message("n", channels[0]!, mark(3)), [])
    assert.deepStrictEqual(heard.message("n", channels[0]!, mark(4)), [])
  })

  const standing = (changes: Partial<Parameters<Heard["standing"]>[0]>) =>
    ({
      _tag: "standing",
      node: "n",
      id: "s",
      tenant: tenantA,
      life: "x",
      runs: 1,
      channels: [],
      others: false,
      ended: false,
      ...changes
    }) as const

  it("a node that is there again without having said that it ends may have lost what it had not sent", () => {
    const heard = new Heard()
    heard.message("n", channels[0]!, mark(5))
    heard.message("other", channels[1]!, mark(5))
    assert.deepStrictEqual(missing(heard.message("n", channels[0]!, mark(1, 1, "y"))), [["a", 0]])
    // what its earlier life sent may come late
    assert.deepStrictEqual(heard.message("n", channels[0]!, mark(9, 1, "x")), [])
    assert.deepStrictEqual(missing(heard.message("n", channels[1]!, mark(3, 2, "y"))), [["b", 2]])
  })

  it("a node that said that it ends has lost nothing", () => {
    const heard = new Heard()
    heard.message("n", channels[0]!, mark(5))
    assert.deepStrictEqual(heard.standing(standing({ ended: true })), [])
    assert.deepStrictEqual(heard.message("n", channels[0]!, mark(1, 1, "y")), [])
  })

  it("a node that no longer knows which channels it lost is heard to have lost in all of the tenant's", () => {
    const heard = new Heard()
    heard.message("n", channels[0]!, mark(5))
    heard.message("n", channels[2]!, mark(5))
    heard.message("other", channels[1]!, mark(5))
    assert.deepStrictEqual(missing(heard.standing(standing({ others: true }))), [["a", 0]])
    const spoken = new Spoken("x", 1)
    for (const channel of channels) spoken.lost({ channel, mark: spoken.next(channel) })
    assert.deepStrictEqual(
      spoken.losses(9).map(({ channels: named, others, tenant }) => [tenant, named.length, others]),
      [
        [tenantA, 1, false],
        [tenantA, 0, true],
        [tenantB, 0, true]
      ]
    )
    for (const account of spoken.losses(9)) spoken.toldLosses(account)
    assert.isFalse(spoken.hasLosses)
  })

  it("T38: what is said for one tenant changes nothing for another", () => {
    const heard = new Heard()
    heard.message("n", channels[0]!, mark(5))
    heard.message("n", channels[2]!, mark(5, 2))
    // a life that is not the node's, as somebody who may write for tenant b would say it
    heard.standing(standing({ tenant: tenantB, life: "forged", others: true }))
    assert.deepStrictEqual(heard.message("n", channels[0]!, mark(6)), [])
    assert.deepStrictEqual(missing(heard.message("n", channels[0]!, mark(8))), [["a", 1]])
  })

  it("it remembers no more than it may, and tells of no hole that is only its own forgetting", () => {
    const heard = new Heard(10)
    for (let n = 1; n <= 100; n++)
      assert.deepStrictEqual(heard.message("n", channelOf(`c${n}`), mark(1, n, "x", n)), [], `${n}`)
    assert.deepStrictEqual(heard.message("n", channelOf("c1"), mark(7, 1, "x", 100)), [])
    assert.deepStrictEqual(missing(heard.message("n", channelOf("c100"), mark(3, 100, "x", 100))), [["c100", 1]])
    const spoken = new Spoken("x", 10)
    for (let n = 0; n < 100; n++) {
      const channel = channelOf(`c${n}`)
      spoken.sent({ channel, mark: spoken.next(channel) })
    }
    assert.strictEqual(spoken.news(Infinity).flatMap(({ channels: named }) => named).length, 10)
  })
})
