"""Runs the bus's conformance script with this client: ``conformance.py SCRIPT``, the rest from the environment."""

import asyncio
import base64
import json
import os
import sys
from typing import Any, Dict, List

from exoclaw_bus import (
    Bus,
    BusFailure,
    Connected,
    Event,
    Message,
    Position,
    Presence,
    Private,
    Skipped,
    connect,
)

URL = os.environ["EXOCLAW_BUS_URL"]
SECRET = os.environ["EXOCLAW_BUS_SECRET"]
JSON = os.environ.get("EXOCLAW_BUS_JSON") == "1"
INSPECTED = os.environ.get("EXOCLAW_BUS_INSPECTED") == "1"


def holds(expected: Any, actual: Any) -> bool:
    """Everything that is expected is there; what is not mentioned is free."""
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(holds(one, other) for one, other in zip(expected, actual))
        )
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(holds(one, actual.get(key)) for key, one in expected.items())
    return bool(expected == actual) and type(expected) is type(actual)


def said(event: Private) -> Dict[str, Any]:
    body = event.body
    text = body if isinstance(body, str) else body.decode("latin1")
    plain: Dict[str, Any] = {
        "id": event.id,
        "sender": event.sender.principal,
        "contentType": event.content_type,
        "headers": dict(event.headers),
        "key": event.key,
        "hasSecret": SECRET in text,
    }
    if isinstance(body, str):
        plain["body"] = body
    else:
        plain["base64"] = base64.b64encode(body).decode()
    if text.startswith("{"):
        plain["jsonKeys"] = sorted(json.loads(text))
    return plain


def plain_event(event: Event) -> Dict[str, Any]:
    if isinstance(event, Message):
        place = {"room": event.room, "channel": event.channel, "offset": event.position.offset}
        return {"type": "message", **place, **said(event)}
    if isinstance(event, Private):
        return {"type": "private", **said(event)}
    if isinstance(event, Presence):
        return {"type": "presence", "kind": event.kind, "principal": event.member.principal}
    if isinstance(event, Skipped):
        return {"type": "skipped", "reason": event.reason, "from": event.first, "to": event.to}
    if isinstance(event, Connected):
        return {"type": "connected", "principal": event.principal, "tenant": event.tenant, "again": event.again}
    return {"type": type(event).__name__}


class Run:
    def __init__(self) -> None:
        self.clients: Dict[str, Bus] = {}
        self.epoch = ""

    async def perform(self, step: Dict[str, Any]) -> Dict[str, Any]:
        room, channel, kind = step.get("room", ""), step.get("channel", ""), step["do"]
        if kind == "connect":
            token = step.get("as", step["client"])
            self.clients[step["client"]] = await connect(
                URL, token=token, json=JSON, type="dashboard" if JSON else "service"
            )
            return {}
        bus = self.clients[step["client"]]
        epoch = step.get("epoch", self.epoch)
        body = base64.b64decode(step["base64"]) if "base64" in step else step.get("body", "")
        how = {"content_type": step.get("contentType", ""), "headers": step.get("headers")}
        if kind == "next":
            return plain_event(await bus.__anext__())
        if kind == "join":
            recover = [(room, channel, Position(epoch, step["recover"]))] if "recover" in step else []
            joined = await bus.join(room, channel, presence=step.get("presence", False), recover=recover)
            channels = [
                {
                    "room": one.room,
                    "channel": one.channel,
                    "recovery": one.recovery,
                    "recovered": one.recovered,
                    "offset": one.position.offset,
                }
                for one in joined.channels
            ]
            return {"already": joined.already, "channels": channels}
        if kind == "leave":
            await bus.leave(room, channel)
            return {}
        if kind == "publish":
            ack = await bus.publish(room, channel, body, id=step.get("id"), key=step.get("key", ""), **how)
            assert ack.position is not None
            # eve's channel is another one
            if step["client"] != "eve":
                self.epoch = ack.position.epoch
            return {**vars(ack), "offset": ack.position.offset}
        if kind == "send":
            return dict(vars(await bus.send(body, principal=step["principal"], **how)))
        if kind == "history":
            after = Position(epoch, step["after"]) if "after" in step else None
            page = await bus.history(room, channel, after=after, limit=step.get("limit", 0))
            return {
                "offsets": [message.position.offset for message in page.messages],
                "offset": page.position.offset,
                "more": page.more,
                "hasSecret": any(SECRET in str(message.body) for message in page.messages),
            }
        if kind == "update":
            await bus.update(step["metadata"])
            return {}
        if kind == "close":
            await bus.close()
            return {}
        raise AssertionError(f"the script asks for {kind}")


async def main(script: str) -> List[str]:
    with open(script, encoding="utf-8") as file:
        steps = json.loads(file.read().replace("{{secret}}", SECRET))["steps"]
    run = Run()
    try:
        for index, step in enumerate(steps):
            try:
                answer = await asyncio.wait_for(run.perform(step), 20)
            except BusFailure as failure:
                answer = {"failure": failure.code}
            expected = step.get("inspected", step["expect"]) if INSPECTED else step["expect"]
            if not holds(expected, answer):
                return [f"step {index + 1} ({step['client']} {step['do']}): {answer}, not {expected}"]
    finally:
        for bus in run.clients.values():
            await bus.close()
    return []


if __name__ == "__main__":
    wrong = asyncio.run(main(sys.argv[1]))
    print("\n".join(wrong) or "every step held")
    sys.exit(1 if wrong else 0)
