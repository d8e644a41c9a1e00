"""The faults, a function each: it breaks something of a running fleet and puts right what does not come by itself."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from contracts.vocabulary import Service
from tests.faults import disk
from tests.faults.fleet import Fleet, Replica

AWAY_SECONDS = 3.0
"""How long somebody who was killed stays away."""
FROZEN_SECONDS = 9.0
"""Longer than the session of 6 seconds that the fleet's consumers have."""
FULL_SECONDS = 6.0
_turn = itertools.count()


@dataclass(frozen=True)
class Fault:
    """What a line of the table is about."""

    name: str
    inflict: Callable[[Fleet], Coroutine[Any, Any, None]]


async def _killed(replica: Replica) -> None:
    await replica.program.kill()
    await asyncio.sleep(AWAY_SECONDS)
    replica.program.start()


async def kill_service(service: Service, fleet: Fleet) -> None:
    """One of its replicas, by turns."""
    await _killed(fleet.of(service)[next(_turn) % 2])


async def kill_one_of_each(fleet: Fleet) -> None:
    """A replica of every service at once."""
    await asyncio.gather(*(kill_service(service, fleet) for service in Service))


async def kill_leader(fleet: Fleet) -> None:
    """The replica whose relay leads, of another service each time; a standby waits."""
    await _killed(await fleet.relay_leader(list(Service)[next(_turn) % len(Service)]))


async def kill_kafka(fleet: Fleet) -> None:
    """The broker."""
    await fleet.world.kafka.kill()
    await asyncio.sleep(AWAY_SECONDS)
    await fleet.world.kafka.restart()


async def kill_postgres(fleet: Fleet) -> None:
    """The database."""
    await fleet.world.postgres.kill()
    await asyncio.sleep(AWAY_SECONDS)
    await fleet.world.postgres.restart()


async def rebalance(fleet: Fleet) -> None:
    """One replica of each service leaves in order and comes back: partitions move twice."""
    leaving = [fleet.of(service)[next(_turn) % 2] for service in Service]
    await asyncio.gather(*(replica.program.stop() for replica in leaving))
    for replica in leaving:
        replica.program.start()
    await asyncio.gather(*(replica.ready() for replica in leaving))


async def freeze(service: Service, fleet: Fleet) -> None:
    """A replica stands still for longer than its session, and then goes on as if nothing had been."""
    replica = fleet.of(service)[next(_turn) % 2]
    replica.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(FROZEN_SECONDS)
    finally:
        replica.signal(signal.SIGCONT)


async def fill_disk(fleet: Fleet) -> None:
    """Postgres refuses what wants room."""
    await disk.fill(fleet)
    try:
        await asyncio.sleep(FULL_SECONDS)
    finally:
        await disk.clear(fleet)


async def lose_bus(fleet: Fleet) -> None:
    """All that Kafka holds is gone, and is replayed."""
    await fleet.lose_bus()


SHORT = (
    Fault("SIGKILL of a replica of each", kill_one_of_each),
    Fault("SIGKILL of a relay's leader", kill_leader),
    Fault("SIGKILL of Kafka", kill_kafka),
    Fault("SIGKILL of Postgres", kill_postgres),
    Fault("A replica of each leaves and returns", rebalance),
    Fault("SIGSTOP of a members replica for 9 s", partial(freeze, Service.MEMBERS)),
    Fault("Postgres: disk full (53100) for 6 s", fill_disk),
)
"""Each kind of fault once; that the bus is lost follows when all is at rest."""
FAULTS = (
    *(Fault(f"SIGKILL of a {service} replica", partial(kill_service, service)) for service in Service),
    Fault("SIGKILL of a relay's leader", kill_leader),
    Fault("SIGKILL of Kafka", kill_kafka),
    Fault("SIGKILL of Postgres", kill_postgres),
    Fault("A replica of each leaves and returns", rebalance),
    *(Fault(f"SIGSTOP of a {service} replica for 9 s", partial(freeze, service)) for service in Service),
    Fault("Postgres: disk full (53100) for 6 s", fill_disk),
    Fault("The bus's data deleted, replay", lose_bus),
)
