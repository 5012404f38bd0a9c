// The encoding of a page, as far as pages in use have others than UTF-8.
import { decodeUtf8 } from "../../pdk/index";
import { WINDOWS } from "./entities";

/** How much of a page is looked at for its own word on its encoding. */
const SNIFFED: i32 = 1024;

function isWestern(name: string): bool {
  return name.includes("8859-1") || name.includes("windows-1252") || name.includes("cp1252") || name.includes("us-ascii");
}

function western(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const byte = <i32>bytes[i];
    const special = byte >= 0x80 && byte < 0xa0 ? WINDOWS[byte - 0x80] : byte;
    units[i] = <u16>(special == 0 ? byte : special);
  }
  return String.UTF16.decodeUnsafe(changetype<usize>(units.buffer), bytes.length * 2);
}

/** `bytes` as text: by what the server says, else by what the page says, else UTF-8. */
export function decode(bytes: Uint8Array, contentType: string): string {
  const declared = contentType.toLowerCase();
  if (declared.includes("charset=")) return isWestern(declared) ? western(bytes) : decodeUtf8(bytes);
  const start = western(bytes.subarray(0, SNIFFED)).toLowerCase();
  const charset = start.indexOf("charset=");
  return charset >= 0 && isWestern(start.substring(charset, charset + 40)) ? western(bytes) : decodeUtf8(bytes);
}
