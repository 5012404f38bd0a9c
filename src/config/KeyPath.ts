/** Where a value stands in the configuration, written as TOML writes it: `agents[0].budgets.daily`. */

/** Names of tables and keys, and indexes of lists, from the top of the file. */
export type KeyPath = ReadonlyArray<string | number>

/** A text in double quotes, as TOML and JSON both read it. */
export const quote = (text: string): string =>
  `"${text.replace(/[\\"\p{Cc}]/gu, (char) =>
    char === "\\" || char === '"' ? `\\${char}` : `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`
  )}"`

/** A name as it stands in a key: bare where TOML allows it. */
export const showName = (name: string): string => (/^[A-Za-z0-9_-]+$/.test(name) ? name : quote(name))

/** The path as text; two different paths never give the same text, so it also serves as a map key. */
export const show = (path: KeyPath): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? showName(part) : `${text}.${showName(part)}`,
    ""
  )

/** The path of the table a key stands in. */
export const parent = (path: KeyPath): KeyPath => path.slice(0, -1)
