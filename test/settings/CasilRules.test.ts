import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { check } from "../../layers/config/ConfigFile.ts"
import { SettingsFile } from "../../src/settings/SettingsFile.ts"
import { piiIds } from "../../src/casil/rules/pii.ts"

const mistakes = (text: string): ReadonlyArray<string> =>
  Result.match(check(text), { onFailure: ({ message }) => message.split("\n"), onSuccess: () => [] })

const rule = (...lines: ReadonlyArray<string>): string => ["[[casil.rules]]", ...lines].join("\n")

describe("rules of one's own in the configuration", () => {
  it("are taken with keywords, placeholders and examples that hold", () => {
    const text = rule(
      'id = "badge"',
      'pattern = "[A-Z]{2}-[0-9]{6}"',
      'keywords = ["badge"]',
      'placeholders = ["AA-000000"]',
      'matches = ["my badge: QX-123456"]',
      'ignores = ["QX-123456", "badge aa-000000", "badge QX-12345"]'
    )
    assert.deepStrictEqual(mistakes(text), [])
    assert.isDefined(SettingsFile.fields.casil)
  })

  const table: ReadonlyArray<
    readonly [name: string, lines: ReadonlyArray<string>, ...messages: ReadonlyArray<string>]
  > = [
    [
      "an example in which nothing is found, at its own line",
      ['id = "badge"', 'pattern = "B-[0-9]{6}"', "matches = [", '  "B-123456",', '  "B-12345"', "]"],
      'config.toml:6: "badge" finds nothing in its own example 2 of "matches".'
    ],
    [
      "an example in which something is found that must not be",
      ['id = "badge"', 'pattern = "B-[0-9]{6}"', 'matches = ["B-123456"]', 'ignores = ["x B-654321"]'],
      'config.toml:5: "badge" finds something in its own example 1 of "ignores".'
    ],
    [
      "an example without the keyword that it needs",
      ['id = "badge"', 'pattern = "B-[0-9]{6}"', 'keywords = ["staff"]', 'matches = ["B-123456"]'],
      'config.toml:5: "badge" finds nothing in its own example 1 of "matches".'
    ],
    [
      "a placeholder that the pattern does not match",
      ['id = "badge"', 'pattern = "B-[0-9]{6}"', 'placeholders = ["B-0"]', 'matches = ["B-123456"]'],
      'config.toml:4: "badge" finds nothing in its own placeholder 1 of "placeholders".'
    ],
    [
      "an empty keyword",
      ['id = "badge"', 'pattern = "B-[0-9]{6}"', 'keywords = [" "]', 'matches = ["B-123456"]'],
      'config.toml:4: "badge" has nothing in keyword 1 of "keywords".',
      'config.toml:5: "badge" finds nothing in its own example 1 of "matches".'
    ],
    [
      "no example at all",
      ['id = "badge"', 'pattern = "B-[0-9]{6}"', "matches = []"],
      'config.toml:4: "badge" needs an example in "matches".'
    ],
    [
      "a name that is none",
      ['id = "My Badge"', 'pattern = "B"', 'matches = ["B"]'],
      "config.toml:2: its id must be small letters, digits and dashes."
    ]
  ]
  for (const [name, lines, ...messages] of table) {
    it(`are refused, with the file, the line and the key: ${name}`, () =>
      assert.deepStrictEqual(mistakes(rule(...lines)), messages))
  }

  it("are refused where an engine would have to go back, or would be too large", () => {
    for (const pattern of ["(a)\\\\1", "a(?=b)", "(?<!x)y", "((a{100}){100}){100}", "("]) {
      const [first] = mistakes(rule('id = "badge"', `pattern = "${pattern}"`, 'matches = ["a"]'))
      assert.match(first ?? "", /^config\.toml:3: "badge": the pattern is refused: /, pattern)
    }
  })

  it("are refused twice under one name, and beyond their number", () => {
    const one = (id: string) => rule(`id = "${id}"`, 'pattern = "B"', 'matches = ["B"]')
    assert.deepStrictEqual(mistakes([one("badge"), one("badge")].join("\n")), [
      'config.toml:6: "badge" is there twice.'
    ])
    const [many] = mistakes(["[casil.limits]", "max_patterns = 1", one("a"), one("b")].join("\n"))
    assert.strictEqual(many, "config.toml:2: 2 patterns are more than limits.max_patterns (1).")
  })

  it("are refused under the name of what comes with the program, with the line: else one could switch it off", () => {
    for (const id of ["github-token", "pii-email", "probable-password", "named-field", "redaction-pattern"]) {
      assert.deepStrictEqual(mistakes(rule(`id = "${id}"`, 'pattern = "B"', 'matches = ["B"]')), [
        `config.toml:2: "${id}" is the name of a rule that comes with the program.`
      ])
    }
  })

  it("T37: cost no more for a text that is made to be hard", () => {
    // what takes an engine that goes back 2^30 steps is one step a character here
    const hard = rule('id = "hard"', 'pattern = "(a+)+b"', `matches = ["ab"]`, `ignores = ["${"a".repeat(3000)}"]`)
    assert.deepStrictEqual(mistakes(hard), [])
  })

  it("name the kinds of personal data that there are, where one is misspelt", () => {
    const [message] = mistakes('[casil.personal]\nignore = ["pii-mail"]')
    assert.match(message ?? "", /^config\.toml:2: "casil\.personal\.ignore/)
    for (const id of ["pii-email", "pii-phone"]) {
      assert.include(piiIds, id)
      assert.include(message ?? "", id)
    }
  })
})

describe("what an agent has otherwise", () => {
  const override = (agent: string): string =>
    ["[[casil.overrides]]", `agent = "${agent}"`, 'mode = "enforce"'].join("\n")

  it("is for an agent that there is", () => {
    assert.deepStrictEqual(mistakes(override("default")), [])
    assert.deepStrictEqual(mistakes(`${override("payroll")}\n[agent]\nid = "payroll"`), [])
    assert.deepStrictEqual(mistakes(`${override("payrol")}\n[agent]\nid = "payroll"`), [
      'config.toml:2: "casil.overrides[0].agent" names the agent "payrol", which is not configured; did you mean "payroll"? Configured: payroll.'
    ])
  })

  it("is somebody's: what is meant for all stands under [casil]", () => {
    assert.deepStrictEqual(mistakes('[[casil.overrides]]\nmode = "monitor"'), [
      'config.toml:1: "casil.overrides[0]" names neither a tenant nor an agent; what is meant for all stands under [casil].'
    ])
  })
})
