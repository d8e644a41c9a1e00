"""Which services have work in their tables: one statement for all, where three for each would mostly find nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contracts.vocabulary import Service
from database.postgres import Db


@dataclass(frozen=True)
class Work:
    """What a service has to do: messages to send, and tasks that are due. A task may still wait for an earlier one."""

    unsent: bool
    due: bool


async def work_of(db: Db, services: Iterable[Service], now: datetime) -> dict[Service, Work]:
    """The work of each service at this time. `db` is a superuser's connection, which reads every schema."""
    rows = await db.fetch(
        " UNION ALL ".join(
            f"SELECT '{service}', EXISTS (SELECT FROM {service}.unsent), "
            f"EXISTS (SELECT FROM {service}.tasks WHERE run_at <= $1 AND (leased_until IS NULL OR leased_until <= $1))"
            for service in services
        ),
        now,
    )
    return {Service(service): Work(unsent, due) for service, unsent, due in rows}
