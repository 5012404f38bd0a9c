"""A client that stays on the bus: it comes back by itself, joins again, and gets what it missed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import uuid
from collections import deque
from dataclasses import dataclass
from typing import (
    Any,
    AsyncIterator,
    Awaitable,
    Callable,
    Deque,
    Dict,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)
from urllib.parse import urlsplit, urlunsplit

import websockets

from . import wire
from .events import (
    Ack,
    BusFailure,
    Body,
    ClientType,
    ConnectionFailure,
    Disconnected,
    Event,
    HistoryPage,
    Joined,
    Position,
    Refused,
)
from .positions import Positions

Token = Union[None, str, Callable[[], Union[str, Awaitable[str]]]]
Recover = Sequence[Tuple[str, str, Position]]

_FINAL = {"unauthenticated", "forbidden", "version_mismatch", "invalid_argument"}
#: Publishes under way at once; more wait their turn.
_MOST_IN_FLIGHT = 128
#: Requests that wait for a connection.
_MOST_WAITING = 10_000


def address_of(url: str) -> str:
    """The WebSocket address that a person's way to write it means."""
    parts = urlsplit(url)
    schemes = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
    if parts.scheme not in schemes or parts.netloc == "":
        raise ConnectionFailure("The bus's address must look like ws://127.0.0.1:7200.")
    path = "/bus" if parts.path in ("", "/") else parts.path
    return urlunsplit((schemes[parts.scheme], parts.netloc, path, parts.query, ""))


def backoff(failures: int, asked: float, chance: float, least: float, most: float) -> float:
    """Seconds before the attempt after so many failures in a row: spread, longer each time, never less than asked."""
    return asked + chance * min(most, least * 2 ** min(failures, 30))


@dataclass
class _Join:
    room: str
    channel: str
    presence: bool
    mute: bool


@dataclass
class _Request:
    frame: Callable[[], Any]
    read: Callable[[Any], Any]
    future: "asyncio.Future[Any]"
    #: It may be asked again on the next connection: doing it twice is doing it once.
    repeatable: bool


def _close_code(cause: Exception) -> Tuple[int, str]:
    received = getattr(cause, "rcvd", None)
    if received is not None:
        return int(received.code), str(received.reason)
    return int(getattr(cause, "code", 1006) or 1006), str(getattr(cause, "reason", "") or "")


class Bus:
    """A connection that mends itself. Made by :func:`connect`.

    Take what comes from one loop: ``async for event in bus``. When ``max_waiting`` events wait, the client closes its
    connection, and comes back to where it was when half of them are taken.
    """

    def __init__(
        self,
        url: str,
        *,
        token: Token = None,
        type: ClientType = "service",
        name: str = "",
        metadata: Optional[Mapping[str, str]] = None,
        json: bool = False,
        max_waiting: int = 10_000,
        publish_timeout: float = 30.0,
        timeout: float = 10.0,
        silence: float = 20.0,
        backoff_least: float = 0.25,
        backoff_most: float = 30.0,
        **options: Any,
    ) -> None:
        self._url = address_of(url)
        self._token = token
        self._type: ClientType = type
        self._name = name
        self._metadata = dict(metadata or {})
        self._json = json
        self._max_waiting = max_waiting
        self._publish_timeout = publish_timeout
        self._timeout = timeout
        self._silence = silence
        self._backoff = (backoff_least, backoff_most)
        self._options = options
        self._positions = Positions()
        self._joins: Dict[Tuple[str, str], _Join] = {}
        self._events: Deque[Event] = deque()
        self._changed = asyncio.Event()
        self._may_resume = asyncio.Event()
        self._requests: List[_Request] = []
        self._pending: Dict[int, _Request] = {}
        self._socket: Any = None
        self._next = 1
        self._heard = 0.0
        self._asked_wait = 0.0
        self._failures = 0
        self._was_connected = False
        self._full = False
        self._closed = False
        self._failure: Optional[Exception] = None
        self._gate = asyncio.Semaphore(_MOST_IN_FLIGHT)
        self._tasks: Set["asyncio.Task[Any]"] = set()
        self._life: Optional["asyncio.Task[None]"] = None
        self._last_error: Optional[BusFailure] = None

    async def __aenter__(self) -> "Bus":
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    # ------------------------------------------------------------------ events

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            if self._closed:
                if self._failure is not None:
                    raise self._failure
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        event = self._events.popleft()
        if self._full and len(self._events) * 2 <= self._max_waiting:
            self._full = False
            self._may_resume.set()
        return event

    def _tell(self, event: Event) -> None:
        self._events.append(event)
        self._changed.set()
        if len(self._events) >= self._max_waiting:
            self._full = True
        self._hold()

    def _hold(self) -> None:
        """Takes no more while too many events wait, unless somebody waits for an answer: it may be who takes them."""
        if self._full and not self._pending and self._socket is not None:
            self._spawn(self._socket.close(1000, "too many events wait"))

    # ------------------------------------------------------------------ requests

    async def join(
        self, room: str, channel: str, *, presence: bool = False, mute: bool = False, recover: Recover = ()
    ) -> Joined:
        """Joins a channel; ``*`` is all of them. ``recover``: what was had before this program began."""
        try:
            had = [(one_room, one_channel, at.epoch, at) for one_room, one_channel, at in recover]
        except (AttributeError, TypeError, ValueError):
            raise TypeError("recover takes (room, channel, position) for each channel, in a list") from None
        for one_room, one_channel, _, at in had:
            self._positions.set(one_room, one_channel, at)
        return await self._join(_Join(room, channel, presence, mute), True)

    async def leave(self, room: str, channel: str) -> None:
        self._joins.pop((room, channel), None)

        def frame() -> Any:
            asked = wire.ClientFrame()
            asked.leave.room = room
            asked.leave.channel = channel
            return asked

        await self._ask(frame, lambda answer: True if answer.WhichOneof("frame") == "left" else None)
        if not any(join.room in (room, "*") for join in self._joins.values()):
            self._positions.forget(room, channel)

    async def publish(
        self,
        room: str,
        channel: str,
        body: Body,
        *,
        id: Optional[str] = None,
        content_type: str = "",
        headers: Optional[Mapping[str, str]] = None,
        key: str = "",
    ) -> Ack:
        """Publishes to a channel that was joined. Over lost connections and refusals that pass it is tried again under
        the same id. Raises :class:`BusFailure`, or :class:`ConnectionFailure` where it is not known whether it was
        taken."""
        asked = wire.ClientFrame()
        asked.publish.room = room
        asked.publish.channel = channel
        asked.publish.id = id if id is not None else str(uuid.uuid4())
        wire.fill(asked.publish.content, body, content_type, headers, key)
        async with self._gate:
            try:
                return await asyncio.wait_for(self._publish(asked), self._publish_timeout)
            except asyncio.TimeoutError:
                raise ConnectionFailure(
                    "The bus did not answer in time; publishing again with the same id is safe."
                ) from None

    async def _publish(self, asked: Any) -> Ack:
        until = time.monotonic() + self._publish_timeout
        while True:
            try:
                return await self._ask(lambda: _copy(asked), _ack)
            except BusFailure as failure:
                passing = failure.code in ("unknown_outcome", "draining") or (
                    failure.retry_after > 0 and failure.code != "temporarily_blocked"
                )
                pause = failure.retry_after * (1 + random.random()) + 0.01
                if not passing or time.monotonic() + pause > until:
                    raise
                await asyncio.sleep(pause)

    async def send(
        self,
        body: Body,
        *,
        connection: Optional[str] = None,
        principal: Optional[str] = None,
        content_type: str = "",
        headers: Optional[Mapping[str, str]] = None,
    ) -> Ack:
        """To one connection, or to all of a principal. Never tried again: it has no id of its own."""
        asked = wire.ClientFrame()
        if connection is not None:
            asked.send_private.connection = connection
        else:
            asked.send_private.principal = principal or ""
        wire.fill(asked.send_private.content, body, content_type, headers, "")
        return await self._ask(lambda: _copy(asked), _ack, repeatable=False)

    async def history(
        self, room: str, channel: str, *, after: Optional[Position] = None, limit: int = 0
    ) -> HistoryPage:
        """Messages that are kept: after a position oldest first, else the newest."""
        asked = wire.ClientFrame()
        ask = asked.command.history
        ask.room = room
        ask.channel = channel
        ask.limit = limit
        if after is not None:
            wire.put_position(ask.after, after)
        reply = await self._command(asked, "history")
        return wire.page(reply)

    async def update(self, metadata: Mapping[str, str]) -> None:
        """Replaces what is shown of this connection."""
        asked = wire.ClientFrame()
        asked.update.SetInParent()
        asked.update.metadata.update(metadata)
        await self._ask(lambda: _copy(asked), lambda answer: True if answer.WhichOneof("frame") == "updated" else None)

    async def command(self, name: str, **fields: Any) -> Any:
        """One of the built-in commands by its name in the contract, such as ``status``; its reply as protobuf."""
        asked = wire.ClientFrame()
        value = getattr(asked.command, name)
        value.SetInParent()
        for field, given in fields.items():
            setattr(value, field, given)
        return await self._command(asked, name, name not in ("create_channel", "delete_channel"))

    def position(self, room: str, channel: str) -> Optional[Position]:
        """What of this channel came so far; give it as ``recover`` to a later program's join."""
        return self._positions.get(room, channel)

    async def close(self) -> None:
        self._finish(None)
        socket, self._socket = self._socket, None
        if socket is not None:
            with contextlib.suppress(Exception):
                await socket.close(1000, "closed")
        for task in [self._life, *self._tasks]:
            if task is not None and task is not asyncio.current_task():
                task.cancel()
                with contextlib.suppress(BaseException):
                    await task

    async def _command(self, asked: Any, name: str, repeatable: bool = True) -> Any:
        def read(answer: Any) -> Any:
            is_it = answer.WhichOneof("frame") == "reply" and answer.reply.WhichOneof("reply") == name
            return getattr(answer.reply, name) if is_it else None

        return await self._ask(lambda: _copy(asked), read, repeatable)

    def _join(self, join: _Join, repeatable: bool) -> "asyncio.Future[Any]":
        """Sent at once, so that what is sent after it finds the channel joined."""

        def frame() -> Any:
            asked = wire.ClientFrame()
            asked.join.room = join.room
            asked.join.channel = join.channel
            asked.join.presence = join.presence
            asked.join.mute = join.mute
            if not join.mute:
                for room, channel, at in self._positions.within(join.room, join.channel):
                    one = asked.join.recover.add()
                    one.room = room
                    one.channel = channel
                    wire.put_position(one.position, at)
            return asked

        def read(answer: Any) -> Optional[Joined]:
            if answer.WhichOneof("frame") != "joined":
                return None
            joined = wire.joined(answer.joined)
            self._joins[(join.room, join.channel)] = join
            # before anything of it is read
            if not join.mute and not joined.already:
                for one in joined.channels:
                    skipped = self._positions.joined(one)
                    if skipped is not None:
                        self._tell(skipped)
            return joined

        return self._asked(frame, read, repeatable)

    async def _ask(self, frame: Callable[[], Any], read: Callable[[Any], Any], repeatable: bool = True) -> Any:
        return await self._asked(frame, read, repeatable)

    def _asked(
        self, frame: Callable[[], Any], read: Callable[[Any], Any], repeatable: bool
    ) -> "asyncio.Future[Any]":
        request = _Request(frame, read, asyncio.get_running_loop().create_future(), repeatable)
        self._send(request)
        return request.future

    def _send(self, request: _Request) -> None:
        if request.future.done():
            return
        if self._closed:
            request.future.set_exception(self._failure or ConnectionFailure("The client is closed."))
        elif self._socket is None:
            if len(self._requests) >= _MOST_WAITING:
                request.future.set_exception(ConnectionFailure("Too many requests wait for a connection."))
                return
            self._requests.append(request)
            # whoever takes the events may be the one who waits for this
            self._may_resume.set()
        else:
            asked = request.frame()
            asked.request = self._next
            self._pending[self._next] = request
            self._next += 1
            self._spawn(self._write(self._socket, wire.write(asked, self._json)))

    async def _write(self, socket: Any, data: Union[str, bytes]) -> None:
        # where it fails the connection is lost, which whoever reads from it finds out
        with contextlib.suppress(websockets.exceptions.WebSocketException, OSError):
            await socket.send(data)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ------------------------------------------------------------------ the connection

    async def _start(self) -> None:
        try:
            socket = await self._open()
        except BaseException as failure:
            self._finish(failure if isinstance(failure, Exception) else None)
            raise
        self._life = asyncio.ensure_future(self._live(socket))

    async def _hello(self) -> Any:
        token = self._token() if callable(self._token) else self._token
        if token is not None and not isinstance(token, str):
            token = await token
        asked = wire.ClientFrame()
        asked.request = self._next
        self._next += 1
        hello = asked.hello
        hello.min_version = hello.max_version = 1
        hello.type = wire.type_number(self._type)
        hello.name = self._name
        hello.token = token or ""
        hello.metadata.update(self._metadata)
        return asked

    async def _open(self) -> Any:
        """A socket that was welcomed."""
        asked = await self._hello()
        protocol = wire.PROTOCOL_JSON if self._json else wire.PROTOCOL
        socket: Any = None
        try:
            socket = await asyncio.wait_for(
                websockets.connect(
                    self._url,
                    subprotocols=[protocol],  # type: ignore[list-item]
                    max_size=67_108_864,
                    compression=None,
                    **self._options,
                ),
                self._timeout,
            )
            await socket.send(wire.write(asked, self._json))
            answer = wire.read(await asyncio.wait_for(socket.recv(), self._timeout))
        except (OSError, asyncio.TimeoutError, websockets.exceptions.WebSocketException) as cause:
            if socket is not None:
                await socket.close()
            # what follows the path may be a credential
            raise ConnectionFailure(f"No bus answers at {self._url.split('?')[0]}.") from cause
        if answer is not None and answer.WhichOneof("frame") == "welcome":
            self._welcomed(socket, answer)
            return socket
        await socket.close()
        if answer is not None and answer.WhichOneof("frame") == "error":
            raise wire.failure(answer.error)
        raise ConnectionFailure("The bus answered with something else than a welcome.")

    def _welcomed(self, socket: Any, answer: Any) -> None:
        self._socket = socket
        self._failures = 0
        self._last_error = None
        self._heard = time.monotonic()
        for join in list(self._joins.values()):
            self._spawn(self._again(join, self._join(join, False)))
        waiting, self._requests = self._requests, []
        for request in waiting:
            self._send(request)
        self._tell(wire.connected(answer, self._was_connected))
        self._was_connected = True

    async def _again(self, join: _Join, joined: "asyncio.Future[Any]") -> None:
        # where this connection is lost too, the next one joins again
        with contextlib.suppress(ConnectionFailure):
            try:
                await joined
            except BusFailure as failure:
                self._joins.pop((join.room, join.channel), None)
                self._tell(Refused(join.room, join.channel, failure))

    async def _live(self, socket: Any) -> None:
        while True:
            code, reason = await self._listen(socket)
            self._socket = None
            lost, self._pending = list(self._pending.values()), {}
            if self._closed:
                return
            for request in lost:
                if request.repeatable:
                    self._requests.append(request)
                elif not request.future.done():
                    request.future.set_exception(ConnectionFailure(f"The connection was closed: {reason or code}."))
            if self._last_error is not None:
                self._asked_wait = max(self._asked_wait, self._last_error.retry_after)
            self._tell(Disconnected(code, reason))
            found = await self._come_back()
            if found is None:
                return
            socket = found

    async def _listen(self, socket: Any) -> Tuple[int, str]:
        watch = asyncio.ensure_future(self._watch(socket))
        try:
            while True:
                data = await socket.recv()
                self._heard = time.monotonic()
                frame = wire.read(data)
                if frame is None:
                    await socket.close(1007, "not a frame")
                    return 1007, "not a frame"
                self._receive(frame)
        except websockets.exceptions.ConnectionClosed as cause:
            return _close_code(cause)
        finally:
            watch.cancel()

    def _receive(self, frame: Any) -> None:
        kind = frame.WhichOneof("frame")
        if frame.request != 0:
            request = self._pending.pop(frame.request, None)
            if kind == "error":
                self._last_error = wire.failure(frame.error)
            if request is not None and not request.future.done():
                self._answer(request, frame)
            self._hold()
        elif kind == "error":
            self._last_error = wire.failure(frame.error)
        elif kind == "drain":
            self._asked_wait = frame.drain.reconnect_after_ms / 1000
        else:
            event = wire.event(frame)
            for one in [] if event is None else self._positions.take(event):
                self._tell(one)

    def _answer(self, request: _Request, frame: Any) -> None:
        if frame.WhichOneof("frame") == "error":
            request.future.set_exception(wire.failure(frame.error))
            return
        value = request.read(frame)
        if value is None:
            request.future.set_exception(ConnectionFailure("The bus answered with something else."))
        else:
            request.future.set_result(value)

    async def _watch(self, socket: Any) -> None:
        """Asks now and then where the channels stand: that keeps quiet ones recoverable, and finds a server that is
        gone."""
        while True:
            await asyncio.sleep(self._silence / 3)
            if time.monotonic() - self._heard > self._silence:
                await socket.close(1000, "no answer")
                return
            asked = wire.ClientFrame()
            asked.ping.positions = True

            def read(answer: Any) -> Any:
                for one in answer.pong.positions:
                    self._positions.set(one.room, one.channel, wire.position(one.position))
                return True

            request = _Request(lambda: _copy(asked), read, asyncio.get_running_loop().create_future(), False)
            request.future.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._send(request)

    async def _come_back(self) -> Any:
        while not self._closed:
            if self._full and not self._requests:
                self._may_resume.clear()
                await self._may_resume.wait()
            else:
                await asyncio.sleep(backoff(self._failures, self._asked_wait, random.random(), *self._backoff))
            if self._closed:
                return None
            self._asked_wait = 0.0
            try:
                return await self._open()
            except BusFailure as failure:
                self._failures += 1
                self._asked_wait = failure.retry_after
                # a token from a function may be another one next time
                may_change = failure.code == "unauthenticated" and callable(self._token)
                if failure.code in _FINAL and not may_change:
                    self._finish(failure)
            except ConnectionFailure:
                self._failures += 1
        return None

    def _finish(self, failure: Optional[Exception]) -> None:
        if self._closed:
            return
        self._closed = True
        self._failure = failure
        gone = failure or ConnectionFailure("The client was closed by this program.")
        for request in [*self._requests, *self._pending.values()]:
            if not request.future.done():
                request.future.set_exception(gone)
        self._requests = []
        self._pending = {}
        self._may_resume.set()
        self._changed.set()


def _ack(answer: Any) -> Optional[Ack]:
    return wire.ack(answer.ack) if answer.WhichOneof("frame") == "ack" else None


def _copy(frame: Any) -> Any:
    copy = wire.ClientFrame()
    copy.CopyFrom(frame)
    return copy


class _Connecting:
    """Awaited it is a :class:`Bus`; in ``async with`` it is one that is closed at the end."""

    def __init__(self, make: Callable[[], Bus]) -> None:
        self._make = make
        self._bus: Optional[Bus] = None

    async def _open(self) -> Bus:
        bus = self._make()
        await bus._start()
        return bus

    def __await__(self) -> Any:
        return self._open().__await__()

    async def __aenter__(self) -> Bus:
        self._bus = await self._open()
        return self._bus

    async def __aexit__(self, *_: Any) -> None:
        if self._bus is not None:
            await self._bus.close()


def connect(url: str, **options: Any) -> _Connecting:
    """Connects to a bus: ``bus = await connect(url, token=...)``, or ``async with connect(url) as bus``. The options are
    those of :class:`Bus`; others go to ``websockets.connect``."""
    return _Connecting(lambda: Bus(url, **options))
