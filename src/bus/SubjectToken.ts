/**
 * One part of a dotted name, such as a NATS subject's token. Injective: two different texts never give the same token,
 * and no text gives a separator, a wildcard, a space or nothing (threats row 38).
 */

const plain = /^[A-Za-z0-9_:@~+-]$/
const utf8 = new TextEncoder()

const percent = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`

export const encode = (text: string): string => {
  // a percent sign is always encoded, so this stands for nothing else
  if (text === "") return "%"
  let token = ""
  for (const char of text) {
    const code = char.charCodeAt(0)
    if (plain.test(char)) token += char
    // a lone surrogate has no UTF-8
    else if (char.length === 1 && code >= 0xd800 && code <= 0xdfff) token += `%u${code.toString(16)}`
    else for (const byte of utf8.encode(char)) token += percent(byte)
  }
  return token
}
