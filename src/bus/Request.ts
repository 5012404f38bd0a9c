/** What a client asks, decoded; names and numbers are still as it wrote them. */
import type { ChannelPosition } from "./Event.ts"
import type { ClientType, Content, Recipient } from "./Message.ts"
import type { ChannelSettings } from "./Overflow.ts"
import type { Position } from "./Position.ts"

export interface Hello {
  readonly minVersion: number
  readonly maxVersion: number
  readonly type: ClientType | undefined
  readonly name: string
  /** A credential; never logged. */
  readonly token: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface Publish {
  readonly room: string
  readonly channel: string
  readonly id: string
  readonly content: Content
}

export interface Join {
  readonly room: string
  readonly channel: string
  readonly recover: ReadonlyArray<ChannelPosition>
  readonly presence: boolean
  readonly mute: boolean
}

export type Command =
  | { readonly _tag: "status" }
  | {
      readonly _tag: "create_channel"
      readonly room: string
      readonly channel: string
      /** What is left out is as the server has it. */
      readonly settings: Partial<ChannelSettings>
    }
  | { readonly _tag: "delete_channel"; readonly room: string; readonly channel: string }
  | { readonly _tag: "join_channel"; readonly join: Join }
  | { readonly _tag: "leave_channel"; readonly room: string; readonly channel: string }
  | { readonly _tag: "list_channels"; readonly room: string; readonly limit: number; readonly after: string }
  | { readonly _tag: "channel_info"; readonly room: string; readonly channel: string }
  | { readonly _tag: "ping"; readonly positions: boolean }
  | {
      readonly _tag: "history"
      readonly room: string
      readonly channel: string
      readonly after: Position | undefined
      readonly limit: number
    }
  | { readonly _tag: "help" }

export type CommandName = Command["_tag"]

export type Request =
  | { readonly _tag: "hello"; readonly hello: Hello }
  | { readonly _tag: "publish"; readonly publish: Publish }
  | { readonly _tag: "join"; readonly join: Join }
  | { readonly _tag: "leave"; readonly room: string; readonly channel: string }
  | { readonly _tag: "private"; readonly to: Recipient; readonly content: Content }
  | { readonly _tag: "ping"; readonly positions: boolean }
  | { readonly _tag: "update"; readonly metadata: Readonly<Record<string, string>> }
  | { readonly _tag: "command"; readonly command: Command }

/** A request with the client's own number for it; 0 where it wants no answer. */
export interface Numbered {
  readonly request: number
  readonly body: Request
}
