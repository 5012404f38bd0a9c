// JSON: a strict reader into values. Nothing is built by adding characters one by one, since the runtime of a plugin
// never frees memory.

export enum Kind {
  /** No JSON at all. */
  Invalid,
  Null,
  Bool,
  Number,
  Text,
  List,
  Object
}

const NO_ITEMS: Json[] = [];
const NO_KEYS: string[] = [];

/** A value that was read. Which fields say something depends on its kind. */
export class Json {
  kind: Kind = Kind.Invalid;
  /** Of a text; of a number as it is written. */
  text: string = "";
  bool: bool = false;
  /** Of a list; of an object, beside `keys`. Shared by all that have none, so never to be added to. */
  items: Json[] = NO_ITEMS;
  keys: string[] = NO_KEYS;

  /** The value under `key` of an object; null where there is none. */
  get(key: string): Json | null {
    // the last of equal keys counts, as everywhere
    for (let i = this.keys.length - 1; i >= 0; i--) if (this.keys[i] == key) return this.items[i];
    return null;
  }

  /** The value of a number; NaN of anything else. */
  get number(): f64 {
    return this.kind == Kind.Number ? F64.parseFloat(this.text) : NaN;
  }

  /** The text under `key`, or `fallback` where there is none. */
  textOf(key: string, fallback: string = ""): string {
    const value = this.get(key);
    return value !== null && value.kind == Kind.Text ? value.text : fallback;
  }
}

const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;
const MAX_DEPTH: i32 = 64;

function hexadecimal(code: i32): i32 {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

class Reader {
  private at: i32 = 0;
  failed: bool = false;
  constructor(private source: string) {}

  private peek(): i32 {
    return this.at < this.source.length ? this.source.charCodeAt(this.at) : -1;
  }
  private blanks(): void {
    for (let c = this.peek(); c == 0x20 || c == 0x0a || c == 0x0d || c == 0x09; c = this.peek()) this.at++;
  }
  private accept(code: i32): bool {
    this.blanks();
    if (this.peek() != code) return false;
    this.at++;
    return true;
  }
  private word(word: string): bool {
    if (!this.source.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }
  private wrong(): Json {
    this.failed = true;
    return new Json();
  }
  ended(): bool {
    this.blanks();
    return this.at >= this.source.length;
  }

  value(depth: i32): Json {
    this.blanks();
    const code = this.peek();
    if (this.failed || depth > MAX_DEPTH) return this.wrong();
    if (code == QUOTE) return this.textValue();
    if (code == 0x7b) return this.object(depth);
    if (code == 0x5b) return this.list(depth);
    const value = new Json();
    if (this.word("null")) {
      value.kind = Kind.Null;
      return value;
    }
    if (this.word("true") || this.word("false")) {
      value.kind = Kind.Bool;
      value.bool = code == 0x74;
      return value;
    }
    const start = this.at;
    if (!this.number()) return this.wrong();
    value.kind = Kind.Number;
    value.text = this.source.substring(start, this.at);
    return value;
  }

  /** A run of digits; false where there is none. */
  private digits(): bool {
    const start = this.at;
    for (let c = this.peek(); c >= 0x30 && c <= 0x39; c = this.peek()) this.at++;
    return this.at > start;
  }

  private number(): bool {
    if (this.peek() == 0x2d) this.at++;
    if (this.peek() == 0x30) this.at++;
    else if (!this.digits()) return false;
    if (this.peek() == 0x2e) {
      this.at++;
      if (!this.digits()) return false;
    }
    if ((this.peek() | 0x20) == 0x65) {
      this.at++;
      if (this.peek() == 0x2b || this.peek() == 0x2d) this.at++;
      if (!this.digits()) return false;
    }
    return true;
  }

  private textValue(): Json {
    const value = new Json();
    value.kind = Kind.Text;
    value.text = this.string();
    return value;
  }

  private string(): string {
    if (!this.accept(QUOTE)) {
      this.failed = true;
      return "";
    }
    const start = this.at;
    let escaped = false;
    let end = start;
    for (; end < this.source.length; end++) {
      const code = this.source.charCodeAt(end);
      if (code == QUOTE) break;
      if (code < 0x20) this.failed = true;
      if (code == BACKSLASH) {
        escaped = true;
        end++;
      }
    }
    if (end >= this.source.length) {
      this.failed = true;
      return "";
    }
    this.at = end + 1;
    return escaped ? this.unescape(start, end) : this.source.substring(start, end);
  }

  private unescape(start: i32, end: i32): string {
    const units = new Array<i32>(end - start);
    let length = 0;
    for (let i = start; i < end; i++) {
      let code = this.source.charCodeAt(i);
      if (code == BACKSLASH) {
        code = this.source.charCodeAt(++i);
        if (code == 0x6e) code = 0x0a;
        else if (code == 0x74) code = 0x09;
        else if (code == 0x72) code = 0x0d;
        else if (code == 0x62) code = 0x08;
        else if (code == 0x66) code = 0x0c;
        else if (code == 0x75) {
          code = this.escaped(i + 1, end);
          i += 4;
        } else if (code != QUOTE && code != BACKSLASH && code != 0x2f) this.failed = true;
      }
      units[length++] = code;
    }
    return String.fromCharCodes(units.slice(0, length));
  }

  /** The character of four hexadecimal digits. */
  private escaped(start: i32, end: i32): i32 {
    let code = 0;
    for (let i = start; i < start + 4; i++) {
      const digit = i < end ? hexadecimal(this.source.charCodeAt(i)) : -1;
      if (digit < 0) this.failed = true;
      code = code * 16 + digit;
    }
    return code;
  }

  private list(depth: i32): Json {
    const value = new Json();
    value.kind = Kind.List;
    value.items = [];
    this.at++;
    if (this.accept(0x5d)) return value;
    do value.items.push(this.value(depth + 1));
    while (!this.failed && this.accept(0x2c));
    return this.accept(0x5d) ? value : this.wrong();
  }

  private object(depth: i32): Json {
    const value = new Json();
    value.kind = Kind.Object;
    value.items = [];
    value.keys = [];
    this.at++;
    if (this.accept(0x7d)) return value;
    do {
      value.keys.push(this.string());
      if (!this.accept(0x3a)) return this.wrong();
      value.items.push(this.value(depth + 1));
    } while (!this.failed && this.accept(0x2c));
    return this.accept(0x7d) ? value : this.wrong();
  }
}

/** The value; of kind `Invalid` where `source` is not JSON, or nested deeper than 64. */
export function parse(source: string): Json {
  const reader = new Reader(source);
  const value = reader.value(0);
  return reader.failed || !reader.ended() ? new Json() : value;
}
