// Notes of the person who talks: saved under a key, listed, read, found by a word, deleted.
import { done, input, isText, Json, KeyValue, Kind, object, output, parse, property, refused, Reply, tool } from "../../pdk/index";

const store = new KeyValue("notes");
const NOTE = "note:";
const COUNTER = "next";
/** Each note read costs a host call, of which a plugin has a thousand. */
const MOST: i32 = 500;

export function describe(): i32 {
  const key = property("key", "string", "Name of the note, at most 200 bytes.");
  const text = property("text", "string", "What to remember.");
  const query = property("query", "string", "A word or phrase; letter case does not matter.");
  const tools = [
    tool("note_save", "Saves a note. An old note under the same key is replaced; without a key a new one is chosen.", object([key, text], ["text"]), false),
    tool("note_list", "Lists the keys of all notes.", object([], []), true),
    tool("note_get", "Reads the note with a key.", object([key], ["key"]), true),
    tool("note_find", "Finds the notes that contain a word or phrase.", object([query], ["query"]), true),
    tool("note_delete", "Deletes the note with a key.", object([key], ["key"]), true)
  ];
  output('{"tools":[' + tools.join(",") + "]}");
  return 0;
}

export function handle_tool_call(): i32 {
  const call = parse(input());
  const asked = call.get("input");
  if (asked === null) refused("notes needs a tool and its input");
  else run(call.textOf("tool"), asked);
  return 0;
}

function run(name: string, asked: Json): void {
  if (name == "note_save") save(asked);
  else if (name == "note_list") list();
  else if (name == "note_get") get(asked.textOf("key"));
  else if (name == "note_find") find(asked.textOf("query"));
  else if (name == "note_delete") remove(asked.textOf("key"));
  else refused("notes has no tool " + name);
}

/** True where the host refused, which the model is told. */
function failed(answer: Reply): bool {
  const error = answer.error;
  if (error === null) return false;
  refused("The note store refused: " + error);
  return true;
}

function save(asked: Json): void {
  const text = asked.textOf("text");
  if (text == "") return refused("note_save needs a text");
  const key = asked.textOf("key");
  if (key == "") return saveAsNext(text);
  if (failed(store.set(NOTE + key, text))) return;
  done('Saved as "' + key + '".');
}

/** Under the next free number. The counter is where to look first; what counts is that the key was free. */
function saveAsNext(text: string): void {
  const counter = store.get(COUNTER);
  if (failed(counter)) return;
  let next = isText(counter) ? I32.parseInt(counter.value.text) : 1;
  for (let tries = 0; tries < MOST; tries++) {
    const key = "note-" + next.toString();
    const added = store.add(NOTE + key, text);
    if (failed(added)) return;
    next++;
    if (!added.value.bool) continue;
    if (failed(store.set(COUNTER, next.toString()))) return;
    return done('Saved as "' + key + '".');
  }
  refused("Too many notes are being saved at once. Try again.");
}

function keys(): string[] | null {
  const answer = store.list(NOTE, MOST);
  if (failed(answer)) return null;
  const listed = answer.value.get("keys");
  const names = new Array<string>();
  if (listed !== null) for (let i = 0; i < listed.items.length; i++) names.push(listed.items[i].text.substring(NOTE.length));
  return names;
}

function list(): void {
  const names = keys();
  if (names === null) return;
  done(names.length == 0 ? "There are no notes." : names.join("\n"));
}

function get(key: string): void {
  const answer = store.get(NOTE + key);
  if (failed(answer)) return;
  if (answer.value.kind == Kind.Text) done(answer.value.text);
  else refused('There is no note "' + key + '".');
}

/** Letters A to Z as a to z; every other character as it is. */
function plain(text: string): string {
  const units = new Array<i32>(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    units[i] = code >= 0x41 && code <= 0x5a ? code + 32 : code;
  }
  return String.fromCharCodes(units);
}

function find(query: string): void {
  if (query == "") return refused("note_find needs a query");
  const names = keys();
  if (names === null) return;
  const wanted = plain(query);
  const found = new Array<string>();
  for (let i = 0; i < names.length; i++) {
    const answer = store.get(NOTE + names[i]);
    if (failed(answer)) return;
    if (plain(names[i] + "\n" + answer.value.text).includes(wanted)) found.push(names[i] + ": " + answer.value.text);
  }
  done(found.length == 0 ? "No note contains " + query + "." : found.join("\n"));
}

function remove(key: string): void {
  const answer = store.delete(NOTE + key);
  if (failed(answer)) return;
  done(answer.value.bool ? 'Deleted "' + key + '".' : 'There was no note "' + key + '".');
}
