/**
 * The program that starts and kills slots, so that the gateway never forks: started once, never sees guest data. It
 * gives each slot's socket to the gateway, and takes every slot with it when the gateway is gone.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { Socket } from "node:net"
import { constants, setPriority } from "node:os"
import { codeInWords } from "../platform/ErrorCode.ts"
import { confinement } from "./Confinement.ts"
import type { Order, Report, SlotCommand } from "./ZygoteMessage.ts"

const command: SlotCommand = JSON.parse(process.argv[2] ?? "{}")
const confined = confinement()
const slots = new Map<number, ChildProcess>()
const say = (report: Report): void => void process.send?.(report)

// The slot goes first when memory is short, leaves no core file, and cannot spin for ever if all others are dead.
const SCRIPT = 'echo 1000 >/proc/self/oom_score_adj 2>/dev/null; ulimit -c 0; ulimit -t "$0"; exec "$@"'

/**
 * Node begins to read a child's socket where it is made, and goes on, with the bytes for nobody, until the gateway has
 * confirmed that it has it: a gateway that was busy meanwhile never saw that its slot had started. A stream that is paused
 * reads on; only its handle can stop.
 */
const stopReading = (socket: Socket): void => {
  const handle: unknown = Reflect.get(socket, "_handle")
  if (typeof handle !== "object" || handle === null || !("readStop" in handle)) return
  if (typeof handle.readStop === "function") handle.readStop()
}

const start = (id: number): void => {
  // where there is no memory for another process Node throws: those that run go on
  try {
    spawned(id)
  } catch (error) {
    say({ kind: "failed", id, message: codeInWords(error) })
  }
}

const spawned = (id: number): void => {
  const child = spawn(
    "/bin/sh",
    ["-c", SCRIPT, String(command.cpuSeconds), ...confined, command.node, ...command.arguments],
    {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
      env: {}
    }
  )
  slots.set(id, child)
  child.on("error", (error) => say({ kind: "failed", id, message: codeInWords(error) }))
  child.on("exit", (code, signal) => {
    slots.delete(id)
    say({ kind: "exit", id, code, signal })
  })
  const socket = child.stdio[3]
  if (!(socket instanceof Socket) || child.pid === undefined) return
  socket.on("error", () => {})
  stopReading(socket)
  const report: Report = { kind: "slot", id, pid: child.pid }
  process.send?.(report, socket, { keepOpen: false }, (error) => {
    if (error !== null) child.kill("SIGKILL")
  })
}

const end = (): void => {
  for (const child of slots.values()) child.kill("SIGKILL")
  process.exit(0)
}
// The message channel forgets to say that it has ended while a socket is on its way; standard input does not.
process.stdin.on("close", end).on("error", end).resume()
process.on("message", (order: Order) => {
  if (order.kind === "start") start(order.id)
  else slots.get(order.id)?.kill("SIGKILL")
})
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
