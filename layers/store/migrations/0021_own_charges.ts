/**
 * Whoever has accounts of their own is asked what they were charged in a period, within a hold: an index, or each new sender
 * of a channel would cost a walk over everybody's charges. What belongs to the principal of an open gateway on this machine
 * is most of it there, and an index on that would only cost.
 */
export const migration = {
  id: 21,
  name: "own_charges",
  sql: [`CREATE INDEX charges_own ON charges (principal, held_at) WHERE principal <> 'local'`] as ReadonlyArray<string>
} as const
