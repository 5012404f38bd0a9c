/** What has to hold before a listener may be reached from other machines. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { readFile } from "node:fs/promises"
import { ListenError } from "../../src/gateway/ListenError.ts"
import type { IdentityError } from "../../src/identity/IdentityError.ts"
import { TokenStore } from "../../src/identity/TokenStore.ts"
import { isLoopbackBind } from "../../src/settings/options/gateway.ts"
import type { SettingsShape } from "../../src/settings/Settings.ts"
import type { Tls } from "../http/WebSocketListener.ts"

/** The gateway would be open to the network without any token. */
export class TokenRequired extends Schema.TaggedError<TokenRequired>()("TokenRequired", {}) {
  override get message(): string {
    return "Auth token required when binding to non-loopback address. Set --token-file, --token or EXOCLAW_TOKEN env var."
  }
}

/** Refuses a bind beyond loopback without a token; warns of one without encryption. */
export const check = Effect.fnUntraced(function* ({
  environment,
  values
}: SettingsShape): Effect.fn.Return<void, TokenRequired | IdentityError, TokenStore> {
  const { bind, jwt, tls, trusted_proxy } = values.gateway
  if (isLoopbackBind(bind)) return
  const tokens = yield* TokenStore
  const hasToken =
    environment.token !== undefined || values.tokens.length > 0 || jwt !== undefined || (yield* tokens.any)
  if (!hasToken) return yield* new TokenRequired({})
  if (tls.cert === undefined && trusted_proxy.length === 0) {
    yield* Effect.logWarning(
      `The gateway listens on ${bind} without TLS: tokens and messages can be read on the way. Set gateway.tls, or gateway.trusted_proxy behind a proxy that ends TLS.`
    )
  }
})

/** Certificate and key, read from their files. */
export const readTls = (
  { gateway: { bind, port, tls } }: SettingsShape["values"],
  inFolder: (path: string) => string
): Effect.Effect<Tls | undefined, ListenError> => {
  const { cert, key } = tls
  if (cert === undefined || key === undefined) return Effect.succeed(undefined)
  const read = (path: string) =>
    Effect.tryPromise({
      try: () => readFile(inFolder(path), "utf8"),
      catch: () =>
        new ListenError({
          reason: "bad_tls",
          host: bind,
          port,
          message: `${inFolder(path)} cannot be read; set gateway.tls.cert and gateway.tls.key to readable PEM files`
        })
    })
  return Effect.map(Effect.all([read(cert), read(key)]), ([certificate, privateKey]) => ({
    cert: certificate,
    key: privateKey
  }))
}
