/** The two ports: free, or a gateway's. */
import * as Effect from "effect/Effect"
import { createServer } from "node:net"
import { fromCode } from "../../../src/gateway/ListenError.ts"
import type { SettingsShape } from "../../../src/settings/Settings.ts"
import { connect } from "../../client/index.ts"
import { codeOf } from "../../platform/ErrorCode.ts"
import { clientUrl, operatorUrl } from "../reach.ts"
import { type Check, fail, ok } from "./Check.ts"

/** The version of the gateway that answers there; undefined where none does. */
const versionAt = (url: string): Effect.Effect<string | undefined> =>
  Effect.tryPromise(async () => {
    const gateway = await connect({ url, timeoutMs: 2_000 })
    const { version } = await gateway.call("status").finally(() => void gateway.close())
    return version
  }).pipe(Effect.orElseSucceed(() => undefined))

/** Takes the port and gives it back; the error's code where that fails. */
const tryListen = (host: string, port: number): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", (error) => resume(Effect.succeed(codeOf(error) ?? error.message)))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resume(Effect.succeed(undefined))))
  })

const portCheck = Effect.fnUntraced(function* (name: string, host: string, port: number, url: string) {
  const version = yield* versionAt(url)
  if (version !== undefined) return ok(name, `${host}:${port}: a gateway is running, version ${version}`)
  const code = yield* tryListen(host, port)
  if (code === undefined) return ok(name, `${host}:${port} is free`)
  const sentence = fromCode(code, host, port).message
  return fail(name, `${host}:${port} cannot be used`, `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`)
})

export const ports = Effect.fnUntraced(function* (settings: SettingsShape) {
  const { bind, operator_port: operatorPort, port } = settings.values.gateway
  const any = (name: string) => Effect.succeed(ok(name, "a free one is taken at every start"))
  const checks: ReadonlyArray<Effect.Effect<Check>> = [
    Effect.matchEffect(clientUrl(settings), {
      onFailure: () => any("client port"),
      onSuccess: (url) => portCheck("client port", bind, port, url)
    }),
    Effect.matchEffect(operatorUrl(settings), {
      onFailure: () => any("operator port"),
      onSuccess: (url) => portCheck("operator port", "127.0.0.1", operatorPort, url)
    })
  ]
  return yield* Effect.all(checks, { concurrency: "unbounded" })
})
