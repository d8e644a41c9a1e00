"""The time of `POST /login-codes` for a known and for an unknown address, which must not differ."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from random import Random

from bench.clinic import Clinic
from bench.http import Connection


@dataclass(frozen=True, slots=True)
class CodeTimes:
    """Seconds of each request, by whether the address is known."""

    known: tuple[float, ...]
    unknown: tuple[float, ...]

    @property
    def likelihood(self) -> float:
        """The likelihood that a known address took longer than an unknown one; 0.5 reveals nothing."""
        ranked = sorted(self.unknown)
        wins = sum((bisect_left(ranked, score) + bisect_right(ranked, score)) / 2 for score in self.known)
        return wins / len(self.known) / len(self.unknown)


async def measure(clinic: Clinic, each: int) -> CodeTimes:
    """Request codes for as many known as unknown addresses, in a drawn order, each from a new browser."""
    rng = Random(1)
    known = [email for _, email in await clinic.pending(each)]
    domain = known[0].rpartition("@")[2]
    unknown = [f"nobody-{number}@{domain}" for number in range(each)]
    addresses = [(email, True) for email in known] + [(email, False) for email in unknown]
    rng.shuffle(addresses)
    connection = await Connection.to(clinic.world.gateway)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for email, is_known in addresses:
        connection.forget()
        began = time.perf_counter()
        await connection.request("POST", "/login-codes", {"email": email}, expected=202)
        seconds[is_known].append(time.perf_counter() - began)
    connection.close()
    return CodeTimes(tuple(seconds[True]), tuple(seconds[False]))
