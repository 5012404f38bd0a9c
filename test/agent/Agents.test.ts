import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Agents } from "../../src/agent/Agent.ts"
import { AgentId, JobId, PrincipalId, principalOfJob } from "../../src/domain/Ids.ts"
import { agent } from "./world.ts"

const main = AgentId.make("main")
const job = JobId.make("report")
const toolsFor = (
  own: ReadonlyArray<string> | undefined,
  granted: ReadonlyArray<string> | undefined,
  who: PrincipalId
) =>
  Effect.map(Agents, (agents) => agents.actingFor(who, main)?.tools).pipe(
    Effect.provide(Agents.layerOf([agent({ tools: own })], new Map(granted === undefined ? [] : [[job, granted]])))
  )

describe("an agent that acts for a job", () => {
  it.effect("T16: has the job's tools, of those it may call itself, and no other", () =>
    Effect.gen(function* () {
      const report = principalOfJob(job)
      assert.deepStrictEqual(yield* toolsFor(undefined, ["echo"], report), ["echo"])
      assert.deepStrictEqual(yield* toolsFor(undefined, [], report), [])
      assert.deepStrictEqual(yield* toolsFor(["echo", "clock"], ["clock", "notes"], report), ["clock"])
    })
  )

  it.effect("T16: is none where the job is not configured any more, so that its last turn may do nothing", () =>
    Effect.gen(function* () {
      const found = yield* Effect.map(Agents, (agents) => agents.actingFor(principalOfJob(job), main)).pipe(
        Effect.provide(Agents.layerOf([agent()]))
      )
      assert.isUndefined(found)
    })
  )

  it.effect("is itself for everybody else", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* toolsFor(undefined, ["echo"], PrincipalId.make("local")))
      assert.deepStrictEqual(yield* toolsFor(["clock"], ["echo"], PrincipalId.make("token:schedule:report")), ["clock"])
    })
  )
})
