/** Sessions as a small pure model: what a store has to answer, whatever happens in whatever order. */
import type { TurnStatus } from "../../src/session/Turn.ts"

export interface ModelTurn {
  readonly n: number
  readonly session: number
  readonly key: string | undefined
  readonly content: string
  status: TurnStatus
  cancel: boolean
  /** Somebody let it go on while it was running. */
  proceed: boolean
  /** Something was said that no step accounts for. */
  said: boolean
  /** A tool is open that may not run twice. */
  open: boolean
  /** The latest such tool. */
  tool: string
  /** How often it was handed to a lane from its beginning or from a step. */
  claims: number
}

export class SessionsModel {
  readonly turns: Array<ModelTurn> = []
  readonly leases = new Map<number, number>()
  readonly dead = new Set<number>()
  readonly limit: number
  constructor(limit: number) {
    this.limit = limit
  }

  /** Turns that count against the limit and are not deleted. */
  unfinished(session: number): Array<ModelTurn> {
    return this.turns.filter(
      (turn) => turn.session === session && ["accepted", "running", "waiting"].includes(turn.status)
    )
  }

  open(session: number): Array<ModelTurn> {
    return this.turns.filter(
      (turn) => turn.session === session && (turn.status === "accepted" || turn.status === "running")
    )
  }

  running(session: number): ModelTurn | undefined {
    return this.turns.find((turn) => turn.session === session && turn.status === "running")
  }

  accept(n: number, session: number, key: string | undefined, content: string) {
    const first = this.turns.findLast((turn) => key !== undefined && turn.session === session && turn.key === key)
    if (first !== undefined) {
      return first.content === content ? { _tag: "repeated" as const, n: first.n } : { _tag: "key_reused" as const }
    }
    const waiting = this.unfinished(session).length
    if (waiting >= this.limit) return { _tag: "busy" as const, waiting }
    this.turns.push({
      n,
      session,
      key,
      content,
      status: "accepted",
      cancel: false,
      proceed: false,
      said: false,
      open: false,
      tool: "",
      claims: 0
    })
    return { _tag: "accepted" as const, n }
  }

  next(session: number, instance: number) {
    const lease = this.leases.get(session)
    if (lease !== undefined && lease !== instance && !this.dead.has(lease)) return { _tag: "elsewhere" as const }
    for (const turn of this.open(session)) {
      if (turn.status === "running" && turn.cancel) turn.status = "cancelled"
      else if (turn.status === "running" && (turn.said || turn.open)) turn.status = "interrupted"
      else {
        turn.status = "running"
        turn.claims += 1
        this.leases.set(session, instance)
        return { _tag: "turn" as const, n: turn.n }
      }
    }
    this.leases.delete(session)
    return { _tag: "idle" as const }
  }

  cancel(turn: ModelTurn) {
    if (turn.status === "accepted" || turn.status === "waiting") {
      turn.status = "cancelled"
      return "ended" as const
    }
    if (turn.status !== "running") return "over" as const
    turn.cancel = true
    return "requested" as const
  }

  suspend(turn: ModelTurn): TurnStatus {
    turn.status = turn.cancel ? "cancelled" : turn.proceed ? "accepted" : "waiting"
    if (!turn.cancel) turn.proceed = false
    return turn.status
  }

  proceed(turn: ModelTurn): boolean {
    if (turn.status === "running") turn.proceed = true
    if (turn.status !== "waiting") return false
    turn.status = "accepted"
    return true
  }

  reopen(turn: ModelTurn): boolean {
    if (!["interrupted", "parked", "failed"].includes(turn.status)) return false
    Object.assign(turn, { status: "accepted", cancel: false, proceed: false, said: false, open: false })
    return true
  }

  clear(session: number): number {
    const kept = this.turns.filter(
      (turn) => turn.session !== session || ["accepted", "running", "waiting"].includes(turn.status)
    )
    const gone = this.turns.length - kept.length
    this.turns.splice(0, this.turns.length, ...kept)
    return gone
  }
}
