/** `[[schedule]]` as the scheduler and the agents take it. Pure. */
import type { JobId } from "../../domain/Ids.ts"
import type { Job } from "../../schedule/Job.ts"
import { plan as planOf } from "../../schedule/Plan.ts"
import type { SettingsValues } from "../Settings.ts"

/** The jobs that can be due: the check of the file lets no other through. */
export const jobs = ({ agents, schedule }: SettingsValues): ReadonlyArray<Job> =>
  schedule.flatMap(({ agent, cron, timezone, ...job }): ReadonlyArray<Job> => {
    const plan = planOf(cron, timezone)
    if (plan === undefined) return []
    const text = cron.trim().replaceAll(/\s+/g, " ")
    return [
      {
        id: job.id,
        plan,
        when: plan._tag === "Every" ? text : `${text} ${timezone}`,
        agent: agent ?? agents[0].id,
        prompt: job.prompt,
        tools: job.tools,
        scopes: job.scopes,
        history: job.history,
        missed: job.missed,
        paused: job.paused
      }
    ]
  })

/** What each job may call, for the agents. */
export const jobTools = ({ schedule }: SettingsValues): ReadonlyMap<JobId, ReadonlyArray<string>> =>
  new Map(schedule.map(({ id, tools }) => [id, tools]))
