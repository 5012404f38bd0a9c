import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { type Agent, Agents, type Bounds } from "../../src/agent/Agent.ts"
import { JobId, PrincipalId, principalOfJob } from "../../src/domain/Ids.ts"
import * as RouteIndex from "../../src/router/RouteIndex.ts"
import { keyOf } from "../session/fixtures.ts"
import { agent } from "./world.ts"

const job = JobId.make("report")
const report = principalOfJob(job)
const local = PrincipalId.make("local")
const acting = (own: Agent["tools"], bounds: Bounds, who: PrincipalId, peer = "main") =>
  Effect.map(Agents, (agents) => agents.actingFor(who, keyOf(peer))).pipe(
    Effect.provide(Agents.layerOf([agent({ tools: own })], bounds))
  )
const toolsFor = (own: Agent["tools"], granted: ReadonlyArray<string>, who: PrincipalId) =>
  Effect.map(acting(own, { jobs: new Map([[job, granted]]) }, who), (found) => found?.tools)

describe("an agent that acts for a job", () => {
  it.effect("T16: has the job's tools, of those it may call itself, and no other", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* toolsFor(undefined, ["echo"], report), ["echo"])
      assert.deepStrictEqual(yield* toolsFor(undefined, [], report), [])
      assert.deepStrictEqual(yield* toolsFor(["echo", "clock"], ["clock", "notes"], report), ["clock"])
    })
  )

  it.effect("T16: is none where the job is not configured any more, so that its last turn may do nothing", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* acting(undefined, {}, report))
    })
  )

  it.effect("is itself for everybody else", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* toolsFor(undefined, ["echo"], local))
      assert.deepStrictEqual(yield* toolsFor(["clock"], ["echo"], PrincipalId.make("token:schedule:report")), ["clock"])
    })
  )
})

describe("an agent at an address", () => {
  const toolsAt: Bounds["toolsAt"] = ({ peer }) => (peer === "guest" ? ["echo", "rm"] : undefined)

  it.effect("T24: has what is left there of its own tools, and all of them elsewhere", () =>
    Effect.gen(function* () {
      const at = (own: Agent["tools"], peer: string) =>
        Effect.map(acting(own, { toolsAt }, local, peer), (found) => found?.tools)
      assert.deepStrictEqual(yield* at(["echo", "notes"], "guest"), ["echo"])
      assert.deepStrictEqual(yield* at(undefined, "guest"), ["echo", "rm"])
      assert.deepStrictEqual(yield* at(["echo", "notes"], "main"), ["echo", "notes"])
    })
  )

  const names = fc.uniqueArray(fc.constantFrom("t1", "t2", "t3", "t4"))
  const lists = fc.option(names, { nil: undefined })
  it("T24: never has a tool that the agent, a binding or the job lacks", () =>
    fc.assert(
      fc.asyncProperty(
        lists,
        names,
        fc.array(lists, { maxLength: 4 }),
        fc.boolean(),
        (own, jobTools, bindings, isJob) =>
          Effect.gen(function* () {
            const fields = ["peer", "account", "channel"] as const
            const { account, channel, conversation } = keyOf("main")
            const here = { account, channel, ...conversation }
            const index = RouteIndex.make(
              bindings.map((tools, at) => {
                const field = fields[at % fields.length] ?? "peer"
                return { agent: agent().id, match: { [field]: here[field] }, tools }
              }),
              agent().id
            )
            const bounds: Bounds = {
              jobs: new Map([[job, jobTools]]),
              toolsAt: (address) => RouteIndex.toolsAt(index, address)
            }
            const found = yield* acting(own, bounds, isJob ? report : local)
            const has = (list: ReadonlyArray<string> | undefined, tool: string) =>
              list === undefined || list.includes(tool)
            for (const tool of ["t1", "t2", "t3", "t4"]) {
              const allowed = [own, ...bindings, isJob ? jobTools : undefined].every((list) => has(list, tool))
              assert.strictEqual(has(found?.tools, tool), allowed)
            }
          }).pipe(Effect.runPromise)
      )
    ))
})
