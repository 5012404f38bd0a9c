// Reads a web page as text: HTML without its markup, other text as it is. What may be reached, the grants say.
import { done, input, Json, Kind, object, output, parse, property, refused, Request, Response, tool } from "../../pdk/index";
import { decode } from "./charset";
import { Page } from "./html";

/** What a page's text, its words and their list need is a multiple of it. */
const MOST_BYTES: i32 = 1_000_000;
const REST: string = "\n\n[The page is longer than 1000000 bytes or characters; the rest is not shown.]";
const LIMIT: i32 = 6000;
const MOST: i32 = 50_000;

export function describe(): i32 {
  const properties = [
    property("url", "string", "Address of the page, with https://."),
    property("links", "boolean", "Whether links are shown as [text](address); else only their text."),
    property("offset", "integer", "Character to begin at, to go on in a long page; else 0."),
    property("limit", "integer", "Characters to give at most, 1 to 50000; else 6000.")
  ];
  output(tool("web_fetch", "Reads a web page as text.", object(properties, ["url"]), true));
  return 0;
}

/** The whole number under `key`, or `fallback` where there is none; -1 where it is something else or too large. */
function numberOf(asked: Json, key: string, fallback: i32): i32 {
  const value = asked.get(key);
  if (value === null || value.kind == Kind.Null) return fallback;
  const number = value.number;
  return number >= 0 && number <= 100_000_000 && number == Math.floor(number) ? <i32>number : -1;
}

export function handle_tool_call(): i32 {
  const asked = parse(input());
  const url = asked.textOf("url").trim();
  const offset = numberOf(asked, "offset", 0);
  const limit = numberOf(asked, "limit", LIMIT);
  if (!url.startsWith("https://") && !url.startsWith("http://")) refused("web_fetch needs an address that begins with https://.");
  else if (offset < 0) refused("offset is a whole number from 0.");
  else if (limit < 1 || limit > MOST) refused("limit is a whole number from 1 to " + MOST.toString() + ".");
  else fetch(url, asked, offset, limit);
  return 0;
}

function isText(type: string): bool {
  return type.startsWith("text/") || type.includes("json") || type.includes("xml") || type.includes("javascript");
}

function fetch(url: string, asked: Json, offset: i32, limit: i32): void {
  const response = new Request("GET", url).header("Accept", "text/html, text/plain, application/json, */*;q=0.5").send();
  const type = response.header("content-type").toLowerCase();
  if (!response.ok) return refused("The server answered with status " + response.status.toString() + ".");
  if (type != "" && !isText(type)) return refused('There is no text at that address; it is "' + type + '".');
  const links = asked.get("links");
  give(readable(response, type, url, links !== null && links.bool), offset, limit);
}

function readable(response: Response, type: string, url: string, links: bool): string {
  const cut = response.bytes.length > MOST_BYTES;
  const text = decode(cut ? response.bytes.subarray(0, MOST_BYTES) : response.bytes, type);
  const html = type.includes("html") || (type == "" && text.trimStart().startsWith("<"));
  if (!html) return cut ? text + REST : text;
  const page = new Page(text, url, links);
  const body = page.read();
  return (page.title == "" ? "" : page.title + "\n\n") + body + (cut || page.cut ? REST : "");
}

/** True where `at` is within a character of two units. */
function inside(text: string, at: i32): bool {
  return at < text.length && (text.charCodeAt(at) & 0xfc00) == 0xdc00;
}

/** The part that was asked for, cut between characters. */
function give(text: string, offset: i32, limit: i32): void {
  if (text.length == 0) return done("The page holds no text.");
  if (offset >= text.length) return refused("The page has " + text.length.toString() + " characters only.");
  const start = inside(text, offset) ? offset + 1 : offset;
  let end = min(text.length, start + limit);
  if (inside(text, end)) end--;
  if (end <= start) end = min(text.length, start + 2);
  const more = end < text.length;
  const note = more ? "\n\n[Characters " + start.toString() + " to " + end.toString() + " of " + text.length.toString() + "; go on with offset " + end.toString() + ".]" : "";
  done(text.substring(start, end) + note);
}
