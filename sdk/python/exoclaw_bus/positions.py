"""What a client has had of each channel, and what it is told it has not."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple, Union

from .events import Event, JoinedChannel, Message, Position, Skipped

Place = Tuple[str, str]


def _covers(pattern: Place, place: Place) -> bool:
    return pattern[0] in ("*", place[0]) and pattern[1] in ("*", place[1])


def _hole(place: Place, epoch: str, first: int, to: int, is_epoch: bool) -> Skipped:
    return Skipped(place[0], place[1], epoch, first, to, "epoch" if is_epoch else "unavailable")


class Positions:
    def __init__(self) -> None:
        self._known: Dict[Place, Position] = {}

    def joined(self, one: JoinedChannel) -> Optional[Skipped]:
        """A channel was joined. Where it was known, what was missed follows; where the server knows nothing of that,
        the hole is told here."""
        place = (one.room, one.channel)
        had = self._known.get(place)
        if had is not None and one.recovery != "none":
            return None
        self._known[place] = one.position
        if had is None or (had.epoch == one.position.epoch and had.offset >= one.position.offset):
            return None
        is_epoch = had.epoch != one.position.epoch
        return _hole(place, one.position.epoch, 1 if is_epoch else had.offset + 1, one.position.offset, is_epoch)

    def take(self, event: Event) -> List[Event]:
        """The event with the hole before it that nobody told of, or nothing where it was had before."""
        if isinstance(event, Skipped):
            place = (event.room, event.channel)
            had = self._known.get(place)
            offset = max(event.to, event.first - 1)
            if had is None or had.epoch != event.epoch or offset > had.offset:
                self._known[place] = Position(event.epoch, offset)
            return [event]
        if not isinstance(event, Message):
            return [event]
        place = (event.room, event.channel)
        had = self._known.get(place)
        at = event.position
        if had is not None and had.epoch == at.epoch and at.offset <= had.offset:
            return []
        self._known[place] = at
        if had is None or (had.epoch == at.epoch and at.offset == had.offset + 1):
            return [event]
        is_epoch = had.epoch != at.epoch
        first = 1 if is_epoch else had.offset + 1
        events: List[Union[Skipped, Message]] = [_hole(place, at.epoch, first, at.offset - 1, is_epoch), event]
        return list(events)

    def get(self, room: str, channel: str) -> Optional[Position]:
        return self._known.get((room, channel))

    def set(self, room: str, channel: str, position: Position) -> None:
        self._known[(room, channel)] = position

    def within(self, room: str, channel: str) -> List[Tuple[str, str, Position]]:
        """What a join of this pattern has to recover from."""
        return [(*place, at) for place, at in self._known.items() if _covers((room, channel), place)]

    def forget(self, room: str, channel: str) -> None:
        for place in [place for place in self._known if _covers((room, channel), place)]:
            del self._known[place]
