/** What the configuration expects of its plugins, held against what they turn out to be when they are loaded. Pure. */
import type { ConfigReason } from "../config/ConfigError.ts"
import type { Effective } from "../config/Inspection.ts"
import { quote } from "../config/KeyPath.ts"
import type { PluginInfo } from "../sandbox/Sandbox.ts"
import { conflict } from "./RuleParts.ts"
import type { SettingsShape } from "./Settings.ts"

const listed = (names: ReadonlyArray<string>, none: string): string =>
  names.length === 0 ? none : `There are: ${names.join(", ")}.`

/** Keys that name tools; the same name means the same thing of an agent, a binding and a job. */
const namesTools = ({ path }: Effective): boolean => {
  const [top] = path
  const key = path.at(-1)
  return key === "tools"
    ? top === "agent" || top === "agents" || top === "bindings" || top === "schedule"
    : key === "approve" && (top === "agent" || top === "agents")
}

/** Mistakes that only the loaded plugins tell: a tool that none of them has, a skill that answers no messages. */
export const unknownNames = (
  { effective }: SettingsShape,
  plugins: ReadonlyArray<Pick<PluginInfo, "name" | "kinds" | "tools">>
): ReadonlyArray<ConfigReason> => {
  const tools = plugins.flatMap((plugin) => plugin.tools.map(({ name }) => name))
  const skills = plugins.flatMap(({ kinds, name }) => (kinds.includes("skill") ? [String(name)] : []))
  return effective.flatMap((one) => {
    const { key, path, source, value } = one
    if (namesTools(one) && Array.isArray(value)) {
      return value
        .filter((name) => !tools.includes(name))
        .map((name) => {
          const text = `"${key}" names the tool ${quote(String(name))}, which no plugin has.`
          return conflict(source, path, `${text} ${listed(tools, "No plugin has any tools.")}`, tools)
        })
    }
    if (path.at(-1) !== "skill" || (path[0] !== "agent" && path[0] !== "agents") || skills.includes(String(value)))
      return []
    const text = `"${key}" names the plugin ${quote(String(value))}, which does not answer messages (it has no handle_message).`
    return [conflict(source, path, `${text} ${listed(skills, "None of the plugins does.")}`, skills)]
  })
}
