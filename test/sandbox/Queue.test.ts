import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { Lease } from "../../layers/sandbox/Lease.ts"
import { Queue, queueLimits } from "../../layers/sandbox/Queue.ts"

const lease = (caller: string): Lease => new Lease("plugin tenant", caller, 1, () => {})
const filled = (queue: Queue, caller: string, count: number): ReadonlyArray<Lease> => {
  const leases = Array.from({ length: count }, () => lease(caller))
  for (const one of leases) queue.add(one)
  return leases
}
const refused = (leases: ReadonlyArray<Lease>): number => leases.filter(({ failure }) => failure !== undefined).length

describe("the calls that wait for a slot", () => {
  it("are taken in turns: one call does not wait for the three hundred of somebody else", () => {
    const queue = new Queue()
    const many = filled(queue, "acme busy", 300)
    const [one] = filled(queue, "acme quiet", 1)
    assert.strictEqual(refused(many), 0)
    assert.strictEqual(queue.take(), many[0])
    assert.strictEqual(queue.take(), one)
    assert.strictEqual(queue.take(), many[1])
  })

  it("of a caller who may have no more just now wait, and the others' do not", () => {
    const queue = new Queue()
    const many = filled(queue, "busy", 2)
    const [one] = filled(queue, "quiet", 1)
    const notBusy = (caller: string) => caller !== "busy"
    assert.strictEqual(
      queue.servable((caller) => (caller === "busy" ? 1 : 5)),
      2
    )
    assert.strictEqual(
      queue.servable(() => 5),
      3
    )
    assert.strictEqual(queue.take(notBusy), one)
    assert.isUndefined(queue.take(notBusy))
    assert.deepStrictEqual([queue.take(), queue.take(), queue.take()], [...many, undefined])
  })

  it("are bounded for each caller, and nobody else is refused for it", () => {
    const queue = new Queue()
    assert.strictEqual(refused(filled(queue, "busy", queueLimits.each + 1)), 1)
    assert.strictEqual(refused(filled(queue, "quiet", 1)), 0)
  })

  it("are bounded in all; where it is full the last of the longest line makes room, and an equal line does not", () => {
    const queue = new Queue({ each: 4, all: 6 })
    const long = filled(queue, "long", 4)
    const short = filled(queue, "short", 2)
    const [next] = filled(queue, "next", 1)
    assert.deepStrictEqual([refused(long), long[3]?.failure !== undefined, next?.failure], [1, true, undefined])
    assert.strictEqual(refused(filled(queue, "long", 1)), 1)
    assert.strictEqual(refused(short), 0)
    assert.strictEqual(queue.size, 6)
  })

  it("that gave up are not taken, and all are told when there will be no slot", () => {
    const queue = new Queue()
    const [first, second] = filled(queue, "one", 2)
    const others = filled(queue, "two", 2)
    if (first === undefined || second === undefined) return assert.fail("no lease")
    queue.remove(first)
    queue.remove(first)
    assert.strictEqual(queue.size, 3)
    assert.strictEqual(queue.take(), second)
    queue.refuseAll("no slot")
    assert.deepStrictEqual(
      others.map(({ failure }) => failure),
      ["no slot", "no slot"]
    )
    assert.deepStrictEqual([queue.size, queue.take()], [0, undefined])
  })

  it("of one caller come in their order, whatever the others do", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c", "take"), { maxLength: 60 }), (steps) => {
        const queue = new Queue()
        const waiting: Array<Lease> = []
        for (const step of steps) {
          if (step !== "take") {
            waiting.push(...filled(queue, step, 1))
            continue
          }
          const taken = queue.take()
          const first = waiting.findIndex(({ caller }) => caller === taken?.caller)
          assert.strictEqual(taken, waiting[first])
          if (first >= 0) waiting.splice(first, 1)
        }
        assert.strictEqual(queue.size, waiting.length)
      })
    )
  })
})
