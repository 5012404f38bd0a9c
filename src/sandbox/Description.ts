/** What a plugin's `describe` says, decoded and limited: its words are shown to the model and to the operator. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type PluginName, ToolName } from "../domain/Ids.ts"
import type { JsonObject } from "../domain/Json.ts"
import { beyond, type JsonBounds } from "./JsonBounds.ts"
import { PluginRefused } from "./PluginError.ts"
import type { Tool } from "./Sandbox.ts"

const line = (limit: number) => Schema.String.pipe(Schema.check(Schema.isMaxLength(limit)))

const JsonObjectSchema: Schema.Codec<JsonObject> = Schema.Record(Schema.String, Schema.Json)

const InputSchema = JsonObjectSchema.pipe(
  Schema.check(
    Schema.makeFilter((schema) => schema["type"] === "object" || 'an input_schema has "type": "object"'),
    Schema.makeFilter(
      (schema) => JSON.stringify(schema).length <= 32_768 || "an input_schema of at most 32768 characters"
    )
  )
)

const ToolDescription = Schema.Struct({
  name: ToolName,
  description: line(4096),
  input_schema: InputSchema,
  idempotent: Schema.optionalKey(Schema.Boolean)
})

const Several = Schema.Struct({ tools: Schema.Array(ToolDescription).pipe(Schema.check(Schema.isMaxLength(64))) })
const Channel = Schema.Struct({
  name: line(64),
  type: Schema.Literal("channel_adapter"),
  channel: line(64),
  description: line(4096)
})
/** A plugin that answers messages itself declares no tool. */
const Skill = Schema.Struct({ name: line(64), type: Schema.Literal("skill"), description: line(4096) })

export interface Description {
  readonly tools: ReadonlyArray<Tool>
  readonly channel: boolean
  /** True where a call names the tool it means. */
  readonly several: boolean
}

const isToolName = Schema.is(ToolName)
const decode = Schema.decodeUnknownEffect(
  Schema.fromJsonString(Schema.Union([Several, Channel, Skill, ToolDescription]))
)

/** More is no description that anybody could read; it is not even parsed. */
const bounds: JsonBounds = { characters: Infinity, depth: 64, values: 20_000 }

/** Reads the output of `describe`; `prefix` comes before the name of each tool. The refusal is for the operator. */
export const read = (plugin: PluginName, output: string, prefix = ""): Effect.Effect<Description, PluginRefused> => {
  const refuse = (why: string) =>
    new PluginRefused({ plugin, message: `Plugin "${plugin}": its describe is not understood: ${why}` })
  const much = beyond(output, bounds)
  if (much !== undefined) return Effect.fail(refuse(`it has ${much}.`))
  return decode(output).pipe(
    Effect.map((said): Description => {
      const tools = "tools" in said ? said.tools : "type" in said ? [] : [said]
      return {
        channel: "type" in said && said.type === "channel_adapter",
        several: "tools" in said,
        tools: tools.map((tool) => ({
          name: `${prefix}${tool.name}`,
          plugin,
          description: tool.description,
          inputSchema: tool.input_schema,
          idempotent: tool.idempotent ?? false
        }))
      }
    }),
    Effect.mapError((error) => refuse(error.message)),
    Effect.filterOrFail(
      ({ tools }) => tools.every(({ name }) => isToolName(name)),
      () => refuse(`with the tool_prefix "${prefix}" a name of its tools is longer than 64 characters.`)
    )
  )
}

/** The first name that two tools share, with the plugins that declare it. */
export const clash = (tools: ReadonlyArray<Tool>): PluginRefused | undefined => {
  const seen = new Map<string, PluginName>()
  for (const tool of tools) {
    const other = seen.get(tool.name)
    if (other !== undefined) {
      return new PluginRefused({
        plugin: tool.plugin,
        message: `Plugin "${tool.plugin}": its tool "${tool.name}" has the name of a tool of plugin "${other}"; tool names are unique over all plugins. Give one of them a tool_prefix in its [[plugins]] entry.`
      })
    }
    seen.set(tool.name, tool.plugin)
  }
  return undefined
}
