/** The connections of this process, in memory: they end with it. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Connection, Connections } from "../../src/gateway/Connection.ts"

export const layer: Layer.Layer<Connections> = Layer.sync(Connections, () => {
  const open = new Map<number, Connection>()
  let last = 0
  return {
    nextId: () => ++last,
    add: (connection) => void open.set(connection.id, connection),
    remove: (id) => void open.delete(id),
    get: (id) => open.get(id),
    list: () => [...open.values()],
    disconnect: (id, code, reason) =>
      Effect.sync(() => {
        const connection = open.get(id)
        connection?.close(code, reason)
        return connection !== undefined
      }),
    closeWhere: (matches, code, reason) =>
      Effect.sync(() => {
        const matching = [...open.values()].filter(matches)
        for (const connection of matching) connection.close(code, reason)
        return matching.length
      })
  }
})
