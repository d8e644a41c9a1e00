"""The relay of a simulated process: the product's own. The seed decides who leads, and when a round runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chassis.outbox import Row
from chassis.relay import Relay
from contracts.vocabulary import Service
from database.postgres import Db
from tests.support.clock import HandClock


class SimulatedRelay(Relay):
    """A relay that rests until a turn runs a round of it."""

    def __init__(
        self,
        service: Service,
        clock: HandClock,
        leading: Callable[[], SimulatedRelay],
        woken: Callable[[], None],
    ) -> None:
        """`leading` returns the relay of the service that leads, and `woken` is called when this one has work."""
        super().__init__(service, _no_connection, lambda: clock().timestamp())
        self._leading, self._has_work = leading, woken

    @property
    def leads(self) -> bool:
        """Whether the seed has given the lead to this process."""
        return self._leading() is self

    def wake(self) -> None:
        """Have the next round look into the outbox."""
        super().wake()
        self._has_work()

    def offer(self, rows: Sequence[Row]) -> None:
        """Take what this process has committed; if another leads, Postgres notifies it."""
        super().offer(rows)
        self._has_work()
        if not self.leads:
            self._leading().notified("")


async def _no_connection() -> Db:
    raise NotImplementedError("a round is given its connection")
