// The package ships its TypeScript source, which does not compile under this repository's settings: what tests use of it.
export interface MockOptions {
  readonly port?: number
  readonly models?: ReadonlyArray<string>
  readonly cannedResponse?: string
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** Characters per streamed piece. */
  readonly streamChunkSize?: number
  readonly streamChunkDelayMs?: number
  /** Cuts the socket after so many milliseconds of streaming. */
  readonly streamErrorAfterMs?: number
  /** Sends the vendor's error frame after so many milliseconds of streaming, then ends. */
  readonly streamSseErrorAfterMs?: number
  readonly streamSseErrorType?: string
  readonly streamSseErrorMessage?: string
  readonly onRequest?: (request: { readonly method: string; readonly url: string }) => void
}

export interface RunningMock {
  readonly url: string
  readonly close: () => Promise<void>
}

export const startAnthropicMock: (options?: MockOptions) => Promise<RunningMock>
export const startOpenAIMock: (options?: MockOptions) => Promise<RunningMock>
