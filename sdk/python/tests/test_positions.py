"""What a client has had, without a server."""

import random
import unittest

from exoclaw_bus import JoinedChannel, Message, Position, Sender, Skipped
from exoclaw_bus.client import address_of, backoff
from exoclaw_bus.events import ConnectionFailure
from exoclaw_bus.positions import Positions

SENDER = Sender("p", "c", "service", "")


def message(offset: int, epoch: str = "e") -> Message:
    return Message(str(offset), SENDER, 0, "", "", {}, "", "ops", "lobby", Position(epoch, offset))


def joined(epoch: str, offset: int, recovery: str = "none") -> JoinedChannel:
    return JoinedChannel("ops", "lobby", Position(epoch, offset), recovery, 0)  # type: ignore[arg-type]


class PositionsTest(unittest.TestCase):
    def test_a_message_that_comes_again_is_not_given_again_and_an_untold_hole_is_told(self) -> None:
        positions = Positions()
        self.assertIsNone(positions.joined(joined("e", 3)))
        self.assertEqual(positions.take(message(3)), [])
        self.assertEqual(positions.take(message(4)), [message(4)])
        self.assertEqual(
            positions.take(message(7)), [Skipped("ops", "lobby", "e", 5, 6, "unavailable"), message(7)]
        )

    def test_another_epoch_is_a_hole_of_its_own(self) -> None:
        positions = Positions()
        positions.joined(joined("e", 3))
        self.assertEqual(positions.take(message(1, "f"))[0], Skipped("ops", "lobby", "f", 1, 0, "epoch"))
        positions.take(Skipped("ops", "lobby", "g", 1, 4, "epoch"))
        self.assertEqual(positions.take(message(5, "g")), [message(5, "g")])

    def test_a_channel_that_the_server_knows_nothing_of_is_not_taken_for_unchanged(self) -> None:
        positions = Positions()
        positions.joined(joined("e", 3))
        self.assertEqual(positions.joined(joined("f", 2)), Skipped("ops", "lobby", "f", 1, 2, "epoch"))
        self.assertIsNone(positions.joined(joined("f", 9, "complete")))
        self.assertEqual(len(positions.within("*", "*")), 1)
        positions.forget("ops", "*")
        self.assertEqual(positions.within("ops", "lobby"), [])

    def test_whatever_comes_each_message_is_given_once_and_everything_between_is_told(self) -> None:
        chance = random.Random(7)
        for _ in range(200):
            positions = Positions()
            positions.joined(joined("e", 0))
            at = Position("e", 0)
            for _ in range(30):
                for event in positions.take(message(chance.randint(1, 20), chance.choice("ef"))):
                    if isinstance(event, Skipped):
                        if event.epoch == at.epoch:
                            self.assertEqual(event.first, at.offset + 1)
                        at = Position(event.epoch, event.to)
                    elif isinstance(event, Message):
                        self.assertEqual(event.position, Position(at.epoch, at.offset + 1))
                        at = event.position


class ComingBackTest(unittest.TestCase):
    def test_waits_longer_each_time_up_to_a_bound_and_never_less_than_was_asked(self) -> None:
        waits = [backoff(failures, 0, 1, 0.1, 1) for failures in (0, 1, 2, 5, 10**9)]
        self.assertEqual(waits, [0.1, 0.2, 0.4, 1, 1])
        self.assertEqual(backoff(0, 5, 0, 0.1, 1), 5)

    def test_finds_the_bus_at_an_address_as_a_person_writes_it(self) -> None:
        self.assertEqual(address_of("http://host:1"), "ws://host:1/bus")
        self.assertEqual(address_of("wss://host/x"), "wss://host/x")
        for wrong in ("host:1", "", "ftp://host"):
            with self.assertRaises(ConnectionFailure):
                address_of(wrong)


if __name__ == "__main__":
    unittest.main()
