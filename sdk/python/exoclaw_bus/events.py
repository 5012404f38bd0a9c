"""What a client of the bus is told, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Mapping, Optional, Sequence, Union

ClientType = Literal["human", "ai-agent", "dashboard", "service"]
SkipReason = Literal["overflow", "conflated", "trimmed", "epoch", "limit", "unavailable", "node"]
Durability = Literal["none", "process", "server", "disk", "replicated"]
Recovery = Literal["none", "complete", "gap"]
Body = Union[str, bytes]


@dataclass(frozen=True)
class Position:
    """Where a message stands in its channel. Positions of two epochs have no order."""

    epoch: str
    offset: int


@dataclass(frozen=True)
class Sender:
    principal: str
    #: The address of an answer; empty for a sender inside the server.
    connection: str
    type: Optional[ClientType]
    name: str


@dataclass(frozen=True)
class Private:
    """A message to this connection, or to all of its principal."""

    id: str
    sender: Sender
    #: Unix milliseconds, by the server's clock.
    at: int
    body: Body
    content_type: str
    headers: Mapping[str, str]
    key: str


@dataclass(frozen=True)
class Message(Private):
    """A message of a joined channel."""

    room: str = ""
    channel: str = ""
    position: Position = field(default=Position("", 0))


@dataclass(frozen=True)
class Skipped:
    """Messages that do not come. ``to`` stands below ``first`` where nobody knows which."""

    room: str
    channel: str
    epoch: str
    first: int
    to: int
    reason: SkipReason
    #: Of reason ``node``: how many messages one offset stands for; 0 where nobody knows.
    missing: int = 0


@dataclass(frozen=True)
class Member:
    connection: str
    principal: str
    type: Optional[ClientType]
    name: str
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Presence:
    room: str
    channel: str
    kind: Literal["joined", "left", "updated"]
    member: Member


@dataclass(frozen=True)
class Connected:
    """The connection is there, first or again; what was missed meanwhile follows."""

    connection: str
    principal: str
    tenant: str
    node: str
    #: True for every connection but the first.
    again: bool


@dataclass(frozen=True)
class Disconnected:
    """The connection is gone; the client comes back by itself."""

    code: int
    reason: str


@dataclass(frozen=True)
class Refused:
    """A join that was there before the connection was lost is refused now."""

    room: str
    channel: str
    failure: "BusFailure"


Event = Union[Message, Skipped, Presence, Private, Connected, Disconnected, Refused]


@dataclass(frozen=True)
class Ack:
    id: str
    #: None for a private message.
    position: Optional[Position]
    #: It had been published before; its first position is given.
    duplicate: bool
    #: Connections of this server that it was queued for.
    delivered: int
    persisted: bool
    durability: Durability


@dataclass(frozen=True)
class JoinedChannel:
    room: str
    channel: str
    position: Position
    recovery: Recovery
    recovered: int


@dataclass(frozen=True)
class Joined:
    #: This had been joined before; nothing changed.
    already: bool
    channels: Sequence[JoinedChannel]
    members: Sequence[Member]


@dataclass(frozen=True)
class HistoryPage:
    #: Oldest first.
    messages: Sequence[Message]
    #: The channel's newest.
    position: Position
    skipped: Optional[Skipped]
    more: bool
    #: What is missing between the messages.
    holes: Sequence[Skipped] = ()


class BusFailure(Exception):
    """The bus said no. The text is a sentence for people."""

    def __init__(self, code: str, message: str, retry_after: float) -> None:
        super().__init__(message)
        #: The name in the contract's ``ErrorCode``, in lower case, such as ``not_joined``.
        self.code = code
        #: Seconds after which another try makes sense; 0 where none does.
        self.retry_after = retry_after


class ConnectionFailure(Exception):
    """No connection, or none any more. What was asked may or may not have been done."""
