// Calls one REST API that the operator configured, by its OpenAPI description:
//   openapi   the description, as JSON text or as a table
//   base      the API's address, where it is not the description's first server
//   headers   a table of headers for every request, such as { Authorization = "Bearer {{secret:NAME}}" }
import { config, done, input, Json, Kind, object, output, parse, property, quote, refused, Request, tool, write } from "../../pdk/index";
import { Operation, operationsOf, Parameter, serverOf } from "./openapi";

const LONGEST: i32 = 20_000;
const SHOWN: i32 = 200;
const TITLE: i32 = 80;

/** Which API it is, as far as its description says. */
function title(): string {
  const info = description().get("info");
  const text = info === null ? "" : info.textOf("title");
  return text == "" ? "the configured API" : text.substring(0, TITLE);
}

export function describe(): i32 {
  const search = property("search", "string", "A word that their names, paths or summaries hold; else all are listed.");
  const parameters = '"parameters":{"type":"object","description":"Its parameters by name."}';
  const body = '"body":{"description":"The body, where the operation takes one."}';
  const tools = [
    tool("api_operations", "Lists the operations of " + title() + " with their parameters.", object([search], []), true),
    tool(
      "api_call",
      "Calls an operation of " + title() + ", and gives what it answers.",
      object([property("operation", "string", "Its name, as api_operations lists it."), parameters, body], ["operation"]),
      false
    )
  ];
  output('{"tools":[' + tools.join(",") + "]}");
  return 0;
}

/** The description, as a text in the configuration or as a table, which arrives as text, too. */
function description(): Json {
  const text = config("openapi");
  return text === null ? new Json() : parse(text);
}

export function handle_tool_call(): i32 {
  const call = parse(input());
  const asked = call.get("input");
  const name = call.textOf("tool");
  const document = description();
  if (document.kind != Kind.Object) refused('The plugin is not configured: its config needs "openapi", an OpenAPI description in JSON.');
  else if (asked === null) refused("http-api needs a tool and its input.");
  else if (name == "api_operations") list(operationsOf(document), asked.textOf("search").toLowerCase());
  else if (name == "api_call") run(document, asked);
  else refused("http-api has no tool " + name);
  return 0;
}

function shown(one: Parameter): string {
  const about = one.description == "" ? "" : ": " + one.description;
  return "  " + one.name + " (" + (one.type == "" ? "any" : one.type) + ", " + one.place + (one.required ? ", required" : "") + ")" + about;
}

function list(operations: Operation[], search: string): void {
  const lines = new Array<string>();
  let count = 0;
  for (let i = 0; i < operations.length; i++) {
    const one = operations[i];
    const heading = one.id + ": " + one.method.toUpperCase() + " " + one.path + (one.summary == "" ? "" : ", " + one.summary);
    if (!heading.toLowerCase().includes(search)) continue;
    if (++count > SHOWN) continue;
    lines.push(heading);
    for (let j = 0; j < one.parameters.length; j++) lines.push(shown(one.parameters[j]));
    if (one.body != "none") lines.push("  body (" + one.body + ")");
  }
  if (count > SHOWN) lines.push((count - SHOWN).toString() + " more; search for a word.");
  done(lines.length == 0 ? "There is no such operation." : lines.join("\n"));
}

/** Whether a value may stand for a parameter of that type. */
function fits(value: Json, type: string): bool {
  if (type == "array") return value.kind == Kind.List;
  if (type == "boolean") return value.kind == Kind.Bool;
  if (type == "integer") return value.kind == Kind.Number && value.number == Math.floor(value.number);
  if (type == "number") return value.kind == Kind.Number;
  if (type == "string") return value.kind == Kind.Text || value.kind == Kind.Number;
  return value.kind != Kind.Object && value.kind != Kind.Null;
}

/** A single value as a URL or a header writes it. */
function plain(value: Json): string {
  if (value.kind == Kind.Text || value.kind == Kind.Number) return value.text;
  return value.kind == Kind.Bool ? (value.bool ? "true" : "false") : write(value);
}

/** Half of a pair has no place in a URL, and would end the call. */
function encoded(text: string): string {
  return encodeURIComponent(String.UTF8.decode(String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE)));
}

/** A request that is being put together out of the call's parameters. */
class Call {
  problem: string = "";
  private path: string;
  private query: string[] = [];
  private headers: string[] = [];

  constructor(private operation: Operation, private given: Json) {
    this.path = operation.path;
  }

  private fail(problem: string): void {
    if (this.problem == "") this.problem = problem;
  }

  /** Everything that was given must be known, everything that is required given. */
  check(): void {
    for (let i = 0; i < this.given.keys.length; i++) {
      let known = false;
      const names = new Array<string>();
      for (let j = 0; j < this.operation.parameters.length; j++) {
        names.push(this.operation.parameters[j].name);
        if (names[j] == this.given.keys[i]) known = true;
      }
      if (!known) this.fail(this.operation.id + " has no parameter " + quote(this.given.keys[i]) + "; it has " + (names.length == 0 ? "none" : names.join(", ")) + ".");
    }
    for (let i = 0; i < this.operation.parameters.length; i++) this.place(this.operation.parameters[i]);
    // two values side by side may spell what neither of them does
    if (this.path.toLowerCase().includes("%7b%7bsecret")) this.fail("A parameter of " + this.operation.id + " cannot stand in a path.");
    if (this.path.includes("{")) this.fail("The description does not say what stands in " + this.path + ".");
  }

  private place(one: Parameter): void {
    const value = this.given.get(one.name);
    if (value === null) {
      if (one.required) this.fail(this.operation.id + " needs the parameter " + one.name + ".");
      return;
    }
    if (!fits(value, one.type)) return this.fail("The parameter " + one.name + " must be of the type " + one.type + ".");
    if (one.place == "query") {
      const items = value.kind == Kind.List ? value.items : [value];
      for (let i = 0; i < items.length; i++) this.query.push(encoded(one.name) + "=" + encoded(plain(items[i])));
    } else if (one.place == "path") {
      const text = plain(value);
      // these would lead to another path than the one that was described
      if (text == "" || text == "." || text == "..") return this.fail("The parameter " + one.name + " cannot stand in a path.");
      this.path = this.path.split("{" + one.name + "}").join(encoded(text));
    } else {
      this.headers.push(one.name);
      this.headers.push(plain(value));
    }
  }

  request(base: string): Request {
    const address = (base.endsWith("/") ? base.substring(0, base.length - 1) : base) + this.path;
    const request = new Request(
      this.operation.method.toUpperCase(),
      this.query.length == 0 ? address : address + "?" + this.query.join("&")
    ).header("Accept", "application/json");
    for (let i = 0; i < this.headers.length; i += 2) request.header(this.headers[i], this.headers[i + 1]);
    const configured = config("headers");
    if (configured !== null) {
      // the operator's word comes last, so that no parameter takes its place
      const table = parse(configured);
      for (let i = 0; i < table.keys.length; i++) request.header(table.keys[i], plain(table.items[i]));
    }
    return request;
  }
}

function run(document: Json, asked: Json): void {
  const name = asked.textOf("operation");
  const operations = operationsOf(document);
  let found: Operation | null = null;
  for (let i = 0; i < operations.length; i++) if (operations[i].id == name) found = operations[i];
  if (found === null) return refused("There is no operation " + quote(name) + "; api_operations lists what there is.");
  const given = asked.get("parameters");
  const call = new Call(found, given === null ? new Json() : given);
  call.check();
  const body = asked.get("body");
  if (found.body == "required" && body === null) return refused(found.id + " needs a body.");
  if (found.body == "none" && body !== null) return refused(found.id + " takes no body.");
  const configured = config("base");
  const base = configured === null ? serverOf(document) : configured;
  if (!base.includes("://")) return refused('The plugin is not configured: its config needs "base", the address of the API.');
  if (call.problem != "") return refused(call.problem);
  const request = call.request(base);
  if (body !== null) request.header("Content-Type", "application/json");
  const response = request.send(body === null ? "" : write(body));
  const text = response.text;
  const answer = text.length > LONGEST ? text.substring(0, LONGEST) + "\n[" + (text.length - LONGEST).toString() + " more characters]" : text;
  if (response.ok) done(answer == "" ? "Done; status " + response.status.toString() + ", and nothing else." : answer);
  else refused("Status " + response.status.toString() + (answer == "" ? "." : ": " + answer));
}
