// The host's functions: one offset of a JSON argument in, one offset of a JSON reply out.
import { decodeBase64 } from "./bytes";
import { give, take } from "./kernel";
import { Json, Kind, parse } from "./json";
import { quote } from "./write";

@external("extism:host/user", "log") declare function hostLog(argument: u64): u64;
@external("extism:host/user", "kv_get") declare function kvGet(argument: u64): u64;
@external("extism:host/user", "kv_set") declare function kvSet(argument: u64): u64;
@external("extism:host/user", "kv_delete") declare function kvDelete(argument: u64): u64;
@external("extism:host/user", "kv_list") declare function kvList(argument: u64): u64;
@external("extism:host/user", "now") declare function hostNow(argument: u64): u64;
@external("extism:host/user", "random") declare function hostRandom(argument: u64): u64;
@external("extism:host/user", "model_complete") declare function modelComplete(argument: u64): u64;
@external("extism:host/user", "bus_publish") declare function busPublish(argument: u64): u64;

/** What the host answered: a value, or why not. */
export class Reply {
  constructor(public value: Json, public error: string | null) {}
  get ok(): bool {
    return this.error === null;
  }
}

function reply(block: u64): Reply {
  const answer = parse(take(block));
  const value = answer.get("ok");
  return value === null ? new Reply(new Json(), answer.textOf("error", "the host's reply is not understood")) : new Reply(value, null);
}

/** Writes a line to the gateway's log; `level` is trace, debug, info, warn or error. */
export function log(level: string, message: string): void {
  take(hostLog(give('{"level":' + quote(level) + ',"message":' + quote(message) + "}")));
}

/** A key-value store that the plugin was granted as `store:NAME`; it belongs to the plugin and the caller. */
export class KeyValue {
  constructor(private name: string) {}

  private argument(key: string): string {
    return '{"store":' + quote(this.name) + ',"key":' + quote(key);
  }

  /** Null as value where there is no such key. */
  get(key: string): Reply {
    return reply(kvGet(give(this.argument(key) + "}")));
  }
  set(key: string, value: string): Reply {
    return reply(kvSet(give(this.argument(key) + ',"value":' + quote(value) + "}")));
  }
  /** Sets a key that is not there; false as value where it is. Of several at once, one is told true. */
  add(key: string, value: string): Reply {
    return reply(kvSet(give(this.argument(key) + ',"value":' + quote(value) + ',"absent":true}')));
  }
  /** True as value where there was such a key. */
  delete(key: string): Reply {
    return reply(kvDelete(give(this.argument(key) + "}")));
  }
  /** Keys in order, at most `limit` of them, as a list under `keys`; `more` says whether there are others. */
  list(prefix: string, limit: i32): Reply {
    return reply(
      kvList(give('{"store":' + quote(this.name) + ',"prefix":' + quote(prefix) + ',"limit":' + limit.toString() + "}"))
    );
  }
}

/** True where a reply holds a text. */
export function isText(answer: Reply): bool {
  return answer.ok && answer.value.kind == Kind.Text;
}

/** Milliseconds since 1970; needs the grant `clock`. -1 where the host refused. */
export function now(): i64 {
  const answer = reply(hostNow(give("{}")));
  return answer.ok ? I64.parseInt(answer.value.text) : -1;
}

/** As many strong random bytes as asked for, 1 to 1024; needs the grant `random`. None where the host refused. */
export function random(count: i32): Uint8Array {
  const answer = reply(hostRandom(give('{"bytes":' + count.toString() + "}")));
  return decodeBase64(answer.value.text);
}

/**
 * Asks the model of an agent; needs the grant `model:AGENT`, and the turn that called the plugin pays. The answer is
 * the text under `text`. `agent` may be empty where one agent is granted.
 */
export function complete(prompt: string, agent: string = ""): Reply {
  return reply(modelComplete(give((agent == "" ? "{" : '{"agent":' + quote(agent) + ",") + '"prompt":' + quote(prompt) + "}")));
}

export namespace bus {
  /**
   * Publishes a JSON text in the name of the caller; needs the grant `bus:ROOM[:CHANNEL]`. What the grants leave no choice
   * in may be empty. With an `id` the same message is published once however often this is called. The value says where
   * it stands, `epoch` and `offset`, to how many it was `delivered`, and its `durability`.
   */
  export function publish(payload: string, channel: string = "", room: string = "", id: string = ""): Reply {
    const parts = ['"payload":' + payload];
    if (channel != "") parts.push('"channel":' + quote(channel));
    if (room != "") parts.push('"room":' + quote(room));
    if (id != "") parts.push('"id":' + quote(id));
    return reply(busPublish(give("{" + parts.join(",") + "}")));
  }
}
