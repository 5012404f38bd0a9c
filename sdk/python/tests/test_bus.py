"""Against a real bus at EXOCLAW_BUS_URL, where the tokens ann, bob, guest and nobody are known."""

import asyncio
import os
import unittest
from typing import Any, Callable, List, Set
from urllib.parse import urlsplit

from exoclaw_bus import (
    Bus,
    BusFailure,
    Connected,
    ConnectionFailure,
    Disconnected,
    Event,
    Message,
    Presence,
    Private,
    Skipped,
    connect,
)

URL = os.environ.get("EXOCLAW_BUS_URL", "")
FAST = {"backoff_least": 0.005, "backoff_most": 0.05}


async def take(bus: Bus, until: Callable[[Event], bool]) -> List[Event]:
    taken: List[Event] = []
    async for event in bus:
        taken.append(event)
        if until(event):
            return taken
    raise AssertionError(f"the events ended after {taken}")


def says(text: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, Message) and event.body == text


def bodies(events: List[Event]) -> List[Any]:
    return [event.body for event in events if isinstance(event, Message)]


class Way:
    """A way to the bus that can be cut, as a network is."""

    def __init__(self) -> None:
        self._writers: Set[asyncio.StreamWriter] = set()
        self._open = True

    async def __aenter__(self) -> "Way":
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.options = {"host": "127.0.0.1", "port": self._server.sockets[0].getsockname()[1], **FAST}
        return self

    async def __aexit__(self, *_: Any) -> None:
        self._server.close()
        self.cut()

    def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def hold(self) -> None:
        self._open = False
        self.cut()

    def release(self) -> None:
        self._open = True

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.close()
            return
        parts = urlsplit(URL)
        far_reader, far_writer = await asyncio.open_connection(parts.hostname, parts.port)
        self._writers |= {writer, far_writer}

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            try:
                while data := await source.read(65_536):
                    target.write(data)
                    await target.drain()
            except OSError:
                pass
            finally:
                self._writers.discard(target)
                target.close()

        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


@unittest.skipIf(URL == "", "EXOCLAW_BUS_URL names no bus")
class BusTest(unittest.IsolatedAsyncioTestCase):
    json = False
    type: Any = "service"

    def room(self) -> str:
        return f"{type(self).__name__}-{self._testMethodName}"[:128]

    def options(self, token: str) -> Any:
        return {"token": token, "json": self.json, "type": self.type}

    async def test_says_what_is_wrong_with_what_it_is_given(self) -> None:
        room = self.room()
        async with connect(URL, **self.options("ann")) as ann:
            await ann.join(room, "lobby")
            wrong: Any = 5
            with self.assertRaisesRegex(TypeError, "a body is str or bytes, not int"):
                await ann.publish(room, "lobby", wrong)
            ack = await ann.publish(room, "lobby", "hello")
            wrong = ack.position
            with self.assertRaisesRegex(TypeError, r"recover takes \(room, channel, position\)"):
                await ann.join(room, "other", recover=wrong)
            with self.assertRaisesRegex(BusFailure, f"Join {room}:other first"):
                await ann.publish(room, "other", "hello")

    async def test_publishes_hears_asks_and_is_told_who_comes(self) -> None:
        room = self.room()
        async with connect(URL, **self.options("ann"), name="Ann") as ann, connect(
            URL, token=lambda: "bob", json=self.json, type=self.type, metadata={"mood": "fine"}
        ) as bob:
            await ann.join(room, "lobby", presence=True)
            await bob.join(room, "lobby")
            ack = await bob.publish(room, "lobby", "hello", headers={"a": "b"}, content_type="text/plain", id="1")
            self.assertEqual((ack.duplicate, ack.durability), (False, "process"))
            self.assertTrue((await bob.publish(room, "lobby", "hello", id="1")).duplicate)
            await bob.publish(room, "lobby", b"\x00\xff")
            events = await take(ann, lambda event: isinstance(event, Message) and isinstance(event.body, bytes))
            self.assertEqual([type(event) for event in events], [Connected, Presence, Message, Message])
            text = events[2]
            assert isinstance(text, Message) and isinstance(events[0], Connected)
            self.assertEqual((events[0].principal, events[0].tenant), ("token:ann", "tenant-a"))
            self.assertEqual((text.body, text.position, text.headers), ("hello", ack.position, {"a": "b"}))
            self.assertEqual((text.sender.principal, text.sender.type), ("token:bob", self.type))
            page = await ann.history(room, "lobby", limit=1)
            self.assertEqual((len(page.messages), page.position.offset), (1, 2))
            self.assertEqual(ann.position(room, "lobby"), page.position)
            self.assertEqual((await ann.command("status")).protocol_version, 1)
            await ann.send("psst", principal="token:bob")
            self.assertEqual((await take(bob, lambda event: type(event) is Private))[-1].body, "psst")  # type: ignore[union-attr]
            await bob.update({"mood": "tired"})
            await bob.leave(room, "lobby")
            kinds = await take(ann, lambda event: isinstance(event, Presence) and event.kind == "left")
            self.assertEqual([event.kind for event in kinds if isinstance(event, Presence)], ["updated", "left"])

    async def test_a_connection_that_is_cut_again_and_again_loses_nothing_and_doubles_nothing(self) -> None:
        room = self.room()
        async with Way() as way, connect(URL, **self.options("ann"), **way.options) as ann, connect(
            URL, **self.options("bob"), **way.options
        ) as bob:
            await ann.join(room, "*")
            for channel in ("a", "b"):
                await bob.join(room, channel, mute=True)
            said = [str(n) for n in range(100)]

            async def speak() -> None:
                for n, text in enumerate(said):
                    await bob.publish(room, "ab"[n % 2], text)
                    if n % 20 == 10:
                        way.cut()

            events, _ = await asyncio.gather(take(ann, says("99")), speak())
            for index, channel in enumerate("ab"):
                heard = [event for event in events if isinstance(event, Message) and event.channel == channel]
                self.assertEqual(bodies(list(heard)), said[index::2])
            self.assertFalse(any(isinstance(event, Skipped) for event in events))
            self.assertTrue(any(isinstance(event, Connected) and event.again for event in events))

    async def test_who_answers_each_event_before_taking_the_next_is_not_held_up(self) -> None:
        room = self.room()
        async with connect(URL, **self.options("ann"), max_waiting=10, **FAST) as ann, connect(
            URL, **self.options("bob")
        ) as bob:
            await ann.join(room, "questions")
            await ann.join(room, "answers", mute=True)
            await bob.join(room, "questions", mute=True)
            await bob.join(room, "answers")
            for n in range(60):
                await bob.publish(room, "questions", str(n))
            lost = False
            async for event in ann:
                lost = lost or isinstance(event, Disconnected)
                if isinstance(event, Message):
                    await ann.publish(room, "answers", event.body)
                    if event.body == "59":
                        break
            self.assertTrue(lost)
            self.assertEqual(bodies(await take(bob, says("59"))), [str(n) for n in range(60)])

    async def test_what_was_missed_in_a_longer_absence_comes_and_publishing_waits(self) -> None:
        room = self.room()
        async with Way() as way, connect(URL, **self.options("ann"), **way.options) as ann, connect(
            URL, **self.options("bob")
        ) as bob:
            await ann.join(room, "lobby")
            await bob.join(room, "lobby", mute=True)
            way.hold()
            late = asyncio.ensure_future(ann.publish(room, "lobby", "late"))
            for n in range(5):
                await bob.publish(room, "lobby", str(n))
            await take(ann, lambda event: isinstance(event, Disconnected))
            way.release()
            self.assertFalse((await late).duplicate)
            self.assertEqual(bodies(await take(ann, says("late"))), ["0", "1", "2", "3", "4", "late"])

    async def test_a_program_that_begins_later_goes_on_from_where_an_earlier_one_was(self) -> None:
        room = self.room()
        async with connect(URL, **self.options("ann")) as ann:
            await ann.join(room, "lobby")
            await ann.publish(room, "lobby", "one")
            await take(ann, says("one"))
            position = ann.position(room, "lobby")
            assert position is not None
            await ann.publish(room, "lobby", "two")
        async with connect(URL, **self.options("ann")) as later:
            joined = await later.join(room, "lobby", recover=[(room, "lobby", position)])
            self.assertEqual([(one.recovery, one.recovered) for one in joined.channels], [("complete", 1)])
            self.assertEqual(bodies(await take(later, says("two"))), ["two"])

    async def test_what_the_bus_will_not_have_is_a_typed_failure(self) -> None:
        room = self.room()
        for token, code in (("nobody", "forbidden"), ("wrong", "unauthenticated")):
            with self.assertRaises(BusFailure) as refused:
                await connect(URL, **self.options(token))
            self.assertEqual(refused.exception.code, code)
        async with connect(URL, **self.options("guest")) as guest:
            await guest.join(room, "lobby")
            for work, code in (
                (guest.publish(room, "lobby", "x"), "forbidden"),
                (guest.publish(room, "elsewhere", "x"), "not_joined"),
                (guest.join("", "lobby"), "invalid_argument"),
            ):
                with self.assertRaises(BusFailure) as failed:
                    await work  # type: ignore[misc]
                self.assertEqual(failed.exception.code, code)
        with self.assertRaises(ConnectionFailure):
            await guest.publish(room, "lobby", "x")
        with self.assertRaises(ConnectionFailure):
            await connect("ws://127.0.0.1:1", timeout=2)


class JsonBusTest(BusTest):
    json = True
    type: Any = "dashboard"


if __name__ == "__main__":
    unittest.main()
