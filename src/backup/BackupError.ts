/** Why there is no backup, or nothing was restored. All of it is for the operator. */
import * as Schema from "effect/Schema"

const text = Schema.String

/** There is something in the place of the backup. */
export class TargetTaken extends Schema.TaggedError<TargetTaken>()("TargetTaken", { path: text }) {
  override get message(): string {
    return `There is something at ${this.path} already. Name a new file or folder.`
  }
}

/** The folder that the backup should be put into is not there; it may be a disk that is not mounted. */
export class NoFolder extends Schema.TaggedError<NoFolder>()("NoFolder", { path: text }) {
  override get message(): string {
    return `There is no folder ${this.path} to put the backup into. Make it, mount its disk, or name another place.`
  }
}

/** What was to be restored is not there. */
export class NoBackup extends Schema.TaggedError<NoBackup>()("NoBackup", { path: text }) {
  override get message(): string {
    return `There is nothing at ${this.path}: name the file or folder that a backup is in.`
  }
}

/** The state folder has no database. */
export class NoState extends Schema.TaggedError<NoState>()("NoState", { path: text }) {
  override get message(): string {
    return `There is no state in ${this.path}: name the state folder with --state.`
  }
}

/** What was to be restored is no backup of exoclaw. */
export class NotABackup extends Schema.TaggedError<NotABackup>()("NotABackup", { path: text, why: text }) {
  override get message(): string {
    return `${this.path} is not a backup of exoclaw: ${this.why}.`
  }
}

/** A file of a backup is not the one that was put there. */
export class Damaged extends Schema.TaggedError<Damaged>()("Damaged", { file: text, why: text }) {
  override get message(): string {
    return `The backup is damaged: ${this.file} ${this.why}. Nothing was changed.`
  }
}

/** A later version made it. */
export class NewerBackup extends Schema.TaggedError<NewerBackup>()("NewerBackup", { exoclaw: text }) {
  override get message(): string {
    return `The backup was made by a newer exoclaw (${this.exoclaw}). Install that version or a later one, then restore. Nothing was changed.`
  }
}

/** There is state where the backup should go. */
export class NotEmpty extends Schema.TaggedError<NotEmpty>()("NotEmpty", { path: text }) {
  override get message(): string {
    return `${this.path} is not empty. Name another folder with --state, or move what is there aside with --force.`
  }
}

/** A gateway, or another program, has the database open. */
export class InUse extends Schema.TaggedError<InUse>()("InUse", { path: text }) {
  override get message(): string {
    return `${this.path} is in use: stop the gateway first.`
  }
}

/** A file could not be read or written. */
export class FileFailed extends Schema.TaggedError<FileFailed>()("FileFailed", { what: text, code: text }) {
  override get message(): string {
    return `${this.what} failed (${this.code}). See that there is room, and that this user may read and write there.`
  }
}

export const BackupReason = Schema.Union([
  TargetTaken,
  NoFolder,
  NoBackup,
  NoState,
  NotABackup,
  Damaged,
  NewerBackup,
  NotEmpty,
  InUse,
  FileFailed
])
export type BackupReason = typeof BackupReason.Type

/** The one public error of backups. */
export class BackupError extends Schema.TaggedError<BackupError>()("BackupError", { reason: BackupReason }) {
  override get message(): string {
    return this.reason.message
  }
}
