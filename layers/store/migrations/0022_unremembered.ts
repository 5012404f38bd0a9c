/**
 * With every message memory asks what it does not have yet of whoever sent it. By the principal alone that was a walk over
 * all they ever said; the rows of this index leave it when memory has them.
 */
export const migration = {
  id: 22,
  name: "unremembered",
  sql: [
    `CREATE INDEX turns_unremembered_of ON turns (tenant, principal, n) WHERE remembered = 0 AND status = 'done'`
  ] as ReadonlyArray<string>
} as const
