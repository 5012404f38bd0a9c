// Bytes and texts.

function sextet(code: i32): i32 {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x61 && code <= 0x7a) return code - 0x47;
  if (code >= 0x30 && code <= 0x39) return code + 4;
  return code == 0x2b ? 62 : code == 0x2f ? 63 : -1;
}

/** The bytes of a text in base64; it ends at the first character that is none of it. */
export function decodeBase64(text: string): Uint8Array {
  let length = 0;
  while (length < text.length && sextet(text.charCodeAt(length)) >= 0) length++;
  const bytes = new Uint8Array((length * 6) >> 3);
  let bits: u32 = 0;
  for (let i = 0, at = 0, count = 0; i < length; i++) {
    bits = (bits << 6) | <u32>sextet(text.charCodeAt(i));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[at++] = <u8>(bits >> count);
  }
  return bytes;
}

const REPLACEMENT: i32 = 0xfffd;

/** How many bytes follow a first one; -1 where it is none. */
function following(byte: i32): i32 {
  if (byte < 0x80) return 0;
  if (byte >= 0xc2 && byte < 0xe0) return 1;
  if (byte >= 0xe0 && byte < 0xf0) return 2;
  return byte >= 0xf0 && byte < 0xf5 ? 3 : -1;
}

/** UTF-8 from anywhere: what is none becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; ) {
    const first = <i32>bytes[i++];
    const more = following(first);
    let code = more <= 0 ? first : first & (0x3f >> more);
    let seen = 0;
    while (seen < more && i < bytes.length && (bytes[i] & 0xc0) == 0x80) {
      const next = <i32>bytes[i];
      // too long a form, a surrogate, or beyond the last character: only the second byte tells
      if (seen == 0 && ((first == 0xe0 && next < 0xa0) || (first == 0xed && next > 0x9f))) break;
      if (seen == 0 && ((first == 0xf0 && next < 0x90) || (first == 0xf4 && next > 0x8f))) break;
      code = (code << 6) | (next & 0x3f);
      seen++;
      i++;
    }
    if (seen != more) code = REPLACEMENT;
    if (code > 0xffff) {
      units[length++] = <u16>(0xd800 + ((code - 0x10000) >> 10));
      units[length++] = <u16>(0xdc00 + ((code - 0x10000) & 0x3ff));
    } else units[length++] = <u16>code;
  }
  return String.UTF16.decodeUnsafe(changetype<usize>(units.buffer), length * 2);
}
