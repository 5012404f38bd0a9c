// What exoclaw's own plugins are written with. A plugin exports `describe` and `handle_tool_call`, both () -> i32.
export { fail, input, output } from "./kernel";
export { Json, Kind, parse, quote } from "./json";
export { isText, KeyValue, log, Reply } from "./host";
export { done, object, property, refused, tool } from "./tool";
