/**
 * Comes before the engine, which asks the platform what it can do. Without the first two it sees one that cannot suspend a
 * guest, so that it neither runs one asynchronously nor offers an HTTP client of its own. Without the third it would look
 * at Node's HTTP client in the first call, whose code takes 100 ms and 16 MB.
 */
declare const WebAssembly: { promising?: unknown; Suspending?: unknown }

delete WebAssembly.promising
delete WebAssembly.Suspending
// deleted first: to define it anew asks for what it was, and that is to load the client
Reflect.deleteProperty(globalThis, "Response")
Object.defineProperty(globalThis, "Response", { value: function Response() {} })
