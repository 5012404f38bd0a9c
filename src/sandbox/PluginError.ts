/** Why a plugin could not be loaded, or a call of it failed. */
import * as Schema from "effect/Schema"

/** Admission refused the module, or the configuration grants what does not exist. Stops the start. */
export class PluginRefused extends Schema.TaggedError<PluginRefused>()("PluginRefused", {
  plugin: Schema.String,
  message: Schema.String
}) {}

/**
 * A call that gave no output: `trap` (the guest failed), `deadline`, `memory`, `quota`, `crashed` (the slot died),
 * `bad_output`, `denied` (a host function refused), `unknown_tool`, `unavailable` (no slot could be had).
 * `message` may be shown to the model.
 */
export class CallFailed extends Schema.TaggedError<CallFailed>()("CallFailed", {
  plugin: Schema.String,
  kind: Schema.Literals([
    "trap",
    "deadline",
    "memory",
    "quota",
    "crashed",
    "bad_output",
    "denied",
    "unknown_tool",
    "unavailable"
  ]),
  message: Schema.String
}) {}

/** The one public error of the sandbox. */
export class PluginError extends Schema.TaggedError<PluginError>()("PluginError", {
  reason: Schema.Union([PluginRefused, CallFailed])
}) {
  override get message(): string {
    return this.reason.message
  }
}
