/** What the holder of a token may spend: `OwnLimits` as JSON; null is no limit. */
export const migration = {
  id: 12,
  name: "token_budgets",
  sql: [`ALTER TABLE tokens ADD COLUMN budget TEXT`]
}
