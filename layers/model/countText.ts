/** Tokens of a text by a vocabulary: exact, and for what a tokenizer is slow at an upper bound. */

export interface Vocabulary {
  readonly countTokens: (text: string) => number
  /** How the encoding cuts a text before it looks for pairs; no token crosses a cut. */
  readonly split: RegExp
}

/** The search for pairs takes the square of a piece's length; a longer piece is no word, and counts its bytes. */
const longestPiece = 256

/** Never fewer than the vocabulary's own count of the text as plain text, special tokens spelt out. */
export const countText = ({ countTokens, split }: Vocabulary, text: string): number => {
  let tokens = 0
  for (const [piece] of text.matchAll(split))
    tokens += piece.length > longestPiece ? Buffer.byteLength(piece) : countTokens(piece)
  return tokens
}
