import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { check } from "../../layers/config/ConfigFile.ts"
import { parseToml } from "../../layers/config/TomlFile.ts"
import { budgetLimits } from "../../src/settings/options/budget.ts"
import { jobs, jobTools } from "../../src/settings/options/schedule.ts"
import { assemble } from "../../src/settings/Settings.ts"

const head = '[[schedule]]\nid = "j"\nprompt = "p"\n'

const mistakes = (toml: string): ReadonlyArray<string> => {
  const result = check(toml)
  return Result.isFailure(result) ? result.failure.message.split("\n") : []
}

describe("[[schedule]]", () => {
  it("names each mistake with its line, its key and what was probably meant", () => {
    assert.deepStrictEqual(
      mistakes(
        `[agent]\nid = "writer"\ntools = ["echo", "clock"]\n${head}cron = "0 25 * * *"\n` +
          'timezone = "Europe/Berln"\nagent = "writr"\n[[schedule]]\nid = "j"\nprompt = "p"\ncron = "0 9 * * mno"\ntools = ["ecko"]\n'
      ),
      [
        'config.toml:7: "schedule[0].cron" cannot be used: its hour is "25", and takes 0 to 23.',
        'config.toml:8: "schedule[0].timezone" is "Europe/Berln", which is no IANA time zone; did you mean "Europe/Berlin"?',
        'config.toml:9: "schedule[0].agent" names the agent "writr", which is not configured; did you mean "writer"? Configured: writer.',
        'config.toml:11: the job "j" stands here twice (first as "schedule[0].id"); every job needs a name of its own.',
        'config.toml:13: "schedule[1].cron" cannot be used: its day of the week is "mno", and takes 0 to 7 or sun to sat; did you mean "mon"?',
        'config.toml:14: "schedule[1].tools" names "ecko", which its agent may not call; did you mean "echo"? It has: echo, clock.'
      ]
    )
  })

  it("needs a time that comes, and knows no operator's scope", () => {
    assert.deepStrictEqual(mistakes(`${head}cron = "0 0 30 2 *"\n`), [
      'config.toml:4: "schedule[0].cron" names a day that never comes.'
    ])
    assert.match(mistakes(head)[0] ?? "", /^config.toml:1: "schedule\[0\].cron" is missing; it must be five fields/)
    assert.match(mistakes(`${head}cron = "0 0 * * *"\nscopes = ["admin"]\n`)[0] ?? "", /"schedule\[0\].scopes" must be/)
    assert.match(mistakes(`${head}cron = "@every 10s"\n`)[0] ?? "", /takes a span from "@every 1m" to "@every 366d"\.$/)
    assert.deepStrictEqual(mistakes(`${head}cron = "@every 10m"\n`), [])
  })

  it.effect("T16: is a job of the first agent with no tools, no scopes and no history, unless it says so", () =>
    Effect.gen(function* () {
      const { table } = yield* Effect.fromResult(
        parseToml(`${head}cron = " 30  7 * * mon-fri"\n[schedule.budget]\ndaily = 5000\nusd.monthly = 2.5\n`, "c")
      )
      const { values } = yield* Effect.fromResult(
        assemble({ file: table, name: "c", positions: new Map(), overrides: [], reasons: [] })
      )
      const [{ plan, ...job } = { plan: undefined }] = jobs(values)
      assert.strictEqual(plan?._tag, "Cron")
      assert.deepStrictEqual(job as unknown, {
        id: "j",
        when: "30 7 * * mon-fri UTC",
        agent: "default",
        prompt: "p",
        tools: [],
        scopes: [],
        history: false,
        missed: "skip",
        paused: false
      })
      assert.deepStrictEqual([...jobTools(values)] as unknown, [["j", []]])
      assert.deepStrictEqual([...budgetLimits(values).schedules] as unknown, [
        ["j", { turn: {}, session: {}, day: { tokens: 5000 }, month: { micros: 2_500_000 }, total: {} }]
      ])
    })
  )
})
