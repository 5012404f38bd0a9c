// Takes values out of a JSON text by their path.
import { done, input, Kind, object, output, parse, property, refused, tool, write } from "../../pdk/index";
import { Query } from "./path";

const LONGEST: i32 = 1_000_000;

export function describe(): i32 {
  const json = property("json", "string", "The JSON text.");
  const path = property(
    "path",
    "string",
    'Such as items[0].name, items[-1], items[1:3], items[*].name, ["a name with dots"].x, items.length() or keys(); $ or nothing is the whole.'
  );
  output(
    tool("json_query", "Takes values out of a JSON text by a path, and gives them as JSON.", object([json, path], ["json", "path"]), true)
  );
  return 0;
}

export function handle_tool_call(): i32 {
  const asked = parse(input());
  const given = asked.get("json");
  const path = asked.get("path");
  if (given === null || path === null || path.kind != Kind.Text) {
    refused('json_query needs {"json": text, "path": text}.');
    return 0;
  }
  if (given.text.length > LONGEST) {
    refused("The JSON text has more than " + LONGEST.toString() + " characters.");
    return 0;
  }
  // a value in place of its text is what models often give
  const root = given.kind == Kind.Text ? parse(given.text) : given;
  if (root.kind == Kind.Invalid) {
    refused("The text is no JSON, or nested deeper than 64.");
    return 0;
  }
  const query = new Query(root, path.text.trim());
  const value = query.run();
  if (query.problem == "") done(write(value));
  else refused(query.problem);
  return 0;
}
