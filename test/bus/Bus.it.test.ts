import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as fc from "fast-check"
import { type ClientOptions, WebSocket } from "ws"
import { LockedOut } from "../../src/gateway/AuthBackoff.ts"
import { NobodyNow } from "../../src/identity/Authenticator.ts"
import { BusClient, type Frame } from "./clients.ts"
import { as, listening, type Options, type Token } from "./listening.ts"

/** A bus for one test, and clients that say hello with somebody's token. */
interface World {
  readonly url: string
  readonly client: (token: Token, options?: ClientOptions & { readonly json?: boolean }) => Promise<BusClient>
  readonly audited: () => Promise<ReadonlyArray<string>>
  readonly stop: () => Promise<void>
}

const test = (name: string, run: (world: World) => Promise<void>, options: Options = {}) =>
  it.live(name, () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { audit, url } = yield* Effect.provideService(listening(options), Scope.Scope, scope)
      const stop = () => Effect.runPromise(Scope.close(scope, Exit.void))
      const audited = () =>
        Effect.runPromise(Effect.map(audit.query({ limit: 100 }), (all) => all.map(({ event }) => event.kind)))
      const client = (token: Token, { json = false, ...more }: ClientOptions & { readonly json?: boolean } = {}) =>
        as(new BusClient(url, { json, ...more }), token, json ? 1 : 4)
      yield* Effect.ensuring(
        Effect.promise(() => run({ url, client, audited, stop })),
        Scope.close(scope, Exit.void)
      )
    })
  )

const command = (value: Extract<Frame, { case: "command" }>["value"]["command"]): Frame => ({
  case: "command",
  value: { command: value! }
})

/** The error that a request is answered with, by its number in the contract. */
const refusal = async (client: BusClient, frame: Frame) => (await client.ask(frame, "error")).code
const code = {
  malformed: 1,
  version: 2,
  unauthenticated: 3,
  forbidden: 4,
  invalid: 5,
  notFound: 6,
  exists: 7,
  notEmpty: 8,
  notJoined: 9,
  tooLarge: 10,
  rateLimited: 11,
  limit: 12,
  blocked: 13
}

const publishing = (text: string, channel = "lobby", room = "ops", id = ""): Frame => ({
  case: "publish",
  value: { room, channel, id, content: { body: { case: "text", value: text } } }
})
const joining = (channel: string, room = "ops"): Frame => ({ case: "join", value: { room, channel } })

describe("publishing and joining", () => {
  test("what is published reaches who joined, each in its own encoding (ArqonBus sent JSON to Protobuf clients)", async ({
    client
  }) => {
    const [ann, bob] = [await client("ann"), await client("bob", { json: true })]
    await ann.join("lobby")
    await bob.join("lobby")
    const ack = await ann.publish("hello")
    const { position } = ack
    assert.deepInclude({ ...ack }, { delivered: 2, persisted: true, durability: 2, duplicate: false })
    assert.strictEqual(position?.offset, 1n)
    for (const one of [ann, bob]) {
      const message = await one.next("message")
      assert.deepStrictEqual(message.content?.body, { case: "text", value: "hello" })
      assert.deepStrictEqual(message.position, position)
      assert.deepInclude({ ...message.sender }, { principal: "token:ann", type: 4 })
      assert.strictEqual(message.id, ack.id)
    }
  })

  test("publishing and reading the history need a join, and a muted one is enough", async ({ client }) => {
    const ann = await client("ann")
    assert.strictEqual(await refusal(ann, publishing("x")), code.notJoined)
    const history = command({ case: "history", value: { room: "ops", channel: "lobby" } })
    assert.strictEqual(await refusal(ann, history), code.notJoined)
    await ann.ask({ case: "join", value: { room: "ops", channel: "lobby", mute: true } }, "joined")
    assert.strictEqual((await ann.publish("x")).delivered, 0)
    const reply = await ann.ask(history, "reply")
    assert.strictEqual(reply.reply.case === "history" ? reply.reply.value.messages.length : -1, 1)
    assert.deepStrictEqual(ann.texts, [])
  })

  test("by a room's and by all rooms' wildcard a message comes once, and nobody who left gets it", async ({
    client
  }) => {
    const [ann, bob] = [await client("ann"), await client("bob")]
    await ann.join("lobby")
    await ann.join("*")
    await ann.join("*", "*")
    await bob.join("lobby")
    assert.strictEqual((await bob.publish("one")).delivered, 2)
    await bob.ask({ case: "leave", value: { room: "ops", channel: "lobby" } }, "left")
    assert.strictEqual(await refusal(bob, { case: "leave", value: { room: "ops", channel: "lobby" } }), code.notJoined)
    assert.strictEqual((await ann.publish("two", "other")).delivered, 1)
    await ann.ask({ case: "ping", value: {} }, "pong")
    assert.deepStrictEqual(ann.texts, ["one", "two"])
    assert.deepStrictEqual(bob.texts, ["one"])
    assert.strictEqual(await refusal(ann, joining("lobby", "*")), code.invalid)
  })

  test("B10: a publish that is repeated with its id is the same message, for its publisher only", async ({
    client
  }) => {
    const [ann, bob] = [await client("ann"), await client("bob")]
    await ann.join("lobby")
    await bob.join("lobby")
    const acks = await Promise.all(
      Array.from({ length: 300 }, (_, n) => ann.publish(`${n % 30}`, "lobby", "ops", `id${n % 30}`))
    )
    assert.strictEqual(acks.filter(({ duplicate }) => duplicate).length, 270)
    assert.strictEqual(new Set(acks.map(({ position }) => position?.offset)).size, 30)
    assert.isFalse((await bob.publish("his own", "lobby", "ops", "id1")).duplicate)
    await bob.ask({ case: "ping", value: {} }, "pong")
    assert.lengthOf(bob.texts, 31)
  })

  test("a private message reaches one connection, or all of a principal's, and is not kept", async ({ client }) => {
    const [ann, bob, again] = [await client("ann"), await client("bob"), await client("bob")]
    const welcome = bob.frames[0]?.frame
    const connection = welcome?.case === "welcome" ? welcome.value.connection : ""
    const content = { body: { case: "text", value: "psst" } } as const
    const one = await ann.ask(
      { case: "sendPrivate", value: { to: { case: "connection", value: connection }, content } },
      "ack"
    )
    assert.deepInclude({ ...one }, { delivered: 1, persisted: false, durability: 1 })
    const two = await ann.ask(
      { case: "sendPrivate", value: { to: { case: "principal", value: "token:bob" }, content } },
      "ack"
    )
    assert.strictEqual(two.delivered, 2)
    assert.strictEqual((await bob.next("private")).sender?.principal, "token:ann")
    await again.next("private")
    const guest = await client("guest")
    const refused = { case: "sendPrivate", value: { to: { case: "principal", value: "token:bob" }, content } } as const
    assert.strictEqual(await refusal(guest, refused), code.forbidden)
  })

  test("presence tells who comes, changes and goes, to those who asked", async ({ client }) => {
    const [ann, bob] = [await client("ann"), await client("bob")]
    await ann.ask({ case: "join", value: { room: "ops", channel: "lobby", presence: true } }, "joined")
    await bob.ask({ case: "join", value: { room: "ops", channel: "lobby" } }, "joined")
    const came = await ann.next("presence")
    assert.deepInclude({ ...came, member: undefined }, { room: "ops", channel: "lobby", kind: 1 })
    assert.strictEqual(came.member?.principal, "token:bob")
    await bob.ask({ case: "update", value: { metadata: { mood: "fine" } } }, "updated")
    assert.deepStrictEqual((await ann.next("presence")).member?.metadata, { mood: "fine" })
    await bob.close()
    assert.strictEqual((await ann.next("presence")).kind, 2)
  })
})

describe("coming back", () => {
  test("T33: what was missed comes before anything new, after a long quiet time too (socket.io #5282)", async ({
    client
  }) => {
    const [ann, bob] = [await client("ann"), await client("bob")]
    await ann.join("lobby")
    await bob.join("lobby")
    await ann.publish("seen")
    await bob.next("message")
    const { positions } = await bob.ask({ case: "ping", value: { positions: true } }, "pong")
    assert.deepInclude({ ...positions[0]!.position }, { offset: 1n })
    await bob.close()
    for (const text of ["one", "two"]) await ann.publish(text)
    const back = await client("bob")
    const recover = [{ room: "ops", channel: "lobby", position: positions[0]!.position! }]
    const joined = await back.ask({ case: "join", value: { room: "ops", channel: "lobby", recover } }, "joined")
    assert.deepInclude({ ...joined.channels[0] }, { recovery: 2, recovered: 2 })
    await ann.publish("three")
    while (back.texts.length < 3) await back.next("message")
    assert.deepStrictEqual(back.texts, ["one", "two", "three"])
    // whoever was quiet and missed nothing recovers that
    const quiet = await client("bob")
    const at = (await back.ask({ case: "ping", value: { positions: true } }, "pong")).positions
    const complete = await quiet.ask({ case: "join", value: { room: "ops", channel: "lobby", recover: at } }, "joined")
    assert.deepInclude({ ...complete.channels[0] }, { recovery: 2, recovered: 0 })
  })

  test("an empty epoch and an unknown one are a gap that is told (Centrifugo's empty epoch matched any)", async ({
    client
  }) => {
    const ann = await client("ann")
    await ann.join("lobby")
    for (const text of ["one", "two"]) await ann.publish(text)
    for (const epoch of ["", "0123456789abcdef"]) {
      const bob = await client("bob")
      const recover = [{ room: "ops", channel: "lobby", position: { epoch, offset: 1n } }]
      const joined = await bob.ask({ case: "join", value: { room: "ops", channel: "lobby", recover } }, "joined")
      assert.strictEqual(joined.channels[0]?.recovery, 3)
      assert.strictEqual((await bob.next("skipped")).reason, 4)
      while (bob.texts.length < 2) await bob.next("message")
      assert.deepStrictEqual(bob.texts, ["one", "two"])
    }
  })

  test(
    "what is no longer kept is told before what is (socket.io skipped it silently)",
    async ({ client }) => {
      const ann = await client("ann")
      const { channels } = await ann.join("lobby")
      for (const text of ["1", "2", "3", "4", "5"]) await ann.publish(text)
      const bob = await client("bob")
      const recover = [{ room: "ops", channel: "lobby", position: channels[0]!.position! }]
      await bob.ask({ case: "join", value: { room: "ops", channel: "lobby", recover } }, "joined")
      const skipped = await bob.next("skipped")
      assert.deepInclude({ ...skipped }, { from: 1n, to: 3n, reason: 3 })
      while (bob.texts.length < 2) await bob.next("message")
      assert.deepStrictEqual(bob.texts, ["4", "5"])
    },
    { bus: { settings: { overflow: "cut", keepMessages: 2, keepSeconds: 60 } } }
  )
})

describe("commands", () => {
  test("each is answered once, by its reply or by an error, never by both (ArqonBus said ok after an error)", async ({
    client
  }) => {
    const keeper = await client("keeper")
    const channel = { room: "ops", channel: "board" }
    const asked: ReadonlyArray<Frame> = [
      command({ case: "status", value: {} }),
      command({ case: "createChannel", value: { ...channel, settings: { overflow: 2, keepMessages: 3 } } }),
      command({ case: "createChannel", value: channel }),
      command({ case: "joinChannel", value: channel }),
      command({ case: "joinChannel", value: channel }),
      command({ case: "channelInfo", value: channel }),
      command({ case: "channelInfo", value: { room: "ops", channel: "nowhere" } }),
      command({ case: "listChannels", value: {} }),
      command({ case: "ping", value: { positions: true } }),
      command({ case: "history", value: channel }),
      command({ case: "deleteChannel", value: channel }),
      command({ case: "leaveChannel", value: channel }),
      command({ case: "leaveChannel", value: channel }),
      command({ case: "deleteChannel", value: channel }),
      command({ case: "help", value: {} })
    ]
    const requests = asked.map((frame) => keeper.send(frame))
    await keeper.ask({ case: "ping", value: {} }, "pong")
    const answers = requests.map((request) =>
      keeper.frames
        .filter((frame) => frame.request === request)
        .map(({ frame }) =>
          frame.case === "reply" ? frame.value.reply.case : frame.case === "error" ? frame.value.code : "?"
        )
    )
    assert.deepStrictEqual(answers, [
      ["status"],
      ["createChannel"],
      [code.exists],
      ["joinChannel"],
      ["joinChannel"],
      ["channelInfo"],
      [code.notFound],
      ["listChannels"],
      ["ping"],
      ["history"],
      [code.notEmpty],
      ["leaveChannel"],
      [code.notJoined],
      ["deleteChannel"],
      ["help"]
    ])
  })

  test("the history of a room's channel is what was published there (ArqonBus always had none)", async ({ client }) => {
    const ann = await client("ann")
    await ann.join("lobby")
    for (const text of ["1", "2", "3"]) await ann.publish(text)
    const page = async (value: object) => {
      const { reply } = await ann.ask(
        command({ case: "history", value: { room: "ops", channel: "lobby", ...value } }),
        "reply"
      )
      if (reply.case !== "history") throw new Error("no history")
      return { texts: reply.value.messages.map(({ content }) => content?.body.value), ...reply.value }
    }
    const all = await page({})
    assert.deepStrictEqual([all.texts, all.more], [["1", "2", "3"], false])
    const first = await page({ after: { ...all.position, offset: 0n }, limit: 2 })
    assert.deepStrictEqual([first.texts, first.more, first.skipped], [["1", "2"], true, undefined])
    const strange = await page({ after: { epoch: "x", offset: 2n } })
    assert.deepStrictEqual([strange.texts, strange.skipped?.reason], [["1", "2", "3"], 4])
  })

  test("roles: guests publish nothing, users make no channels, nobody touches a system channel; refusals are audited", async ({
    audited,
    client
  }) => {
    const [guest, ann, keeper] = [await client("guest"), await client("ann"), await client("keeper")]
    await guest.join("lobby")
    assert.strictEqual(await refusal(guest, publishing("x")), code.forbidden)
    const create = command({ case: "createChannel", value: { room: "ops", channel: "new" } })
    assert.strictEqual(await refusal(ann, create), code.forbidden)
    assert.strictEqual(await refusal(ann, joining("telemetry", "system")), code.forbidden)
    await ann.join("activity", "system")
    assert.strictEqual(await refusal(ann, publishing("x", "activity", "system")), code.forbidden)
    for (const case_ of ["createChannel", "deleteChannel"] as const)
      assert.strictEqual(
        await refusal(keeper, command({ case: case_, value: { room: "system", channel: "activity" } })),
        code.forbidden
      )
    assert.include(await audited(), "bus.refused")
  })
})

describe("the handshake", () => {
  test("B13: a version that the server does not speak is refused with those it speaks, and 4426", async ({ url }) => {
    const client = new BusClient(url)
    await client.opened
    client.send({ case: "hello", value: { minVersion: 2, maxVersion: 3, type: 4, token: "ann" } })
    const error = await client.next("error")
    assert.deepInclude({ ...error }, { code: code.version, minVersion: 1, maxVersion: 1 })
    assert.strictEqual((await client.closed).code, 4426)
  })

  test("without a valid token, without a scope of the bus, or with JSON that is not for it, nobody comes in", async ({
    url
  }) => {
    for (const [token, json, expected, closed] of [
      ["wrong", false, code.unauthenticated, 4401],
      ["", false, code.unauthenticated, 4401],
      ["nobody", false, code.forbidden, 1008],
      ["ann", true, code.forbidden, 1008]
    ] as const) {
      const client = new BusClient(url, { json })
      await client.opened
      client.send({ case: "hello", value: { minVersion: 1, maxVersion: 1, type: 4, token } })
      assert.strictEqual((await client.next("error")).code, expected)
      assert.strictEqual((await client.closed).code, closed)
    }
  })

  test("whatever comes before the hello ends the connection, and so does a second hello", async ({ client, url }) => {
    const early = new BusClient(url)
    await early.opened
    early.send(joining("lobby"))
    assert.strictEqual((await early.closed).code, 1008)
    const ann = await client("ann")
    ann.send({ case: "hello", value: { minVersion: 1, maxVersion: 1, type: 4 } })
    assert.strictEqual((await ann.closed).code, 1008)
  })

  test(
    "who says nothing is closed at the deadline",
    async ({ url }) => {
      assert.strictEqual((await new BusClient(url).closed).code, 1008)
    },
    { transport: { helloMillis: 50 } }
  )

  test("a subprotocol that is not spoken is refused before the handshake, with those that are", async ({ url }) => {
    const ws = new WebSocket(url, ["arqonbus.v2.proto"])
    const status = await new Promise((resolve) => {
      ws.on("unexpected-response", (_, response) => resolve(response.statusCode))
      ws.on("error", () => undefined)
    })
    assert.strictEqual(status, 400)
  })
})

describe("what a stranger sends", () => {
  test("B13: bytes that are no frame close with 1007, a frame that is too large with 1009, the wrong kind with 1003", async ({
    client,
    url
  }) => {
    const closedBy = async (send: (ws: WebSocket) => void, json = false) => {
      const one = await client(json ? "bob" : "ann", { json })
      send(one.ws)
      return (await one.closed).code
    }
    assert.strictEqual(await closedBy((ws) => ws.send(Buffer.from([0xff, 0xff, 0xff]))), 1007)
    assert.strictEqual(await closedBy((ws) => ws.send(Buffer.alloc(0))), 1007)
    assert.strictEqual(await closedBy((ws) => ws.send("{")), 1003)
    assert.strictEqual(await closedBy((ws) => ws.send("{"), true), 1007)
    assert.strictEqual(await closedBy((ws) => ws.send("[1,2]"), true), 1007)
    assert.strictEqual(await closedBy((ws) => ws.send(Buffer.from([0xc3, 0x28]), { binary: false }), true), 1007)
    assert.strictEqual(await closedBy((ws) => ws.send(Buffer.alloc(300_000))), 1009)
    assert.strictEqual(await closedBy((ws) => ws.send(Buffer.alloc(2_000_000))), 1009)
    assert.isDefined(url)
  })

  test("B13: random bytes get the right close code and nothing else, and hurt nobody", async ({ client, url }) => {
    const bob = await client("bob")
    await bob.join("lobby")
    const codes = new Set<number>()
    for (const bytes of fc.sample(fc.uint8Array({ minLength: 1, maxLength: 64 }), { numRuns: 80, seed: 1 })) {
      const one = new BusClient(url)
      await one.opened
      one.ws.send(bytes)
      codes.add((await one.closed).code)
    }
    assert.isTrue(
      [...codes].every((closed) => [1007, 1008, 4401, 4426].includes(closed)),
      [...codes].join()
    )
    assert.strictEqual((await bob.publish("still here")).delivered, 1)
  })

  test(
    "one client's flood blocks that connection where everybody is local, and nobody else",
    async ({ audited, url }) => {
      const open = async () => {
        const client = new BusClient(url)
        await client.hello()
        return client
      }
      const [loud, quiet] = [await open(), await open()]
      await quiet.join("lobby")
      for (let n = 0; n < 600; n++) loud.send({ case: "ping", value: {} })
      const blocked = (await loud.closed).code
      assert.strictEqual(blocked, 1013)
      const last = loud.frames.at(-1)?.frame
      assert.isTrue(last?.case === "error" && last.value.code === code.blocked && last.value.retryAfterMs > 1000)
      assert.include(await audited(), "bus.blocked")
      // there before, and there after
      assert.strictEqual((await quiet.publish("still here")).delivered, 1)
      await (await open()).join("lobby")
    },
    { local: true, rates: { connection: { perSecond: 1, burst: 20 } } }
  )

  for (const [what, error, told] of [
    ["nobody can be let in now", new NobodyNow({ message: "The disk is full." }), 15],
    ["its address is locked", new LockedOut({ retryAfterMillis: 3_000, message: "Too many failed attempts." }), 13]
  ] as const) {
    test(
      `a client that shows its token while ${what} is told to come back, and not that its token is wrong`,
      async ({ url }) => {
        const ann = new BusClient(url)
        await ann.opened
        ann.send({ case: "hello", value: { minVersion: 1, maxVersion: 1, type: 4, token: "ann" } })
        const refused = await ann.next("error")
        assert.deepInclude(refused, { code: told, message: error.message })
        assert.isAtLeast(refused.retryAfterMs, 1_000)
        assert.strictEqual((await ann.closed).code, 1013)
      },
      { authenticate: () => Effect.fail(error) }
    )
  }

  test("repeated malformed frames block the principal for a while, told with the time, and operators see it", async ({
    audited,
    client,
    url
  }) => {
    for (let n = 0; n < 10; n++) {
      const ann = await client("ann")
      ann.ws.send(Buffer.from([0xff]))
      await ann.closed
    }
    const again = new BusClient(url)
    await again.opened
    again.send({ case: "hello", value: { minVersion: 1, maxVersion: 1, type: 4, token: "ann" } })
    const error = await again.next("error")
    assert.strictEqual(error.code, code.blocked)
    assert.isAbove(error.retryAfterMs, 1000)
    assert.strictEqual((await again.closed).code, 1013)
    assert.include(await audited(), "bus.blocked")
    await client("bob")
  })

  test(
    "rates, joins, channels and connections are limited, each with its code and when to try again",
    async ({ client, url }) => {
      const ann = await client("ann")
      for (const name of ["a", "b"]) await ann.join(name)
      assert.strictEqual(await refusal(ann, joining("c")), code.limit)
      const burst = await Promise.all(
        Array.from({ length: 30 }, () =>
          ann.ask({ case: "ping", value: {} }, "pong").then(
            () => 0,
            () => 1
          )
        )
      )
      assert.isAbove(
        burst.reduce((a, b) => a + b, 0),
        5
      )
      const limited = ann.frames.flatMap(({ frame }) =>
        frame.case === "error" && frame.value.code === code.rateLimited ? [frame.value] : []
      )
      assert.isTrue(limited.length > 0 && limited.every(({ retryAfterMs }) => retryAfterMs > 0))
      await client("ann")
      const third = new BusClient(url)
      await third.opened
      third.send({ case: "hello", value: { minVersion: 1, maxVersion: 1, type: 4, token: "ann" } })
      assert.strictEqual((await third.next("error")).code, code.limit)
      assert.strictEqual((await third.closed).code, 1013)
    },
    {
      bus: { maxJoins: 2 },
      transport: { maxConnectionsPerPrincipal: 2 },
      rates: { principal: { perSecond: 10, burst: 20 } }
    }
  )
})

describe("slow readers", () => {
  test(
    "T32, B4: a reader that stalls is cut with a code that says to come back, and nobody else loses anything",
    async ({ client }) => {
      const [ann, bob, stalled] = [await client("ann"), await client("bob"), await client("bob")]
      for (const one of [bob, stalled]) await one.join("lobby")
      await ann.ask({ case: "join", value: { room: "ops", channel: "lobby", mute: true } }, "joined")
      stalled.ws.pause()
      const big = "x".repeat(100_000)
      let delivered = 2
      let sent = 0
      // until the kernel's buffers and its queue are full
      for (; delivered === 2 && sent < 400; sent++) delivered = (await ann.publish(`${sent} ${big}`)).delivered
      assert.strictEqual(delivered, 1, "the stalled one is cut")
      await ann.publish("after")
      while (bob.texts.length < sent + 1) await bob.next("message")
      assert.deepStrictEqual(
        bob.texts.map((text) => text.split(" ")[0]),
        [...Array.from({ length: sent }, (_, n) => `${n}`), "after"]
      )
      stalled.ws.resume()
      assert.strictEqual((await stalled.closed).code, 4408)
      const had = stalled.frames
        .flatMap(({ frame }) => (frame.case === "message" ? [frame.value.position!] : []))
        .at(-1)!
      const back = await client("bob")
      const recover = [{ room: "ops", channel: "lobby", position: had }]
      const joined = await back.ask({ case: "join", value: { room: "ops", channel: "lobby", recover } }, "joined")
      assert.strictEqual(joined.channels[0]?.recovery, 2)
      while (back.texts.at(-1) !== "after") await back.next("message")
      assert.strictEqual(stalled.texts.length + back.texts.length, sent + 1)
    },
    { transport: { maxQueueBytes: 1_048_576 } }
  )

  test(
    "T32, B4: a reader that stalls while it gets what it missed is cut as soon, whatever is held back for it",
    async ({ client }) => {
      const [ann, bob, stalled] = [await client("ann"), await client("bob"), await client("bob")]
      const joined = await bob.join("lobby")
      await ann.ask({ case: "join", value: { room: "ops", channel: "lobby", mute: true } }, "joined")
      const big = "x".repeat(100_000)
      for (let n = 0; n < 100; n++) await ann.publish(big)
      stalled.ws.pause()
      const recover = [{ room: "ops", channel: "lobby", position: joined.channels[0]!.position! }]
      stalled.send({ case: "join", value: { room: "ops", channel: "lobby", recover } })
      let delivered = 0
      while (delivered < 2) delivered = (await ann.publish(big)).delivered
      let sent = 0
      for (; delivered === 2 && sent < 100; sent++) delivered = (await ann.publish(big)).delivered
      assert.strictEqual(delivered, 1, "the stalled one is cut")
      assert.isBelow(sent, 20, "about as many as may wait")
      stalled.ws.resume()
      assert.strictEqual((await stalled.closed).code, 4408)
    },
    { transport: { maxQueueBytes: 1_048_576 } }
  )

  test("B5: on a channel that drops, a slow reader keeps its connection and is told what it did not get", async ({
    client
  }) => {
    const [keeper, slow] = [await client("keeper"), await client("bob")]
    await keeper.ask(
      command({ case: "createChannel", value: { room: "ops", channel: "feed", settings: { overflow: 2 } } }),
      "reply"
    )
    await keeper.ask({ case: "join", value: { room: "ops", channel: "feed", mute: true } }, "joined")
    await slow.join("feed")
    slow.ws.pause()
    const big = "x".repeat(100_000)
    for (let n = 1; n <= 150; n++) await keeper.publish(`${n} ${big}`, "feed")
    slow.ws.resume()
    const last = await keeper.publish("last", "feed")
    while (slow.texts.at(-1) !== "last") await slow.next("message")
    let at = 0n
    for (const { frame } of slow.frames) {
      if (frame.case === "skipped") {
        assert.deepInclude({ ...frame.value }, { from: at + 1n, reason: 1 })
        at = frame.value.to
      } else if (frame.case === "message") {
        assert.strictEqual(frame.value.position?.offset, at + 1n)
        at += 1n
      }
    }
    assert.strictEqual(at, last.position?.offset)
    assert.isTrue(slow.frames.some(({ frame }) => frame.case === "skipped"))
  })
})

describe("tenants", () => {
  test("B11: three tenants over random commands see no frame, id, counter or text of one another (ArqonBus let B read A)", async ({
    client
  }) => {
    const of = { a: await client("keeper"), b: await client("keeperB"), c: await client("carol") }
    const names = Object.keys(of) as ReadonlyArray<keyof typeof of>
    const channel = fc.constantFrom("lobby", "board")
    const op = fc.record({
      by: fc.constantFrom(...names),
      channel,
      what: fc.constantFrom(
        "join",
        "publish",
        "history",
        "info",
        "list",
        "status",
        "create",
        "delete",
        "leave",
        "private"
      )
    })
    const connectionsOf = (one: BusClient): string => {
      const first = one.frames[0]?.frame
      return first?.case === "welcome" ? first.value.connection : ""
    }
    let published = 0
    for (const { by, channel: name, what } of fc.sample(op, { numRuns: 600, seed: 42 })) {
      const one = of[by]
      const at = { room: "ops", channel: name }
      const other = of[names[(names.indexOf(by) + 1) % names.length]!]
      const text = { body: { case: "text", value: `tenant-${by} ${++published}` } } as const
      const frame: Frame =
        what === "join"
          ? joining(name)
          : what === "publish"
            ? publishing(`tenant-${by} ${++published}`, name, "ops", `id${published % 5}`)
            : what === "leave"
              ? { case: "leave", value: at }
              : what === "private"
                ? {
                    case: "sendPrivate",
                    value: { to: { case: "connection", value: connectionsOf(other) }, content: text }
                  }
                : what === "history"
                  ? command({ case: "history", value: at })
                  : what === "info"
                    ? command({ case: "channelInfo", value: at })
                    : what === "list"
                      ? command({ case: "listChannels", value: {} })
                      : what === "status"
                        ? command({ case: "status", value: {} })
                        : command({ case: what === "create" ? "createChannel" : "deleteChannel", value: at })
      one.send(frame)
    }
    for (const name of names) await of[name].ask({ case: "ping", value: {} }, "pong")
    for (const name of names) {
      const seen = JSON.stringify(of[name].frames.slice(1), (_, value: unknown) =>
        typeof value === "bigint" ? String(value) : value instanceof Uint8Array ? "" : value
      )
      for (const other of names.filter((one) => one !== name)) {
        assert.notInclude(seen, `tenant-${other}`)
        assert.notInclude(seen, connectionsOf(of[other]))
      }
      for (const { frame } of of[name].frames) {
        if (frame.case === "ack") assert.isAtMost(frame.value.delivered, 1)
        if (frame.case === "private") assert.fail("nobody of another tenant can be reached")
        if (frame.case === "reply" && frame.value.reply.case === "status")
          assert.strictEqual(frame.value.reply.value.connections, 1)
      }
    }
  })
})

describe("the end", () => {
  test("a server that stops says so first, and everything before that has come", async ({ client, stop }) => {
    const [ann, bob] = [await client("ann"), await client("bob")]
    await ann.join("lobby")
    await bob.join("lobby")
    await ann.publish("last words")
    const stopped = stop()
    const drain = await bob.next("drain")
    assert.isAbove(drain.reconnectAfterMs, 0)
    assert.deepStrictEqual(bob.texts, ["last words"])
    assert.strictEqual((await bob.closed).code, 1001)
    await stopped
  })
})

describe("inspection", () => {
  test(
    "a secret is redacted before anybody gets it, and outside the scope nothing is looked at",
    async ({ client }) => {
      const secret = `ghp_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"}`
      const ann = await client("ann")
      await ann.join("lobby")
      await ann.join("free")
      await ann.publish(`{"password": "hunter2-is-my-secret", "note": "fine"}`)
      const message = await ann.next("message")
      const said = JSON.parse(String(message.content?.body.value)) as {
        readonly password: string
        readonly note: string
      }
      assert.notInclude(said.password, "hunter2")
      assert.strictEqual(said.note, "fine")
      await ann.publish(`${secret} hunter2`, "free")
      assert.strictEqual((await ann.next("message")).content?.body.value, `${secret} hunter2`)
    },
    { inspection: { scope: { include: ["ops:*"], exclude: ["ops:free"] }, notes: false } }
  )

  test(
    "T30: a name that looks like a secret is refused where its holder would be seen: channels, clients, messages, metadata",
    async ({ client, url }) => {
      const contentBlocked = 14
      const secret = `ghp_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"}`
      const join = (channel: string, room = "ops"): Frame => ({ case: "join", value: { room, channel } })
      const ann = await client("ann")
      await ann.join("lobby")
      const content = { body: { case: "text" as const, value: "hello" } }
      for (const frame of [
        join(secret),
        { case: "publish" as const, value: { room: "ops", channel: "lobby", id: secret, content } },
        { case: "update" as const, value: { metadata: { at: secret } } }
      ]) {
        assert.strictEqual(await refusal(ann, frame as Frame), contentBlocked, JSON.stringify(frame).slice(0, 40))
      }
      const keeper = await client("keeper")
      const made = command({ case: "createChannel", value: { room: "ops", channel: secret } })
      assert.strictEqual(await refusal(keeper, made), contentBlocked)
      const bob = new BusClient(url)
      await bob.hello({ token: "ann", name: secret })
      assert.strictEqual(await refusal(bob, join("lobby")), contentBlocked)
      // where nothing is inspected, names are not either
      await bob.join("free")
      await ann.join(secret, "elsewhere")
    },
    { inspection: { scope: { include: ["ops:*"], exclude: ["ops:free"] }, notes: false } }
  )
})
