/** Why a person is asked, and how the question would not come again, in sentences for people. Pure. */
import type { Question } from "./Approval.ts"

export interface Because {
  /** Which text, account or file is behind it. */
  readonly because: string
  /** What to configure; null where nothing would. */
  readonly unasked: string | null
}

const TOOL = "tool:"

/** What a text was, by its origin (`domain/Provenance`). */
const spoken = (origin: string): string => {
  switch (origin) {
    case "web":
      return "text from the web"
    case "channel":
      return "a message that came over a channel"
    case "memory":
      return "records that were imported into memory"
    default:
      return origin
  }
}

const listed = (all: ReadonlyArray<string>): string =>
  all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1) ?? ""}`

/** What the model has read, the tools in one breath. */
const read = (origins: ReadonlyArray<string>): string => {
  const tools = origins.filter((origin) => origin.startsWith(TOOL)).map((origin) => origin.slice(TOOL.length))
  const said = tools.length === 0 ? [] : [`what the tool${tools.length > 1 ? "s" : ""} ${listed(tools)} said`]
  return listed([...said, ...origins.filter((origin) => !origin.startsWith(TOOL)).map(spoken)])
}

export const because = (question: Question): Because => {
  switch (question.what) {
    case "tool_call": {
      const { origins, plugin, tool, why } = question.subject
      return why === "listed"
        ? {
            because: `The operator wants to be asked before the tool ${tool} runs.`,
            unasked: `Without ${tool} in the agent's "approve" nobody is asked for it.`
          }
        : {
            because: `The model has read ${read(origins)}, which may hold somebody else's orders, and the plugin ${plugin} can act on them.`,
            unasked: `untrusted = true on the grants of the plugin ${plugin} lets it run unasked after such text, untrusted = false never. A new conversation begins without it.`
          }
    }
    case "budget": {
      const { account } = question.subject
      return {
        because: `The account ${account} has reached its pause mark.`,
        unasked: "[budgets] pause is that mark."
      }
    }
    case "grant": {
      const { plugin } = question.subject
      return {
        because: `The file of the plugin ${plugin} is another one than its grants were given to.`,
        unasked: "sha256 in its [[plugins]] table names the file that may have them."
      }
    }
  }
}
