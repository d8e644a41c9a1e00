"""`make scale`: measure an agency's month on a real Postgres, and write `measured.toml` and the tables of the pages."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping

from rich.console import Console

from deploy.local import assets
from tests.scale.arithmetic import MEASURED
from tests.scale.month import SIGN_INS, live_a_month, open_agencies
from tests.scale.page import write_pages
from tests.scale.sizes import grown, sizes
from tests.support.databases import Databases
from tests.support.journey import Journey, journey_on
from tests.support.migrated import migrate_all
from tests.support.servers import temporary_postgres


async def measure(agencies: int, console: Console) -> None:
    """Measure with so many agencies, and write the figures of one."""
    await assets.prepare()
    async with temporary_postgres("scale") as postgres:
        databases = Databases(postgres.url)
        database = await databases.fresh(await databases.template("services", migrate_all))
        empty = await sizes(database)
        async with journey_on(database) as journey:
            console.print(f"{agencies} agencies open ...")
            made = await open_agencies(journey, agencies)
            opened = await sizes(database)
            before = await counted(journey)
            console.print("A month passes ...")
            await live_a_month(journey, made)
            after = await counted(journey)
            lived = await sizes(database)
        await databases.close()
    opening, month = grown(empty, opened, agencies), grown(opened, lived, agencies)
    people = sum(len(agency.people) for agency in made) / agencies
    figures = {name: round((after[name] - before[name]) / agencies, 1) for name in after}
    MEASURED.write_text(
        f"# Written by `make scale`, from {agencies} agencies of {people:.0f} people: of one agency, in a month.\n"
        f"agencies = {agencies}\nsign_ins = {round(people * SIGN_INS)}\n"
        + "".join(f"{name} = {value}\n" for name, value in figures.items())
        + "\n# Bytes, packed, with indexes: at the opening with everybody in, and more of them in a month.\n[tables]\n"
        + "".join(f'"{name}" = [{opening[name]}, {month[name]}]\n' for name in sorted(month))
    )


async def counted(journey: Journey) -> Mapping[str, float]:
    """What has happened so far."""
    records = [record for log in journey.bus.log.values() for record in log]
    return {
        "messages": len(records),
        "bus_bytes": sum(
            len(record.value or b"") + sum(len(name) + len(value or b"") for name, value in record.headers)
            for record in records
        ),
        "mails": len(journey.letterbox.mails),
        "stripe_calls": len(await journey.stripe.control_log()),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agencies", type=int, default=12)
    parser.add_argument("--pages-only", action="store_true", help="Write the pages from what was measured before.")
    given = parser.parse_args()
    if not given.pages_only:
        asyncio.run(measure(given.agencies, Console()))
    write_pages()
