// Paths into JSON, step by step:
//   path = "$"? step*
//   step = "."? name | ".*" | "[*]" | "[" number "]" | "[" number? ":" number? "]" | "[" quoted "]"
//        | ".length()" | ".keys()", which end a path
import { Json, Kind, listOf, parse, quote } from "../../pdk/index";

const QUOTE: i32 = 0x22;
const APOSTROPHE: i32 = 0x27;
const BACKSLASH: i32 = 0x5c;
/** Names that a refusal lists. */
const SHOWN: i32 = 20;

function text(value: string): Json {
  const json = new Json();
  json.kind = Kind.Text;
  json.text = value;
  return json;
}

function number(value: i32): Json {
  const json = new Json();
  json.kind = Kind.Number;
  json.text = value.toString();
  return json;
}

function nameOf(value: Json): string {
  if (value.kind == Kind.Object) return "an object";
  if (value.kind == Kind.List) return "a list of " + value.items.length.toString();
  if (value.kind == Kind.Text) return "a text";
  if (value.kind == Kind.Number) return "a number";
  return value.kind == Kind.Bool ? "true or false" : "null";
}

/** An optional minus and digits; false for anything else. */
function isInteger(source: string): bool {
  const start = source.startsWith("-") ? 1 : 0;
  for (let i = start; i < source.length; i++) if (source.charCodeAt(i) < 0x30 || source.charCodeAt(i) > 0x39) return false;
  return source.length > start && source.length <= 9;
}

/** What a path has found so far. */
export class Query {
  /** What is wrong with the path, or with where it leads. */
  problem: string = "";
  /** Whether a step took several values: then the result is a list, and what a value lacks is left out. */
  private many: bool = false;
  private found: Json[];
  private at: i32 = 0;

  constructor(root: Json, private path: string) {
    this.found = [root];
  }

  private fail(problem: string): void {
    if (this.problem == "") this.problem = problem;
  }

  private wrong(what: string): void {
    this.fail("The path is wrong at character " + (this.at + 1).toString() + ": " + what + ".");
  }

  /** The value, or the list of values. */
  run(): Json {
    if (this.path.startsWith("$")) this.at++;
    while (this.at < this.path.length && this.problem == "") this.step();
    return this.many ? listOf(this.found) : this.found[0];
  }

  private step(): void {
    const code = this.path.charCodeAt(this.at);
    if (code == 0x5b) return this.bracket();
    if (code == 0x2e) this.at++;
    else if (this.at > 0) return this.wrong("a step begins with . or [");
    const start = this.at;
    while (this.at < this.path.length && this.path.charCodeAt(this.at) != 0x2e && this.path.charCodeAt(this.at) != 0x5b) this.at++;
    const name = this.path.substring(start, this.at);
    if (name == "") {
      // "." alone is the whole, as "$" is
      if (this.path.length > 1) this.wrong("a name is missing; names with a dot stand in brackets and quotes");
    } else if (name == "*") this.each();
    else if (name == "length()") this.measure(false);
    else if (name == "keys()") this.measure(true);
    else this.enter(name);
  }

  private bracket(): void {
    this.at++;
    const code = this.at < this.path.length ? this.path.charCodeAt(this.at) : 0;
    if (code == QUOTE || code == APOSTROPHE) return this.quoted(code);
    const end = this.path.indexOf("]", this.at);
    if (end < 0) return this.wrong("] is missing");
    const inside = this.path.substring(this.at, end).trim();
    const colon = inside.indexOf(":");
    if (inside == "*") this.each();
    else if (isInteger(inside)) this.pick(I32.parseInt(inside));
    else if (colon >= 0) this.slice(inside.substring(0, colon).trim(), inside.substring(colon + 1).trim());
    else return this.wrong("brackets hold *, a number, from:to, or a name in quotes");
    this.at = end + 1;
  }

  private quoted(mark: i32): void {
    const start = this.at++;
    while (this.at < this.path.length && this.path.charCodeAt(this.at) != mark) {
      this.at += this.path.charCodeAt(this.at) == BACKSLASH ? 2 : 1;
    }
    const inside = this.path.substring(start + 1, this.at);
    // a name in double quotes is written as in JSON
    const name = mark == QUOTE ? parse('"' + inside + '"') : text(inside);
    this.at++;
    if (name.kind != Kind.Text) return this.wrong("the name in quotes is not understood");
    if (this.at >= this.path.length || this.path.charCodeAt(this.at) != 0x5d) return this.wrong("] is missing");
    this.at++;
    this.enter(name.text);
  }

  /** Puts what the next step found in place. Nothing at all is a failure where one value was looked for. */
  private take(next: Json[], missing: string): void {
    if (next.length == 0 && !this.many) return this.fail(missing);
    this.found = next;
  }

  private enter(name: string): void {
    const next = new Array<Json>();
    for (let i = 0; i < this.found.length; i++) {
      const value = this.found[i].get(name);
      if (value !== null) next.push(value);
    }
    const first = this.found.length > 0 ? this.found[0] : new Json();
    let there = nameOf(first);
    if (first.kind == Kind.Object) {
      const known = first.keys.slice(0, SHOWN);
      for (let i = 0; i < known.length; i++) known[i] = quote(known[i]);
      there = known.length == 0 ? "an object without names" : "an object with " + known.join(", ") + (first.keys.length > SHOWN ? ", ..." : "");
    }
    this.take(next, "There is no " + quote(name) + " before character " + (this.at + 1).toString() + " of the path; there is " + there + ".");
  }

  private pick(index: i32): void {
    const next = new Array<Json>();
    for (let i = 0; i < this.found.length; i++) {
      const value = this.found[i];
      const at = index < 0 ? value.items.length + index : index;
      if (value.kind == Kind.List && at >= 0 && at < value.items.length) next.push(value.items[at]);
    }
    const first = this.found.length > 0 ? nameOf(this.found[0]) : "nothing";
    this.take(next, "There is no item " + index.toString() + "; there is " + first + ".");
  }

  private slice(from: string, to: string): void {
    if ((from != "" && !isInteger(from)) || (to != "" && !isInteger(to))) return this.wrong("a slice is from:to, both whole numbers");
    const next = new Array<Json>();
    for (let i = 0; i < this.found.length; i++) {
      const value = this.found[i];
      if (value.kind != Kind.List) continue;
      const items = value.items.slice(from == "" ? 0 : I32.parseInt(from), to == "" ? value.items.length : I32.parseInt(to));
      for (let j = 0; j < items.length; j++) next.push(items[j]);
    }
    this.several(next, Kind.List);
  }

  private each(): void {
    const next = new Array<Json>();
    for (let i = 0; i < this.found.length; i++) {
      const value = this.found[i];
      for (let j = 0; j < value.items.length; j++) next.push(value.items[j]);
    }
    this.several(next, Kind.Object);
  }

  private several(next: Json[], widest: Kind): void {
    const first = this.found.length > 0 ? this.found[0] : new Json();
    const fits = first.kind == Kind.List || first.kind == widest;
    if (!this.many && !fits) return this.fail("There are no items; there is " + nameOf(first) + ".");
    this.many = true;
    this.found = next;
  }

  /** How much there is in what was found, or its names. */
  private measure(names: bool): void {
    if (this.at < this.path.length) return this.wrong("length() and keys() end a path");
    const whole = this.many ? listOf(this.found) : this.found[0];
    this.many = false;
    if (names) {
      if (whole.kind != Kind.Object) return this.fail("Only an object has keys; there is " + nameOf(whole) + ".");
      const keys = new Array<Json>();
      for (let i = 0; i < whole.keys.length; i++) keys.push(text(whole.keys[i]));
      this.found = [listOf(keys)];
    } else if (whole.kind == Kind.Text) this.found = [number(whole.text.length)];
    else if (whole.kind == Kind.List || whole.kind == Kind.Object) this.found = [number(whole.items.length)];
    else this.fail("Only a list, an object or a text has a length; there is " + nameOf(whole) + ".");
  }
}
