"""From one agency's month to the resources of many agencies. Every figure comes from `measured.toml` or a constant."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypedDict, cast

from contracts.topics import PARTITIONS
from contracts.vocabulary import Service

MEASURED: Final = Path(__file__).with_name("measured.toml")
WORKDAYS: Final = 21
BUSIEST_HOUR: Final = 0.3
"""The part of a day's sign-ins that falls into its busiest hour: people begin work at the same time."""
HEADROOM: Final = 2.0
"""How much more than the busiest hour processes are sized for: its busiest minute, and a replica that is lost."""
CPU_OF_A_SIGN_IN: Final = 0.012
"""Seconds, half of them in Postgres and half in the five services (docs/adr/0015), one by one. A burst takes less."""
CPU_OF_A_REPLICA: Final = 0.6
"""The CPU at which the chart's autoscaler adds a gateway."""
OWN_CONNECTIONS: Final = 3
"""Of a process beside its pool: two leads, and LISTEN or an operator's command."""
POOL: Final = {service: 10 if service is Service.GATEWAY else 4 for service in Service}
BLOAT: Final = 1.3
"""Tables on a disk against packed ones: dead rows until a vacuum, half-full pages of indexes."""
COPIES: Final = 3
"""Of each record on the bus."""
BUS_DAYS: Final = 7
SWEEP_A_SECOND: Final = 100
"""Subscriptions that the nightly comparison reads a second: a page."""
KEPT: Final = {
    "commands": 90,
    "unnumbered": 7,
    "operations": 7,
    "invitation_lists": 7,
    "invitations": 45,
    "sessions": 15,
    "known_browsers": 90,
    "external_events": 30,
    "feed": 1,
    "login_codes": 1,
    "guesses": 1,
    "rates": 1,
    "quotes": 1,
    "tasks": 0,
    "unsent": 0,
}
"""Days for which rows are kept that are forgotten by age; all others stay."""
MONTH: Final = 30


class Measured(TypedDict):
    """What the command measured, of one agency in a month; of each table the bytes at the opening, and in a month."""

    agencies: int
    sign_ins: int
    messages: float
    bus_bytes: float
    mails: float
    stripe_calls: float
    tables: dict[str, tuple[int, int]]


@cache
def measured() -> Measured:
    """What the command measured."""
    return cast("Measured", tomllib.loads(MEASURED.read_text()))


@dataclass(frozen=True)
class Size:
    """What so many agencies need."""

    agencies: int

    @property
    def sign_ins(self) -> float:
        """Sign-ins a second in the busiest hour."""
        a_day = measured()["sign_ins"] / WORKDAYS
        return self.agencies * a_day * BUSIEST_HOUR / 3600

    @property
    def messages(self) -> float:
        """Records a second on the bus in the busiest hour."""
        return self.sign_ins * measured()["messages"] / measured()["sign_ins"]

    @property
    def replicas(self) -> int:
        """Processes of each service: two at least, and as many as the CPU of the busiest hour needs with headroom."""
        cpu = self.sign_ins * CPU_OF_A_SIGN_IN / 2 / len(Service) * HEADROOM
        return max(2, math.ceil(cpu / CPU_OF_A_REPLICA))

    @property
    def service_cpu(self) -> float:
        """CPUs of the five services in the busiest hour, with headroom, or what the chart requests if that is more."""
        return max(0.1 * 2 * len(Service), self.sign_ins * CPU_OF_A_SIGN_IN / 2 * HEADROOM)

    @property
    def postgres_cpu(self) -> float:
        """CPUs of Postgres, likewise."""
        return max(2.0, self.sign_ins * CPU_OF_A_SIGN_IN / 2 * HEADROOM)

    @property
    def connections(self) -> int:
        """Connections to Postgres, with one more process of each service during an upgrade."""
        return sum((self.replicas + 1) * (POOL[service] + OWN_CONNECTIONS) for service in Service)

    def stored(self, months: int) -> float:
        """Bytes in Postgres so many months after the opening of all agencies."""
        packed = sum(
            opening + month * min(float(months), kept_months(name))
            for name, (opening, month) in measured()["tables"].items()
        )
        return self.agencies * packed * BLOAT

    @property
    def bus(self) -> float:
        """Bytes at the brokers."""
        return self.agencies * measured()["bus_bytes"] * BUS_DAYS / MONTH * COPIES

    @property
    def mails(self) -> int:
        """Mails a month."""
        return round(self.agencies * measured()["mails"])

    @property
    def stripe_calls(self) -> int:
        """Calls to Stripe a month, without the nightly comparison."""
        return round(self.agencies * measured()["stripe_calls"])

    @property
    def sweep(self) -> float:
        """Hours of the nightly comparison."""
        return self.agencies / SWEEP_A_SECOND / 3600

    @property
    def fits_the_partitions(self) -> bool:
        """Whether no service needs more processes than there are partitions."""
        return self.replicas <= PARTITIONS


def kept_months(name: str) -> float:
    """For how many months a row of the table stays; infinite if it is not forgotten by age."""
    return KEPT.get(name.rpartition(".")[2], math.inf) / MONTH
