/**
 * Two principals of one agent talk, search, export, import and forget at random, each naming the other's turns and facts
 * too. Every answer that either gets is looked through for the other's words. `npm run test:long` plays 10,000 steps.
 */
import { assert, it } from "@effect/vitest"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { JsonRpcClient } from "../support/JsonRpcClient.ts"

const long = process.env["EXOCLAW_LONG"] !== undefined
const steps = long ? 10_000 : 400
const seed = long ? Date.now() % 2 ** 31 : 11

const random = (() => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return Math.floor((state / 0x80000000) * below)
  }
})()
const pick = <A>(all: ReadonlyArray<A>): A | undefined => all[random(all.length)]

interface Somebody {
  readonly name: string
  readonly client: JsonRpcClient
  /** In all that this one says of themselves, and in nothing that the other says. */
  readonly mark: string
  /** What the other may name without seeing it. */
  turns: Array<string>
  facts: Array<number>
  sessions: Array<string>
  exported: Array<unknown>
}

const scopes = ["chat:send", "session:read", "session:write", "memory:read", "memory:write"]
const says = [
  (x: string) => `My dog is called ${x}dog.`,
  (x: string) => `I live in ${x}ville.`,
  (x: string) => `I moved from ${x}ville to ${x}town.`,
  (x: string) => `My sister ${x}anna has a cat called ${x}cat.`,
  (x: string) => `I like ${x}tea and ${x}cake.`,
  (x: string) => `I am allergic to ${x}nuts.`,
  (x: string) => `No, it's ${x}other.`,
  (x: string) => `Always sign with ${x}sign.`,
  (x: string) => `The bus to ${x}road was late.`
]
// words of both, names of neither
const asks = [
  "What is my dog called?",
  "Where do I live, and where did I live before?",
  "What does my sister's cat like?",
  "dog cat sister tea cake nuts bus sign",
  "What did I say last week?",
  "anna dog ville town"
]

it(
  "T26: two principals over random operations never see each other's facts, turns or exports, nor reach them by name",
  async () => {
    const config = '[agent]\nprovider = "offline"\ntools = []\n[budgets]\ndaily = "unlimited"\n'
    const gateway = await GatewayProcess.start({ config })
    const operator = await gateway.openOperator()
    const somebody = async (name: string, mark: string): Promise<Somebody> => {
      const { token } = await operator.call("token.create", { name, scopes })
      return { name, mark, client: await gateway.open(token), turns: [], facts: [], sessions: [], exported: [] }
    }
    const people = [await somebody("ada", "qzad"), await somebody("bob", "xwbo")] as const
    const other = (one: Somebody): Somebody => (one === people[0] ? people[1] : people[0])
    let seen = 0

    const step = async (me: Somebody): Promise<unknown> => {
      const them = other(me)
      const say = pick(says) ?? String
      switch (random(16)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4: {
          const answer = await me.client.call("chat.send", { content: say(me.mark), peer: `p${random(4)}` })
          me.turns = [...me.turns, answer.turnId].slice(-50)
          me.sessions = [...new Set([...me.sessions, answer.sessionKey])]
          return answer
        }
        case 5:
        case 6:
          return me.client.call("chat.send", { content: pick(asks), peer: `p${random(4)}` })
        case 7:
        case 8:
        case 9:
          return me.client.call("memory.search", { query: pick(asks), limit: 50 })
        case 10: {
          const page = await me.client.call("memory.facts", { limit: 500 })
          me.facts = page.facts.map(({ fact }: { readonly fact: number }) => fact)
          return page
        }
        case 11: {
          const page = await me.client.call("memory.export", { limit: 100 })
          me.exported = page.records
          return page
        }
        case 12:
          return me.client.call("memory.import", { records: me.exported.slice(0, 20) })
        case 13:
          // by names that are the other's: they mean nothing, or something of one's own
          return me.client.call("memory.forget", {
            turns: them.turns.slice(-3),
            rehearse: false,
            ...(random(2) === 0 ? { text: `${them.mark}dog` } : {})
          })
        case 14: {
          const fact = pick(me.facts)
          return fact === undefined ? null : me.client.call("memory.forget", { facts: [fact] })
        }
        default: {
          const session = pick([...them.sessions, ...me.sessions])
          if (session === undefined) return null
          const history = await me.client.ask("chat.history", { sessionKey: session })
          return random(20) === 0 ? me.client.ask("session.clear", { sessionKey: session }) : history
        }
      }
    }

    for (let done = 0; done < steps; done += people.length) {
      // both at once, so that one's step falls into the other's
      const answers = await Promise.all(people.map(async (me) => [me, await step(me)] as const))
      for (const [me, answer] of answers) {
        const text = JSON.stringify(answer ?? null)
        assert.notInclude(text, other(me).mark, `${me.name}, step ${done}, seed ${seed}`)
        if (text.includes(me.mark)) seen += 1
      }
    }
    // they did see their own
    assert.isAbove(seen, steps / 10)
    // what one says now, the other cannot take away
    for (const me of people) {
      const { turnId } = await me.client.call("chat.send", {
        content: `My horse is called ${me.mark}horse.`,
        peer: "z"
      })
      const facts = async () => JSON.stringify((await me.client.call("memory.facts", { limit: 500 })).facts)
      const before = await facts()
      assert.include(before, `${me.mark}horse`)
      const them = other(me)
      await them.client.call("memory.forget", { turns: [turnId], text: `${me.mark}horse` })
      await them.client.call("memory.forget", { all: true })
      assert.strictEqual(await facts(), before)
    }
  },
  long ? 1_200_000 : 60_000
)
