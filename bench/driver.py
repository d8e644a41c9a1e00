"""Puts commands on Kafka, at once or at a steady rate, and measures when each gets its outcome."""

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
    """The result of one run."""

    seconds: float
    """Seconds from the first command's publishing to the last outcome's arrival."""
    latencies: tuple[float, ...]
    """Seconds from the moment a command was due to its outcome's arrival, in the order of sending."""

    def rate(self) -> float:
        """Commands per second over the whole run."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that this share of the commands did not exceed, in seconds."""
        ranked = sorted(self.latencies)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


class Driver:
    """Sends commands as the gateway's relay does: `acks=all`, idempotent."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        await self._producer.stop()

    async def burst(self, commands: Sequence[Ready], arrivals: Arrivals) -> Run:
        """Send all commands at once, as fast as the broker takes them."""
        return await self._send(commands, arrivals, 0.0)

    async def steady(self, commands: Sequence[Ready], arrivals: Arrivals, per_second: float) -> Run:
        """Send commands at a fixed rate, whether or not earlier ones have their outcomes.

        A command's latency counts from when it was due, so a stall of the driver hides no latency.
        """
        return await self._send(commands, arrivals, 1 / per_second)

    async def _send(self, commands: Sequence[Ready], arrivals: Arrivals, pause: float) -> Run:
        arrivals.expect([command.id for command in commands])
        began = time.perf_counter()
        sent_at: list[float] = []
        acknowledged = []
        for number, command in enumerate(commands):
            due = began + number * pause
            if pause and (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            sent_at.append(due if pause else time.perf_counter())
            acknowledged.append(
                await self._producer.send(command.topic, command.value, command.key, headers=command.headers),
            )
        await asyncio.gather(*acknowledged)
        await arrivals.all_in()
        latencies = tuple(arrivals.at[command.id.hex] - at for command, at in zip(commands, sent_at, strict=True))
        return Run(max(arrivals.at.values()) - began, latencies)
