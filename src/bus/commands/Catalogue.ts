/** The built-in commands in words, and the least role that each needs. */
import type { CommandHelp } from "../Event.ts"
import type { CommandName } from "../Request.ts"
import { atLeast, type Role } from "../Role.ts"
import { keeper } from "../routing/Access.ts"

export const catalogue: { readonly [C in CommandName]: { readonly summary: string; readonly role: Role } } = {
  status: { summary: "How the bus is: node, uptime, connections, channels, history, bridge.", role: "guest" },
  create_channel: { summary: "Makes a channel with settings of its own.", role: keeper },
  delete_channel: { summary: "Deletes a channel that nobody has joined, with what is kept of it.", role: keeper },
  join_channel: { summary: "Joins a channel, a room or everything; recovers from a position.", role: "guest" },
  leave_channel: { summary: "Ends a join, named as it was joined.", role: "guest" },
  list_channels: { summary: "Lists this node's channels by name, of one room or all.", role: "guest" },
  channel_info: { summary: "Describes a channel and names its members.", role: "guest" },
  ping: { summary: "Answers with what waits for the asker, and with its positions.", role: "guest" },
  history: { summary: "Reads what is kept of a joined channel.", role: "guest" },
  help: { summary: "Lists the commands that the asker may use.", role: "guest" }
}

const names = Object.keys(catalogue) as ReadonlyArray<CommandName>

export const mayUse = (role: Role, command: CommandName): boolean => atLeast(role, catalogue[command].role)

/** What somebody of this role may use. */
export const help = (role: Role): ReadonlyArray<CommandHelp> =>
  names.filter((name) => mayUse(role, name)).map((name) => ({ name, ...catalogue[name] }))
