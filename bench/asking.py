"""How long `POST /login-codes` takes for an address that somebody has and for one that nobody has: it may not tell."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from random import Random

from bench.clinic import Clinic
from bench.http import Connection


@dataclass(frozen=True, slots=True)
class Asked:
    """Seconds of each request, by whether anybody has the address."""

    known: tuple[float, ...]
    unknown: tuple[float, ...]

    @property
    def told_apart(self) -> float:
        """How likely a request for a known address took longer than one for an unknown: 0.5 tells nothing."""
        ranked = sorted(self.unknown)
        wins = sum((bisect_left(ranked, score) + bisect_right(ranked, score)) / 2 for score in self.known)
        return wins / len(self.known) / len(self.unknown)


async def ask(clinic: Clinic, each: int) -> Asked:
    """As many requests for known as for unknown addresses, in a drawn order, each from a browser that is new here."""
    rng = Random(1)
    known = [email for _, email in await clinic.pending(each)]
    domain = known[0].rpartition("@")[2]
    unknown = [f"nobody-{number}@{domain}" for number in range(each)]
    asking = [(email, True) for email in known] + [(email, False) for email in unknown]
    rng.shuffle(asking)
    connection = await Connection.to(clinic.world.gateway)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for email, is_known in asking:
        connection.forget()
        began = time.perf_counter()
        await connection.ask("POST", "/login-codes", {"email": email}, wants=202)
        seconds[is_known].append(time.perf_counter() - began)
    connection.close()
    return Asked(tuple(seconds[True]), tuple(seconds[False]))
