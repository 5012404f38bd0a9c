/** Patterns, rules and overrides of `[casil]`: what cannot mean anything is refused before anything starts. */
import type { ConfigReason } from "../config/ConfigError.ts"
import { type KeyPath, quote, show } from "../config/KeyPath.ts"
import { get, isTable, type RawTable } from "../config/RawTable.ts"
import { type Problem, problemsOf } from "../casil/Custom.ts"
import { type CustomRule, defaultPolicy } from "../casil/Policy.ts"
import { agentIds, conflict, meant, type SourceOf, tables } from "./RuleParts.ts"

const texts = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : []

const pathOf = ({ at, index, key }: Problem): KeyPath => {
  if (at === "redaction.patterns") return ["casil", "redaction", "patterns", index]
  if (at === "limits.max_patterns") return ["casil", "limits", "max_patterns"]
  const [name, nth] = key ?? []
  return ["casil", "rules", index, ...(name === undefined ? [] : [name]), ...(nth === undefined ? [] : [nth])]
}

/** An override is somebody's: a name that nobody has would leave him with less than was meant for him. */
const overrideMistakes = (root: RawTable, casil: RawTable, sourceOf: SourceOf): ReadonlyArray<ConfigReason> =>
  tables(casil, "overrides").flatMap(([under, table]) => {
    const path: KeyPath = ["casil", ...under]
    const agent = get(table, ["agent"])
    if (agent === undefined && get(table, ["tenant"]) === undefined) {
      const text = `"${show(path)}" names neither a tenant nor an agent; what is meant for all stands under [casil].`
      return [conflict(sourceOf(path), path, text, ["tenant", "agent"])]
    }
    const known = agentIds(root)
    if (typeof agent !== "string" || known.includes(agent)) return []
    const at: KeyPath = [...path, "agent"]
    const text = `"${show(at)}" names the agent ${quote(agent)}, which is not configured${meant(agent, known)} Configured: ${known.join(", ")}.`
    return [conflict(sourceOf(at), at, text, known)]
  })

/** What is wrong with them. What is of the wrong type is told by the schema. */
export const casilRules = (root: RawTable, sourceOf: SourceOf): ReadonlyArray<ConfigReason> => {
  const casil = get(root, ["casil"])
  if (!isTable(casil)) return []
  const rules = tables(casil, "rules").map(([, table]): CustomRule => ({
    id: String(get(table, ["id"]) ?? ""),
    pattern: String(get(table, ["pattern"]) ?? ""),
    keywords: texts(get(table, ["keywords"])),
    placeholders: texts(get(table, ["placeholders"])),
    action: "redact",
    matches: texts(get(table, ["matches"])),
    ignores: texts(get(table, ["ignores"]))
  }))
  const most = get(casil, ["limits", "max_patterns"])
  const policy = {
    ...defaultPolicy,
    redactionPatterns: texts(get(casil, ["redaction", "patterns"])),
    rules,
    limits: { ...defaultPolicy.limits, ...(typeof most === "number" ? { maxPatterns: most } : {}) }
  }
  const problems = problemsOf(policy).map((problem) => {
    const path = pathOf(problem)
    const which = problem.at === "redaction.patterns" ? `expression ${problem.index + 1} is refused: ` : ""
    return conflict(sourceOf(path), path, `${which}${problem.why}.`)
  })
  return [...problems, ...overrideMistakes(root, casil, sourceOf)]
}
