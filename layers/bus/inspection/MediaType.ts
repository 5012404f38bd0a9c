/** What a content type says of a body that is Protocol Buffers. */
const TYPES = new Set([
  "application/protobuf",
  "application/x-protobuf",
  "application/vnd.google.protobuf",
  "application/x-google-protobuf"
])
const NAMES = new Set(["messagetype", "proto", "message", "schema"])

const unquoted = (text: string): string =>
  text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text

/** Whether it is such a type, with the full name of the message where a parameter has it. */
export const protobufType = (contentType: string): { readonly message: string | undefined } | undefined => {
  const [type = "", ...parameters] = contentType.split(";")
  if (!TYPES.has(type.trim().toLowerCase())) return undefined
  for (const parameter of parameters) {
    const at = parameter.indexOf("=")
    if (at > 0 && NAMES.has(parameter.slice(0, at).trim().toLowerCase())) {
      return { message: unquoted(parameter.slice(at + 1).trim()) }
    }
  }
  return { message: undefined }
}
