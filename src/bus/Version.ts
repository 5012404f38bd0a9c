/** The versions of the protocol that this program speaks. */
export const versions = { min: 1, max: 1 } as const
