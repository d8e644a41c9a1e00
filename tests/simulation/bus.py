"""The bus as Kafka is at its worst: partitions, consumer groups of two, sends that are lost, doubled or late."""

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from zlib import crc32

from chassis.records import Outgoing, StoredRecord
from tests.simulation.turns import Crash, seam

PARTITIONS = 2
Place = tuple[str, int]
"""A topic's partition."""


class Bus:
    """Topics with partitions; per service how far it has committed, and which replica has which partition."""

    def __init__(self, rng: Random, mischief: float) -> None:
        self._chance = rng
        self.mischief = mischief
        self.log: dict[Place, list[StoredRecord]] = defaultdict(list)
        self.committed: dict[tuple[str, Place], int] = defaultdict(int)
        self.owner: dict[tuple[str, int], int] = {}
        self.all_taken = True
        """Whether all of the newest send was acknowledged."""
        self.slow: set[tuple[str, str]] = set()
        """Topics that a service is slow to read, for whatever reason: what others tell it overtakes them."""
        self.slowness = 0.9
        """How often a poll brings nothing of a topic that is slow."""
        self.late: list[list[Outgoing]] = []
        """What dead relays had handed over, and what the broker will take yet."""

    async def publish(self, records: Sequence[Outgoing]) -> list[bool]:
        """Acknowledge, or not, partition by partition: after the first that fails of one, the rest of it fails."""
        try:
            await seam("before a send")
        except Crash:
            if self._chance.random() < self.mischief:
                self.late.append(list(records))
            raise
        acknowledged = [True] * len(records)
        for place in sorted({place_of(record) for record in records}):
            indexes = [index for index, record in enumerate(records) if place_of(record) == place]
            lost = taken = len(indexes)
            if self._chance.random() < self.mischief:
                lost = self._chance.randint(0, len(indexes))
                taken = self._chance.randint(lost, len(indexes))
            for nth, index in enumerate(indexes):
                if nth < taken:
                    self._take(records[index])
                acknowledged[index] = nth < lost
        await seam("after a send")
        self.all_taken = all(acknowledged)
        return acknowledged

    async def publish_one(self, record: Outgoing) -> bool:
        """Past the outbox, as the gateway does with Stripe's events."""
        return all(await self.publish([record]))

    def deliver_late(self) -> None:
        """What was under way when its sender died arrives, up to some point of each partition."""
        records = self.late.pop(self._chance.randrange(len(self.late)))
        for place in sorted({place_of(record) for record in records}):
            mine = [record for record in records if place_of(record) == place]
            for record in mine[: self._chance.randint(0, len(mine))]:
                self._take(record)

    def _take(self, record: Outgoing) -> None:
        place = place_of(record)
        log = self.log[place]
        log.append(StoredRecord(*place, len(log), record.key, record.value, tuple(record.headers)))


class Consumer:
    """One replica's ear: reads on from what its group has committed when it began or was given a partition."""

    def __init__(self, bus: Bus, service: str, replica: int, topics: Sequence[str]) -> None:
        self._bus = bus
        self._service = service
        self._replica = replica
        self._topics = topics
        self._at: dict[Place, int] = {}

    def _position(self, place: Place) -> int:
        return self._at.get(place, self._bus.committed[self._service, place])

    def behind(self) -> list[Place]:
        """The partitions of ours that have something new."""
        mine = [number for number in range(PARTITIONS) if self._bus.owner[self._service, number] == self._replica]
        places = [(topic, number) for topic in self._topics for number in mine]
        return [place for place in places if self._position(place) < len(self._bus.log[place])]

    def poll(self, rng: Random, most: int) -> list[StoredRecord]:
        """Some of what is new: topics cross as they like, each partition in order."""
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
        """Commit what was read of the partitions that are ours still."""
        for place, position in self._at.items():
            if self._bus.owner[self._service, place[1]] == self._replica:
                self._bus.committed[self._service, place] = position

    def forget(self, number: int | None = None) -> None:
        """Partitions (or one) are given anew: read on from what is committed."""
        self._at = {} if number is None else {place: at for place, at in self._at.items() if place[1] != number}

    def go_back(self, rng: Random) -> None:
        """Some partition's offset goes back, as one whose commits were lost."""
        places = [place for place in self._at if self._at[place]]
        if places:
            place = rng.choice(places)
            earlier = max(0, self._at[place] - rng.choice((1, 3, 10, 100)))
            self._at[place] = earlier
            self._bus.committed[self._service, place] = min(earlier, self._bus.committed[self._service, place])


def place_of(record: Outgoing) -> Place:
    """Where a record goes: its key decides the partition, the same number in every topic."""
    return record.topic, crc32(record.key) % PARTITIONS
