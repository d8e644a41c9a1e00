"""Puts commands on Kafka, all at once or at a steady rate, and says when each of them got its outcome."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from aiokafka import AIOKafkaProducer

from bench.arrivals import Arrivals
from contracts.envelope import Headers


@dataclass(frozen=True, slots=True)
class Ready:
    """A command, encoded before the clock starts."""

    id: UUID
    topic: str
    key: bytes
    value: bytes
    headers: Headers


@dataclass(frozen=True, slots=True)
class Run:
    """What one run has shown."""

    seconds: float
    """From the first command's publishing to the last outcome's arrival."""
    latencies: tuple[float, ...]
    """Seconds from the moment a command was due to be published to its outcome's arrival, in the order of giving."""

    def rate(self) -> float:
        """Commands a second, over all."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that this share of the commands did not exceed, in seconds."""
        ranked = sorted(self.latencies)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


class Driver:
    """Gives commands as the gateway's relay would: `acks=all`, idempotent."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        await self._producer.stop()

    async def burst(self, orders: Sequence[Ready], arrivals: Arrivals) -> Run:
        """All at once, as fast as the broker takes them."""
        return await self._give(orders, arrivals, 0.0)

    async def steady(self, orders: Sequence[Ready], arrivals: Arrivals, per_second: float) -> Run:
        """One every so often, whatever became of those before.

        A command's latency counts from when it was due, so that a stall of ours delays nobody's clock.
        """
        return await self._give(orders, arrivals, 1 / per_second)

    async def _give(self, orders: Sequence[Ready], arrivals: Arrivals, pause: float) -> Run:
        arrivals.expect([order.id for order in orders])
        began = time.perf_counter()
        given: list[float] = []
        acknowledged = []
        for number, order in enumerate(orders):
            due = began + number * pause
            if pause and (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            given.append(due if pause else time.perf_counter())
            acknowledged.append(
                await self._producer.send(order.topic, order.value, order.key, headers=order.headers),
            )
        await asyncio.gather(*acknowledged)
        await arrivals.all_in()
        latencies = tuple(arrivals.at[order.id.hex] - at for order, at in zip(orders, given, strict=True))
        return Run(max(arrivals.at.values()) - began, latencies)
