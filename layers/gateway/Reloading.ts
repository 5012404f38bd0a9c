/** The settings in force, read again on request. What can change without a restart is read from here at each use. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Reload } from "../../src/gateway/Reload.ts"
import type { ConfigError } from "../../src/config/ConfigError.ts"
import type { SettingsShape, SettingsValues } from "../../src/settings/Settings.ts"

/** The values in force now. */
export class Current extends Context.Service<Current, { readonly values: () => SettingsValues }>()(
  "exoclaw/gateway/CurrentSettings"
) {}

/** Keys that take effect at once; every other change is named and waits for a restart. */
const live = /^(?:budgets|agents?\[?\d*\]?\.budgets)\b/

const changed = (before: SettingsShape, after: SettingsShape): ReadonlyArray<string> => {
  const show = (settings: SettingsShape) =>
    new Map(settings.effective.map(({ key, value }) => [key, JSON.stringify(value)]))
  const old = show(before)
  const now = show(after)
  return [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key))
}

/** `reread` reads file, environment and flags once more. */
export const layer = (
  settings: SettingsShape,
  reread: Effect.Effect<SettingsShape, ConfigError>
): Layer.Layer<Current | Reload> =>
  Layer.effectContext(
    Effect.sync(() => {
      let current = settings
      return Context.make(Current, { values: () => current.values }).pipe(
        Context.add(Reload, {
          run: Effect.map(reread, (after) => {
            const keys = changed(current, after)
            const applied = keys.filter((key) => live.test(key))
            // what needs a restart stays as it was, so that the next reload names it again
            current = {
              ...current,
              effective: [
                ...current.effective.filter(({ key }) => !live.test(key)),
                ...after.effective.filter(({ key }) => live.test(key))
              ],
              values: {
                ...current.values,
                budgets: after.values.budgets,
                agents: [
                  withBudgets(current.values.agents[0], after.values),
                  ...current.values.agents.slice(1).map((agent) => withBudgets(agent, after.values))
                ]
              }
            }
            return { applied, restart: keys.filter((key) => !live.test(key)) }
          })
        })
      )
    })
  )

const withBudgets = (agent: SettingsValues["agents"][0], after: SettingsValues): SettingsValues["agents"][0] => ({
  ...agent,
  budgets: after.agents.find(({ id }) => id === agent.id)?.budgets ?? agent.budgets
})
