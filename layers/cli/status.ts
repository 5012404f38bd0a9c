/** `exoclaw status`. */
import * as Effect from "effect/Effect"
import { Io } from "./Io.ts"
import { operator, type Target } from "./reach.ts"
import { duration, json, printable } from "./text.ts"

export const status = Effect.fnUntraced(function* (input: Target & { readonly json: boolean }) {
  const io = yield* Io
  const { url, use } = yield* operator(input)
  const report = yield* use(async ({ call }) => {
    const [now, { connections }, state] = await Promise.all([
      call("status"),
      call("gateway.connections"),
      call("state.describe")
    ])
    return { ...now, operator: url, connections: connections.length, state }
  })
  if (input.json) return io.out(json(report))
  const { database, stateDir } = report.state
  io.out(
    printable(
      [
        `exoclaw ${report.version}, ${report.ready ? "ready" : "not ready"}, up ${duration(report.uptimeMs)}`,
        `client listener    ${report.client ?? "unknown: that gateway is of another version"}`,
        `operator listener  ${url}`,
        `connections        ${report.connections}`,
        `state              ${stateDir}`,
        `database           ${database.path}, ${Math.ceil(database.bytes / 1024)} KiB, schema ${database.schema}`,
        ""
      ].join("\n")
    )
  )
}, Effect.scoped)
