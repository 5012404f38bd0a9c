/** Where a vendor is asked: the base URL of the configuration and the path of its wire. */
import * as Effect from "effect/Effect"
import { ModelError } from "../../src/model/ModelError.ts"

const loopback = /^(?:localhost|(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i

const invalid = (provider: string, message: string): ModelError =>
  new ModelError({ provider, kind: "invalid_request", message, retryable: false, unused: true })

/**
 * `base` with `path` (such as `/v1/messages`) behind it; a base that already ends in a version (`/v1`) keeps its own.
 * Plain http is for this machine only, since the key travels with every request.
 */
export const endpoint = (provider: string, base: string, path: string): Effect.Effect<URL, ModelError> =>
  Effect.suspend(() => {
    if (!URL.canParse(base)) return Effect.fail(invalid(provider, `The base_url of ${provider} is not a URL.`))
    const url = new URL(base)
    if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
      return Effect.fail(
        invalid(provider, `The base_url of ${provider} must have no user name, password, query or fragment.`)
      )
    if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback.test(url.hostname)))
      return Effect.fail(
        invalid(provider, `The base_url of ${provider} must use https; plain http is only for this machine.`)
      )
    const own = url.pathname.replace(/\/+$/, "")
    url.pathname = own === "" ? path : own + path.replace(/^\/v1(?=\/)/, "")
    return Effect.succeed(url)
  })
