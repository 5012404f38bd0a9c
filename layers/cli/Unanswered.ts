/** Why no gateway answers at an address: nobody is there, somebody else is, or it lets nobody in for now. */
import * as Effect from "effect/Effect"
import type { ClientRequest, IncomingMessage } from "node:http"
import { addressOf } from "../client/connect.ts"
import { exitCode } from "./ExitCode.ts"
import { type CliFailure, failure } from "./Failure.ts"
import { oneLine } from "./text.ts"

/** Long enough for any machine that is there. */
const patience = 2_000

/** More of an answer is no sentence of a gateway's. */
const longest = 300

/** Whoever has asked too often, and whoever nobody can let in, reads why in the answer to the handshake. */
const refusals: ReadonlyArray<number | undefined> = [429, 503]

const handshake = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": Buffer.alloc(16).toString("base64")
}

const sentenceOf = async (response: IncomingMessage): Promise<string> => {
  let text = ""
  for await (const chunk of response.setEncoding("utf8")) {
    text += String(chunk)
    if (text.length > longest) break
  }
  return oneLine(text, longest)
}

/** Who is there: nobody, another program, or a gateway with its reason to let nobody in. */
export type Found = "nobody" | "another" | { readonly why: string }

const answerOf = (request: ClientRequest): Effect.Effect<Found> =>
  Effect.callback((resume) => {
    let isThere = false
    const end = (found: Found) => {
      request.destroy()
      resume(Effect.succeed(found))
    }
    request.once("socket", (socket) => socket.once("connect", () => (isThere = true)))
    request.once("response", (response) => {
      if (!refusals.includes(response.statusCode)) return end("another")
      sentenceOf(response).then(
        (why) => end(why === "" ? "another" : { why }),
        () => end("another")
      )
    })
    request.once("upgrade", () => end({ why: "It takes connections by now: try again." }))
    request.on("error", () => end(isThere ? "another" : "nobody"))
    request.once("timeout", () => end(isThere ? "another" : "nobody"))
    request.end()
    return Effect.sync(() => void request.destroy())
  })

/** Knocks once more, without a token, to read what a refused WebSocket does not show. */
export const look = (url: string): Effect.Effect<Found> =>
  Effect.promise(() => import(url.startsWith("wss:") ? "node:https" : "node:http")).pipe(
    Effect.flatMap(({ request }: Pick<typeof import("node:http"), "request">) =>
      answerOf(request(addressOf(url).replace(/^ws/, "http"), { headers: handshake, timeout: patience }))
    )
  )

/** The command's failure, after a look at the address; `absent` is the sentence for one where nobody is. */
export const unanswered = (url: string, absent: string): Effect.Effect<never, CliFailure> => {
  const shown = url.replace(/\?.*$/s, "")
  return Effect.flatMap(look(url), (found) => {
    if (found === "nobody") return Effect.fail(failure(absent, exitCode.noGateway))
    if (found !== "another")
      return Effect.fail(failure(`${shown} takes no connection now. ${found.why}`, exitCode.busy))
    return Effect.fail(
      failure(
        `Something answers at ${shown}, but not as a gateway: another program has that port, or the gateway ` +
          "has as many connections as it may. Name the gateway's address with --url, or give it another port.",
        exitCode.noGateway
      )
    )
  })
}
