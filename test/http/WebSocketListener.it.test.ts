import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import * as net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as tls from "node:tls"
import type * as WebSocketListener from "../../layers/http/WebSocketListener.ts"
import { closeCodes } from "../../src/gateway/Connection.ts"
import { bare, Client, connect, good, halfOpen, knock, listening, request, upgradeHeaders } from "./listening.ts"

/** A self-signed certificate, made for this run by the system's openssl. */
const certificate = (name: string): WebSocketListener.Tls => {
  const folder = mkdtempSync(join(tmpdir(), "exoclaw-tls-"))
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")]
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
  execFileSync("openssl", ["req", "-x509", ...curve, "-subj", `/CN=${name}`, "-keyout", key, "-out", cert], {
    stdio: "ignore"
  })
  const pair = { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") }
  rmSync(folder, { recursive: true })
  return pair
}

/** Failures are provoked here: their log lines go nowhere. */
const quiet = Logger.layer([])

const closedWith = (client: Client) =>
  Effect.map(
    Effect.promise(() => client.closed),
    ({ code }) => code
  )

describe("frames", () => {
  it.live("text is answered; a binary frame on a text path closes with 1003, a text frame on a binary path too", () =>
    Effect.gen(function* () {
      const { listener, ws } = yield* listening()
      const client = yield* connect(ws, good)
      assert.deepStrictEqual((yield* Effect.promise(() => client.ask("ping", { n: 1 }))).result, { n: 1 })
      client.ws.send(Buffer.from([1, 2, 3]))
      assert.strictEqual(yield* closedWith(client), 1003)
      const other = yield* connect(`${listener.url.replace("http", "ws")}/binary`, good)
      other.ws.send("text")
      assert.strictEqual(yield* closedWith(other), 1003)
    })
  )

  it.live("invalid UTF-8 closes with 1007, and a protocol that throws with 1011, each alone", () =>
    Effect.gen(function* () {
      const { listener, ws } = yield* listening()
      const [bystander, client, thrower] = yield* Effect.all([
        connect(ws, good),
        connect(ws, good),
        connect(`${listener.url.replace("http", "ws")}/throws`, good)
      ])
      client.ws.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false })
      assert.strictEqual(yield* closedWith(client), 1007)
      thrower.ws.send("{}")
      assert.strictEqual(yield* closedWith(thrower), 1011)
      assert.strictEqual((yield* Effect.promise(() => bystander.ask("ping", { n: 1 }))).id, 1)
    }).pipe(Effect.provide(quiet))
  )

  it.live("a protocol that closes while it takes over is told so; one that cannot take over closes with 1011", () =>
    Effect.gen(function* () {
      const { listener, nextClosed } = yield* listening()
      const base = listener.url.replace("http", "ws")
      const refused = yield* connect(`${base}/refuses`, good)
      assert.strictEqual(yield* closedWith(refused), 1008)
      yield* nextClosed
      const unable = yield* connect(`${base}/unable`, good)
      assert.strictEqual(yield* closedWith(unable), 1011)
      assert.deepStrictEqual(yield* listener.connections, [])
    }).pipe(Effect.provide(quiet))
  )

  it.live("T9: frames that arrive after a connection was closed are not served", () =>
    Effect.gen(function* () {
      const { listener, observed } = yield* listening()
      const client = yield* connect(`${listener.url.replace("http", "ws")}/binary`, good)
      for (let n = 0; n < 5; n++) client.ws.send(Buffer.from([n]))
      assert.strictEqual(yield* closedWith(client), closeCodes.disconnected)
      assert.strictEqual(observed.produced, 1)
    })
  )

  it.live(
    "T5: a frame over 64 KiB before authentication, over the frame limit after it, and of 10 MB close with 1009",
    () =>
      Effect.gen(function* () {
        const { ws } = yield* listening()
        const text = (size: number) =>
          JSON.stringify({ jsonrpc: "2.0", id: 1, method: "echo", params: { text: "x".repeat(size) } })
        const early = yield* connect(ws)
        early.send(text(65_536))
        assert.strictEqual(yield* closedWith(early), 1009)

        const known = yield* connect(ws)
        assert.strictEqual((yield* Effect.promise(() => known.ask("login", { token: "good" }))).result, true)
        known.send(text(500_000))
        assert.strictEqual((yield* Effect.promise(() => known.next())).result.length, 500_000)
        known.send(text(1024 * 1024))
        assert.strictEqual(yield* closedWith(known), 1009)

        const huge = yield* connect(ws, good)
        huge.send(text(10_000_000))
        assert.strictEqual(yield* closedWith(huge), 1009)
      })
  )

  it.live("no compression is negotiated", () =>
    Effect.gen(function* () {
      const { ws } = yield* listening()
      const client = yield* connect(ws, { ...good, perMessageDeflate: true })
      assert.strictEqual(client.ws.extensions, "")
    })
  )
})

describe("guard", () => {
  it.live("T1: a foreign Origin, `null` and a rebinding Host get 403 before the handshake, and on POST", () =>
    Effect.gen(function* () {
      const { listener, ws } = yield* listening()
      const own = `127.0.0.1:${listener.port}`
      const foreign = [
        { origin: "https://evil.example" },
        { origin: "null" },
        { origin: `http://localhost:${listener.port}` },
        { origin: `https://${own}` },
        { host: `evil.example:${listener.port}` },
        { host: `127.0.0.1.evil.example:${listener.port}` },
        { host: `localhost.:${listener.port}` },
        { host: "127.0.0.1:1" },
        { host: `0.0.0.0:${listener.port}` }
      ]
      for (const headers of foreign) {
        assert.strictEqual((yield* knock(ws, headers)).status, 403, JSON.stringify(headers))
        const post = yield* request(listener.url, { method: "POST", headers, body: "x" })
        assert.strictEqual(post.status, 403, JSON.stringify(headers))
      }
      for (const headers of [{}, { origin: `http://${own}` }, { host: `localhost:${listener.port}` }]) {
        assert.strictEqual((yield* knock(ws, headers)).status, 101, JSON.stringify(headers))
        assert.strictEqual((yield* request(listener.url, { method: "POST", headers, body: "x" })).body, "took 1")
      }
    })
  )

  it.live("T1: configured hosts and origins are let in, and a second Host header is not", () =>
    Effect.gen(function* () {
      const { listener, ws } = yield* listening({
        guard: { allowedHosts: ["claw.example"], allowedOrigins: ["https://app.example"] }
      })
      assert.strictEqual((yield* knock(ws, { host: "claw.example", origin: "https://app.example" })).status, 101)
      assert.strictEqual((yield* knock(ws, { host: "claw.example", origin: "https://claw.example" })).status, 403)
      const twice = yield* bare(
        listener.port,
        `GET / HTTP/1.1\r\nHost: claw.example\r\nHost: evil.example\r\nConnection: close\r\n\r\n`
      )
      assert.match(twice, /^HTTP\/1\.1 (400|403)/)
    })
  )

  it.live("T10: only the exact path upgrades, and a request target that is a URL is refused", () =>
    Effect.gen(function* () {
      const { listener } = yield* listening()
      assert.strictEqual((yield* knock(`${listener.url}/ws`)).status, 101)
      for (const path of ["/", "/ws/", "//ws", "/%77s", "/ws;x", "/WS", "/ws%2f", "/./ws/../x", "/constructor"]) {
        const answer = yield* request(listener.url, { path, headers: upgradeHeaders })
        assert.strictEqual(answer.status, 404, path)
      }
      const absolute = yield* bare(
        listener.port,
        `GET http://evil.example/ws HTTP/1.1\r\nHost: 127.0.0.1:${listener.port}\r\nConnection: close\r\n\r\n`
      )
      assert.match(absolute, /^HTTP\/1\.1 400/)
    })
  )

  it.live("another upgrade than to WebSocket is ignored and answered as plain HTTP", () =>
    Effect.gen(function* () {
      const { listener } = yield* listening()
      const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "" }
      assert.strictEqual((yield* request(`${listener.url}/health`, { headers })).body, "got /health")
    })
  )
})

describe("authentication", () => {
  it.live("T5: who has not logged in by the deadline is closed with 4401; who has stays", () =>
    Effect.gen(function* () {
      const { ws } = yield* listening({ limits: { authTimeout: 150 } })
      const [stranger, known, header] = yield* Effect.all([connect(ws), connect(ws), connect(ws, good)])
      yield* Effect.promise(() => known.ask("login", { token: "good" }))
      assert.strictEqual(yield* closedWith(stranger), closeCodes.unauthenticated)
      assert.strictEqual((yield* Effect.promise(() => known.ask("ping", { n: 1 }))).id, 1)
      assert.strictEqual((yield* Effect.promise(() => header.ask("ping", { n: 1 }))).id, 1)
    })
  )

  it.live(
    "T5: the tenth wrong token locks the address: 429 for every further try, also with a right token or none",
    () =>
      Effect.gen(function* () {
        const { ws } = yield* listening()
        const statuses = []
        for (let n = 0; n < 10; n++) {
          statuses.push((yield* knock(ws, { authorization: n % 2 === 0 ? "Bearer bad" : "Basic x" })).status)
          if (n === 5) assert.strictEqual((yield* knock(ws, { authorization: "Bearer good" })).status, 101)
        }
        assert.deepStrictEqual(
          statuses.slice(0, 9),
          Array.from({ length: 9 }, () => 401)
        )
        for (const headers of [{ authorization: "Bearer good" }, {}, { authorization: "Bearer bad" }]) {
          const locked = yield* knock(ws, { ...headers, "x-forwarded-for": "1.2.3.4" })
          assert.strictEqual(locked.status, 429)
          assert.isAbove(Number(locked.headers["retry-after"]), 0)
        }
      })
  )

  it.live("an answer that takes too long refuses the upgrade with 503", () =>
    Effect.gen(function* () {
      const { ws } = yield* listening({ limits: { handshakeTimeout: 20 }, authenticate: () => Effect.never })
      assert.strictEqual((yield* knock(ws)).status, 503)
    })
  )

  it.live("behind a trusted proxy the client it names is counted, else the header is not believed", () =>
    Effect.gen(function* () {
      const trusting = yield* listening({ trustedProxies: ["nonsense", "127.0.0.0/8"] })
      const client = yield* connect(trusting.ws, { headers: { "x-forwarded-for": "6.6.6.6, 198.51.100.7" } })
      assert.strictEqual((yield* trusting.listener.connections)[0]?.remoteAddress, "198.51.100.7")
      client.ws.terminate()
      const wary = yield* listening()
      yield* connect(wary.ws, { headers: { "x-forwarded-for": "198.51.100.7" } })
      assert.strictEqual((yield* wary.listener.connections)[0]?.remoteAddress, "127.0.0.1")
    })
  )
})

describe("caps and time-outs", () => {
  it.live("T5: connections are capped in all and per address: 503, and a place is free again after a close", () =>
    Effect.gen(function* () {
      for (const limits of [{ maxConnections: 2 }, { maxConnectionsPerAddress: 2 }]) {
        const { nextClosed, ws } = yield* listening({ limits })
        const first = yield* connect(ws, good)
        yield* connect(ws, good)
        const refused = yield* knock(ws, { authorization: "Bearer good" })
        assert.strictEqual(refused.status, 503)
        first.ws.close()
        yield* nextClosed
        assert.strictEqual((yield* knock(ws, { authorization: "Bearer good" })).status, 101)
      }
    })
  )

  it.live("T5: a refused peer that keeps its half open frees its place", () =>
    Effect.gen(function* () {
      const { listener, ws } = yield* listening({ limits: { maxConnections: 1 } })
      const lines = Object.entries({
        host: `127.0.0.1:${listener.port}`,
        authorization: "Bearer bad",
        ...upgradeHeaders
      })
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")
      const refused = yield* halfOpen(listener.port, `GET /ws HTTP/1.1\r\n${head}\r\n`)
      yield* Effect.promise(() => refused.answered)
      assert.strictEqual((yield* knock(ws, { authorization: "Bearer good" })).status, 101)
    })
  )

  it.live("T5: sockets that say nothing, drip a head or a body are closed", () =>
    Effect.gen(function* () {
      const { listener } = yield* listening({
        limits: { headersTimeout: 100, requestTimeout: 200, timeoutCheckInterval: 25, keepAliveTimeout: 100 }
      })
      const host = `Host: 127.0.0.1:${listener.port}`
      const [silent, drip, body, idle] = yield* Effect.all(
        [
          bare(listener.port, ""),
          bare(listener.port, "GET / HTTP/1.1\r\nX-Slow: "),
          bare(listener.port, `POST / HTTP/1.1\r\n${host}\r\nContent-Length: 9\r\n\r\nx`),
          bare(listener.port, `GET / HTTP/1.1\r\n${host}\r\n\r\n`)
        ],
        { concurrency: "unbounded" }
      )
      assert.match(silent, /^$|^HTTP\/1\.1 408/)
      assert.match(drip, /^HTTP\/1\.1 408/)
      assert.notInclude(body, "took")
      assert.match(idle, /^HTTP\/1\.1 200/)
    })
  )

  it.live("a head over 16 KiB gets 431, a body over the limit does not reach the application whole", () =>
    Effect.gen(function* () {
      const { listener } = yield* listening({ limits: { maxBody: 1_000 } })
      assert.strictEqual((yield* request(listener.url, { headers: { big: "x".repeat(20_000) } })).status, 431)
      assert.strictEqual((yield* request(listener.url, { method: "POST", body: "x".repeat(2_000) })).status, 413)
      assert.strictEqual((yield* request(listener.url, { method: "POST", body: "x".repeat(900) })).body, "took 900")
    })
  )

  it.live("a peer that answers no ping is dropped, one that does stays", () =>
    Effect.gen(function* () {
      const { ws } = yield* listening({ limits: { heartbeatInterval: 60 } })
      const dead = yield* connect(ws, { ...good, autoPong: false })
      const alive = yield* connect(ws, good)
      assert.strictEqual(yield* closedWith(dead), 1006)
      assert.strictEqual((yield* Effect.promise(() => alive.ask("ping", { n: 1 }))).id, 1)
    })
  )
})

describe("T32: slow readers", () => {
  it.live("a stream to a reader that stopped waits, and goes on when it reads again; others are served", () =>
    Effect.gen(function* () {
      const { observed, ws } = yield* listening()
      const slow = yield* connect(ws, good)
      const other = yield* connect(ws, good)
      slow.ws.pause()
      slow.send({ jsonrpc: "2.0", id: 1, method: "endless" })
      // as long as the stream moves it makes elements between two answers; when it stands, the count stands
      let before = -1
      for (let still = 0; still < 20;) {
        yield* Effect.promise(() => other.ask("ping", { n: 1 }))
        still = observed.produced > 0 && observed.produced === before ? still + 1 : 0
        before = observed.produced
      }
      assert.isBelow(observed.produced, 1_000)
      slow.ws.resume()
      for (let n = 1; n <= before + 5; n++) {
        assert.strictEqual((yield* Effect.promise(() => slow.next())).params.seq, n)
      }
    })
  )

  it.live("a peer that lets broadcasts pile up is cut at the byte cap; the rest get every frame", () =>
    Effect.gen(function* () {
      const { listener, nextClosed, peers, ws } = yield* listening({ limits: { maxBuffered: 1_000_000 } })
      const slow = yield* connect(ws, good)
      const fast = yield* connect(ws, good)
      slow.ws.pause()
      const frame = JSON.stringify({ pad: "x".repeat(100_000) })
      let sent = 0
      while ((yield* listener.connections).length === 2 && sent < 1_000) {
        for (const peer of peers) peer.send(frame)
        sent += 1
        yield* Effect.promise(() => fast.next())
      }
      yield* nextClosed
      assert.strictEqual((yield* listener.connections).length, 1)
      assert.strictEqual((yield* Effect.promise(() => fast.ask("ping", { n: 1 }))).id, 1)
    })
  )
})

describe("operation", () => {
  it.live("1,000 connections are open and answer", () =>
    Effect.gen(function* () {
      const { listener, ws } = yield* listening()
      const clients = yield* Effect.all(
        Array.from({ length: 1_000 }, () => connect(ws, good)),
        { concurrency: 50 }
      )
      assert.strictEqual((yield* listener.connections).length, 1_000)
      const answers = yield* Effect.promise(() => Promise.all(clients.map((client, n) => client.ask("ping", { n }, n))))
      answers.forEach((answer, n) => assert.deepStrictEqual(answer, { jsonrpc: "2.0", id: n, result: { n } }))
    })
  )

  it.live("connections are listed and closed by id or by what they are; their calls are interrupted", () =>
    Effect.gen(function* () {
      const { connections, observed, ws } = yield* listening()
      const first = yield* connect(ws, good)
      const second = yield* connect(ws)
      const [one, two] = connections.list()
      assert.deepStrictEqual([one?.principal()?.id, two?.principal()], ["test", undefined])
      first.send({ jsonrpc: "2.0", id: 1, method: "hang" })
      yield* Deferred.await(observed.hanging)
      assert.isTrue(yield* connections.disconnect(one?.id ?? 0, closeCodes.disconnected, "é".repeat(200)))
      yield* Deferred.await(observed.interrupted)
      assert.strictEqual(yield* closedWith(first), closeCodes.disconnected)
      assert.isFalse(yield* connections.disconnect(one?.id ?? 0, 1000, ""))
      const revoked = (connection: { readonly id: number }) => connection.id === two?.id
      assert.strictEqual(yield* connections.closeWhere(revoked, closeCodes.unauthenticated, "revoked"), 1)
      assert.strictEqual(yield* closedWith(second), closeCodes.unauthenticated)
      assert.deepStrictEqual(connections.list(), [])
    })
  )

  it.live("a peer that leaves has its calls interrupted", () =>
    Effect.gen(function* () {
      const { observed, ws } = yield* listening()
      const client = yield* connect(ws, good)
      client.send({ jsonrpc: "2.0", id: 1, method: "hang" })
      yield* Deferred.await(observed.hanging)
      client.ws.terminate()
      yield* Deferred.await(observed.interrupted)
    })
  )

  it.live("draining refuses new connections and POST with 503, and leaves what is open", () =>
    Effect.gen(function* () {
      const { listener, ws } = yield* listening()
      const client = yield* connect(ws, good)
      yield* listener.drain
      assert.strictEqual((yield* knock(ws)).status, 503)
      assert.strictEqual((yield* request(listener.url, { method: "POST", body: "x" })).status, 503)
      assert.strictEqual((yield* request(`${listener.url}/health`)).status, 200)
      assert.strictEqual((yield* Effect.promise(() => client.ask("ping", { n: 1 }))).id, 1)
    })
  )

  it.live("shutting down says 1001, interrupts calls, cuts who does not leave, and frees the port", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { listener, observed, ws } = yield* listening({ limits: { drainTimeout: 200 } }).pipe(Scope.provide(scope))
      const client = yield* connect(ws, good)
      const deaf = yield* connect(ws, good)
      deaf.ws.pause()
      client.send({ jsonrpc: "2.0", id: 1, method: "hang" })
      yield* Deferred.await(observed.hanging)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* closedWith(client), 1001)
      yield* Deferred.await(observed.interrupted)
      const again = yield* listening({ port: listener.port })
      assert.strictEqual(again.listener.port, listener.port)
    })
  )

  it.live("shutting down does not wait for a peer that keeps its half open, refused, undecided or connected", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const never = { authenticate: () => Effect.never, limits: { drainTimeout: 100, handshakeTimeout: 60_000 } }
      const { listener } = yield* listening(never).pipe(Scope.provide(scope))
      const lines = Object.entries({ host: `127.0.0.1:${listener.port}`, ...upgradeHeaders })
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")
      const refused = yield* halfOpen(listener.port, `GET /nowhere HTTP/1.1\r\n${head}\r\n`)
      yield* Effect.promise(() => refused.answered)
      yield* halfOpen(listener.port, `GET /ws HTTP/1.1\r\n${head}\r\n`)
      yield* halfOpen(listener.port, "GET / HTTP/1.1\r\n")
      yield* Scope.close(scope, Exit.void)
      const again = yield* listening({ port: listener.port })
      assert.strictEqual(again.listener.port, listener.port)
    })
  )

  it.live("a port in use, an address that is not ours and an impossible port fail with the next step", () =>
    Effect.gen(function* () {
      const { listener } = yield* listening()
      const failing = (options: Partial<WebSocketListener.Options<never, never>>) =>
        Effect.map(Effect.exit(listening(options)), (exit) =>
          Exit.isFailure(exit) ? (Cause.squash(exit.cause) as { reason: string; message: string }) : undefined
        )
      const inUse = yield* failing({ port: listener.port })
      assert.strictEqual(inUse?.reason, "in_use")
      assert.include(inUse?.message, `port ${listener.port} is in use`)
      assert.include(inUse?.message, "--port")
      assert.strictEqual((yield* failing({ host: "192.0.2.1" }))?.reason, "no_such_address")
      assert.strictEqual((yield* failing({ port: 70_000 }))?.reason, "other")
      assert.strictEqual((yield* failing({ tls: { cert: "no", key: "no" } }))?.reason, "bad_tls")
    })
  )

  it.live("TLS: the listener serves wss, and a certificate can be replaced while it runs", () =>
    Effect.gen(function* () {
      const [first, second] = [certificate("first.example"), certificate("second.example")]
      const { listener, ws } = yield* listening({ tls: first })
      const client = yield* connect(ws, { ...good, rejectUnauthorized: false })
      assert.strictEqual((yield* Effect.promise(() => client.ask("ping", { n: 1 }))).id, 1)
      const subject = Effect.promise(
        () =>
          new Promise<string>((resolve) => {
            const socket = tls.connect({ port: listener.port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
              resolve(String(socket.getPeerCertificate().subject.CN))
              socket.destroy()
            })
          })
      )
      assert.strictEqual(yield* subject, "first.example")
      yield* listener.setTls(second)
      assert.strictEqual(yield* subject, "second.example")
      const refused = yield* Effect.flip(listener.setTls({ cert: "no", key: "no" }))
      assert.strictEqual(refused.reason, "bad_tls")
      assert.strictEqual(yield* subject, "second.example")
    })
  )

  it.live("T5: an address over its share of sockets is dropped at once", () =>
    Effect.gen(function* () {
      const { listener } = yield* listening({ limits: { maxConnectionsPerAddress: 0 } })
      const sockets = yield* Effect.acquireRelease(
        Effect.promise(async () => {
          const open: Array<net.Socket> = []
          for (let n = 0; n < 64; n++) {
            const socket = net.connect(listener.port, "127.0.0.1")
            await new Promise((resolve) => socket.once("connect", resolve))
            open.push(socket)
          }
          return open
        }),
        (open) => Effect.sync(() => open.forEach((socket) => socket.destroy()))
      )
      assert.strictEqual(sockets.length, 64)
      assert.strictEqual(yield* bare(listener.port, "GET / HTTP/1.1\r\n"), "")
    })
  )
})
