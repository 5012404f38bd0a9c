// Another `Authenticator` by one Layer: JSON Web Tokens as an OpenID Connect provider signs them with EdDSA. The service
// turns claims into a sealed principal; what is here decides only which claims a credential has.
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { hash, type KeyObject, verify } from "node:crypto"
import { PrincipalId, TenantId } from "../src/domain/Ids.ts"
import { Authenticator, type Credential, Unauthenticated } from "../src/identity/Authenticator.ts"
import { clientScopes } from "../src/identity/Scope.ts"
import { ask } from "./custom-graph.ts"
import { graph } from "./graph.ts"
import { issue, issuer, keys, strangersKey } from "./identity-provider.ts"

const { String: Text, Int } = Schema
// the algorithm is ours to choose, never the token's
const Header = Schema.fromJsonString(Schema.Struct({ alg: Schema.Literal("EdDSA") }))
const Payload = Schema.fromJsonString(
  Schema.Struct({ iss: Text, aud: Text, sub: Text, exp: Int, scope: Text, tenant: TenantId })
)
const refused = new Unauthenticated({ message: "A valid token is needed." })
const seconds = Effect.map(Clock.currentTimeMillis, (now) => Math.floor(now / 1000))

const claimsOf = Effect.fnUntraced(function* (token: string, issuer: string, key: KeyObject) {
  const [header = "", payload = "", signature = "", ...rest] = token.split(".")
  const signed = verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url"))
  if (!signed || rest.length > 0) return yield* refused
  yield* Schema.decodeEffect(Header)(Buffer.from(header, "base64url").toString())
  const said = yield* Schema.decodeEffect(Payload)(Buffer.from(payload, "base64url").toString())
  if (said.iss !== issuer || said.aud !== "exoclaw" || said.exp <= (yield* seconds)) return yield* refused
  const id = yield* Schema.decodeEffect(PrincipalId)(`oidc:${said.sub}`)
  // operator scopes are not for whoever signs in
  const scopes = clientScopes.filter((scope) => said.scope.split(" ").includes(scope))
  return { id, tenant: said.tenant, scopes, credential: `${said.exp}:${hash("sha256", token)}` }
})

/** `valid` is asked every second for each open connection: it closes when its token expires. */
export const layer = (issuer: string, key: KeyObject) =>
  Authenticator.layerWith(
    Effect.succeed({
      verify: ({ token }: Credential) =>
        Effect.mapError(claimsOf(token === undefined ? "" : Redacted.value(token), issuer, key), () => refused),
      valid: (credential: string) => Effect.map(seconds, (now) => now < Number(credential.split(":")[0]))
    })
  )

/** One who signed in, and one who made up a token. */
export const program = Effect.gen(function* () {
  for (const key of [keys.privateKey, strangersKey]) {
    const claims = { iss: issuer, aud: "exoclaw", sub: "ada", tenant: "default", scope: "chat:send admin" }
    const exp = (yield* seconds) + 60
    const answer = yield* Effect.result(ask("My dog is called Luna.", Redacted.make(issue({ ...claims, exp }, key))))
    yield* Console.log(answer._tag === "Success" ? answer.success.sessionKey : answer.failure.message)
  }
}).pipe(Effect.provide(graph({ authenticator: layer(issuer, keys.publicKey) })))

if (import.meta.main) await Effect.runPromise(program)
