// HTML to readable text, in one pass over its tags. No page is malformed: what cannot be a tag is text.
import { referenceAt, unescape } from "./entities";
import { Writer } from "./writer";

/** Elements whose whole content is no reading matter. */
const SKIPPED: string[] = ["head", "nav", "footer", "aside", "svg", "template", "iframe", "object", "select", "button", "dialog"];
/** Elements whose content is no HTML: it ends at their end tag, whatever stands in it. */
const RAW: string[] = ["script", "style", "noscript", "title", "textarea", "xmp"];
const PARAGRAPHS: string[] = ["p", "blockquote", "ul", "ol", "dl", "table", "pre", "figure", "section", "article", "main", "header", "form", "fieldset", "hr", "details"];
const LINES: string[] = ["div", "tr", "dt", "dd", "br", "option", "summary", "figcaption", "caption", "address", "li", "center"];
const HEADINGS: string[] = ["h1", "h2", "h3", "h4", "h5", "h6"];

function isLetter(code: i32): bool {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}

const known = new Map<string, string>();

/** ASCII letters as small ones: names of tags and attributes have no others. The same name is worked out once. */
function lower(text: string): string {
  let plain = true;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x41 && text.charCodeAt(i) <= 0x5a) plain = false;
  if (plain) return text;
  if (known.has(text)) return known.get(text);
  const units = new Array<i32>(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    units[i] = code >= 0x41 && code <= 0x5a ? code + 32 : code;
  }
  const small = String.fromCharCodes(units);
  known.set(text, small);
  return small;
}

/** Where an address leads from a page; empty for what is no page. */
export function resolve(base: string, address: string): string {
  const trimmed = address.trim();
  if (trimmed.startsWith("https://") || trimmed.startsWith("http://")) return trimmed;
  const scheme = base.indexOf("://");
  if (trimmed.startsWith("//")) return base.substring(0, scheme + 1) + trimmed;
  const colon = trimmed.indexOf(":");
  const slash = trimmed.indexOf("/");
  if (trimmed == "" || trimmed.startsWith("#") || (colon >= 0 && (slash < 0 || colon < slash))) return "";
  let end = base.indexOf("/", scheme + 3);
  if (end < 0) end = base.length;
  if (trimmed.startsWith("/")) return base.substring(0, end) + trimmed;
  const path = base.substring(end).split("?")[0].split("#")[0];
  if (trimmed.startsWith("?")) return base.substring(0, end) + path + trimmed;
  return base.substring(0, end) + path.substring(0, path.lastIndexOf("/") + 1).padStart(1, "/") + trimmed;
}

export class Page {
  title: string = "";
  private at: i32 = 0;
  private writer: Writer = new Writer();
  /** The skipped element that is open, and how often. */
  private skipping: string = "";
  private depth: i32 = 0;
  private href: string = "";
  /** Numbers of the open lists; -1 where they have none. */
  private lists: i32[] = [];
  private tag: string = "";

  constructor(private source: string, private url: string, private links: bool) {}

  /** The text of the page. */
  read(): string {
    while (this.at < this.source.length && !this.writer.full) {
      const open = this.source.indexOf("<", this.at);
      const end = open < 0 ? this.source.length : open;
      this.text(this.at, end);
      this.at = end;
      if (open >= 0) this.markup();
    }
    return this.writer.toString();
  }

  /** Whether the page was too long to be read to its end. */
  get cut(): bool {
    return this.writer.full;
  }

  /** The source from one place to another, its character references replaced. */
  private text(from: i32, to: i32): void {
    if (this.skipping != "") return;
    for (let at = from; at < to; at++) {
      const code = this.source.charCodeAt(at);
      const reference = code == 0x26 ? referenceAt(this.source, at, to) : null;
      if (reference === null || reference.code < 0) {
        this.writer.unit(code);
        continue;
      }
      at = reference.end - 1;
      if (reference.code < 0x10000) this.writer.unit(reference.code);
      else {
        this.writer.unit(0xd800 + ((reference.code - 0x10000) >> 10));
        this.writer.unit(0xdc00 + ((reference.code - 0x10000) & 0x3ff));
      }
    }
  }

  private code(offset: i32): i32 {
    return this.at + offset < this.source.length ? this.source.charCodeAt(this.at + offset) : 0;
  }

  /** What begins with `<`: a comment, an end tag, a tag, or just that character. */
  private markup(): void {
    if (this.source.startsWith("<!--", this.at)) return this.after("-->", this.at + 4);
    if (this.code(1) == 0x21 || this.code(1) == 0x3f) return this.after(">", this.at);
    const closing = this.code(1) == 0x2f;
    if (!isLetter(this.code(closing ? 2 : 1))) {
      this.text(this.at, this.at + 1);
      this.at++;
      return;
    }
    const start = this.at + (closing ? 2 : 1);
    let end = start;
    while (end < this.source.length && isName(this.source.charCodeAt(end))) end++;
    const name = lower(this.source.substring(start, end));
    this.at = end;
    this.tag = this.rest();
    if (closing) this.close(name);
    else this.open(name);
  }

  private after(mark: string, from: i32): void {
    const found = this.source.indexOf(mark, from);
    this.at = found < 0 ? this.source.length : found + mark.length;
  }

  /** The attributes up to the end of the tag; a `>` within quotes is none. */
  private rest(): string {
    const start = this.at;
    let mark = 0;
    for (; this.at < this.source.length; this.at++) {
      const code = this.source.charCodeAt(this.at);
      if (mark != 0) {
        if (code == mark) mark = 0;
      } else if (code == 0x3e) break;
      // a quote means something only where a value begins
      else if ((code == 0x22 || code == 0x27) && this.source.charCodeAt(this.at - 1) == 0x3d) mark = code;
    }
    return this.source.substring(start, this.at++);
  }

  /** Of the tag at hand; empty where there is none. */
  private attribute(name: string): string {
    const tag = this.tag;
    for (let at = 0; at < tag.length; ) {
      while (at < tag.length && !isName(tag.charCodeAt(at))) at++;
      const start = at;
      while (at < tag.length && isName(tag.charCodeAt(at))) at++;
      const found = lower(tag.substring(start, at)) == name;
      while (at < tag.length && tag.charCodeAt(at) <= 0x20) at++;
      if (at >= tag.length || tag.charCodeAt(at) != 0x3d) continue;
      at++;
      while (at < tag.length && tag.charCodeAt(at) <= 0x20) at++;
      const quote = at < tag.length ? tag.charCodeAt(at) : 0;
      const quoted = quote == 0x22 || quote == 0x27;
      const from = quoted ? at + 1 : at;
      let end = from;
      while (end < tag.length && (quoted ? tag.charCodeAt(end) != quote : tag.charCodeAt(end) > 0x20)) end++;
      if (found) return unescape(tag.substring(from, end));
      at = quoted ? end + 1 : end;
    }
    return "";
  }

  private open(name: string): void {
    if (RAW.includes(name)) return this.raw(name);
    if (this.skipping != "") {
      if (name == this.skipping) this.depth++;
      return;
    }
    if (SKIPPED.includes(name) && !this.tag.endsWith("/")) {
      this.skipping = name;
      this.depth = 1;
      return;
    }
    this.edge(name);
    if (name == "li") this.item();
    else if (name == "ul") this.lists.push(-1);
    else if (name == "ol") this.lists.push(1);
    else if (name == "pre") this.writer.preformatted++;
    else if (name == "td" || name == "th") this.writer.space();
    else if (name == "img") this.image();
    else if (name == "a" && this.links) {
      this.href = resolve(this.url, this.attribute("href"));
      if (this.href != "") this.writer.mark("[");
    } else if (HEADINGS.includes(name)) this.writer.mark("#".repeat(HEADINGS.indexOf(name) + 1) + " ");
  }

  private close(name: string): void {
    if (this.skipping != "") {
      if (name == this.skipping && --this.depth == 0) this.skipping = "";
      return;
    }
    this.edge(name);
    if (name == "ul" || name == "ol") {
      if (this.lists.length > 0) this.lists.pop();
    } else if (name == "pre") this.writer.preformatted = max(0, this.writer.preformatted - 1);
    else if (name == "a" && this.href != "") {
      this.writer.mark("](" + this.href + ")");
      this.href = "";
    }
  }

  private edge(name: string): void {
    if (PARAGRAPHS.includes(name) || HEADINGS.includes(name)) this.writer.block(this.lists.length > 0 ? 1 : 2);
    else if (LINES.includes(name)) this.writer.block(1);
  }

  private item(): void {
    const depth = this.lists.length;
    const number = depth > 0 ? this.lists[depth - 1] : -1;
    if (number > 0) this.lists[depth - 1] = number + 1;
    this.writer.mark("  ".repeat(min(max(0, depth - 1), 8)) + (number > 0 ? number.toString() + ". " : "- "));
  }

  private image(): void {
    const words = this.attribute("alt").trim();
    if (words == "") return;
    this.writer.space();
    this.writer.text("[image: " + words + "]");
    this.writer.space();
  }

  /** Everything up to the end tag. Only a title is kept. */
  private raw(name: string): void {
    const start = this.at;
    let end = this.source.length;
    for (let at = this.source.indexOf("</", this.at); at >= 0; at = this.source.indexOf("</", at + 2)) {
      if (lower(this.source.substring(at + 2, at + 2 + name.length)) != name) continue;
      end = at;
      break;
    }
    const content = this.source.substring(start, end);
    this.at = end;
    if (end < this.source.length) this.after(">", end);
    if (name == "title" && this.title == "" && (this.skipping == "" || this.skipping == "head")) {
      const words = new Writer();
      words.text(unescape(content));
      this.title = words.toString();
    }
  }
}

function isName(code: i32): bool {
  return isLetter(code) || (code >= 0x30 && code <= 0x39) || code == 0x2d || code == 0x5f || code == 0x3a;
}
