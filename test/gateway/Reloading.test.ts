import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { parseToml } from "../../layers/config/TomlFile.ts"
import * as Reloading from "../../layers/gateway/Reloading.ts"
import { Reload } from "../../src/gateway/Reload.ts"
import { assemble, type SettingsShape } from "../../src/settings/Settings.ts"

const settingsOf = Effect.fnUntraced(function* (text: string) {
  const { positions, table } = yield* Effect.fromResult(parseToml(text, "config.toml"))
  const source = { file: table, name: "config.toml", positions, overrides: [], reasons: [] }
  const assembled = yield* Effect.fromResult(assemble(source))
  const environment = { token: Redacted.make("t"), apiKeys: {}, endpoints: {} }
  const settings: SettingsShape = { ...assembled, stateDir: "/s", configFile: "/s/config.toml", environment }
  return settings
}, Effect.orDie)

/** Starts with the first text; each further one is what a reload finds. */
const reloads = (first: string, ...others: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    let file = first
    const reread = Effect.suspend(() => settingsOf(file))
    return yield* Effect.gen(function* () {
      const { values } = yield* Reloading.Current
      const { run } = yield* Reload
      return yield* Effect.forEach(others, (text) =>
        Effect.gen(function* () {
          file = text
          const { applied, restart } = yield* Effect.orDie(run)
          const budgets = values().agents.map(({ budgets, id }) => `${id} ${budgets.daily}`)
          return { applied: applied.toSorted(), restart: restart.toSorted(), budgets }
        })
      )
    }).pipe(Effect.provide(Reloading.layer(yield* settingsOf(first), reread)))
  })

const agent = (id: string, daily?: number) =>
  `[[agents]]\nid = "${id}"\n${daily === undefined ? "" : `budgets.daily = ${daily}\n`}`

describe("what a reload says", () => {
  it.effect("an agent's budgets are applied where that agent runs, wherever in the file they stand now", () =>
    Effect.gen(function* () {
      const [changed, moved] = yield* reloads(
        '[agent]\nid = "main"\nbudgets.daily = 5',
        '[agent]\nid = "main"\nbudgets.daily = 6',
        agent("main", 7)
      )
      assert.deepStrictEqual(changed, { applied: ["agent.budgets.daily"], restart: [], budgets: ["main 6"] })
      assert.deepStrictEqual(moved, { applied: ["agents[0].budgets.daily"], restart: [], budgets: ["main 7"] })
    })
  )

  it.effect("budgets of agents that come or go wait for the restart, and are said again until then", () =>
    Effect.gen(function* () {
      const other = agent("other", 9)
      for (const text of [other, `${other}${agent("third", 1)}`]) {
        const all = yield* reloads('[agent]\nid = "main"\nbudgets.daily = 5', text, text)
        for (const { applied, budgets, restart } of all) {
          assert.deepStrictEqual(applied, [])
          assert.includeMembers([...restart], ["agent.budgets.daily", "agents[0].budgets.daily", "agents[0].id"])
          assert.deepStrictEqual(budgets, ["main 5"])
        }
      }
      const [added] = yield* reloads(agent("main", 5), agent("main", 6) + agent("other", 9))
      assert.deepStrictEqual(added?.applied, ["agents[0].budgets.daily"])
      assert.includeMembers([...(added?.restart ?? [])], ["agents[1].budgets.daily", "agents[1].id"])
      assert.deepStrictEqual(added?.budgets, ["main 6"])
    })
  )

  it.effect("agents in another order keep their budgets; which one is the default waits", () =>
    Effect.gen(function* () {
      const [swapped, back] = yield* reloads(
        agent("main", 5) + agent("other", 9),
        agent("other", 10) + agent("main", 5),
        agent("main", 5) + agent("other", 10)
      )
      const budgets = ["main 5", "other 10"]
      assert.deepStrictEqual(swapped, { applied: ["agents[0].budgets.daily"], restart: ["agents"], budgets })
      assert.deepStrictEqual(back, { applied: [], restart: [], budgets })
    })
  )

  it.effect("a budget that is taken out of the file is gone", () =>
    Effect.gen(function* () {
      const [gone] = yield* reloads(agent("main", 5) + "[budgets]\nsession = 4\n", agent("main"))
      assert.sameMembers([...(gone?.applied ?? [])], ["agents[0].budgets.daily", "budgets.session"])
      assert.deepStrictEqual(gone?.budgets, ["main unlimited"])
    })
  )
})
