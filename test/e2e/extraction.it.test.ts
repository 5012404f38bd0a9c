/** `[memory] extraction = "model"` through the real program, against a vendor on the wire. */
import { assert, describe, it } from "@effect/vitest"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { JsonRpcClient } from "../support/JsonRpcClient.ts"
import { type Asked, vendor } from "../support/OpenAiVendor.ts"

const env = { OPENAI_API_KEY: "sk-a-key-for-a-mock-0123456789" }

const config = (url: string, more: string) =>
  `[agent]\nprovider = "openai"\nmodel = "mock-1"\nbase_url = "${url}"\ntools = []\n\n` +
  `[prices."mock-1"]\ninput = 1\noutput = 1\n\n[prices."mock-small"]\ninput = 1\noutput = 1\n\n[memory]\n${more}`

const isExtraction = ({ body }: Asked): boolean => JSON.stringify(body.messages[0]).includes("lasting facts")
const last = ({ body }: Asked): string => body.messages.at(-1).content

const finds = (asked: Asked): ReadonlyArray<string> =>
  isExtraction(asked)
    ? [
        JSON.stringify({
          facts: [
            {
              sentence: "My thing is pottery",
              about: { role: "me" },
              attribute: "likes",
              value: "pottery",
              status: "holds"
            },
            {
              sentence: "My thing is pottery",
              about: { role: "me" },
              attribute: "likes",
              value: "murder",
              status: "holds"
            }
          ]
        })
      ]
    : ["Noted."]

const factsOf = async (client: JsonRpcClient) =>
  (await client.call("memory.facts")).facts.map(
    ({ confidence, origin, value }: any) => `${value} ${origin} ${confidence}`
  )

/** Looks until the facts are such. */
const until = async (client: JsonRpcClient, good: (facts: ReadonlyArray<string>) => boolean) => {
  for (;;) {
    const facts = await factsOf(client)
    if (good(facts)) return facts
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

describe("facts by a model", () => {
  it("come after the answer, of the user's words only, with their source, under an account of their own, and are audited", async () => {
    const mock = await vendor({ pieces: finds, bill: () => ({ prompt_tokens: 450, completion_tokens: 100 }) })
    const gateway = await GatewayProcess.start({
      env,
      config: config(mock.url, 'extraction = "model"\nextraction_model = "mock-small"\n')
    })
    const client = await gateway.open()
    await client.call("chat.send", { content: "I live in Rome. My thing is pottery.\n> My boss collects stamps." })
    assert.deepStrictEqual(await until(client, (facts) => facts.length > 1), ["Rome rules 0.9", "pottery model 0.7"])
    const [asked, ...others] = mock.asked.filter(isExtraction)
    assert.isDefined(asked)
    assert.deepStrictEqual(others, [])
    if (asked === undefined) return
    assert.strictEqual(asked.body.model, "mock-small")
    assert.strictEqual(last(asked), '{"sentences":["I live in Rome","My thing is pottery"]}')
    // the next prompt quotes it as a record of what the user said, in no system role
    await client.call("chat.send", { content: "What about pottery?", peer: "other" })
    const next = mock.asked.findLast((one) => !isExtraction(one))
    assert.include(next === undefined ? "" : last(next), 'The user likes "pottery"')
    const { accounts } = await client.call("budget.status")
    const own = accounts.filter(({ scope, unit }: any) => scope === "extraction" && unit === "tokens")
    assert.isNotEmpty(own)
    for (const { held, spent } of own) assert.deepInclude({ held, spent }, { held: 0, spent: 550 })
    const operator = await gateway.openOperator()
    const { entries } = await operator.call("audit.query", { kind: "budget.settled" })
    const audited = entries.filter(({ event }: any) => event.data.model === "mock-small")
    assert.lengthOf(audited, 1)
    assert.deepInclude(audited[0].event, { principal: "local", agent: "default", session: "extraction" })
    const args = ["memory", "show", "--state", gateway.state, "--url", gateway.url]
    const { stdout: shown } = await GatewayProcess.spawnProgram(args, { HOME: gateway.state }).exited
    assert.match(shown, /likes +pottery +holds +model/)
    assert.match(shown, /lives in +Rome +holds +rules/)
  })

  it("wait where their account is spent, while turns are answered", async () => {
    const mock = await vendor({ pieces: finds })
    const gateway = await GatewayProcess.start({
      env,
      config: config(mock.url, 'extraction = "model"\n\n[memory.budget]\ndaily = 10\n')
    })
    const client = await gateway.open()
    const said = () => client.call("chat.send", { content: "My thing is pottery." })
    assert.strictEqual((await said()).stopReason, "end_turn")
    await gateway.waitFor(/no facts of turn_\w+: The extraction budget is used up/)
    assert.strictEqual((await said()).stopReason, "end_turn")
    assert.deepStrictEqual(await factsOf(client), [])
    assert.deepStrictEqual(mock.asked.filter(isExtraction), [])
  })

  it("are off unless somebody asks for them", async () => {
    const mock = await vendor({ pieces: finds })
    const gateway = await GatewayProcess.start({ env, config: config(mock.url, "") })
    const client = await gateway.open()
    await client.call("chat.send", { content: "I live in Rome. My thing is pottery." })
    assert.deepStrictEqual(await factsOf(client), ["Rome rules 0.9"])
    await client.call("chat.send", { content: "Thanks." })
    await gateway.kill("SIGTERM")
    assert.deepStrictEqual(mock.asked.filter(isExtraction), [])
  })
})
