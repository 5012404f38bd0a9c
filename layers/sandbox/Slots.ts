/** The pool's bookkeeping: which slots are idle, busy or starting, who waits, and who is watched. No Effect in here. */
import type { Socket } from "node:net"
import { Lease } from "./Lease.ts"
import type { Programs } from "./Programs.ts"
import { Queue } from "./Queue.ts"
import { type Cause, Slot } from "./Slot.ts"
import { Zygote } from "./Zygote.ts"

export interface SlotsConfig {
  /** Kept, idle or not. */
  readonly min: number
  readonly max: number
  /** Idle ones wanted beside the busy ones, so that a kill adds no latency to the next call. */
  readonly spare: number
  /** Resident memory above which a slot is killed while it works. */
  readonly memoryMiB: number
  /** What the host functions of one call may take together; each has limits of its own below it. */
  readonly hostMs?: number
  /** After how long unused slots beyond those that are kept are ended. */
  readonly reapMs?: number
}

/** A slot wears out: what one caller left in its heap does not stay there for ever. */
const CALLS_PER_SLOT = 5000
const BUSY_MS_PER_SLOT = 20_000
const MODULES_PER_SLOT = 32
const HOST_MS = 120_000
const WATCH_MS = 25
const REAP_MS = 30_000
const BOOT_MS = 10_000
const BOOT_FAILURES = 3
const RETRY_MS = 1000
const SAME_REASON_MS = 20
const MIB = 1024 * 1024
/** Of all slots that there may be, those that one caller holds at most: who has slow calls leaves some to the others. */
const SHARE = 0.75

export class Slots {
  readonly #config: SlotsConfig
  readonly #zygote: Zygote
  /** Ordered, not ready yet; with the timer that gives up on each. */
  readonly #starting = new Map<number, NodeJS.Timeout>()
  readonly #alive = new Map<number, Slot>()
  /** Milliseconds each has worked. */
  readonly #busy = new Map<Slot, number>()
  readonly #working = new Set<Slot>()
  #idle: Array<Slot> = []
  readonly #waiting = new Queue()
  /** How many slots each caller holds. */
  readonly #held = new Map<string, number>()
  #watch: NodeJS.Timeout | undefined
  #reaper: NodeJS.Timeout | undefined
  #next = 0
  /** Since a slot last served a call. */
  #bootFailures = 0
  #failedAt = -Infinity
  /** How the last one ended that did not start. */
  #how: string | undefined
  #retryAt = 0
  #retry: NodeJS.Timeout | undefined
  #closed = false

  constructor(config: SlotsConfig, programs: Programs) {
    this.#config = config
    this.#zygote = new Zygote(programs, {
      onSlot: (id, pid, socket) => this.#attach(id, pid, socket),
      onExit: (id, how) => this.#exited(id, how)
    })
  }

  /** Process ids, for tests and the operator. */
  get pids(): ReadonlyArray<number> {
    return [...this.#alive.values()].map((slot) => slot.pid)
  }
  get zygotePid(): number | undefined {
    return this.#zygote.pid
  }
  get idle(): number {
    return this.#idle.length
  }
  get starting(): number {
    return this.#starting.size
  }

  /** True where no process runs, and the last ones that were started did not: to wait long for one makes no sense. */
  get hopeless(): boolean {
    return this.#failing && this.#alive.size === 0
  }
  /** What is told to who has waited long enough, where no process runs because one did not start. */
  get trouble(): string | undefined {
    if (this.#bootFailures === 0 || this.#alive.size > 0) return undefined
    const how = this.#how === undefined ? "" : ` (${this.#how})`
    return `the sandbox's processes do not start${how}`
  }

  /** Callers wait in turn, each for those before it in its own line. */
  lease(affinity: string, caller = affinity): Lease {
    const lease = new Lease(affinity, caller, this.#config.hostMs ?? HOST_MS, (given) => this.#release(given))
    const slot = this.#mayHold(caller) ? this.#pick(affinity) : undefined
    if (slot !== undefined) this.#give(slot, lease)
    else if (this.#closed) lease.refuse("the sandbox is shutting down")
    else this.#waiting.add(lease)
    this.want()
    return lease
  }

  #release(lease: Lease): void {
    const slot = lease.slot
    if (slot === undefined) return this.#waiting.remove(lease)
    this.#hold(lease.caller, -1)
    this.#back(slot, lease)
    // idle ones may be there for whoever waits only because he had his share
    while (this.#idle.length > 0) {
      const next = this.#waiting.take((caller) => this.#mayHold(caller))
      const free = next === undefined ? undefined : this.#pick(next.affinity)
      if (next === undefined || free === undefined) return
      this.#give(free, next)
    }
  }

  /** What becomes of a slot that was given back. */
  #back(slot: Slot, lease: Lease): void {
    const busy = (this.#busy.get(slot) ?? 0) + lease.busyMs
    if (!slot.alive) return
    this.#bootFailures = 0
    const worn = slot.calls >= CALLS_PER_SLOT || busy >= BUSY_MS_PER_SLOT || slot.modules >= MODULES_PER_SLOT
    if (!lease.clean || worn) return slot.kill("retired")
    this.#busy.set(slot, busy)
    this.#working.delete(slot)
    this.#offer(slot)
  }

  /** Starts slots until there are as many as are wanted. */
  want(): void {
    if (this.#closed) return
    const rest = this.#retryAt - performance.now()
    if (rest > 0) return this.#later(rest)
    const total = () => this.#alive.size + this.#starting.size
    const { min, spare } = this.#config
    // where none started lately one is tried, not as many as would be wanted
    const max = this.#failing ? Math.min(this.#config.max, this.#alive.size + 1) : this.#config.max
    const wanted = spare + this.#waiting.servable((caller) => this.#more(caller))
    while (total() < max && (total() < min || this.#idle.length + this.#starting.size < wanted)) {
      const id = ++this.#next
      this.#starting.set(
        id,
        setTimeout(() => this.#zygote.kill(id), BOOT_MS)
      )
      this.#zygote.start(id)
    }
  }

  get #failing(): boolean {
    return this.#bootFailures >= BOOT_FAILURES
  }

  /** What fails now may work soon: whoever waits goes on waiting, and it is tried again for him. */
  #later(milliseconds: number): void {
    if (this.#waiting.size === 0) return
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      this.want()
    }, Math.ceil(milliseconds))
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#reaper)
    clearTimeout(this.#retry)
    clearInterval(this.#watch)
    for (const timer of this.#starting.values()) clearTimeout(timer)
    for (const slot of this.#alive.values()) slot.kill("retired")
    this.#waiting.refuseAll("the sandbox is shutting down")
    await this.#zygote.close()
  }

  /** The slot that served the same plugin and tenant last, else a fresh one, else any. */
  #pick(affinity: string): Slot | undefined {
    const slot =
      this.#idle.find((candidate) => candidate.affinity === affinity) ??
      this.#idle.find((candidate) => candidate.affinity === undefined) ??
      this.#idle.at(-1)
    if (slot !== undefined) this.#idle = this.#idle.filter((other) => other !== slot)
    return slot
  }

  /** How many slots the caller may still be given. */
  #more(caller: string): number {
    const { max } = this.#config
    return Math.max(1, Math.min(max - 1, Math.ceil(max * SHARE))) - (this.#held.get(caller) ?? 0)
  }

  #mayHold(caller: string): boolean {
    return this.#more(caller) > 0
  }

  #hold(caller: string, more: 1 | -1): void {
    const held = (this.#held.get(caller) ?? 0) + more
    if (held > 0) this.#held.set(caller, held)
    else this.#held.delete(caller)
  }

  #give(slot: Slot, lease: Lease): void {
    this.#hold(lease.caller, 1)
    this.#working.add(slot)
    this.#watch ??= setInterval(() => this.#check(), WATCH_MS)
    lease.grant(slot)
  }

  #offer(slot: Slot): void {
    const lease = this.#waiting.take((caller) => this.#mayHold(caller))
    if (lease !== undefined) return this.#give(slot, lease)
    this.#idle.push(slot)
    if (this.#reaper === undefined && this.#alive.size > this.#config.min) {
      this.#reaper = setTimeout(() => this.#reap(), this.#config.reapMs ?? REAP_MS).unref()
    }
  }

  /** Ends idle slots beyond those that are kept. */
  #reap(): void {
    this.#reaper = undefined
    while (this.#alive.size > this.#config.min && this.#idle.length > this.#config.spare) {
      this.#idle[0]?.kill("retired")
    }
  }

  #check(): void {
    if (this.#working.size === 0) {
      clearInterval(this.#watch)
      this.#watch = undefined
    }
    for (const slot of this.#working) {
      if (slot.residentBytes() > this.#config.memoryMiB * MIB) slot.kill("memory")
    }
  }

  #attach(id: number, pid: number, socket: Socket): void {
    if (!this.#starting.has(id) || this.#closed) {
      socket.destroy()
      return this.#zygote.kill(id)
    }
    const slot = new Slot(id, pid, socket, {
      onReady: () => {
        this.#booted(id)
        this.#alive.set(id, slot)
        this.#offer(slot)
        if (this.#failing) this.want()
      },
      kill: () => this.#zygote.kill(id),
      onGone: (_, cause) => this.#gone(slot, cause)
    })
  }

  #booted(id: number): boolean {
    clearTimeout(this.#starting.get(id))
    return this.#starting.delete(id)
  }

  #exited(id: number, how?: string): void {
    const slot = this.#alive.get(id)
    if (slot !== undefined) return slot.kill("crashed")
    // its socket may have told before; who was killed says nothing about those that do not start
    if (how !== "SIGKILL") this.#how = how
    if (this.#booted(id)) this.#bootFailed()
  }

  #gone(slot: Slot, cause: Cause): void {
    if (this.#booted(slot.id)) return this.#bootFailed()
    this.#alive.delete(slot.id)
    this.#busy.delete(slot)
    this.#working.delete(slot)
    this.#idle = this.#idle.filter((other) => other !== slot)
    // one that ends before it was of any use is as good as one that did not start: they are not started without end
    if (slot.calls === 0 && cause !== "retired") return this.#bootFailed()
    this.want()
  }

  #bootFailed(): void {
    const now = performance.now()
    // those that were starting when the zygote died failed for one reason
    if (now - this.#failedAt > SAME_REASON_MS) {
      this.#bootFailures++
      this.#failedAt = now
    }
    if (this.#bootFailures >= BOOT_FAILURES) this.#retryAt = now + RETRY_MS
    this.want()
  }
}
