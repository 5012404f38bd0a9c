/** Values as people read them. */

/** A text that cannot steer a terminal: of the control characters only line feed and tab are left. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "\n" || character === "\t" || character === "\u200d" ? character : ""
  )

/** The same on one line, cut to `length` characters. */
export const oneLine = (text: string, length: number): string => {
  const line = printable(text).replace(/\s+/g, " ").trim()
  return line.length <= length ? line : `${line.slice(0, length - 1).trimEnd()}…`
}

/** A text with every character that cannot be seen as its escape, but for line feeds: nothing hides in it. */
export const escaped = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "\n" ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  )

/** Columns under their headings; numbers to the right. */
export const table = (
  headings: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string | number | null>>
): string => {
  const cells = [headings, ...rows.map((row) => row.map((cell) => (cell === null ? "-" : oneLine(String(cell), 120))))]
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)))
  const isNumber = headings.map((_, column) => rows.some((row) => typeof row[column] === "number"))
  const lines = cells.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return isNumber[column] === true ? cell.padStart(width) : cell.padEnd(width)
      })
      .join("  ")
      .trimEnd()
  )
  return `${lines.join("\n")}\n`
}

/** Rows as RFC 4180 has them. */
export const csv = (
  headings: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string | number | null>>
): string =>
  [headings, ...rows]
    .map((row) =>
      row
        .map((cell) => {
          const text = cell === null ? "" : String(cell)
          // a spreadsheet would run what begins like a formula
          const safe = typeof cell === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
          return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
        })
        .join(",")
    )
    .join("\r\n")
    .concat("\r\n")

/** Micro-dollars as dollars, as many decimals as are needed and two at least. */
export const dollars = (micros: number): string => {
  const [whole = "0", decimals = ""] = (Math.abs(micros) / 1_000_000).toFixed(6).split(".")
  return `${micros < 0 ? "-" : ""}$${whole}.${decimals.replace(/0{1,4}$/, "")}`
}

/** Milliseconds as the two largest units. */
export const duration = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  const units: ReadonlyArray<readonly [number, string]> = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"]
  ]
  const first = units.findIndex(([value]) => value > 0)
  if (first < 0) return "0 s"
  return units
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ")
}

/** Unix milliseconds as ISO 8601; a dash where there is no time. */
export const time = (ms: number | null): string => {
  // what was stored before times had limits is shown, too
  if (ms === null || !(Math.abs(ms) <= 8.64e15)) return ms === null ? "-" : String(ms)
  return new Date(ms).toISOString()
}

export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** "1 turn", "2 turns". */
export const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`
