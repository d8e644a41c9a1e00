"""The bus as Kafka is at its worst: partitions, consumer groups of two, and sends that are lost, doubled or late."""

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from zlib import crc32

from contracts.topics import RESENDS, STRIPE_EVENTS
from tests.simulation.turns import Crash, seam
from transport.records import Outgoing, StoredRecord

PARTITIONS = 2
_NOT_PUBLISHED_AGAIN = ("seats.replies", "billing.replies", STRIPE_EVENTS, RESENDS)
REFUSED = "MessageSizeTooLargeError"
"""What the producer answers for a record that the broker refuses."""
Place = tuple[str, int]
"""A topic and the number of its partition."""


class Bus:
    """Topics with partitions, each service's committed offsets, and the replica that owns each partition."""

    def __init__(self, rng: Random, fault_rate: float) -> None:
        self._rng = rng
        self.fault_rate = fault_rate
        self.log: dict[Place, list[StoredRecord]] = defaultdict(list)
        self.committed: dict[tuple[str, Place], int] = defaultdict(int)
        self.begins: dict[Place, int] = {}
        """The first offset of a partition that is not deleted."""
        self.owner: dict[tuple[str, int], int] = {}
        self.all_acknowledged = True
        """Whether the newest send was acknowledged in full."""
        self.slow: set[tuple[str, str]] = set()
        """Topics that a service is slow to read, so that messages of other topics overtake theirs."""
        self.slowness = 0.9
        """How often a poll brings nothing of a slow topic."""
        self.away = False
        """Whether the broker takes nothing, and acknowledges nothing."""
        self.most_bytes: int | None = None
        """The size above which the broker refuses a command or an event; None if it takes all that are published."""
        self.late: list[list[Outgoing]] = []
        """Sends of dead relays, which the broker may still take."""

    async def publish(self, records: Sequence[Outgoing]) -> list[bool | str]:
        """Acknowledge per partition: after the first record that fails, the rest of its partition fails.

        A record that is too large is refused alone, as the producer finds it.
        """
        try:
            await seam("before a send")
        except Crash:
            if self._rng.random() < self.fault_rate:
                self.late.append(list(records))
            raise
        acknowledged: list[bool | str] = [REFUSED if self._is_too_large(record) else True for record in records]
        for place in sorted({place_of(record) for record in records}):
            indexes = [
                index
                for index, record in enumerate(records)
                if place_of(record) == place and acknowledged[index] is True
            ]
            acknowledged_count = taken_count = len(indexes)
            if self.away:
                acknowledged_count = taken_count = 0
            elif self._rng.random() < self.fault_rate:
                acknowledged_count = self._rng.randint(0, len(indexes))
                taken_count = self._rng.randint(acknowledged_count, len(indexes))
            for nth, index in enumerate(indexes):
                if nth < taken_count:
                    self._take(records[index])
                acknowledged[index] = nth < acknowledged_count
        await seam("after a send")
        # What is refused waits until somebody has raised the limit.
        self.all_acknowledged = all(acknowledged)
        return acknowledged

    async def publish_one(self, record: Outgoing) -> bool:
        """Put a record on the bus past the outbox, as the gateway does with Stripe's events."""
        return (await self.publish([record]))[0] is True

    def _is_too_large(self, record: Outgoing) -> bool:
        return self.most_bytes is not None and _is_numbered(record.topic) and len(record.value or b"") > self.most_bytes

    def lower_limit(self, rng: Random) -> None:
        """Have the broker refuse what is larger than a drawn record that it has taken."""
        sizes = sorted(
            len(record.value or b"") for place, log in self.log.items() for record in log if _is_numbered(place[0])
        )
        self.most_bytes = rng.choice(sizes) if sizes else 0

    def deliver_late(self) -> None:
        """Deliver the records of a dead relay, up to a drawn point of each partition."""
        records = self.late.pop(self._rng.randrange(len(self.late)))
        for place in sorted({place_of(record) for record in records}):
            mine = [record for record in records if place_of(record) == place]
            for record in mine[: self._rng.randint(0, len(mine))]:
                self._take(record)

    def delete(self, rng: Random) -> Place | None:
        """Delete the records of a partition up to a drawn point, as retention does; nobody can read them any more.

        Only commands and events are deleted: their sender publishes them again.
        """
        places = [place for place in sorted(self.log) if _is_numbered(place[0]) and self.log[place]]
        if not places:
            return None
        place = rng.choice(places)
        self.begins[place] = rng.randint(self.begins.get(place, 0), len(self.log[place]))
        return place

    def _take(self, record: Outgoing) -> None:
        place = place_of(record)
        log = self.log[place]
        log.append(StoredRecord(*place, len(log), record.key, record.value, tuple(record.headers)))


class Consumer:
    """One replica's consumer: reads on from its group's committed offset after a start or a new assignment."""

    def __init__(self, bus: Bus, service: str, replica: int, topics: Sequence[str]) -> None:
        self._bus = bus
        self._service = service
        self._replica = replica
        self._topics = topics
        self._at: dict[Place, int] = {}

    def _position(self, place: Place) -> int:
        return max(self._bus.begins.get(place, 0), self._at.get(place, self._bus.committed[self._service, place]))

    def behind(self) -> list[Place]:
        """Return this replica's partitions that have new records."""
        mine = [number for number in range(PARTITIONS) if self._bus.owner[self._service, number] == self._replica]
        places = [(topic, number) for topic in self._topics for number in mine]
        return [place for place in places if self._position(place) < len(self._bus.log[place])]

    def poll(self, rng: Random, most: int) -> list[StoredRecord]:
        """Return some of the new records: topics interleave at random, each partition keeps its order."""
        batch: list[StoredRecord] = []
        slow = {topic for service, topic in self._bus.slow if service == self._service}
        slow = {topic for topic in sorted(slow) if rng.random() < self._bus.slowness}
        while len(batch) < most and (places := [place for place in self.behind() if place[0] not in slow]):
            place = rng.choice(places)
            start = self._position(place)
            records = self._bus.log[place][start : start + rng.randint(1, most - len(batch))]
            batch += records
            self._at[place] = start + len(records)
            if rng.random() < 0.15:
                break
        return batch

    def commit(self) -> None:
        """Commit the offsets of the partitions that this replica still owns."""
        for place, position in self._at.items():
            if self._bus.owner[self._service, place[1]] == self._replica:
                self._bus.committed[self._service, place] = position

    def forget(self, number: int | None = None) -> None:
        """Forget the positions of all partitions, or of one, and read on from the committed offsets."""
        self._at = {} if number is None else {place: at for place, at in self._at.items() if place[1] != number}

    def rewind(self, rng: Random) -> None:
        """Set a partition's offset back, as if commits had been lost."""
        places = [place for place in self._at if self._at[place]]
        if places:
            place = rng.choice(places)
            earlier = max(0, self._at[place] - rng.choice((1, 3, 10, 100)))
            self._at[place] = earlier
            self._bus.committed[self._service, place] = min(earlier, self._bus.committed[self._service, place])


def _is_numbered(topic: str) -> bool:
    """Whether the messages of a topic are commands or events, whose sender publishes them again."""
    return topic.endswith((".commands", ".events")) and topic != STRIPE_EVENTS


def place_of(record: Outgoing) -> Place:
    """Return the record's partition. The key decides the number, which is the same in every topic."""
    return record.topic, crc32(record.key) % PARTITIONS
