/** `[[bindings]]`: which agent answers what. A binding matches when every field it names equals the message's. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { text } from "../config/Values.ts"
import { AgentId, ToolName } from "../domain/Ids.ts"

const field = (doc: string, example: string) =>
  Section.optional(text(256), { doc, allowed: "a text of 1 to 256 printable characters", example })

/** The fields of a message that a binding may name; at least one of them. */
export const matchFields = ["channel", "account_id", "peer_id", "guild_id", "team_id"] as const

export const BindingSettings = Schema.Struct({
  agent_id: Section.required(AgentId, {
    doc: "Agent that answers.",
    allowed: "the id of a configured agent",
    example: "default"
  }),
  channel: field("Channel the message came in by.", "websocket"),
  account_id: field("Account on that channel.", "local"),
  peer_id: field("Who the conversation is with.", "main"),
  guild_id: field("Server or guild it is in.", "g-1"),
  team_id: field("Team or workspace it is in.", "t-1"),
  tools: Section.optional(Schema.Array(ToolName), {
    doc: "Of the agent's tools those that may be called here, whichever agent answers; a more specific binding gives none back. An empty list: none.",
    allowed: "a list of tool names",
    example: ["echo"]
  })
})
export type BindingSettings = typeof BindingSettings.Type
