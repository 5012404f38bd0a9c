import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import { Audit, AuditUnavailable } from "../../src/audit/Audit.ts"
import { PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import { type Credentials, Egress, type EgressRequest } from "../../src/egress/Egress.ts"
import { Denied, outcomeOf } from "../../src/egress/EgressError.ts"
import type { HttpRule } from "../../src/egress/HttpRule.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import { Principal } from "../../src/identity/Principal.ts"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as NodeEgress from "../../layers/egress/NodeEgress.ts"
import * as NodeResolver from "../../layers/egress/NodeResolver.ts"
import * as TokenAuthenticator from "../../layers/identity/TokenAuthenticator.ts"
import { leaks } from "../support/canary.ts"
import { certificate, serve, serveRaw, serveTls } from "./server.ts"

const somebody = Layer.effect(
  Principal,
  Effect.map(Authenticator, (service) =>
    service.internal({ id: PrincipalId.make("token:laptop"), tenant: TenantId.make("acme"), scopes: ["chat:send"] })
  )
).pipe(Layer.provide(TokenAuthenticator.layerTest()))

type Names = Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>>

const environment = (names: Names = {}, ca?: string) =>
  Layer.mergeAll(
    NodeEgress.layerWith({ ca }).pipe(
      Layer.provide(NodeResolver.layerTest(names)),
      Layer.provideMerge(MemoryAudit.layerMemory)
    ),
    somebody
  )

const ask = (request: Partial<EgressRequest> & Pick<EgressRequest, "url" | "rules">) =>
  Effect.flatMap(Egress, (egress) => egress.request({ caller: "plugin:test", method: "GET", headers: [], ...request }))

/** The word for what went wrong. */
const refusal = (request: Parameters<typeof ask>[0]) =>
  Effect.map(Effect.flip(ask(request)), ({ reason }) => outcomeOf(reason))

const local = (port: number, rest: Partial<HttpRule> = {}): HttpRule => ({ host: "127.0.0.1", port, ...rest })
const at = (port: number, path = "/") => `http://127.0.0.1:${port}${path}`
const text = (body: Uint8Array) => Buffer.from(body).toString()
const entries = Effect.flatMap(Audit, (audit) =>
  Effect.map(audit.query({ limit: 100 }), (all) => all.map(({ event }) => event))
)

describe("NodeEgress", () => {
  it.effect("brings an answer, and leaves an entry without path, query, header or body in the audit log", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, response) => response.writeHead(201, { "x-y": "z" }).end("hello"))
      const answer = yield* ask({
        url: at(server.port, "/secret-path?secret-query"),
        rules: [local(server.port)],
        method: "post",
        headers: [
          ["X-Mine", "secret-header"],
          ["Host", "evil.example"],
          ["X-Mine", "twice"]
        ],
        body: Buffer.from("secret-body")
      })
      assert.strictEqual(answer.status, 201)
      assert.strictEqual(text(answer.body), "hello")
      assert.strictEqual(answer.hops, 1)
      assert.strictEqual(answer.url, at(server.port, "/secret-path?secret-query"))
      assert.deepInclude(answer.headers, ["x-y", "z"])
      assert.deepInclude(answer.headers, ["content-length", "5"])
      const [seen] = server.seen
      assert.strictEqual(seen?.method, "POST")
      assert.strictEqual(seen?.body, "secret-body")
      assert.strictEqual(seen?.headers.host, `127.0.0.1:${server.port}`)
      assert.strictEqual(seen?.headers["x-mine"], "secret-header, twice")
      assert.strictEqual(seen?.headers["accept-encoding"], "identity")
      const [entry] = yield* entries
      assert.deepStrictEqual(entry, {
        kind: "egress.request",
        tenant: "acme",
        principal: "token:laptop",
        outcome: "ok",
        data: {
          caller: "plugin:test",
          hop: 1,
          method: "POST",
          scheme: "http",
          host: "127.0.0.1",
          port: server.port,
          address: "loopback",
          status: 201,
          sent: 11,
          bytes: 5,
          ms: 0
        }
      })
      assert.notInclude(JSON.stringify(entry), "secret")
    }).pipe(Effect.provide(environment()))
  )

  it.effect("an error status is an answer; HEAD has the headers of the body that it does not have", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, response) => response.writeHead(404, { "content-length": 7 }).end("missing"))
      const answer = yield* ask({ url: at(server.port), rules: [local(server.port)] })
      assert.strictEqual(answer.status, 404)
      const head = yield* ask({ url: at(server.port), rules: [local(server.port)], method: "HEAD" })
      assert.strictEqual(head.body.length, 0)
      assert.deepInclude(head.headers, ["content-length", "7"])
    }).pipe(Effect.provide(environment()))
  )

  it.effect("nothing is sent without a rule, and the entry says what was tried", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, response) => response.end())
      const url = at(server.port, "/api/x")
      assert.strictEqual(yield* refusal({ url, rules: [] }), "denied.rule")
      assert.strictEqual(yield* refusal({ url, rules: [local(server.port, { path: "/apis" })] }), "denied.rule")
      assert.strictEqual(yield* refusal({ url, rules: [local(server.port, { methods: ["POST"] })] }), "denied.rule")
      assert.strictEqual(yield* refusal({ url, rules: [local(server.port + 1)] }), "denied.rule")
      assert.strictEqual(yield* refusal({ url: "https://u:p@a.b", rules: [] }), "bad_request")
      assert.strictEqual(yield* refusal({ url, rules: [local(server.port)], method: "CONNECT" }), "bad_request")
      const headers = [["x", "a\r\nhost: evil"]] as const
      assert.strictEqual(yield* refusal({ url, rules: [local(server.port)], headers }), "bad_request")
      const body = new Uint8Array(4_194_305)
      assert.strictEqual(yield* refusal({ url, rules: [local(server.port)], body }), "too_large")
      assert.strictEqual(server.seen.length, 0)
      assert.deepStrictEqual(
        (yield* entries).map(({ data, outcome }) => [outcome, data.host]),
        [
          ...Array.from({ length: 4 }, () => ["denied.rule", "127.0.0.1"]),
          ...Array.from({ length: 3 }, () => ["bad_request", null]),
          ["too_large", null]
        ]
      )
    }).pipe(Effect.provide(environment()))
  )

  it.effect(
    "T21: a name that leads to an address of this machine or network is refused, also beside a public one",
    () => {
      const inside = [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "fe80::1%eth0",
        "0x7f.1"
      ]
      const names = Object.fromEntries([
        ...inside.map((address, i) => [`n${i}.example`, [[address]]] as const),
        ["mixed.example", [["93.184.216.34", "192.168.1.1"]]],
        ["empty.example", [[]]]
      ])
      return Effect.gen(function* () {
        for (const host of Object.keys(names)) {
          const expected = host === "empty.example" ? "dns" : "denied.address"
          assert.strictEqual(yield* refusal({ url: `https://${host}/`, rules: [{ host }] }), expected, host)
        }
        assert.strictEqual(yield* refusal({ url: "https://no.example/", rules: [{ host: "no.example" }] }), "dns")
        // no rule opens these, however explicitly it names them
        for (const host of ["169.254.169.254", "[::ffff:127.0.0.1]", "0.0.0.0", "[64:ff9b::7f00:1]"]) {
          assert.strictEqual(
            yield* refusal({ url: `http://${host}:80/`, rules: [{ host, port: 80 }] }),
            "denied.address"
          )
        }
        const error = yield* Effect.flip(ask({ url: "https://n1.example/", rules: [{ host: "n1.example" }] }))
        assert.notInclude(error.message, "10.0.0.1")
        assert.include(error.message, "private")
      }).pipe(Effect.provide(environment(names)))
    }
  )

  it.effect("T21: loopback is open only where a rule names the address, also for a name that leads there", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, response) => response.end("ok"))
      const url = `http://nas.example:${server.port}/`
      const named = { host: "nas.example", port: server.port }
      assert.strictEqual(yield* refusal({ url, rules: [named] }), "denied.address")
      assert.strictEqual(text((yield* ask({ url, rules: [named, local(server.port)] })).body), "ok")
      assert.strictEqual(server.seen[0]?.headers.host, `nas.example:${server.port}`)
    }).pipe(Effect.provide(environment({ "nas.example": [["127.0.0.1"]] })))
  )

  it.effect(
    "T21: a name that changes its mind is asked once per hop, and the checked address is the one connected to",
    () =>
      Effect.gen(function* () {
        const server = yield* serve((_, response) => response.end("first"))
        const rules = [{ host: "rebind.example", port: server.port }, local(server.port)]
        const url = `http://rebind.example:${server.port}/`
        // a second question, on the way to the connection, would be answered with the other address
        assert.strictEqual(text((yield* ask({ url, rules })).body), "first")
        assert.strictEqual(yield* refusal({ url, rules }), "denied.address")
        assert.strictEqual(server.seen.length, 1)
      }).pipe(Effect.provide(environment({ "rebind.example": [["127.0.0.1"], ["169.254.169.254"]] })))
  )

  it.effect("a name with an address that does not answer is reached at its next one", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, response) => response.end("v4"))
      const rules = [
        { host: "dual.example", port: server.port },
        local(server.port),
        { host: "[::1]", port: server.port }
      ]
      assert.strictEqual(text((yield* ask({ url: `http://dual.example:${server.port}/`, rules })).body), "v4")
    }).pipe(Effect.provide(environment({ "dual.example": [["::1", "127.0.0.1"]] })))
  )

  it.effect("T21: a redirect to an address that is not granted is refused at that hop, in every notation", () =>
    Effect.gen(function* () {
      const other = yield* serve((_, response) => response.end("internal"))
      const inner = [
        "169.254.169.254/latest/meta-data",
        "127.0.0.1:1/",
        `127.0.0.1:${other.port}/`,
        "[::ffff:7f00:1]/",
        "10.0.0.1/"
      ]
      const odd = [
        "2130706433/",
        "0x7f.0.0.1/",
        "0177.1/",
        "127.1/",
        "user@127.0.0.1/",
        "127.0.0.1./",
        "inside.example/"
      ]
      for (const place of [...inner, ...odd]) {
        const server = yield* serve((_, response) => response.writeHead(302, { location: `http://${place}` }).end())
        const rules = [local(server.port, { path: "/start" }), { host: "inside.example", port: 80 }]
        const outcome = yield* refusal({ url: at(server.port, "/start"), rules })
        assert.match(outcome, /^denied\.(?:rule|address|redirect)$/, place)
        const [last] = (yield* entries).slice(-1)
        assert.strictEqual(last?.data.hop, 2)
      }
      assert.strictEqual(other.seen.length, 0)
    }).pipe(Effect.provide(environment({ "inside.example": [["169.254.169.254"]] })))
  )

  it.effect("T21: a chain is checked hop by hop, in path and method too, and ends after its limit", () =>
    Effect.gen(function* () {
      const server = yield* serve(({ url }, response) => {
        const n = Number(url.slice(1))
        if (n === 0) response.end("there")
        else response.writeHead(n === 9 ? 307 : 302, { location: n === 8 ? "/other/x" : `/${n - 1}` }).end("ignored")
      })
      const rules = [local(server.port)]
      const answer = yield* ask({ url: at(server.port, "/5"), rules })
      assert.strictEqual(text(answer.body), "there")
      assert.strictEqual(answer.hops, 6)
      assert.strictEqual(answer.url, at(server.port, "/0"))
      assert.strictEqual(yield* refusal({ url: at(server.port, "/6"), rules }), "too_many_redirects")
      assert.strictEqual(
        yield* refusal({ url: at(server.port, "/1"), rules: [local(server.port, { path: "/1" })] }),
        "denied.rule"
      )
      const manual = yield* ask({ url: at(server.port, "/5"), rules, limits: { redirects: 0 } })
      assert.strictEqual(manual.status, 302)
      assert.strictEqual(text(manual.body), "ignored")
      const onlyPost = [local(server.port, { methods: ["POST"] })]
      assert.strictEqual(yield* refusal({ url: at(server.port, "/1"), rules: onlyPost, method: "POST" }), "denied.rule")
    }).pipe(Effect.provide(environment()))
  )

  it.effect("T22: what speaks for the caller stays with the origin that it was given for", () =>
    Effect.gen(function* () {
      const there = yield* serve((_, response) => response.end("there"))
      const here = yield* serve(({ url }, response) =>
        response.writeHead(307, { location: url === "/a" ? "/b" : at(there.port) }).end()
      )
      const headers = [
        ["authorization", "Bearer abc"],
        ["x-plain", "stays"]
      ] as const
      const body = Buffer.from("again")
      yield* ask({
        url: at(here.port, "/a"),
        rules: [local(here.port), local(there.port)],
        method: "POST",
        headers,
        body
      })
      assert.deepStrictEqual(
        here.seen.map(({ headers }) => headers.authorization),
        ["Bearer abc", "Bearer abc"]
      )
      assert.isUndefined(there.seen[0]?.headers.authorization)
      assert.strictEqual(there.seen[0]?.headers["x-plain"], "stays")
      assert.strictEqual(there.seen[0]?.body, "again")
    }).pipe(Effect.provide(environment()))
  )

  it.effect("T22: every hop is dressed anew after it was allowed, and the dress chooses no host", () =>
    Effect.gen(function* () {
      const dressedFor: Array<string> = []
      const server = yield* serve(({ url }, response) => {
        if (url.startsWith("/1")) response.writeHead(302, { location: "/2" }).end()
        else response.end("x")
      })
      const credentials: Credentials = {
        marks: (value) => value === "MARK",
        dress: (hop) =>
          Effect.sync(() => {
            dressedFor.push(`${hop.chosenBy} ${hop.target.path} ${hop.confidential}`)
            const query = hop.chosenBy === "caller" ? "q=real" : undefined
            return { ...hop, target: { ...hop.target, host: "evil.example", port: 1, query }, headers: [["x", "real"]] }
          }),
        clean: (response) => Effect.succeed({ ...response, body: Buffer.from("clean") })
      }
      const headers = [["x", "MARK"]] as const
      const answer = yield* ask({
        url: at(server.port, "/1?q=MARK"),
        rules: [local(server.port)],
        headers,
        credentials
      })
      assert.deepStrictEqual(dressedFor, ["caller /1 true", "same_origin /2 true"])
      assert.deepStrictEqual(
        server.seen.map(({ headers, url }) => `${url} ${headers["x"]}`),
        ["/1?q=real real", "/2 real"]
      )
      assert.strictEqual(text(answer.body), "clean")
      const no = { ...credentials, dress: () => Effect.fail(new Denied({ kind: "secret", host: "x", why: "no" })) }
      assert.strictEqual(
        yield* refusal({ url: at(server.port, "/1"), rules: [local(server.port)], credentials: no }),
        "denied.secret"
      )
    }).pipe(Effect.provide(environment()))
  )

  it.effect("an answer's body is cut with an error, announced or not, and its connection is closed", () =>
    Effect.gen(function* () {
      const closed = yield* Deferred.make<void>()
      const endless = yield* serve((_, response) => {
        const more = () => {
          while (!response.destroyed && response.write("x".repeat(65_536)));
        }
        response.on("drain", more)
        response.on("close", () => Deferred.doneUnsafe(closed, Effect.void))
        more()
      })
      const limits = { responseBytes: 100_000 }
      assert.strictEqual(yield* refusal({ url: at(endless.port), rules: [local(endless.port)], limits }), "too_large")
      yield* Deferred.await(closed)
      const announced = yield* serveRaw((socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100001\r\n\r\n"))
      assert.strictEqual(
        yield* refusal({ url: at(announced.port), rules: [local(announced.port)], limits }),
        "too_large"
      )
      const exact = yield* serve((_, response) => response.end("x".repeat(100_000)))
      assert.strictEqual((yield* ask({ url: at(exact.port), rules: [local(exact.port)], limits })).body.length, 100_000)
    }).pipe(Effect.provide(environment()))
  )

  it.effect("a body that is compressed against our wish is decoded, and no bomb goes off", () =>
    Effect.gen(function* () {
      const bodies: Readonly<Record<string, readonly [string, Buffer]>> = {
        "/gzip": ["gzip", gzipSync("plain")],
        "/deflate": ["Deflate", deflateSync("plain")],
        "/br": ["br", brotliCompressSync("plain")],
        "/identity": ["identity", Buffer.from("plain")],
        "/bomb": ["gzip", gzipSync(Buffer.alloc(20_000_000))],
        "/odd": ["compress", Buffer.from("plain")],
        "/lie": ["gzip", Buffer.from("plain")]
      }
      const server = yield* serve(({ url }, response) => {
        const [encoding, body] = bodies[url]!
        response.writeHead(200, { "content-encoding": encoding }).end(body)
      })
      const rules = [local(server.port)]
      for (const path of ["/gzip", "/deflate", "/br", "/identity"]) {
        const answer = yield* ask({ url: at(server.port, path), rules })
        assert.strictEqual(text(answer.body), "plain", path)
        assert.notInclude(
          answer.headers.map(([name]) => name),
          "content-encoding"
        )
      }
      assert.strictEqual(yield* refusal({ url: at(server.port, "/bomb"), rules }), "too_large")
      assert.strictEqual(yield* refusal({ url: at(server.port, "/odd"), rules }), "protocol")
      assert.strictEqual(yield* refusal({ url: at(server.port, "/lie"), rules }), "protocol")
    }).pipe(Effect.provide(environment()))
  )

  it.effect(
    "answers that are broken, cut, too long in their headers or no HTTP are typed errors, and the next one works",
    () =>
      Effect.gen(function* () {
        const cases: ReadonlyArray<readonly [string, string]> = [
          ["protocol", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort"],
          ["protocol", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"],
          ["protocol", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nab\r\n"],
          ["protocol", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
          ["protocol", "SSH-2.0-OpenSSH_9.6\r\n"],
          ["protocol", ""],
          ["protocol", "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"],
          ["too_large", `HTTP/1.1 200 OK\r\n${"x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".repeat(2_000)}\r\n`],
          ["too_large", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`]
        ]
        for (const [expected, answer] of cases) {
          const server = yield* serveRaw((socket) => socket.end(answer))
          const outcome = yield* refusal({ url: at(server.port), rules: [local(server.port)] })
          assert.strictEqual(outcome, expected, answer.slice(0, 60))
        }
        const fine = yield* serve((_, response) => response.end("fine"))
        assert.strictEqual(text((yield* ask({ url: at(fine.port), rules: [local(fine.port)] })).body), "fine")
        // nobody listens there any more
        const gone = yield* Effect.scoped(serve(() => {}))
        assert.strictEqual(yield* refusal({ url: at(gone.port), rules: [local(gone.port)] }), "connect")
      }).pipe(Effect.provide(environment()))
  )

  it.effect("a server that is silent before or within its answer is given up, and so is one that never ends", () =>
    Effect.gen(function* () {
      const given = { idleMs: 5_000, timeoutMs: 20_000 }
      const run = Effect.fnUntraced(function* (answer: string, step: number, steps: number) {
        const reached = yield* Deferred.make<void>()
        const server = yield* serveRaw((socket) => {
          socket.write(answer)
          Deferred.doneUnsafe(reached, Effect.void)
        })
        const fiber = yield* Effect.forkChild(
          refusal({ url: at(server.port), rules: [local(server.port)], limits: given })
        )
        yield* Deferred.await(reached)
        for (let i = 0; i < steps; i++) yield* TestClock.adjust(step)
        return yield* Fiber.join(fiber)
      })
      assert.strictEqual(yield* run("", 5_000, 1), "timeout")
      assert.strictEqual(yield* run("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nab", 20_000, 1), "timeout")
      assert.deepStrictEqual(
        (yield* entries).map(({ outcome }) => outcome),
        ["timeout", "timeout"]
      )
    }).pipe(Effect.provide(environment()))
  )

  it.effect("a caller that goes away closes the connection and is recorded", () =>
    Effect.gen(function* () {
      const reached = yield* Deferred.make<void>()
      const closed = yield* Deferred.make<void>()
      const server = yield* serveRaw((socket) => {
        socket.on("close", () => Deferred.doneUnsafe(closed, Effect.void))
        Deferred.doneUnsafe(reached, Effect.void)
      })
      const fiber = yield* Effect.forkChild(ask({ url: at(server.port), rules: [local(server.port)] }))
      yield* Deferred.await(reached)
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(closed)
      assert.deepStrictEqual(
        (yield* entries).map(({ outcome }) => outcome),
        ["interrupted"]
      )
    }).pipe(Effect.provide(environment()))
  )

  it.effect("a server must prove its name; one that speaks no TLS, or has another's certificate, is refused", () => {
    const names = { "good.example": [["127.0.0.1"]], "bad.example": [["127.0.0.1"]] }
    const pair = certificate("good.example")
    const rules = (port: number) => [{ host: "good.example", port }, { host: "bad.example", port }, local(port)]
    return Effect.gen(function* () {
      const server = yield* serveTls(pair, (_, response) => response.end("proved"))
      const trusting = environment(names, pair.cert)
      const good = { url: `https://good.example:${server.port}/`, rules: rules(server.port) }
      const answer = yield* Effect.provide(ask(good), trusting)
      assert.strictEqual(text(answer.body), "proved")
      const bad = { url: `https://bad.example:${server.port}/`, rules: rules(server.port) }
      assert.strictEqual(yield* Effect.provide(refusal(bad), trusting), "tls")
      const literal = { url: `https://127.0.0.1:${server.port}/`, rules: rules(server.port) }
      assert.strictEqual(yield* Effect.provide(refusal(literal), trusting), "tls")
      assert.strictEqual(yield* Effect.provide(refusal(good), environment(names)), "tls")
      const old = yield* serveTls({ ...pair, maxVersion: "TLSv1.1", minVersion: "TLSv1" }, () => {})
      const outdated = { url: `https://good.example:${old.port}/`, rules: rules(old.port) }
      assert.strictEqual(yield* Effect.provide(refusal(outdated), trusting), "tls")
      const plain = yield* serveRaw((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"))
      const noTls = { url: `https://good.example:${plain.port}/`, rules: rules(plain.port) }
      assert.strictEqual(yield* Effect.provide(refusal(noTls), trusting), "tls")
    })
  })

  it.effect("an answer that cannot be recorded is withheld", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, response) => response.end("x"))
      assert.strictEqual(yield* refusal({ url: at(server.port), rules: [local(server.port)] }), "unavailable")
    }).pipe(
      Effect.provide(
        Layer.mergeAll(
          NodeEgress.layer.pipe(
            Layer.provide(NodeResolver.layer),
            Layer.provide(
              Layer.mock(Audit, { append: () => Effect.fail(new AuditUnavailable({ cause: new Error("disk") })) })
            )
          ),
          somebody
        )
      )
    )
  )

  it.effect("T30: no error repeats what was asked for", () => {
    const canary = "cnry-Zq81Lw0PmXe7Tb"
    return Effect.gen(function* () {
      const server = yield* serveRaw((socket) => socket.end(`${canary}\r\n`))
      const all = [
        { url: at(server.port, `/${canary}`), rules: [local(server.port)] },
        { url: at(server.port, `/${canary}`), rules: [local(server.port)], headers: [["x", `${canary}\n`]] as const },
        { url: at(server.port, `/%${canary}`), rules: [] },
        { url: at(server.port, `/?${canary}`), rules: [] },
        { url: `https://${canary}:${canary}@a.example/`, rules: [] },
        { url: at(server.port), rules: [local(server.port)], method: canary }
      ]
      for (const request of all) {
        const error = yield* Effect.flip(ask(request))
        assert.deepStrictEqual(leaks(canary, `${error.message} ${JSON.stringify(error)}`), [])
      }
      assert.deepStrictEqual(leaks(canary, JSON.stringify(yield* entries)), [])
    }).pipe(Effect.provide(environment()))
  })

  it.effect("a caller that is nobody gets nowhere", () =>
    Effect.gen(function* () {
      const forged = { id: "x", tenant: "y", has: () => true } as never
      const exit = yield* Effect.exit(
        ask({ url: "https://a.example/", rules: [] }).pipe(Effect.provideService(Principal, forged))
      )
      assert.strictEqual(exit._tag, "Failure")
    }).pipe(Effect.provide(environment()))
  )
})

describe("NodeResolver", () => {
  it.effect("asks the system, and says that a name is not there without more ado", () =>
    Effect.gen(function* () {
      const names = NodeResolver.layer
      const { Resolver } = yield* Effect.promise(() => import("../../src/egress/Resolver.ts"))
      const resolve = (host: string) => Effect.flatMap(Resolver, (resolver) => resolver.resolve(host))
      assert.include(yield* Effect.provide(resolve("localhost"), names), "127.0.0.1")
      const failed = yield* Effect.flip(Effect.provide(resolve("no-such-name.invalid"), names))
      assert.strictEqual(failed.message, "The host no-such-name.invalid was not found.")
    })
  )
})
