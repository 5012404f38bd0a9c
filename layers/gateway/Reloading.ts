/** The settings in force, read again on request. What can change without a restart is read from here at each use. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Reload } from "../../src/gateway/Reload.ts"
import type { ConfigError } from "../../src/config/ConfigError.ts"
import { show } from "../../src/config/KeyPath.ts"
import type { SettingsShape, SettingsValues } from "../../src/settings/Settings.ts"

/** The values in force now. */
export class Current extends Context.Service<Current, { readonly values: () => SettingsValues }>()(
  "exoclaw/gateway/CurrentSettings"
) {}

/** A value in force, by a name that stays with its agent wherever in the file that stands. */
interface Shown {
  readonly key: string
  readonly value: string
  /** Budgets take effect at once; every other change is named and waits for a restart. */
  readonly isBudget: boolean
  /** The agent it is about. */
  readonly agent: string | undefined
}

const idsOf = ({ agents }: SettingsValues): ReadonlyArray<string> => agents.map(({ id }) => id)

const shownOf = ({ effective, values }: SettingsShape): ReadonlyMap<string, Shown> => {
  const ids = idsOf(values)
  return new Map(
    effective.map(({ key, path, value: inFile }): [string, Shown] => {
      const [top, at] = path
      const value = JSON.stringify(inFile)
      if (top !== "agent" && top !== "agents")
        return [key, { key, value, isBudget: top === "budgets", agent: undefined }]
      const own = path.slice(top === "agent" ? 1 : 2)
      const agent = ids[typeof at === "number" ? at : 0] ?? ""
      return [show(["agent", agent, ...own]), { key, value, isBudget: own[0] === "budgets", agent }]
    })
  )
}

/** `reread` reads file, environment and flags once more. */
export const layer = (
  settings: SettingsShape,
  reread: Effect.Effect<SettingsShape, ConfigError>
): Layer.Layer<Current | Reload> =>
  Layer.effectContext(
    Effect.sync(() => {
      let values = settings.values
      const running = idsOf(values)
      let before = shownOf(settings)
      return Context.make(Current, { values: () => values }).pipe(
        Context.add(Reload, {
          run: Effect.map(reread, (after) => {
            const configured = idsOf(after.values)
            /** They run and are configured still: nobody else's budgets can change now. */
            const kept = running.filter((id) => configured.includes(id))
            const now = shownOf(after)
            const inForce = new Map(before)
            const applied = new Set<string>()
            const restart = new Set<string>()
            for (const name of new Set([...before.keys(), ...now.keys()])) {
              const [old, next] = [before.get(name), now.get(name)]
              const either = next ?? old
              if (either === undefined || old?.value === next?.value) continue
              const { agent, isBudget, key } = either
              if (!isBudget || (agent !== undefined && !kept.includes(agent))) restart.add(key)
              else {
                applied.add(key)
                if (next === undefined) inForce.delete(name)
                else inForce.set(name, next)
              }
            }
            // the first one is the default
            if (kept.join() !== configured.filter((id) => kept.includes(id)).join()) restart.add("agents")
            // what needs a restart stays as it was, so that the next reload names it again
            before = inForce
            const [first, ...others] = values.agents
            const budgets = (agent: SettingsValues["agents"][0]) => withBudgets(agent, after.values)
            values = { ...values, budgets: after.values.budgets, agents: [budgets(first), ...others.map(budgets)] }
            return { applied: [...applied], restart: [...restart] }
          })
        })
      )
    })
  )

const withBudgets = (agent: SettingsValues["agents"][0], after: SettingsValues): SettingsValues["agents"][0] => ({
  ...agent,
  budgets: after.agents.find(({ id }) => id === agent.id)?.budgets ?? agent.budgets
})
