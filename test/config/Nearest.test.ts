import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { parent, quote, show } from "../../src/config/KeyPath.ts"
import { distance, nearest } from "../../src/config/Nearest.ts"

const word = fc.stringMatching(/^[a-d]{0,6}$/)

describe("distance", () => {
  it("counts insertions, deletions, substitutions and adjacent swaps as one each", () => {
    assert.strictEqual(distance("daily", "daily"), 0)
    assert.strictEqual(distance("dialy", "daily"), 1)
    assert.strictEqual(distance("port", "ports"), 1)
    assert.strictEqual(distance("port", "pot"), 1)
    assert.strictEqual(distance("port", "pert"), 1)
    assert.strictEqual(distance("", "abc"), 3)
  })

  it("is symmetric, zero only for equal words, and never above the longer word", () => {
    fc.assert(
      fc.property(word, word, (left, right) => {
        const edits = distance(left, right)
        assert.strictEqual(edits, distance(right, left))
        assert.strictEqual(edits === 0, left === right)
        assert.isAtMost(edits, Math.max(left.length, right.length))
        assert.isAtLeast(edits, Math.abs(left.length - right.length))
      })
    )
  })
})

describe("nearest", () => {
  it("suggests the nearest known name, whatever its case or dashes", () => {
    assert.strictEqual(nearest("budget", ["gateway", "budgets"]), "budgets")
    assert.strictEqual(nearest("Max-Tokens", ["max_tokens", "model"]), "max_tokens")
    assert.strictEqual(nearest("prot", ["origins", "port"]), "port")
  })

  it("takes an abbreviation of three letters or more", () => {
    assert.strictEqual(nearest("sys", ["skill", "system_prompt"]), "system_prompt")
    assert.strictEqual(nearest("sy", ["skill", "system_prompt"]), undefined)
  })

  it("suggests nothing for a name that is like none, or absurdly long", () => {
    assert.strictEqual(nearest("channels", ["gateway", "plugins"]), undefined)
    assert.strictEqual(nearest("gateway".repeat(20), ["gateway"]), undefined)
    assert.strictEqual(nearest("x", []), undefined)
  })
})

describe("KeyPath", () => {
  it("writes a path as TOML does", () => {
    assert.strictEqual(show(["agents", 0, "budgets", "daily"]), "agents[0].budgets.daily")
    assert.strictEqual(show(["prices", "gpt 4.1", "input"]), 'prices."gpt 4.1".input')
    assert.strictEqual(quote('a"\\\n'), '"a\\"\\\\\\u000a"')
    assert.deepStrictEqual(parent(["a", 0]), ["a"])
  })

  it("writes different paths differently", () => {
    const path = fc.array(fc.oneof(fc.stringMatching(/^[ab."[\]0]{0,4}$/), fc.nat(3)), { maxLength: 4 })
    fc.assert(
      fc.property(path, path, (left, right) => {
        // a list never stands at the top of a file
        const [one, other] = [
          ["x", ...left],
          ["x", ...right]
        ]
        assert.strictEqual(show(one) === show(other), JSON.stringify(one) === JSON.stringify(other))
      }),
      { numRuns: 2000 }
    )
  })
})
