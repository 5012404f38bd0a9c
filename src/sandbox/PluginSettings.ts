/** `[[plugins]]`: the WASM files to load and what each may do. Nothing is granted by default. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { sha256, text } from "../config/Values.ts"
import { PluginName } from "../domain/Ids.ts"

const grant = text(512)
const ToolPrefix = Schema.String.pipe(Schema.check(Schema.isPattern(/^[A-Za-z0-9_-]{1,32}$/)))

/** A capability with conditions: the methods it is for, and what happens once untrusted text is in context. */
export const GrantSettings = Schema.Struct({
  grant,
  methods: Schema.optionalKey(Schema.Array(Schema.String)),
  untrusted: Schema.optionalKey(Schema.Union([Schema.Boolean, Schema.Literal("approve")]))
})
export type GrantSettings = typeof GrantSettings.Type

export const PluginSettings = Schema.Struct({
  name: Section.required(PluginName, {
    doc: "Name of the plugin, unique.",
    allowed: "1 to 64 of A-Z a-z 0-9 _ -",
    example: "echo"
  }),
  path: Section.required(text(4096), {
    doc: "Its .wasm file; a relative path starts at the folder of this file, builtin:NAME is one that comes with exoclaw.",
    allowed: "the path of a file",
    example: "plugins/echo.wasm"
  }),
  sha256: Section.optional(sha256, {
    doc: "Hash the file must have; any other file is refused.",
    allowed: "64 lower-case hexadecimal digits",
    example: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  }),
  tool_prefix: Section.optional(ToolPrefix, {
    doc: "Put before the name of each of its tools, so that one file may be loaded under several names.",
    allowed: "1 to 32 of A-Z a-z 0-9 _ -",
    example: "pets_"
  }),
  capabilities: Section.key(Schema.Array(Schema.Union([grant, GrantSettings])), {
    doc: "What the plugin may do; nothing else is possible.",
    allowed:
      'a list of capabilities, each a text such as "store:notes" or a table { grant = "http:api.example.com", methods = ["GET"], untrusted = "approve" }',
    default: []
  }),
  config: Section.key(Schema.Record(Schema.String, Schema.Json), {
    doc: "Values the plugin can read. Not for secrets.",
    allowed: "a table of texts, numbers, booleans, lists and tables",
    default: {}
  })
})
export type PluginSettings = typeof PluginSettings.Type
