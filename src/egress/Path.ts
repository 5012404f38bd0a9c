/** Paths of URLs: normalised before they are compared, and compared by whole segments. */

const unreserved = /^[A-Za-z0-9._~-]$/

const decodeByte = (escape: string): string => {
  const char = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return unreserved.test(char) ? char : escape.toUpperCase()
}

/**
 * RFC 3986's normal form: escapes of unreserved characters decoded, the others in upper case, dot segments removed.
 * Undefined where a percent sign is no escape.
 */
export const normalise = (path: string): string | undefined => {
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return undefined
  const out: Array<string> = []
  const segments = path
    .replace(/%[0-9A-Fa-f]{2}/g, decodeByte)
    .split("/")
    .slice(1)
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === "..") out.pop()
    if (segment !== "." && segment !== "..") out.push(segment)
    else if (last) out.push("")
  }
  return `/${out.join("/")}`
}

const decodeOnce = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** How often a chain of servers might decode one path. */
const rounds = 4

/**
 * True where a server that decodes once more, takes `\` for `/`, or cuts segments at `;` would see a dot segment or a
 * control character: no prefix says anything about such a path.
 */
export const isAmbiguous = (path: string): boolean => {
  let text = path
  for (let round = 0; round < rounds; round++) text = decodeOnce(text)
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20 || text.charCodeAt(i) === 0x7f) return true
  return text.split(/[/\\]/).some((segment) => /^\.{1,2}$/.test(segment.split(";", 1)[0] ?? ""))
}

/** Whether `path` (normalised) is `prefix` or below it; `/api` holds `/api` and `/api/x`, never `/apis`. */
export const isBelow = (prefix: string, path: string): boolean => {
  const start = normalise(prefix)
  if (start === undefined || isAmbiguous(path)) return false
  if (start.endsWith("/")) return path.startsWith(start)
  return path === start || path.startsWith(`${start}/`)
}
