/**
 * Comes before the engine: without these two it sees a platform that cannot suspend a guest, so that it neither runs
 * one asynchronously nor offers an HTTP client of its own.
 */
declare const WebAssembly: { promising?: unknown; Suspending?: unknown }

delete WebAssembly.promising
delete WebAssembly.Suspending
