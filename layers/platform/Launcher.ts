/** Who started this process and hands signals on to it: `npm start`, `npx`, or the bin on an old Node. */

const named = Number(process.env["EXOCLAW_LAUNCHER"])
// between the two: the configuration knows no such key, and no child is to inherit it
delete process.env["EXOCLAW_LAUNCHER"]

/** The launcher that named itself. When it dies, its program ends too, gracefully. */
export const launcher: number | undefined = named === process.ppid ? named : undefined

/**
 * Whether one signal may come more than once: a service manager, or Ctrl-C where standard input is no terminal, sends it
 * to the whole group, and those above hand theirs on.
 */
export const repeatsSignals =
  (launcher !== undefined || process.env["npm_lifecycle_event"] !== undefined) && !process.stdin.isTTY
