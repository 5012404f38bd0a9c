// What exoclaw's own plugins are written with; README.md shows it. A plugin exports `describe` and `handle_tool_call`
// (a tool), or `describe` and `handle_message` (a skill): functions without parameters that give 0.
export { decodeBase64, decodeUtf8 } from "./bytes";
export { bus, complete, isText, KeyValue, log, now, random, Reply } from "./host";
export { get, Request, Response, secret } from "./http";
export { Json, Kind, parse } from "./json";
export { config, fail, input, output } from "./kernel";
export { done, object, property, refused, reply, skill, tool } from "./tool";
export { listOf, quote, write } from "./write";
