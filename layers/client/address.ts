import { ConnectionFailure } from "./Failure.ts"

/** The WebSocket address that a person's way to write it means; without a path it is `path`. `whose` is for the sentence. */
export const webSocketAddress = (url: string, path: string, whose: string): string => {
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (address === undefined || !/^(?:wss?|https?):$/.test(address.protocol)) {
    throw new ConnectionFailure(`The ${whose}'s address must look like ws://127.0.0.1:7200.`)
  }
  address.protocol = address.protocol.replace("http", "ws")
  if (address.pathname === "/") address.pathname = path
  return address.href
}
