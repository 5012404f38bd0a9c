/** A job as it runs: what the configuration says, with everything that its absence stands for filled in. */
import type { AgentId, JobId } from "../domain/Ids.ts"
import type { Scope } from "../identity/Scope.ts"
import type { Missed } from "./Due.ts"
import type { Plan } from "./Plan.ts"

export interface Job {
  readonly id: JobId
  readonly plan: Plan
  /** The plan in words (`30 7 * * mon-fri Europe/Berlin`, `@every 15m`); another text is another plan. */
  readonly when: string
  readonly agent: AgentId
  readonly prompt: string
  /** The only tools it may call. */
  readonly tools: ReadonlyArray<string>
  readonly scopes: ReadonlyArray<Scope>
  /** Whether its runs are one conversation; else each is a conversation of its own. */
  readonly history: boolean
  readonly missed: Missed
  /** Until somebody pauses or resumes it. */
  readonly paused: boolean
}
