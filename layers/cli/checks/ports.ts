/** The two ports: free, or a gateway's. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createServer } from "node:net"
import { fromCode, type ListenAddress } from "../../../src/gateway/ListenError.ts"
import type { SettingsShape } from "../../../src/settings/Settings.ts"
import { connect, connectOperator, UnprovenFailure } from "../../client/index.ts"
import { codeOf } from "../../platform/ErrorCode.ts"
import { clientUrl, operatorToken, operatorUrl } from "../reach.ts"
import { look } from "../Unanswered.ts"
import { type Check, fail, ok, warn } from "./Check.ts"

/** The version of the gateway that answers there; undefined where none does. */
const versionAt = (url: string): Effect.Effect<string | undefined> =>
  Effect.tryPromise(async () => {
    const gateway = await connect({ url, timeoutMs: 2_000 })
    const { version } = await gateway.call("status").finally(() => void gateway.close())
    return version
  }).pipe(Effect.orElseSucceed(() => undefined))

/** Whether something there speaks as a gateway does and does not know the operator's token of this state folder. */
const isAnothers = Effect.fnUntraced(function* (settings: SettingsShape, url: string) {
  const token = yield* operatorToken(settings)
  if (token === undefined) return false
  return yield* Effect.tryPromise({
    try: async () => {
      const gateway = await connectOperator({ url, token: Redacted.value(token), prove: true, timeoutMs: 2_000 })
      await gateway.close()
      return false
    },
    catch: (cause) => cause instanceof UnprovenFailure
  }).pipe(Effect.catch(Effect.succeed))
})

/** Takes the port and gives it back; the error's code where that fails. */
const tryListen = (host: string, port: number): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", (error) => resume(Effect.succeed(codeOf(error) ?? error.message)))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resume(Effect.succeed(undefined))))
  })

const portCheck = Effect.fnUntraced(function* (address: ListenAddress, url: string) {
  const { host, port } = address
  const name = `${address.name} port`
  const version = yield* versionAt(url)
  if (version !== undefined) return ok(name, `${host}:${port}: a gateway is running, version ${version}`)
  const code = yield* tryListen(host, port)
  if (code === undefined) return ok(name, `${host}:${port} is free`)
  const found = yield* look(url)
  if (typeof found === "object") return warn(name, `${host}:${port}: a gateway takes no connection now`, found.why)
  const sentence = fromCode(code, address).message
  return fail(name, `${host}:${port} cannot be used`, `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`)
})

export const ports = Effect.fnUntraced(function* (settings: SettingsShape) {
  const { bind, operator_port: operatorPort, port } = settings.values.gateway
  const any = (name: string) => Effect.succeed(ok(name, "a free one is taken at every start"))
  const checks: ReadonlyArray<Effect.Effect<Check>> = [
    Effect.matchEffect(clientUrl(settings), {
      onFailure: () => any("client port"),
      onSuccess: (url) => portCheck({ name: "client", host: bind, port }, url)
    }),
    Effect.matchEffect(operatorUrl(settings), {
      onFailure: () => any("operator port"),
      onSuccess: (url) =>
        Effect.flatMap(isAnothers(settings, url), (is) =>
          is
            ? Effect.succeed(
                warn(
                  "operator port",
                  `127.0.0.1:${operatorPort}: what listens there does not know this state's token`,
                  "If it is another gateway, name its state with --state, or give this one another port."
                )
              )
            : portCheck({ name: "operator", host: "127.0.0.1", port: operatorPort }, url)
        )
    })
  ]
  return yield* Effect.all(checks, { concurrency: "unbounded" })
})
