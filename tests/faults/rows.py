"""The faults by name: the rows of the table."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from contracts.vocabulary import Service
from tests.faults import flood, history, inflict
from tests.faults.fleet import Fleet


@dataclass(frozen=True)
class Fault:
    """A fault, one row of the table."""

    name: str
    inflict: Callable[[Fleet], Coroutine[Any, Any, str | None]]
    """What it returns is printed."""
    prepare: Callable[[Fleet], Coroutine[Any, Any, None]] | None = None
    """Runs before the witnesses come: what it takes is not part of the time to recover."""
    floods: bool = False
    """Whether it needs the agency that is flooded."""


SHORT = (
    Fault("SIGKILL of a replica of each", inflict.kill_one_of_each),
    Fault("SIGKILL of a relay's leader", inflict.kill_leader),
    Fault("SIGKILL of Kafka", inflict.kill_kafka),
    Fault("SIGKILL of Postgres", inflict.kill_postgres),
    Fault("A replica of each leaves and returns", inflict.rebalance),
    Fault("SIGSTOP of a members replica for 9 s", partial(inflict.freeze, Service.MEMBERS)),
    Fault("Postgres: disk full (53100) for 6 s", inflict.fill_disk),
    Fault("Postgres read-only for 3 s", inflict.demote_postgres),
    Fault("Compression of the topics changed", inflict.change_compression),
    Fault("The broker refuses a record", inflict.refuse_record),
    Fault("Everything published again, beside the people", inflict.replay),
)
"""Kinds of fault that take little time; the loss of the bus follows at rest."""
FAULTS = (
    *(Fault(f"SIGKILL of a {service} replica", partial(inflict.kill_service, service)) for service in Service),
    Fault("SIGKILL of a relay's leader", inflict.kill_leader),
    Fault("SIGKILL of Kafka", inflict.kill_kafka),
    Fault("SIGKILL of Postgres", inflict.kill_postgres),
    Fault("A replica of each leaves and returns", inflict.rebalance),
    *(Fault(f"SIGSTOP of a {service} replica for 9 s", partial(inflict.freeze, service)) for service in Service),
    *(
        Fault(
            f"The machine of the leader of {service} lost for 20 s",
            partial(inflict.lose_leader, service),
            partial(inflict.let_second_lead, service),
        )
        for service in Service
    ),
    Fault("Postgres: disk full (53100) for 6 s", inflict.fill_disk),
    Fault("Postgres read-only for 3 s", inflict.demote_postgres),
    Fault("Compression of the topics changed", inflict.change_compression),
    *(
        Fault(f"Records deleted before {service} reads them", partial(inflict.delete_unread, service))
        for service in (Service.MEMBERS, Service.SEATS, Service.GATEWAY)
    ),
    Fault("The broker refuses a record", inflict.refuse_record),
    Fault("Every replica restarted in turn", inflict.roll),
    Fault(
        f"seats frozen for 9 s under one agency's {flood.PEOPLE:,} logins",
        partial(inflict.freeze_under_flood, Service.SEATS),
        flood.sign_up,
        floods=True,
    ),
    Fault("The broker refuses most records for 20 s", inflict.refuse_most_records),
    Fault("A topic deleted and made again", partial(inflict.delete_topic, "seats.events")),
    Fault("Everything published again, beside the people", inflict.replay),
    Fault("SIGKILL of Postgres while everything is published again", inflict.kill_postgres_under_replay),
    Fault("The bus's data deleted, replay", inflict.lose_bus),
)
SLOW = (
    Fault(
        f"Stripe answers in 15 s, {flood.PEOPLE:,} logins of one agency wait",
        inflict.wait_for_stripe,
        flood.sign_up,
        floods=True,
    ),
    Fault(
        f"Every replica restarted while {flood.PEOPLE:,} wait for Stripe",
        inflict.roll_under_purchase,
        flood.sign_up,
        floods=True,
    ),
)
"""Faults that a run has alone: `--line`."""
LONG = (Fault(f"{history.MESSAGES:,} messages published again, beside the people", inflict.replay, history.lengthen),)
"""A replay that takes its time: `--long`."""
FAST = (Fault("SIGKILL of a replica of each, one of two clocks 10 minutes ahead", inflict.kill_one_of_each),)
"""A fault of machines that disagree about the time: `--fast`."""
SECURED = (Fault("SIGKILL of Kafka, with SASL and TLS", inflict.kill_kafka),)
"""Faults of a broker that lets in only whom it knows: `--secured`."""
UPGRADE = (
    Fault("SIGKILL of a replica of each", inflict.kill_one_of_each),
    Fault("SIGKILL of a relay's leader", inflict.kill_leader),
    Fault("A replica of each leaves and returns", inflict.rebalance),
)
"""Faults that hand work from one release to the other: `--beside`."""
CLUSTER = (Fault("SIGKILL of one broker of three for 20 s", inflict.kill_broker),)
"""Faults of a cluster of brokers."""
