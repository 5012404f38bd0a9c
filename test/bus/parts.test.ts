import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as Bounds from "../../src/bus/Bounds.ts"
import type { BusError } from "../../src/bus/BusError.ts"
import { isChannelName, isRoomName, keyOf } from "../../src/bus/ChannelName.ts"
import * as Catalogue from "../../src/bus/commands/Catalogue.ts"
import { accessOf, may, mayRead, type Subject } from "../../src/bus/routing/Access.ts"
import * as Role from "../../src/bus/Role.ts"
import * as SubjectToken from "../../src/bus/SubjectToken.ts"
import { Latency } from "../../src/bus/telemetry/Latency.ts"
import * as Handshake from "../../src/bus/transport/Handshake.ts"
import type { Hello } from "../../src/bus/Request.ts"
import type { Scope } from "../../src/identity/Scope.ts"
import { channelOf, tenantA, tenantB } from "./fixtures.ts"

describe("names", () => {
  it("T7: no two channels of whatever tenants have one key", () => {
    const name = fc.constantFrom("a", "a:b", "b", "a.b", ":", "::", "a b")
    const room = fc.constantFrom("a", "b", "a.b", "a b")
    const ref = fc.record({ room, name, tenant: fc.constantFrom(tenantA, tenantB) })
    fc.assert(
      fc.property(ref, ref, (a, b) => {
        const same = a.room === b.room && a.name === b.name && a.tenant === b.tenant
        assert.strictEqual(
          keyOf(channelOf(a.name, a.tenant, a.room)) === keyOf(channelOf(b.name, b.tenant, b.room)),
          same
        )
      })
    )
  })

  it("hold no wildcard, no control character and no lone surrogate, and a room's no colon", () => {
    for (const bad of ["", "*", "a*", "a\u0000", "a\n", "\ud800", "x".repeat(513)])
      assert.isFalse(isChannelName(bad), bad)
    for (const bad of ["", "a:b", "*", "a\u0007", "\udfff", "x".repeat(129)]) assert.isFalse(isRoomName(bad), bad)
    for (const good of ["a:b", "İ☃\u{1F600}", "x".repeat(512)]) assert.isTrue(isChannelName(good), good)
  })

  it("T38: a token never shifts a subject's parts, and no two texts have one token", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.constantFrom("", ".", "*", ">", " ", "%", "%2E", "a.b", "a_b", "\ud800", "%ud800")
    )
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [first, second] = [SubjectToken.encode(a), SubjectToken.encode(b)]
        assert.match(first, /^[^.*>\s\p{C}]+$/u)
        assert.strictEqual(first === second, a === b)
      }),
      { numRuns: 2000 }
    )
  })
})

describe("roles", () => {
  const principal = (...scopes: ReadonlyArray<Scope>) => ({ has: (scope: Scope) => scopes.includes(scope) })

  it("come from scopes alone, the highest counts, and without a scope of the bus there is none", () => {
    assert.isUndefined(Role.ofPrincipal(principal("chat:send", "session:any")))
    assert.strictEqual(Role.ofPrincipal(principal("bus:join")), "guest")
    assert.strictEqual(Role.ofPrincipal(principal("bus:join", "bus:publish")), "user")
    assert.strictEqual(Role.ofPrincipal(principal("bus:moderate")), "moderator")
    assert.strictEqual(Role.ofPrincipal(principal("bus:join", "admin")), "admin")
  })

  it("each may do what those below it may, and no connection is the system", () => {
    for (const [index, role] of Role.roles.entries()) {
      for (const [below, lower] of Role.roles.entries()) assert.strictEqual(Role.atLeast(role, lower), index >= below)
    }
  })

  it("help names the commands that may be used, and only those", () => {
    const named = (role: Role.Role) => Catalogue.help(role).map(({ name }) => name)
    assert.lengthOf(named("moderator"), 10)
    assert.deepStrictEqual(
      named("moderator").filter((name) => !named("user").includes(name)),
      ["create_channel", "delete_channel"]
    )
    assert.isFalse(Catalogue.mayUse("user", "delete_channel"))
  })
})

describe("who may do what with a channel", () => {
  const subject = (role: Role.Role, principal = "token:ann", any = false): Subject => ({ role, principal, any })
  const access = (channel: string, room: string) => accessOf(channelOf(channel, tenantA, room))

  it("an open channel: guests read, users publish, moderators create and delete", () => {
    const open = access("lobby", "ops")
    assert.deepStrictEqual(
      (["join", "read", "publish", "create", "delete"] as const).map((action) =>
        Role.roles.filter((role) => may(subject(role), action, open)).at(0)
      ),
      ["guest", "guest", "user", "moderator", "moderator"]
    )
  })

  it("system streams: telemetry is for admins, activity for users, the rest for nobody; none of them publishes", () => {
    const readers = (channel: string) => Role.roles.filter((role) => mayRead(subject(role), access(channel, "system")))
    assert.deepStrictEqual(readers("telemetry"), ["admin", "system"])
    assert.deepStrictEqual(readers("activity"), ["user", "moderator", "admin", "system"])
    assert.deepStrictEqual(readers("other"), ["system"])
    for (const role of Role.roles.slice(0, -1)) {
      for (const action of ["publish", "create", "delete"] as const)
        assert.isFalse(may(subject(role), action, access("activity", "system")))
    }
  })

  it("T6, T26: a turn's channel is for its account and for session:any; nobody publishes in its name", () => {
    const ann = access("websocket.token:ann.main", "exoclaw")
    assert.isTrue(mayRead(subject("guest"), ann))
    assert.isFalse(mayRead(subject("admin", "token:bob"), ann))
    assert.isTrue(mayRead(subject("guest", "token:bob", true), ann))
    assert.isFalse(may(subject("admin"), "publish", ann))
    // an account that holds a dot cannot stand for another one's
    assert.isFalse(mayRead(subject("user", "a"), access("websocket.a.b.main", "exoclaw")))
    assert.isTrue(mayRead(subject("user", "a.b"), access("websocket.a%2Eb.main", "exoclaw")))
    assert.isFalse(mayRead(subject("admin", "x", true), access("anything", "exoclaw")))
  })
})

describe("latencies", () => {
  it("are told by percentile, at most 19 % off, and nothing for nothing", () => {
    const latency = new Latency()
    assert.strictEqual(latency.percentile(0.5), 0)
    for (let micros = 1; micros <= 1000; micros++) latency.record(micros)
    for (const share of [0.5, 0.95, 0.99]) {
      const off = latency.percentile(share) / (share * 1000)
      assert.isTrue(off >= 1 && off < 1.19, `${share}: ${off}`)
    }
    latency.record(0)
    latency.record(1e12)
    assert.strictEqual(latency.total, 1002)
  })
})

describe("the handshake", () => {
  const hello = { minVersion: 1, maxVersion: 1, type: "service" as const, name: "", token: "", metadata: {} }
  const binary = { json: false, allowJson: false }
  const reason = (changes: Partial<Hello>, by = binary) => {
    const agreed = Handshake.agree({ ...hello, ...changes }, by)
    return Result.isSuccess(agreed) ? agreed.success.version : agreed.failure.reason
  }

  it("agrees on the highest version that both speak, and says which where there is none", () => {
    assert.strictEqual(reason({}), 1)
    assert.strictEqual(reason({ minVersion: 0, maxVersion: 9 }), 1)
    for (const [minVersion, maxVersion] of [
      [2, 3],
      [0, 0],
      [2, 1]
    ] as const)
      assert.strictEqual(reason({ minVersion, maxVersion }), "version_mismatch")
    const refused = Handshake.agree({ ...hello, minVersion: 2, maxVersion: 2 }, binary)
    assert.include(Result.isFailure(refused) ? refused.failure.message : "", "version 1 ")
  })

  it("JSON is for people and dashboards, and for others where it is allowed", () => {
    const json = { json: true, allowJson: false }
    assert.deepStrictEqual(
      (["human", "dashboard", "service", "ai-agent"] as const).map((type) => reason({ type }, json)),
      [1, 1, "forbidden", "forbidden"]
    )
    assert.strictEqual(reason({ type: "ai-agent" }, { json: true, allowJson: true }), 1)
  })

  it("a client says what it is, briefly", () => {
    assert.strictEqual(reason({ type: undefined }), "invalid_argument")
    assert.strictEqual(reason({ name: "x".repeat(129) }), "invalid_argument")
    assert.strictEqual(reason({ name: "a\u0000" }), "invalid_argument")
    assert.strictEqual(reason({ metadata: { a: "x".repeat(257) } }), "invalid_argument")
  })

  it("binary is the subprotocol of who names none, and others are refused", () => {
    assert.strictEqual(Handshake.choose([]), "arqonbus.v1.proto")
    assert.strictEqual(Handshake.choose(["x", "arqonbus.v1.json"]), "arqonbus.v1.json")
    assert.isUndefined(Handshake.choose(["arqonbus.v2.proto"]))
  })
})

describe("bounds", () => {
  const content = { body: "", contentType: "", headers: {}, key: "", annotations: undefined }

  it("T28: every field that a client fills is limited, and what is wrong is said without repeating it", () => {
    const secret = "s3cr3t".repeat(300)
    const results: ReadonlyArray<Result.Result<unknown, BusError>> = [
      Bounds.room(secret),
      Bounds.channel(secret),
      Bounds.publishId(secret),
      Bounds.metadata({ a: secret }),
      Bounds.metadata(Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`${n}`, ""]))),
      Bounds.content({ ...content, contentType: secret }),
      Bounds.content({ ...content, key: secret }),
      Bounds.content({ ...content, headers: { a: secret } }),
      Bounds.content({ ...content, annotations: new Uint8Array(65_537) })
    ]
    for (const result of results) {
      assert.isTrue(Result.isFailure(result))
      if (Result.isFailure(result)) {
        assert.strictEqual(result.failure.reason, "invalid_argument")
        assert.notInclude(result.failure.message, "s3cr3t")
      }
    }
    assert.isTrue(Result.isSuccess(Bounds.content(content)))
    assert.deepStrictEqual(
      [Bounds.limit(0, 100, 1000), Bounds.limit(5000, 100, 1000), Bounds.limit(7, 100, 1000)],
      [100, 1000, 7]
    )
  })
})
