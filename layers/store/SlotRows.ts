/** Slots of jobs inside a transaction: for whoever journals a turn, and for the schedule itself. */
import type { TurnId } from "../../src/domain/Ids.ts"
import type { Slot, SlotRefusal } from "../../src/session/Slot.ts"
import type { Database } from "./Store.ts"

/**
 * Slots of a job that are remembered, besides those whose turn is still open; older ones are behind the cursor, which
 * suffices to refuse them.
 */
const remembered = 100

/** What a slot is called: the instant for one of the plan, the turn for one that somebody asked for. */
const nameOf = ({ due }: Slot, turn: TurnId | null): string =>
  due === null ? `asked ${turn ?? ""}` : new Date(due).toISOString()

const isOpen = "turns.status IN ('accepted', 'running', 'waiting')"

/** The turn of the job that somebody still works on or waits for. */
const openTurn = (db: Database, job: string): TurnId | undefined => {
  const row = db.get(
    `SELECT turns.id AS id FROM schedule_slots JOIN turns ON turns.id = schedule_slots.turn
     WHERE schedule_slots.job = ? AND ${isOpen} LIMIT 1`,
    job
  )
  // written by `takeSlot`
  return row === undefined ? undefined : (String(row["id"]) as TurnId)
}

const insert = (db: Database, slot: Slot, turn: TurnId | null, outcome: string, at: number): void => {
  const { due, job } = slot
  db.run("INSERT INTO schedule_slots VALUES (?, ?, ?, ?, ?, ?)", job, nameOf(slot, turn), due, turn, outcome, at)
  if (due !== null) db.run("UPDATE schedule_jobs SET cursor = max(cursor, ?) WHERE job = ?", due, job)
  db.run(
    `DELETE FROM schedule_slots WHERE job = ?1 AND slot NOT IN
       (SELECT slot FROM schedule_slots WHERE job = ?1 ORDER BY at DESC, slot DESC LIMIT ?2)
     AND NOT EXISTS (SELECT 1 FROM turns WHERE turns.id = schedule_slots.turn AND ${isOpen})`,
    job,
    remembered
  )
}

const isTaken = (db: Database, slot: Slot): boolean => {
  const { due, job } = slot
  if (due === null) return false
  const cursor = db.get("SELECT cursor FROM schedule_jobs WHERE job = ?", job)?.["cursor"]
  if (cursor === undefined || due <= Number(cursor)) return true
  // the clock was ahead of itself when it ran, and the job was resumed since
  return db.get("SELECT 1 FROM schedule_slots WHERE job = ? AND slot = ?", job, nameOf(slot, null)) !== undefined
}

/**
 * Why a slot cannot be taken, with the turn that stands in the way. A slot whose job is still busy is over with that: it
 * is noted as one that overlapped, and does not come back when the job is free.
 */
export const refusal = (
  db: Database,
  slot: Slot,
  at: number
): { readonly why: SlotRefusal; readonly turnId: TurnId | undefined } | undefined => {
  if (isTaken(db, slot)) return { why: "taken", turnId: undefined }
  const paused = db.get("SELECT paused FROM schedule_jobs WHERE job = ?", slot.job)?.["paused"]
  if (slot.due !== null && paused === 1) return { why: "paused", turnId: undefined }
  const turnId = openTurn(db, slot.job)
  if (turnId === undefined) return undefined
  if (slot.due !== null) insert(db, slot, null, "overlap", at)
  return { why: "running", turnId }
}

/** Takes a slot that was not refused in this very transaction. */
export const take = (db: Database, slot: Slot, turn: TurnId, at: number): void => insert(db, slot, turn, "run", at)

/** Lets a slot go without a turn. False where it was taken. */
export const skip = (db: Database, slot: Slot, outcome: "missed" | "refused", at: number): boolean => {
  if (isTaken(db, slot)) return false
  insert(db, slot, null, outcome, at)
  return true
}
