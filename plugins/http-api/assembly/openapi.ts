// The part of OpenAPI 3 that says how to make a request: servers, paths, operations, parameters, and whether a body is
// wanted. References ($ref) are followed for parameters.
import { Json, Kind } from "../../pdk/index";

const METHODS: string[] = ["get", "put", "post", "delete", "patch", "head", "options"];

export class Parameter {
  constructor(
    public name: string,
    /** path, query or header */
    public place: string,
    public required: bool,
    /** Of its schema; empty where it has none. */
    public type: string,
    public description: string
  ) {}
}

export class Operation {
  parameters: Parameter[] = [];
  /** none, optional or required */
  body: string = "none";
  constructor(public id: string, public method: string, public path: string, public summary: string) {}
}

/** Parameters by reference: `#/components/parameters/NAME`. */
function referred(document: Json, value: Json): Json {
  const reference = value.textOf("$ref");
  if (!reference.startsWith("#/")) return value;
  const steps = reference.substring(2).split("/");
  let at: Json | null = document;
  for (let i = 0; i < steps.length && at !== null; i++) at = at.get(steps[i]);
  return at === null ? value : at;
}

function truth(value: Json, key: string): bool {
  const found = value.get(key);
  return found !== null && found.bool;
}

/** Adds those of a list; one of the same name and place takes the other's. */
function collect(document: Json, holder: Json, into: Parameter[]): void {
  const list = holder.get("parameters");
  if (list === null) return;
  for (let i = 0; i < list.items.length; i++) {
    const value = referred(document, list.items[i]);
    const schema = value.get("schema");
    const place = value.textOf("in");
    const one = new Parameter(
      value.textOf("name"),
      place,
      place == "path" || truth(value, "required"),
      schema === null ? "" : schema.textOf("type"),
      value.textOf("description")
    );
    if (one.name == "" || (place != "path" && place != "query" && place != "header")) continue;
    let known = -1;
    for (let j = 0; j < into.length; j++) if (into[j].name == one.name && into[j].place == place) known = j;
    if (known < 0) into.push(one);
    else into[known] = one;
  }
}

function operationOf(document: Json, path: string, method: string, shared: Json, value: Json): Operation {
  const id = value.textOf("operationId");
  const operation = new Operation(id == "" ? method + " " + path : id, method, path, value.textOf("summary", value.textOf("description")));
  collect(document, shared, operation.parameters);
  collect(document, value, operation.parameters);
  const body = value.get("requestBody");
  if (body !== null) operation.body = truth(body, "required") ? "required" : "optional";
  return operation;
}

/** All operations of a description, in its order. */
export function operationsOf(document: Json): Operation[] {
  const found = new Array<Operation>();
  const paths = document.get("paths");
  if (paths === null) return found;
  for (let i = 0; i < paths.keys.length; i++) {
    const item = paths.items[i];
    for (let j = 0; j < item.keys.length; j++) {
      const method = item.keys[j].toLowerCase();
      if (METHODS.includes(method) && item.items[j].kind == Kind.Object) {
        found.push(operationOf(document, paths.keys[i], method, item, item.items[j]));
      }
    }
  }
  return found;
}

/** The first server's address; empty where there is none. */
export function serverOf(document: Json): string {
  const servers = document.get("servers");
  return servers === null || servers.items.length == 0 ? "" : servers.items[0].textOf("url");
}
