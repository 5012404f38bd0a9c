/** What is to be shown, and where. */
export interface Challenge {
  /** The port that was connected to: what another gateway proves at its own port is worth nothing here. */
  readonly port: number
  /** 64 hexadecimal digits that nobody used before. */
  readonly challenge: string
}

/** What the HMAC-SHA256 is made over, with the operator's token as its key. */
export const provenText = ({ challenge, port }: Challenge): string => `exoclaw auth.prove 1\n${port}\n${challenge}`
