import { assert, describe, it } from "@effect/vitest"
import { Clock } from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Audit } from "../../src/audit/Audit.ts"
import { TenantId } from "../../src/domain/Ids.ts"
import { ConnectFailed, EgressError } from "../../src/egress/EgressError.ts"
import type { EgressRequest, EgressResponse } from "../../src/egress/Egress.ts"
import { Authenticator, type Credential } from "../../src/identity/Authenticator.ts"
import type { JwtPolicy } from "../../src/identity/Jwt.ts"
import type { JwtVerifier } from "../../src/identity/JwtVerifier.ts"
import { clientScopes } from "../../src/identity/Scope.ts"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as NodeEgress from "../../layers/egress/NodeEgress.ts"
import * as JoseVerifier from "../../layers/identity/JoseVerifier.ts"
import * as SqliteTokens from "../../layers/identity/SqliteTokens.ts"
import * as TokenAuthenticator from "../../layers/identity/TokenAuthenticator.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import * as SetClock from "../support/SetClock.ts"
import { issue, keySet, pair, shared, type Signer } from "./signing.ts"

const policy: JwtPolicy = {
  algorithms: ["EdDSA", "RS256", "HS256"],
  audiences: ["exoclaw"],
  issuer: undefined,
  skewMillis: 30_000,
  tenantClaim: undefined,
  tenant: TenantId.make("acme"),
  scopesClaim: "scope",
  scopes: clientScopes
}

/** The test clock begins at zero. */
const claims = { sub: "ada", aud: "exoclaw", exp: 60, scope: "chat:send" }
const peer = (token?: string): Credential => ({
  ...(token === undefined ? {} : { token: Redacted.make(token) }),
  remoteAddress: "127.0.0.1",
  loopback: true,
  listener: "client"
})
const shut = "A valid token is needed."
const notNow =
  "Nobody can be let in at the moment: the keys of signed tokens cannot be read. The gateway's log says why."

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "exoclaw-jwt-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const door = (operatorTokenFile: string, jwt: Layer.Layer<JwtVerifier, unknown>) =>
  TokenAuthenticator.layer({ configTokens: [], operatorTokenFile }).pipe(
    Layer.provide([SqliteTokens.layer(), jwt]),
    Layer.provide(SqliteStore.layerMemory),
    Layer.provide(NodeEntropy.layer),
    Layer.provideMerge(MemoryAudit.layerMemory)
  )

const asking = Effect.map(Effect.all([Authenticator, Audit]), ([authenticator, audit]) => ({
  principal: (token: string) => authenticator.authenticate(peer(token)),
  valid: (principal: Parameters<typeof authenticator.stillValid>[0]) => authenticator.stillValid(principal),
  /** The sentence that the peer reads, and the word that the audit log has. */
  refusal: Effect.fnUntraced(function* (token?: string) {
    const { message } = yield* Effect.flip(authenticator.authenticate(peer(token)))
    const last = (yield* audit.query({ limit: 1_000 })).at(-1)
    return [message, last?.event.outcome] as const
  }),
  entries: audit.query({ limit: 1_000 })
}))

/** Runs against a door whose keys stand in a file, which `write` replaces. */
const withFile = <A, E>(
  text: string,
  run: (write: (text: string) => void) => Effect.Effect<A, E, Authenticator | Audit>,
  other: Partial<JwtPolicy> = {}
) =>
  Effect.gen(function* () {
    const path = yield* folder
    const file = join(path, "jwks.json")
    writeFileSync(file, text)
    return yield* run((next) => writeFileSync(file, next)).pipe(
      Effect.provide(door(join(path, "operator.token"), JoseVerifier.layerFile({ ...policy, ...other }, file)))
    )
  }).pipe(Effect.scoped)

const signed = (signer: Signer, changed: object = {}, header: Readonly<Record<string, unknown>> = {}) =>
  Effect.promise(() => issue(signer, { ...claims, ...changed }, header))

const signers = Effect.promise(async () => {
  const [ed, rsa, stranger] = await Promise.all([pair("EdDSA", "ed"), pair("RS256", "rsa"), pair("EdDSA", "ed")])
  return { ed, rsa, stranger, hs: shared("hs") }
})

describe("signed tokens at the door", () => {
  it.effect("each algorithm opens it, as the subject, with the tenant and scopes of the policy", () =>
    Effect.gen(function* () {
      const { ed, hs, rsa } = yield* signers
      yield* withFile(keySet(ed, rsa, hs), () =>
        Effect.gen(function* () {
          const { principal } = yield* asking
          for (const signer of [ed, rsa, hs]) {
            const found = yield* principal(yield* signed(signer))
            assert.strictEqual(found.id, "jwt:ada")
            assert.strictEqual(found.tenant, "acme")
            assert.deepStrictEqual(found.scopes, ["chat:send"])
          }
        })
      )
    })
  )

  it.effect(
    "whatever is wrong with a token, the answer is the same; the audit log has the reason and not the token",
    () =>
      Effect.gen(function* () {
        const { ed, hs, rsa, stranger } = yield* signers
        yield* withFile(keySet(ed, rsa, hs), () =>
          Effect.gen(function* () {
            const { entries, refusal } = yield* asking
            const fine = yield* signed(ed)
            const [header = "", payload = "", signature = ""] = fine.split(".")
            const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")
            const publicAsSecret: Signer = { ...hs, kid: "rsa", sign: Buffer.from(JSON.stringify(rsa.jwk)) }
            const wrong: ReadonlyArray<readonly [token: string, why: string]> = [
              [yield* signed(ed, { exp: -1 }), "claims invalid"],
              [yield* signed(ed, { exp: 0 }), "expired"],
              [yield* signed(ed, { exp: undefined }), "claims invalid"],
              [yield* signed(ed, { nbf: 31 }), "not yet valid"],
              [yield* signed(ed, { aud: "other" }), "audience wrong"],
              [yield* signed(ed, { aud: undefined }), "claims invalid"],
              [yield* signed(stranger), "signature wrong"],
              [yield* signed(stranger, {}, { kid: "other" }), "key unknown"],
              [yield* signed(ed, {}, { jwk: stranger.jwk, kid: "mine" }), "key unknown"],
              // the public key taken for a shared secret
              [yield* signed(publicAsSecret), "key unknown"],
              [yield* signed(publicAsSecret, {}, { kid: "hs" }), "signature wrong"],
              [`${encoded({ alg: "none" })}.${payload}.`, "algorithm not allowed"],
              [`${encoded({ alg: "none", kid: "ed" })}.${payload}.${signature}`, "algorithm not allowed"],
              [`${header}.${payload}.`, "signature wrong"],
              [`${header}.${payload}.${signature.slice(0, -4)}`, "signature wrong"],
              [`${header}.${encoded({ ...claims, scope: "admin" })}.${signature}`, "signature wrong"],
              [`${header.slice(0, -4)}.${payload}.${signature}`, "malformed"]
            ]
            for (const [token, why] of wrong) {
              assert.deepStrictEqual(yield* refusal(token), [shut, `jwt: ${why}`], why)
            }
            const noToken = [`${header}.${payload}`, "eyJ", `${fine}.x`, `${header}.${"x".repeat(9_000)}.${signature}`]
            for (const token of noToken) assert.deepStrictEqual(yield* refusal(token), [shut, "invalid token"])
            const log = JSON.stringify(yield* entries)
            for (const token of [...wrong.map(([text]) => text), ...noToken]) {
              for (const part of token.split(".").filter((text) => text.length > 20)) assert.notInclude(log, part)
            }
          })
        )
      })
  )

  it.effect("an algorithm that is not named opens nothing, also with a key that would fit", () =>
    Effect.gen(function* () {
      const { ed, hs } = yield* signers
      const only = { algorithms: ["EdDSA"] } as const
      yield* withFile(
        keySet(ed, hs),
        () =>
          Effect.gen(function* () {
            const { refusal } = yield* asking
            assert.deepStrictEqual(yield* refusal(yield* signed(hs)), [shut, "jwt: algorithm not allowed"])
          }),
        only
      )
    })
  )

  it.effect("where signed tokens are accepted, loopback needs one too", () =>
    Effect.gen(function* () {
      const { ed } = yield* signers
      yield* withFile(keySet(ed), () =>
        Effect.gen(function* () {
          const { refusal } = yield* asking
          assert.deepStrictEqual(yield* refusal(), [shut, "no token"])
        })
      )
    })
  )

  it.effect("T9: a live principal's token stops being valid at its expiry", () =>
    Effect.gen(function* () {
      const { ed } = yield* signers
      yield* withFile(keySet(ed), () =>
        Effect.gen(function* () {
          const { principal, refusal, valid } = yield* asking
          const token = yield* signed(ed)
          const found = yield* principal(token)
          assert.isTrue(yield* valid(found))
          assert.notInclude(found.credential ?? "", token.slice(-20))
          yield* TestClock.setTime(59_999)
          assert.isTrue(yield* valid(found))
          yield* TestClock.setTime(60_000)
          assert.isFalse(yield* valid(found))
          assert.deepStrictEqual(yield* refusal(token), [shut, "jwt: expired"])
        })
      )
    })
  )

  it.effect("a rotated key set: the new key opens the door, the old one's live connections end", () =>
    Effect.gen(function* () {
      const [old, next] = yield* Effect.promise(() => Promise.all([pair("EdDSA", "1"), pair("EdDSA", "2")]))
      yield* withFile(keySet(old), (write) =>
        Effect.gen(function* () {
          const { principal, refusal, valid } = yield* asking
          const before = yield* principal(yield* signed(old))
          write(keySet(old, next))
          yield* TestClock.adjust("500 millis")
          const after = yield* principal(yield* signed(next))
          assert.isTrue(yield* valid(before))
          write(keySet(next))
          yield* TestClock.adjust("500 millis")
          // the first question after that starts the reading, the next one has its answer
          assert.isTrue(yield* valid(after))
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
          const read = Effect.repeat(valid(before), { until: (holds) => !holds })
          assert.isFalse(yield* read)
          assert.isTrue(yield* valid(after))
          assert.deepStrictEqual(yield* refusal(yield* signed(old)), [shut, "jwt: key unknown"])
          // the same name with another key behind it is another key
          write(keySet({ ...next, jwk: { ...old.jwk, kid: "2" } }))
          yield* TestClock.adjust("500 millis")
          yield* Effect.repeat(valid(after), { until: (holds) => !holds })
        })
      )
    })
  )

  it.effect("T9: a clock that is set back keeps no key that was taken out of the set", () =>
    Effect.gen(function* () {
      const [old, next] = yield* Effect.promise(() => Promise.all([pair("EdDSA", "1"), pair("EdDSA", "2")]))
      const machine = yield* Clock
      const { clock, set } = yield* SetClock.make
      set(3_600_000)
      yield* withFile(keySet(old), (write) =>
        Effect.gen(function* () {
          const { principal, valid } = yield* asking
          const before = yield* principal(yield* signed(old, { exp: 7_200 }))
          set(0)
          write(keySet(next))
          yield* Effect.provideService(TestClock.adjust("500 millis"), Clock, machine)
          assert.isTrue(yield* valid(before))
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
          yield* Effect.repeat(valid(before), { until: (holds) => !holds, times: 10_000 })
          assert.isFalse(yield* valid(before))
        })
      ).pipe(Effect.provideService(Clock, clock))
    })
  )

  it.effect("a key set that cannot be read at run time stands in for a minute, then nobody comes in", () =>
    Effect.gen(function* () {
      const { ed } = yield* signers
      yield* withFile(keySet(ed), (write) =>
        Effect.gen(function* () {
          const { principal, refusal, valid } = yield* asking
          const found = yield* principal(yield* signed(ed, { exp: 1_000 }))
          write("{")
          yield* TestClock.adjust("59 seconds")
          assert.isTrue(yield* valid(found))
          yield* TestClock.adjust("2 seconds")
          assert.isFalse(yield* valid(found))
          assert.deepStrictEqual(yield* refusal(yield* signed(ed, { exp: 1_000 })), [notNow, "jwt: keys not available"])
          write(keySet(ed))
          yield* TestClock.adjust("1 second")
          yield* principal(yield* signed(ed, { exp: 1_000 }))
        })
      )
    })
  )

  it.effect("a key set with something in it that cannot verify safely refuses the start, without repeating a key", () =>
    Effect.gen(function* () {
      const { ed } = yield* signers
      const weak = shared("weak", 31)
      const secret: Signer = { ...ed, jwk: { ...ed.jwk, d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" } }
      const broken: Signer = { ...ed, jwk: { ...ed.jwk, x: "AAAA" } }
      for (const [text, why] of [
        [keySet(weak), "key 1 has 248 bits; 256 are needed"],
        [keySet(ed, secret), "key 2 is a private key"],
        [keySet(broken), "key 1 is no valid OKP key"],
        ["{}", "it is no JSON Web Key Set of 64 keys at most"],
        ["[]", "it is no JSON Web Key Set of 64 keys at most"],
        [
          JSON.stringify({ keys: Array.from({ length: 65 }, () => ed.jwk) }),
          "it is no JSON Web Key Set of 64 keys at most"
        ],
        [" ".repeat(262_145), "it is larger than 262144 bytes"]
      ] as const) {
        const error = yield* Effect.flip(withFile(text, () => Effect.void))
        assert.match((error as Error).message, /^The keys of \[gateway\.jwt\] in \/.*jwks\.json cannot be used: /)
        assert.isTrue((error as Error).message.endsWith(`${why}.`), (error as Error).message)
      }
    })
  )
})

describe("keys at an address", () => {
  const url = "https://id.example/jwks.json"
  const answer = (text: string, status = 200): EgressResponse => ({
    status,
    headers: [],
    body: Buffer.from(text),
    url,
    hops: 1
  })
  const gone = new EgressError({ reason: new ConnectFailed({ host: "id.example", code: "ECONNREFUSED" }) })

  /** A door whose issuer answers what `state` says, and how often it was asked. */
  const withIssuer = <A, E>(
    run: (state: {
      answer: EgressResponse | undefined
      readonly asked: Array<EgressRequest>
    }) => Effect.Effect<A, E, Authenticator | Audit>
  ) =>
    Effect.gen(function* () {
      const state: { answer: EgressResponse | undefined; readonly asked: Array<EgressRequest> } = {
        answer: undefined,
        asked: []
      }
      const egress = NodeEgress.layerTest((request) =>
        Effect.suspend(() => {
          state.asked.push(request)
          return state.answer === undefined ? Effect.fail(gone) : Effect.succeed(state.answer)
        })
      )
      const jwt = JoseVerifier.layerUrl(policy, url).pipe(Layer.provide(egress))
      return yield* run(state).pipe(Effect.provide(door(join(yield* folder, "operator.token"), jwt)))
    }).pipe(Effect.scoped)

  it.effect("are fetched with the first token, by a rule for that address alone and without redirects", () =>
    Effect.gen(function* () {
      const { ed } = yield* signers
      yield* withIssuer((state) =>
        Effect.gen(function* () {
          const { principal } = yield* asking
          assert.lengthOf(state.asked, 0)
          state.answer = answer(keySet(ed))
          yield* principal(yield* signed(ed))
          yield* principal(yield* signed(ed))
          assert.lengthOf(state.asked, 1)
          assert.deepStrictEqual(state.asked[0]?.rules, [{ host: "id.example", path: "/jwks.json", methods: ["GET"] }])
          assert.strictEqual(state.asked[0]?.limits?.redirects, 0)
        })
      )
    })
  )

  it.effect("an issuer that is away refuses tokens and not the start; guessers do not make us ask it again", () =>
    Effect.gen(function* () {
      const { ed } = yield* signers
      yield* withIssuer((state) =>
        Effect.gen(function* () {
          const { principal, refusal } = yield* asking
          for (let i = 0; i < 20; i++) {
            assert.deepStrictEqual(yield* refusal(yield* signed(ed)), [notNow, "jwt: keys not available"])
          }
          assert.lengthOf(state.asked, 1)
          state.answer = answer("not found", 404)
          yield* TestClock.adjust("10 seconds")
          assert.deepStrictEqual(yield* refusal(yield* signed(ed)), [notNow, "jwt: keys not available"])
          state.answer = answer(keySet(ed))
          yield* TestClock.adjust("10 seconds")
          yield* principal(yield* signed(ed))
          for (let i = 0; i < 20; i++) yield* refusal(yield* signed(ed, {}, { kid: `guess${i}` }))
          assert.lengthOf(state.asked, 3)
        })
      )
    })
  )

  it.effect(
    "a key that is published anew opens the door within a second, also where guessers made us ask just before",
    () =>
      Effect.gen(function* () {
        const [old, next] = yield* Effect.promise(() => Promise.all([pair("EdDSA", "1"), pair("EdDSA", "2")]))
        yield* withIssuer((state) =>
          Effect.gen(function* () {
            state.answer = answer(keySet(old))
            const { principal, refusal } = yield* asking
            yield* refusal(yield* signed(old, {}, { kid: "guess" }))
            state.answer = answer(keySet(old, next))
            yield* TestClock.adjust("1 second")
            yield* principal(yield* signed(next))
          })
        )
      })
  )

  it.effect("a shared secret that is published there verifies nothing", () =>
    Effect.gen(function* () {
      const { ed, hs } = yield* signers
      yield* withIssuer((state) =>
        Effect.gen(function* () {
          state.answer = answer(keySet(ed, hs))
          const { refusal } = yield* asking
          assert.deepStrictEqual(yield* refusal(yield* signed(hs)), [shut, "jwt: key unknown"])
        })
      )
    })
  )
})
