/** Tools that the agent may call, by its allow-list. */
import type { Tool } from "../../src/sandbox/Sandbox.ts"
import type { Progress } from "./Progress.ts"
import type { Services } from "./services.ts"

export const toolsOf = (services: Services, progress: Progress): ReadonlyArray<Tool> => {
  const allowed = progress.agent.tools
  return services.sandbox.tools.filter((tool) => allowed === undefined || allowed.includes(tool.name))
}
