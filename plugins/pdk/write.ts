// Writes JSON. The length is counted first, since the runtime of a plugin never frees memory.
import { Json, Kind } from "./json";

const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;

/** How many characters stand for one inside quotes. */
function width(code: i32): i32 {
  return code == QUOTE || code == BACKSLASH ? 2 : code < 0x20 ? 6 : 1;
}

/** `text` as a JSON string, quotes included. */
export function quote(text: string): string {
  let length = 2;
  for (let i = 0; i < text.length; i++) length += width(text.charCodeAt(i));
  if (length == text.length + 2) return '"' + text + '"';
  const units = new Array<i32>(length);
  let at = 0;
  units[at++] = QUOTE;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const wide = width(code);
    if (wide > 1) units[at++] = BACKSLASH;
    if (wide == 6) {
      units[at++] = 0x75;
      units[at++] = 0x30;
      units[at++] = 0x30;
      units[at++] = 0x30 + (code >> 4);
      units[at++] = (code & 15) < 10 ? 0x30 + (code & 15) : 0x57 + (code & 15);
    } else {
      units[at++] = code;
    }
  }
  units[at++] = QUOTE;
  return String.fromCharCodes(units);
}

function collect(value: Json, parts: string[]): void {
  switch (value.kind) {
    case Kind.Text:
      parts.push(quote(value.text));
      return;
    case Kind.Number:
      parts.push(value.text);
      return;
    case Kind.Bool:
      parts.push(value.bool ? "true" : "false");
      return;
    case Kind.List:
    case Kind.Object: {
      const list = value.kind == Kind.List;
      parts.push(list ? "[" : "{");
      for (let i = 0; i < value.items.length; i++) {
        if (i > 0) parts.push(",");
        if (!list) {
          parts.push(quote(value.keys[i]));
          parts.push(":");
        }
        collect(value.items[i], parts);
      }
      parts.push(list ? "]" : "}");
      return;
    }
    default:
      parts.push("null");
  }
}

/** `value` as JSON without blanks; numbers as they were written. */
export function write(value: Json): string {
  const parts = new Array<string>();
  collect(value, parts);
  return parts.join("");
}

/** A list of values that were read. */
export function listOf(items: Json[]): Json {
  const list = new Json();
  list.kind = Kind.List;
  list.items = items;
  return list;
}
