/** Runs `conformance.json` with the TypeScript client. What an answer comes to is told as plain JSON. */
import { readFileSync } from "node:fs"
import { type Bus, type BusEvent, BusFailure, connectBus, type HistoryPage } from "../../layers/client/bus/index.ts"

export interface Surroundings {
  readonly url: string
  readonly json: boolean
  readonly inspected: boolean
  readonly secret: string
}

type Plain = Readonly<Record<string, unknown>>
interface Step extends Plain {
  readonly client: string
  readonly do: string
  readonly expect: Plain
  readonly inspected?: Plain
}

const script = new URL("conformance.json", import.meta.url)

/** Everything that is expected is there; what is not mentioned is free. */
const holds = (expected: unknown, actual: unknown): boolean => {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) && actual.length === expected.length && expected.every((one, n) => holds(one, actual[n]))
    )
  }
  if (typeof expected === "object" && expected !== null) {
    const has = actual as Plain | null | undefined
    return (
      typeof has === "object" && has !== null && Object.entries(expected).every(([key, one]) => holds(one, has[key]))
    )
  }
  return expected === actual
}

const bodyOf = (body: string | Uint8Array, secret: string): Plain => {
  const text = typeof body === "string" ? body : Buffer.from(body).toString("latin1")
  const known: Plain = typeof body === "string" ? { body } : { base64: Buffer.from(body).toString("base64") }
  const keys = text.startsWith("{") ? { jsonKeys: Object.keys(JSON.parse(text) as object).toSorted() } : {}
  return { ...known, ...keys, hasSecret: text.includes(secret) }
}

const plainEvent = (event: BusEvent, secret: string): Plain => {
  switch (event.type) {
    case "message":
      return { ...event, ...bodyOf(event.body, secret), offset: event.position.offset, sender: event.sender.principal }
    case "private":
      return { ...event, ...bodyOf(event.body, secret), sender: event.sender.principal }
    case "presence":
      return { ...event, principal: event.member.principal }
    default:
      return { ...event }
  }
}

const plainPage = ({ messages, more, position }: HistoryPage, secret: string): Plain => ({
  offsets: messages.map((message) => message.position.offset),
  offset: position.offset,
  more,
  hasSecret: messages.some(({ body }) => typeof body === "string" && body.includes(secret))
})

/** What does not hold, in words. */
export const run = async ({ inspected, json, secret, url }: Surroundings): Promise<ReadonlyArray<string>> => {
  const { steps } = JSON.parse(readFileSync(script, "utf8").replaceAll("{{secret}}", secret)) as {
    readonly steps: ReadonlyArray<Step>
  }
  const clients = new Map<string, { readonly bus: Bus; readonly events: AsyncIterator<BusEvent> }>()
  let epoch = ""

  const perform = async (step: Step): Promise<Plain> => {
    const text = (name: string): string => (typeof step[name] === "string" ? step[name] : "")
    const number = (name: string): number | undefined => (typeof step[name] === "number" ? step[name] : undefined)
    const [room, channel] = [text("room"), text("channel")]
    if (step.do === "connect") {
      const token = text("as") === "" ? step.client : text("as")
      const bus = await connectBus({ url, token, json, type: json ? "dashboard" : "service" })
      clients.set(step.client, { bus, events: bus.events[Symbol.asyncIterator]() })
      return {}
    }
    const client = clients.get(step.client)
    if (client === undefined) throw new Error(`${step.client} is not connected`)
    const { bus, events } = client
    const at = (offset: number | undefined) => ({
      epoch: text("epoch") === "" ? epoch : text("epoch"),
      offset: offset ?? 0
    })
    const said = {
      contentType: text("contentType"),
      headers: (step["headers"] ?? {}) as Record<string, string>,
      key: text("key")
    }
    const body = text("base64") === "" ? text("body") : new Uint8Array(Buffer.from(text("base64"), "base64"))
    switch (step.do) {
      case "next": {
        const { value } = await events.next()
        return plainEvent(value as BusEvent, secret)
      }
      case "join": {
        const recover = number("recover") === undefined ? [] : [{ room, channel, position: at(number("recover")) }]
        const joined = await bus.join(room, channel, { presence: step["presence"] === true, recover })
        return {
          already: joined.already,
          channels: joined.channels.map((one) => ({ ...one, offset: one.position.offset }))
        }
      }
      case "leave":
        await bus.leave(room, channel)
        return {}
      case "publish": {
        const id = text("id") === "" ? undefined : text("id")
        const ack = await bus.publish(room, channel, body, { ...said, id })
        // eve's channel is another one
        if (step.client !== "eve") epoch = ack.position?.epoch ?? epoch
        return { ...ack, offset: ack.position?.offset }
      }
      case "send":
        return { ...(await bus.send({ principal: text("principal") }, body, said)) }
      case "history": {
        const after = number("after") === undefined ? undefined : at(number("after"))
        return plainPage(await bus.history(room, channel, { after, limit: number("limit") }), secret)
      }
      case "update":
        await bus.update(step["metadata"] as Record<string, string>)
        return {}
      case "close":
        await bus.close()
        return {}
      default:
        throw new Error(`the script asks for "${step.do}"`)
    }
  }

  const wrong: Array<string> = []
  for (const [index, step] of steps.entries()) {
    const answer = await perform(step).catch((failure: unknown) => {
      if (failure instanceof BusFailure) return { failure: failure.code }
      throw failure
    })
    const expected = (inspected ? step.inspected : undefined) ?? step.expect
    if (!holds(expected, answer)) {
      wrong.push(
        `step ${index + 1} (${step.client} ${step.do}): ${JSON.stringify(answer)}, not ${JSON.stringify(expected)}`
      )
      // what comes after it would only be wrong for the same reason
      break
    }
  }
  for (const { bus } of clients.values()) await bus.close()
  return wrong
}
