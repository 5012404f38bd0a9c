/** All migrations in order. A number once released never changes; a change of the schema is a new number. */
import { migration as sessions } from "./0001_sessions.ts"
import { migration as ledger } from "./0002_ledger.ts"
import { migration as audit } from "./0003_audit.ts"
import { migration as tokens } from "./0004_tokens.ts"
import { migration as plugins } from "./0005_plugins.ts"
import { migration as pluginTrust } from "./0006_plugin_trust.ts"
import { migration as tokenFactors } from "./0007_token_factors.ts"
import { migration as approvals } from "./0008_approvals.ts"
import { migration as auditCheckpoints } from "./0009_audit_checkpoints.ts"
import { migration as schedule } from "./0010_schedule.ts"
import { migration as tokenBudgets } from "./0012_token_budgets.ts"
import { migration as memory } from "./0013_memory.ts"
import { migration as facts } from "./0014_facts.ts"
import { migration as extractions } from "./0015_extractions.ts"
import { migration as receipts } from "./0016_receipts.ts"
import { migration as snapshots } from "./0017_snapshots.ts"
import { migration as roomAnswers } from "./0019_room_answers.ts"
import { migration as ownCharges } from "./0021_own_charges.ts"
import { migration as unremembered } from "./0022_unremembered.ts"

/** Statements that bring the schema from one version to the next. */
export interface Migration {
  readonly id: number
  readonly name: string
  readonly sql: ReadonlyArray<string>
}

export const migrations: ReadonlyArray<Migration> = [
  sessions,
  ledger,
  audit,
  tokens,
  plugins,
  pluginTrust,
  tokenFactors,
  approvals,
  auditCheckpoints,
  schedule,
  tokenBudgets,
  memory,
  facts,
  extractions,
  receipts,
  snapshots,
  roomAnswers,
  ownCharges,
  unremembered
]
