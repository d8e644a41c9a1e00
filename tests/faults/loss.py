"""Loses the bus at rest and replays it, then the gateway's schema: every row must be the same afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping

from contracts.vocabulary import Service
from tests.faults.fleet import Fleet
from tests.support.rebuilt import rebuildable_rows
from tests.support.rows import TableRows, changes, read_rows

BESIDES: Mapping[str, str] = {
    "billing.drift": "the position of billing's own jobs, which go on meanwhile",
    "gateway.activity_seals": "sealed each minute, whatever else happens; test_replay compares the chains",
    "gateway.activity_sealing": "how far the job of the seals has looked",
    "gateway.rates": "requests of the last hour, counted",
    "gateway.sessions.last_seen_at": "kept in memory and written every two minutes, whatever else happens",
    **{f"{service}.leases": "the replicas that lead, and until when" for service in Service},
    **{f"{service}.heads_round": "whose numbers are compared next" for service in Service},
    **{f"{service}.operator_commands": "what operators did here, the replay itself among it" for service in Service},
    **{f"{service}.gaps": "noted and forgotten from one comparison to the next" for service in Service},
    **{f"{service}.replay_rate": "the rate of the last replay" for service in Service},
}
"""Tables and columns that change while nothing happens, with the reason."""
REST_SECONDS = 600.0
WAIT_SECONDS = 120.0


def _comparable(rows: TableRows) -> TableRows:
    others = {name: texts for name, texts in rows.items() if not name.startswith("gateway.")}
    return others | rebuildable_rows(rows)


class LossCheck:
    """Loses the data, and compares the rows before and after."""

    def __init__(self, fleet: Fleet, report: Callable[[str], None]) -> None:
        self._fleet = fleet
        self._report = report
        self.lines: list[str] = []
        self.same = True

    async def bus(self) -> None:
        """Delete the bus's data and replay."""
        before, outside = await self._rows(), await self._outside()
        self._report(
            f"losing the bus; {sum(map(len, before.values()))} rows in {len(before)} tables must stay the same"
        )
        await self._fleet.lose_bus()
        await self._fleet.rest(REST_SECONDS)
        self._compare("the bus", before, await self._rows(), outside, await self._outside())

    async def gateway(self) -> None:
        """Drop the gateway's schema and rebuild it."""
        before, outside = await self._rows(), await self._outside()
        self._report("dropping the gateway's schema")
        await self._fleet.lose_gateway()
        await self._fleet.rest(REST_SECONDS)
        after = await self._rows()
        self._compare("the gateway's schema", _comparable(before), _comparable(after), outside, await self._outside())

    async def _rows(self) -> TableRows:
        """Return all rows, after billing has compared Stripe's list of events with the events that it received."""
        newest = (await self._fleet.stripe("/v1/events", limit=1))["data"][0]["id"]
        async with self._fleet.db() as db:
            async with asyncio.timeout(WAIT_SECONDS):
                while await db.fetchval("SELECT last_event FROM billing.drift") != newest:
                    await asyncio.sleep(0.2)
            return await read_rows(db, besides=BESIDES)

    async def _outside(self) -> tuple[int, int]:
        """Return the number of mails, and of writes at Stripe."""
        log = (await self._fleet.stripe("/_control/requests"))["data"]
        return len(self._fleet.sink.mails), sum(request["method"] == "POST" for request in log)

    def _compare(
        self, what: str, before: TableRows, after: TableRows, outside: Collection[int], outside_after: Collection[int]
    ) -> None:
        differences = changes(before, after)
        self.same = self.same and not differences and outside == outside_after
        rows = sum(map(len, before.values()))
        self.lines.append(
            f"After {what} was lost and replayed: {rows} rows of {len(before)} tables compared,"
            f" {sum(len(gone) + len(new) for gone, new in differences.values())} differ; mails and writes at Stripe"
            f" {tuple(outside)} before, {tuple(outside_after)} after."
        )
        for name, (gone, new) in differences.items():
            self.lines += [f"  {name}: {len(gone)} gone, {len(new)} new, such as {(gone or new)[0]}"]
