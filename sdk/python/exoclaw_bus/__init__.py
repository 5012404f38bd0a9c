"""The exoclaw message bus from Python.

    async with connect("ws://127.0.0.1:7200", token=token) as bus:
        await bus.join("ops", "lobby")
        await bus.publish("ops", "lobby", "hello")
        async for event in bus:
            if isinstance(event, Message):
                print(event.body)

A connection that is lost comes back by itself, with what was missed; a hole is an event of its own (``Skipped``).
"""

from .client import Bus, connect
from .events import (
    Ack,
    BusFailure,
    Connected,
    ConnectionFailure,
    Disconnected,
    Event,
    HistoryPage,
    Joined,
    JoinedChannel,
    Member,
    Message,
    Position,
    Presence,
    Private,
    Refused,
    Sender,
    Skipped,
)

__all__ = [
    "Ack",
    "Bus",
    "BusFailure",
    "Connected",
    "ConnectionFailure",
    "Disconnected",
    "Event",
    "HistoryPage",
    "Joined",
    "JoinedChannel",
    "Member",
    "Message",
    "Position",
    "Presence",
    "Private",
    "Refused",
    "Sender",
    "Skipped",
    "connect",
]
