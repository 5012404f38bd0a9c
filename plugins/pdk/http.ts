// Requests to where a grant `http:HOST` lets them go. What the host refuses, or cannot reach, ends the call with its
// reason: there is nothing to catch.
import { decodeUtf8 } from "./bytes";
import { Json, parse } from "./json";
import { give, take, takeBytes } from "./kernel";
import { quote } from "./write";

@external("extism:host/env", "http_request") declare function httpRequest(request: u64, body: u64): u64;
@external("extism:host/env", "http_status_code") declare function httpStatusCode(): i32;
@external("extism:host/env", "http_headers") declare function httpHeaders(): u64;

/** What a server answered. */
export class Response {
  constructor(public status: i32, public bytes: Uint8Array, private headers: Json) {}

  /** Whether the status is one of success. */
  get ok(): bool {
    return this.status >= 200 && this.status < 300;
  }

  /** The body, taken as UTF-8. */
  get text(): string {
    return decodeUtf8(this.bytes);
  }

  /** A header's value by its name in lower case; empty where there is none. */
  header(name: string): string {
    return this.headers.textOf(name);
  }
}

/** A request that is being put together. */
export class Request {
  private names: string[] = [];
  private values: string[] = [];

  constructor(private method: string, private url: string) {}

  /** Sets a header; one of the same name, however it is written, is replaced. */
  header(name: string, value: string): Request {
    let at = 0;
    while (at < this.names.length && this.names[at].toLowerCase() != name.toLowerCase()) at++;
    this.names[at] = name;
    this.values[at] = value;
    return this;
  }

  /** Sends it, with `body` where that is not empty. Redirects are followed by the host, each checked anew. */
  send(body: string = ""): Response {
    const headers = new Array<string>();
    for (let i = 0; i < this.names.length; i++) headers.push(quote(this.names[i]) + ":" + quote(this.values[i]));
    const head = '{"method":' + quote(this.method) + ',"url":' + quote(this.url) + ',"headers":{' + headers.join(",") + "}}";
    const bytes = takeBytes(httpRequest(give(head), body == "" ? 0 : give(body)));
    return new Response(httpStatusCode(), bytes, parse(take(httpHeaders())));
  }
}

/** Gets what is at an address. */
export function get(url: string): Response {
  return new Request("GET", url).send();
}

/** Stands for a secret in a header or a body; the host puts its value in where a grant `secret:NAME` allows it. */
export function secret(name: string): string {
  return "{{secret:" + name + "}}";
}
