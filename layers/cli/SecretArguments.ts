/**
 * Takes the value of `--token` out of a command line, before anything else sees it (threats row 8). Imports nothing,
 * so that it is the very first to run.
 */

/** What stands in its place; a message that repeats the command line repeats this. */
export const placeholder = "(hidden)"

export interface Cleaned {
  readonly args: ReadonlyArray<string>
  readonly token: string | undefined
}

/** The arguments without the token. One that is given twice counts as it was given last. */
export const hideToken = (args: ReadonlyArray<string>): Cleaned => {
  const cleaned: Array<string> = []
  let token: string | undefined
  const operands = args.indexOf("--")
  args.forEach((arg, index) => {
    const isFlag = operands < 0 || index < operands
    if (isFlag && arg.startsWith("--token=")) {
      token = arg.slice("--token=".length)
      cleaned.push(`--token=${placeholder}`)
    } else if (isFlag && index > 0 && args[index - 1] === "--token") {
      token = arg
      cleaned.push(placeholder)
    } else cleaned.push(arg)
  })
  return { args: cleaned, token }
}

/** With the token that a launcher has already taken out, and handed over apart. */
export const unhide = (cleaned: Cleaned, handed: string | undefined): Cleaned =>
  cleaned.token === placeholder && handed !== undefined ? { ...cleaned, token: handed } : cleaned

/** The same for this process: other users of the machine see its title, reports and crashes its arguments. */
export const hideOwnToken = (): Cleaned => {
  const cleaned = unhide(hideToken(process.argv.slice(2)), process.env["EXOCLAW_LAUNCHER_TOKEN"])
  // between the launcher and its program: the configuration knows no such key, and no child is to inherit it
  delete process.env["EXOCLAW_LAUNCHER_TOKEN"]
  if (cleaned.token !== undefined) {
    // on Linux and macOS this writes over the memory that `ps` and /proc/PID/cmdline show
    process.title = "exoclaw"
    process.argv.splice(2, process.argv.length, ...cleaned.args)
  }
  return cleaned
}
