import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Agent } from "../../src/agent/Agent.ts"
import { AgentId, PluginName } from "../../src/domain/Ids.ts"
import { BusPublisher } from "../../src/sandbox/BusPublisher.ts"
import { Capabilities, capabilities } from "../../src/sandbox/Grant.ts"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import { load } from "../../layers/sandbox/PluginFile.ts"
import { hostFunctions } from "../../layers/gateway/PluginHost.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import { fake, finish, spender, target, text, world } from "../model/fixtures.ts"
import { as, ask, casil } from "../sandbox/support.ts"

const limits: Array<number> = []
const tools: Array<number> = []
const model = fake((request) => {
  limits.push(request.maxOutputTokens)
  tools.push(request.tools.length)
  return Stream.make(text("an answer"), finish(10, 2))
})
const helper: Agent = {
  id: AgentId.make("helper"),
  targets: [target],
  systemPrompt: undefined,
  soulPath: undefined,
  tools: [],
  approve: [],
  skill: undefined,
  cache: true,
  limits: { modelCalls: 1, toolCalls: 1, seconds: 1 }
}
const offered = (grants: ReadonlyArray<string>) =>
  hostFunctions({
    agents: [helper],
    grants,
    secretsFile: join(tmpdir(), "exoclaw-no-such-folder", "secrets.db"),
    secretKey: undefined
  })
const environment = Layer.mergeAll(
  world([model]),
  MemoryAudit.layerMemory,
  NodeEntropy.layer,
  BusPublisher.layerOff,
  casil
)

it.effect("requests and secrets are served where some plugin was granted one of them", () =>
  Effect.gen(function* () {
    const names = (grants: ReadonlyArray<string>) =>
      Effect.map(offered(grants), (functions) => functions.map(({ name }) => name))
    assert.deepStrictEqual(yield* names(["store:x", "clock"]), ["random", "model_complete", "bus_publish"])
    const all = ["random", "model_complete", "bus_publish", "secret_exists", "http_request"]
    assert.deepStrictEqual(yield* names(["http:example.com"]), all)
    assert.deepStrictEqual(yield* names(["secret:TOKEN"]), all)
  }).pipe(Effect.provide(environment))
)

it.effect("T24: model_complete asks the agent's first model, without any tool, at most as much as both allow", () =>
  Effect.gen(function* () {
    const complete = (yield* offered([])).find(({ name }) => name === "model_complete")
    assert(complete !== undefined)
    const plugin = PluginName.make("asker")
    const call = { plugin, agent: spender.agent, turn: { session: spender.session, id: spender.turn } }
    const asking = (agent: string, maxTokens: number) =>
      ask(complete, JSON.stringify({ agent, prompt: "q", max_tokens: maxTokens }), call).pipe(
        Effect.provideService(
          Capabilities,
          capabilities([
            [
              plugin,
              [
                { kind: "model", agent: "helper" },
                { kind: "model", agent: "gone" }
              ]
            ]
          ])
        ),
        as("alice")
      )
    assert.strictEqual(yield* asking("helper", 7), '{"ok":{"text":"an answer"}}')
    yield* asking("helper", 5000)
    assert.deepStrictEqual(limits, [7, target.maxOutputTokens])
    assert.deepStrictEqual(tools, [0, 0])
    assert.strictEqual(yield* asking("gone", 7), '{"error":"There is no agent \\"gone\\"."}')
  }).pipe(Effect.provide(environment))
)

it.effect("T19: model:AGENT that names no agent is refused with the plugin, the grant and the agents there are", () =>
  Effect.gen(function* () {
    const functions = yield* offered([])
    const message = (grant: string) =>
      Effect.map(
        Effect.flip(
          load({ name: PluginName.make("asker"), path: "/no/such/module.wasm", capabilities: [grant] }, functions)
        ),
        (refused) => refused.message
      )
    assert.strictEqual(
      yield* message("model:helpr"),
      'Plugin "asker": capability "model:helpr" names no agent; did you mean "model:helper"? There is helper.'
    )
    assert.match(yield* message("model:x"), /"model:x" names no agent\. There is helper\.$/)
    assert.match(yield* message("model:helper"), /does not exist/)
  }).pipe(Effect.provide(environment))
)
