"""Frames of the contract. Its descriptors lie beside this file, as the compiler gave them; the classes are made here,
so that every protobuf runtime from 4.21 on can."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Mapping, Optional, Union

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

from .events import (
    Ack,
    BusFailure,
    Body,
    ClientType,
    Connected,
    Event,
    HistoryPage,
    Joined,
    JoinedChannel,
    Member,
    Message,
    Position,
    Presence,
    Private,
    Sender,
    Skipped,
)

PROTOCOL = "arqonbus.v1.proto"
PROTOCOL_JSON = "arqonbus.v1.json"

_pool = descriptor_pool.DescriptorPool()
for _file in descriptor_pb2.FileDescriptorSet.FromString((Path(__file__).parent / "contract.binpb").read_bytes()).file:
    _pool.Add(_file)


def _class(name: str) -> Any:
    descriptor = _pool.FindMessageTypeByName(f"arqonbus.v1.{name}")
    # one of the two exists, by the version of the runtime
    made = getattr(message_factory, "GetMessageClass", None)
    return made(descriptor) if made is not None else message_factory.MessageFactory(_pool).GetPrototype(descriptor)


ClientFrame = _class("ClientFrame")
ServerFrame = _class("ServerFrame")

_types: List[ClientType] = ["human", "ai-agent", "dashboard", "service"]
_durabilities = ["none", "process", "server", "disk", "replicated"]
_reasons = ["overflow", "conflated", "trimmed", "epoch", "limit", "unavailable", "node"]
_recoveries = ["none", "complete", "gap"]
_kinds = ["joined", "left", "updated"]
_codes = _pool.FindEnumTypeByName("arqonbus.v1.ErrorCode")


def _at(values: List[Any], number: int, otherwise: Any) -> Any:
    return values[number - 1] if 1 <= number <= len(values) else otherwise


def type_number(kind: ClientType) -> int:
    return _types.index(kind) + 1


def write(frame: Any, as_json: bool) -> Union[str, bytes]:
    return json_format.MessageToJson(frame, indent=None) if as_json else bytes(frame.SerializeToString())


def read(data: Union[str, bytes]) -> Optional[Any]:
    """None for what is no frame."""
    try:
        if isinstance(data, str):
            return json_format.Parse(data, ServerFrame(), ignore_unknown_fields=True)
        return ServerFrame.FromString(data)
    except Exception:  # each way to decode has errors of its own
        return None


def fill(content: Any, body: Body, content_type: str, headers: Optional[Mapping[str, str]], key: str) -> None:
    if isinstance(body, str):
        content.text = body
    elif isinstance(body, (bytes, bytearray, memoryview)):
        content.data = bytes(body)
    else:
        raise TypeError(f"a body is str or bytes, not {type(body).__name__}")
    content.content_type = content_type
    content.key = key
    if headers:
        content.headers.update(headers)


def position(value: Any) -> Position:
    return Position(value.epoch, value.offset)


def put_position(value: Any, at: Position) -> None:
    value.epoch = at.epoch
    value.offset = at.offset


def _sender(value: Any) -> Sender:
    return Sender(value.principal, value.connection, _at(_types, value.type, None), value.name)


def _said(value: Any) -> Any:
    content = value.content
    return {
        "id": value.id,
        "sender": _sender(value.sender),
        "at": value.at_ms,
        "body": content.data if content.WhichOneof("body") == "data" else content.text,
        "content_type": content.content_type,
        "headers": dict(content.headers),
        "key": content.key,
    }


def message(value: Any) -> Message:
    return Message(room=value.room, channel=value.channel, position=position(value.position), **_said(value))


def _skipped(value: Any) -> Skipped:
    # fields called like a word of the language
    first = getattr(value, "from")
    reason = _at(_reasons, value.reason, "unavailable")
    return Skipped(value.room, value.channel, value.epoch, first, value.to, reason, value.missing)


def _member(value: Any) -> Member:
    kind = _at(_types, value.type, None)
    return Member(value.connection, value.principal, kind, value.name, dict(value.metadata))


def event(frame: Any) -> Optional[Event]:
    """What is told without having been asked for; None for everything else."""
    kind = frame.WhichOneof("frame")
    if kind == "message":
        return message(frame.message)
    if kind == "skipped":
        return _skipped(frame.skipped)
    if kind == "private":
        return Private(**_said(frame.private))
    if kind == "presence":
        told = frame.presence
        return Presence(told.room, told.channel, _at(_kinds, told.kind, "updated"), _member(told.member))
    return None


def connected(frame: Any, again: bool) -> Connected:
    welcome = frame.welcome
    return Connected(welcome.connection, welcome.principal, welcome.tenant, welcome.node, again)


def ack(value: Any) -> Ack:
    return Ack(
        value.id,
        position(value.position) if value.HasField("position") else None,
        value.duplicate,
        value.delivered,
        value.persisted,
        _at(_durabilities, value.durability, "none"),
    )


def joined(value: Any) -> Joined:
    channels = [
        JoinedChannel(
            one.room, one.channel, position(one.position), _at(_recoveries, one.recovery, "none"), one.recovered
        )
        for one in value.channels
    ]
    return Joined(value.already, channels, [_member(one) for one in value.members])


def page(value: Any) -> HistoryPage:
    hole = _skipped(value.skipped) if value.HasField("skipped") else None
    holes = [_skipped(one) for one in value.holes]
    return HistoryPage([message(one) for one in value.messages], position(value.position), hole, value.more, holes)


def failure(value: Any) -> BusFailure:
    known = _codes.values_by_number.get(value.code)
    code = known.name[len("ERROR_CODE_") :].lower() if known is not None and value.code != 0 else "internal"
    return BusFailure(code, value.message, value.retry_after_ms / 1000)
