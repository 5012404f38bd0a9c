// Describing tools and answering calls.
import { output } from "./kernel";
import { quote } from "./write";

/** One property of a tool's input; `required` ones come without a question mark. */
export function property(name: string, type: string, description: string): string {
  return quote(name) + ':{"type":' + quote(type) + ',"description":' + quote(description) + "}";
}

/** The JSON Schema of an object with these properties. */
export function object(properties: string[], required: string[]): string {
  const names = new Array<string>(required.length);
  for (let i = 0; i < required.length; i++) names[i] = quote(required[i]);
  return (
    '{"type":"object","properties":{' + properties.join(",") + '},"required":[' + names.join(",") + '],"additionalProperties":false}'
  );
}

/** One tool of `describe`. `idempotent`: running it again does no harm. */
export function tool(name: string, description: string, inputSchema: string, idempotent: bool): string {
  return (
    '{"name":' + quote(name) + ',"description":' + quote(description) + ',"input_schema":' + inputSchema +
    ',"idempotent":' + (idempotent ? "true" : "false") + "}"
  );
}

/** The answer of a tool that did its work. */
export function done(content: string): void {
  output('{"content":' + quote(content) + ',"is_error":false}');
}

/** The answer of a tool that could not; the model reads why. */
export function refused(content: string): void {
  output('{"content":' + quote(content) + ',"is_error":true}');
}

/** The output of `describe` of a plugin that answers messages itself. */
export function skill(name: string, description: string): string {
  return '{"name":' + quote(name) + ',"type":"skill","description":' + quote(description) + "}";
}

/** The answer of a skill. */
export function reply(text: string): void {
  output('{"text":' + quote(text) + "}");
}
