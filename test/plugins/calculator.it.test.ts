/** plugins/calculator against fractions of integers without limit. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { agreesWithManifest, answer, call, patience, refusal, withPlugin } from "./support.ts"

interface Fraction {
  readonly over: bigint
  readonly under: bigint
}
const fraction = (over: bigint, under: bigint): Fraction =>
  under < 0n ? { over: -over, under: -under } : { over, under }

/** Of a decimal number as it is written. */
const read = (text: string): Fraction => {
  const [, sign, whole = "", decimals = "", exponent = "0"] =
    /^(-?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? assert.fail(`"${text}" is no number`)
  const digits = BigInt(`${sign}${whole}${decimals}` || "0")
  const power = Number(exponent) - decimals.length
  return power >= 0 ? fraction(digits * 10n ** BigInt(power), 1n) : fraction(digits, 10n ** BigInt(-power))
}
const equal = (a: Fraction, b: Fraction) => a.over * b.under === b.over * a.under

/** An expression with its value; none where it divides by zero. */
interface Sample {
  readonly text: string
  readonly value: Fraction | undefined
}

const both = (a: Fraction | undefined, b: Fraction | undefined, join: (a: Fraction, b: Fraction) => Fraction) =>
  a === undefined || b === undefined ? undefined : join(a, b)

const number = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.nat({ max: 12 }), fc.integer({ min: -12, max: 12 }), fc.boolean())
  .map(([digits, decimals, exponent, scientific]): Sample => {
    const whole = digits.toString().padStart(decimals + 1, "0")
    const cut = whole.length - decimals
    const plain = decimals === 0 ? whole : `${whole.slice(0, cut)}.${whole.slice(cut)}`
    const text = scientific ? `${plain}e${exponent}` : plain
    return { text, value: read(text) }
  })

const blank = fc.constantFrom("", " ", "  ")

/** Everything that is exact: any nesting, with parentheses around each operation. */
const { exact } = fc.letrec<{ exact: Sample }>((tie) => ({
  exact: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    number,
    fc.tuple(tie("exact"), fc.constantFrom("+", "-", "*", "%"), tie("exact"), blank).map(([a, operator, b, space]) => ({
      text: `(${a.text}${space}${operator}${space}${b.text})`,
      value: both(a.value, b.value, (x, y) => {
        if (operator === "*") return fraction(x.over * y.over, x.under * y.under)
        const [left, right, under] = [x.over * y.under, y.over * x.under, x.under * y.under]
        if (operator === "+") return fraction(left + right, under)
        return operator === "-" ? fraction(left - right, under) : fraction(right === 0n ? 0n : left % right, under)
      })
    })),
    fc.tuple(tie("exact"), fc.nat({ max: 5 })).map(([a, times]): Sample => ({
      text: `(${a.text})^${times}`,
      value: a.value && fraction(a.value.over ** BigInt(times), a.value.under ** BigInt(times))
    })),
    tie("exact").map((a): Sample => ({
      text: `(-${a.text})`,
      value: a.value && fraction(-a.value.over, a.value.under)
    }))
  )
}))

layer(withPlugin("calculator"), patience)("calculator", (it) => {
  it.effect("what is exact on paper is exact", () =>
    Effect.gen(function* () {
      for (const { text, value } of fc.sample(exact, { numRuns: 400, seed: 11 })) {
        if (value === undefined) continue
        const { content, isError } = yield* call("calculate", { expression: text })
        if (isError) assert.match(content, /Division by zero|more than 4000 digits/, text)
        else assert.isTrue(equal(read(content), value), `${text} = ${content}`)
      }
    })
  )

  it.effect("a quotient is exact where it ends, else the nearest of as many digits as were asked for", () =>
    Effect.gen(function* () {
      const samples = fc.tuple(number, number, fc.integer({ min: 1, max: 60 }))
      for (const [a, b, precision] of fc.sample(samples, { numRuns: 300, seed: 12 })) {
        const value = both(a.value, b.value, (x, y) => fraction(x.over * y.under, x.under * y.over))
        assert(value !== undefined)
        const expression = `${a.text} / ${b.text}`
        if (value.under === 0n) {
          assert.strictEqual(yield* refusal("calculate", { expression }), "Division by zero.")
          continue
        }
        const content = yield* answer("calculate", { expression, precision })
        const [shown = ""] = content.split(" ")
        if (shown === content) {
          assert.isTrue(equal(read(shown), value), `${expression} = ${content}`)
          continue
        }
        assert.match(content, new RegExp(` \\(rounded: .*\\b${precision} significant digits\\)$`))
        const said = read(shown)
        // the distance is at most half a unit of the last digit: 2 * |said - value| * 10^precision <= 10 * |value|
        const off = said.over * value.under - value.over * said.under
        const distance = off < 0n ? -off : off
        const size = value.over < 0n ? -value.over : value.over
        assert.isTrue(2n * distance * 10n ** BigInt(precision - 1) <= size * said.under, `${expression} = ${content}`)
      }
    })
  )

  it.effect("long division is right for every length of its numbers", () =>
    Effect.gen(function* () {
      // limbs at their least and greatest are where a guessed digit is wrong
      const limb = fc.constantFrom("000000000", "000000001", "499999999", "500000000", "999999998", "999999999")
      const long = fc.array(limb, { minLength: 1, maxLength: 12 }).map((limbs) => `1${limbs.join("")}`)
      const pairs = fc.tuple(long, long, fc.nat({ max: 1 }))
      for (const [a, b] of fc.sample(pairs, { numRuns: 400, seed: 13 })) {
        const dividend = BigInt(a) * BigInt(b) + BigInt(a.slice(1) || "0")
        const content = yield* answer("calculate", { expression: `${dividend} % ${b}` })
        assert.strictEqual(content, String(dividend % BigInt(b)))
        const product = yield* answer("calculate", { expression: `${BigInt(a) * BigInt(b)} / ${b}` })
        assert.strictEqual(product, String(BigInt(a)))
      }
    })
  )

  it.effect("follows the precedence of mathematics", () =>
    Effect.gen(function* () {
      const table: ReadonlyArray<readonly [string, string]> = [
        ["0.1 + 0.2", "0.3"],
        ["1 + 2 * 3", "7"],
        ["(1 + 2) * 3", "9"],
        ["2 - 3 - 4", "-5"],
        ["100 / 10 / 2", "5"],
        ["7 % 4 * 2", "6"],
        ["-7 % 4", "-3"],
        ["7 % -4", "3"],
        ["0.7 % 0.2", "0.1"],
        ["-2 ^ 2", "-4"],
        ["(-2) ^ 2", "4"],
        ["2 ^ 3 ^ 2", "512"],
        ["2 ^ -2", "0.25"],
        ["0 ^ 0", "1"],
        ["--3", "3"],
        ["2 * -3", "-6"],
        ["-0", "0"],
        ["1.50", "1.5"],
        [".5 + 5.", "5.5"],
        ["1E3 + 1e-3", "1000.001"],
        ["3 × 4 ÷ 2 − 1", "5"],
        ["2 ^ 100", "1267650600228229401496703205376"],
        ["1 / 8", "0.125"],
        ["1 / 3", "0.3333333333333333333333333333333333 (rounded: a quotient was cut to 34 significant digits)"],
        ["2 / 3 * 3", "2.0000000000000000000000000000000001 (rounded: a quotient was cut to 34 significant digits)"],
        ["1e-400 * 1e-400", "1e-800"],
        ["12345e-400", "1.2345e-396"]
      ]
      for (const [expression, wanted] of table) {
        assert.strictEqual(yield* answer("calculate", { expression }), wanted, expression)
      }
    })
  )

  it.effect("says where an expression is wrong, and what was expected", () =>
    Effect.gen(function* () {
      const table: ReadonlyArray<readonly [string, RegExp]> = [
        ["1,000 + 1", /^Character 2, ",", is not understood: an operator or the end is expected/],
        ["2 +", /^The expression ends where a number or \( is expected\.$/],
        ["(1 + 2", /ends where an operator or \) is expected/],
        ["1 + x", /^Character 5, "x"/],
        ["1 + 🐈", /^Character 5, "🐈"/],
        ["2 ** 3", /a power is written \^/],
        ["1 2", /^Character 3, "2"/],
        ["1e", /ends where a digit/],
        ["1..2", /^Character 3, "\."/],
        [".", /ends where a digit/],
        ["1 / 0", /^Division by zero\.$/],
        ["1 % (2 - 2)", /^Division by zero\.$/],
        ["0 ^ -1", /^Division by zero\.$/],
        ["2 ^ 0.5", /^An exponent must be a whole number\.$/],
        ["2 ^ 1e9", /^An exponent is too large\.$/],
        ["1e99999", /exponent beyond 10000/],
        ["9 ^ 99999", /more than 4000 digits|too large/],
        [`${"(".repeat(200)}1${")".repeat(200)}`, /nested more than 100 deep/],
        ["-".repeat(5000), /nested more than 100 deep/]
      ]
      for (const [expression, wanted] of table) {
        assert.match(yield* refusal("calculate", { expression }), wanted, expression.slice(0, 40))
      }
      for (const input of [{}, { expression: 1 }, { expression: "" }, { expression: "1+".repeat(6000) }]) {
        assert.match(yield* refusal("calculate", input), /^calculate needs \{"expression": text\}/)
      }
      for (const precision of [0, 1001, 1.5, -1, "9", 1e3, null]) {
        const { content, isError } = yield* call("calculate", { expression: "1/3", precision })
        if (precision === 1e3) assert.isFalse(isError)
        else assert.match(content, /^precision is a whole number/)
      }
    })
  )

  it.effect("T25: what would cost too much is refused before it does", () =>
    Effect.gen(function* () {
      const heavy = ["7^4000", ...Array.from({ length: 1400 }, () => "7^4000")].join("*")
      assert.match(yield* refusal("calculate", { expression: heavy.slice(0, 9999) }), /4000 digits|too large/)
      const power = `7^4${"+7^4700".repeat(1400)}`
      assert.match(yield* refusal("calculate", { expression: power }), /too large/)
      // a plugin that refused answers the next one
      assert.strictEqual(yield* answer("calculate", { expression: "1+1" }), "2")
    })
  )

  it.effect("says in plugin.toml what it says when asked", () => agreesWithManifest)
})
