/** How much a client may put into its fields. Pure; what is wrong is said without repeating it. */
import * as Result from "effect/Result"
import { type BusError, refuse } from "./BusError.ts"
import { ChannelName, isChannelName, isRoomName, RoomName } from "./ChannelName.ts"
import type { Content } from "./Message.ts"

const invalid = (message: string): Result.Result<never, BusError> => Result.fail(refuse("invalid_argument", message))
const fine: Result.Result<void, BusError> = Result.succeed(undefined)

export const room = (name: string): Result.Result<RoomName, BusError> =>
  isRoomName(name)
    ? Result.succeed(name)
    : invalid("A room's name has 1 to 128 printable characters and neither : nor * in it.")

export const channel = (name: string): Result.Result<ChannelName, BusError> =>
  isChannelName(name)
    ? Result.succeed(name)
    : invalid("A channel's name has 1 to 512 printable characters and no * in it.")

const printable = /^[^\p{C}]*$/u

export const publishId = (id: string): Result.Result<void, BusError> =>
  id.length <= 128 && printable.test(id) ? fine : invalid("An id has at most 128 printable characters.")

export const clientName = (name: string): Result.Result<void, BusError> =>
  name.length <= 128 && printable.test(name) ? fine : invalid("A client's name has at most 128 printable characters.")

const pairs = (
  values: Readonly<Record<string, string>>,
  most: number,
  longest: number,
  what: string
): Result.Result<void, BusError> => {
  const entries = Object.entries(values)
  return entries.length <= most && entries.every(([name, value]) => name.length <= 128 && value.length <= longest)
    ? fine
    : invalid(`${what} are at most ${most}, their names at most 128 characters long, their values ${longest}.`)
}

export const metadata = (values: Readonly<Record<string, string>>): Result.Result<void, BusError> =>
  pairs(values, 16, 256, "Metadata")

export const content = ({ annotations, contentType, headers, key }: Content): Result.Result<void, BusError> => {
  if (contentType.length > 255) return invalid("A content type has at most 255 characters.")
  if (key.length > 256) return invalid("A key has at most 256 characters.")
  if ((annotations?.length ?? 0) > 65_536) return invalid("Annotations have at most 65536 bytes.")
  return pairs(headers, 32, 1024, "Headers")
}

/** A limit as asked, 0 for the default; within 1 to `most`. */
export const limit = (asked: number, usual: number, most: number): number =>
  asked === 0 ? usual : Math.min(asked, most)
