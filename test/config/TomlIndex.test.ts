import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { parse } from "smol-toml"
import { indexToml, nestingLimit } from "../../layers/config/TomlIndex.ts"
import { show } from "../../src/config/KeyPath.ts"

const at = (text: string, key: string) => {
  const position = indexToml(text).positions.get(key)
  return position === undefined ? undefined : `${position.line}:${position.column}`
}

/** Every path of a parsed document, as the index names it. */
const paths = (value: unknown, path: ReadonlyArray<string | number> = []): ReadonlyArray<string> => {
  const here = path.length === 0 ? [] : [show(path)]
  if (Array.isArray(value)) return [...here, ...value.flatMap((item, index) => paths(item, [...path, index]))]
  if (typeof value !== "object" || value === null || value instanceof Date) return here
  return [...here, ...Object.entries(value).flatMap(([name, item]) => paths(item, [...path, name]))]
}

const line = (parts: ReadonlyArray<string>) => parts.join("")
const space = fc.constantFrom("", " ", "\t", "  ")
const ending = fc.constantFrom("\n", "\r\n", ' # note = [1] "\n', "\n\n", "\n# [x] \n")
const bareName = fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/)
const name = fc.oneof(
  { weight: 4, arbitrary: bareName },
  fc.constantFrom('"a b"', "'a.b'", '"\\u0041"', '"\\""', '"#"', "'='", '"[x]"', '"\\U0001F600"', "''", '"\\t"')
)
const keyOf = (names: ReadonlyArray<string>, gap: string) => names.join(`${gap}.${gap}`)
const scalar = fc.oneof(
  fc.integer({ min: -1e9, max: 1e9 }).map(String),
  fc.constantFrom(
    "true",
    "1.5",
    "0xff",
    "1979-05-27",
    "07:32:00",
    "1979-05-27 07:32:00Z",
    "1979-05-27T07:32:00Z",
    "nan"
  ),
  fc.constantFrom(
    '"plain"',
    '"a\\"b] = # \\\\"',
    "'c:\\x'",
    '"""x"""',
    '"""\na = 1\n[b]\n\\"""" """',
    "'''\n'x' = 2\n'''"
  ),
  fc.constantFrom('"""two""quotes"""""', "'''one''''", '""', "''", '"""\\\n   folded"""')
)
const { value } = fc.letrec<{ value: string; list: string; table: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, { weight: 4, arbitrary: scalar }, tie("list"), tie("table")),
  list: fc
    .tuple(fc.array(tie("value"), { maxLength: 4 }), fc.constantFrom(", ", ",\n", " , # c ]\n "), fc.boolean())
    .map(([items, separator, trailing]) => `[\n ${items.join(separator)}${trailing && items.length > 0 ? "," : ""} ]`),
  table: fc
    .tuple(fc.uniqueArray(bareName, { maxLength: 3 }), fc.array(tie("value"), { minLength: 3, maxLength: 3 }), space)
    .map(
      ([names, values, gap]) =>
        `{${gap}${names.map((key, index) => `${key}${gap}=${gap}${values[index]}`).join(", ")} }`
    )
}))
const statement = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), space, value, ending)
      .map(([names, gap, text, end]) => line([gap, keyOf(names, gap), gap, "=", gap, text, end]))
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), space, ending)
      .map(([names, gap, end]) => line([gap, "[", gap, keyOf(names, gap), gap, "]", end]))
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.array(name, { minLength: 1, maxLength: 2 }), space, ending)
      .map(([names, gap, end]) => line(["[[", gap, keyOf(names, gap), gap, "]]", end]))
  }
)

/** Statements that a TOML parser takes: each is kept only if the document so far plus it still parses. */
const document = fc.array(statement, { maxLength: 14 }).map((statements) =>
  statements.reduce((text, next) => {
    try {
      parse(text + next)
      return text + next
    } catch {
      return text
    }
  }, "")
)

describe("indexToml", () => {
  it("places keys of tables, dotted keys and quoted keys", () => {
    const text = '# c\nroot = 1\n\n[gateway]\nport = 1\n  limits.rate."per ip" = 2\n["a.b".\'c\']\nx=1'
    assert.strictEqual(at(text, "root"), "2:1")
    assert.strictEqual(at(text, "gateway"), "4:2")
    assert.strictEqual(at(text, "gateway.port"), "5:1")
    assert.strictEqual(at(text, "gateway.limits"), "6:3")
    assert.strictEqual(at(text, 'gateway.limits.rate."per ip"'), "6:15")
    assert.strictEqual(at(text, '"a.b".c.x'), "8:1")
  })

  it("places each table of a list, and tables below them", () => {
    const text =
      "[[agents]]\nid = 1\n[agents.budgets]\ndaily = 1\n[[agents]]\nid = 2\n[[agents.x]]\ny = 1\n[[agents.x]]\ny = 2"
    assert.strictEqual(at(text, "agents"), "1:3")
    assert.strictEqual(at(text, "agents[0].id"), "2:1")
    assert.strictEqual(at(text, "agents[0].budgets.daily"), "4:1")
    assert.strictEqual(at(text, "agents[1]"), "5:3")
    assert.strictEqual(at(text, "agents[1].x[1].y"), "10:1")
  })

  it("places keys and items inside values over several lines", () => {
    const text = 'a = [\n  1, # one ]\n  { b = "]", c = [2] },\n]\nd = """\ne = 1\n"""\nf = 1'
    assert.strictEqual(at(text, "a[0]"), "2:3")
    assert.strictEqual(at(text, "a[1].b"), "3:5")
    assert.strictEqual(at(text, "a[1].c[0]"), "3:19")
    assert.strictEqual(at(text, "f"), "8:1")
    assert.strictEqual(at(text, "e"), undefined)
  })

  it("tells both places of a key that stands there twice", () => {
    assert.deepStrictEqual(indexToml("[a]\nx = 1\ny = 2\nx = 3").repeated, {
      key: "a.x",
      first: { line: 2, column: 1 },
      again: { line: 4, column: 1 }
    })
  })

  it("ends the scan where values nest too deeply", () => {
    assert.deepStrictEqual(indexToml(`\na = ${"[".repeat(100_000)}`).tooDeep, { line: 2, column: 6 + nestingLimit })
    assert.strictEqual(indexToml(`a = ${"[".repeat(20)}${"]".repeat(20)}`).tooDeep, undefined)
    const names = (count: number) => Array.from({ length: count }, () => "a").join(".")
    for (const [text, column] of [
      [`[${names(50_000)}]`, 2],
      [`${names(50_000)} = 1`, 1],
      [`b = { ${names(50_000)} = 1 }`, 7]
    ] as const) {
      assert.deepStrictEqual(indexToml(text).tooDeep, { line: 1, column: column + 2 * nestingLimit })
    }
    assert.strictEqual(indexToml(`[${names(nestingLimit)}]`).tooDeep, undefined)
  })

  it("has exactly the paths that another parser finds, in any way of writing", () => {
    fc.assert(
      fc.property(document, (text) => {
        assert.deepStrictEqual(
          [...indexToml(text).positions.keys()].toSorted(),
          [...paths(parse(text))].toSorted(),
          text
        )
      }),
      { numRuns: 1500 }
    )
  })

  it("points at the key's own characters", () => {
    fc.assert(
      fc.property(document, (text) => {
        const lines = text.split("\n")
        for (const [key, { column, line: number }] of indexToml(text).positions) {
          const rest = (lines[number - 1] ?? "").slice(column - 1)
          const last = /([A-Za-z0-9_-]+)(?:\[\d+\])?$/.exec(key)?.[1]
          const item = key.endsWith("]") && !key.endsWith('"]')
          if (last !== undefined && !item && !key.endsWith('"')) {
            assert.isTrue(rest.startsWith(last) || /^["']/.test(rest), `${key} in ${text}`)
          }
        }
      })
    )
  })

  it("ends on any text, TOML or not", () => {
    const noise = fc.array(
      fc.constantFrom("a", ".", "=", "[", "]", "{", "}", '"', "'", "\\", "\n", "\r", ",", "#", " ", "1"),
      {
        maxLength: 60
      }
    )
    fc.assert(
      fc.property(noise, (chars) => {
        assert.isDefined(indexToml(chars.join("")).positions)
      }),
      { numRuns: 3000 }
    )
  })
})
