"""A newer version of the BAA, as a release brings it: members and the gateway run on with it, on the same database."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from contracts.baa import BaaVersion
from contracts.vocabulary import Service
from database.postgres import connect
from services.gateway import app as gateway
from services.gateway.application.agreements import BaaTexts
from services.members import app as members
from tests.support.journey import Journey
from tests.support.keys import TRUST
from tests.support.one_service import OneService

NEWER = "2099-01"


def release(journey: Journey) -> BaaVersion:
    """Run members with a newer version, which is asked for from now on."""
    newer = BaaVersion(NEWER, journey.clock())
    old = journey.services[Service.MEMBERS]
    definition = members.definition(frozenset({"gmail.com"}), newer)
    journey.services[Service.MEMBERS] = OneService(definition, old.pool, old.dsn, journey.clock, TRUST)
    return newer


async def ask(journey: Journey) -> None:
    """Run the job of members that asks for signatures, until nobody is left to be asked, and drain."""
    runtime = journey.services[Service.MEMBERS].runtime
    for job in runtime.definition.jobs:
        while await job.run(runtime) < 60:
            pass
    await journey.drain()


@asynccontextmanager
async def newer_baa(journey: Journey, folder: Path) -> AsyncIterator[BaaVersion]:
    """Run members and the gateway with a newer version; `folder` is for the texts. Browsers from before see the old."""
    shutil.copytree(BaaTexts().folder, folder, dirs_exist_ok=True)
    (folder / f"baa-{NEWER}.md").write_text("# Business Associate Agreement\n\nThe newer text.\n", "utf-8")
    serving = journey.services[Service.GATEWAY]
    journey.http = gateway.build_http(
        serving.runtime,
        journey.http.gateway.settings,
        publish=journey.publish,
        stalled=lambda: 0.0,
        listen=lambda: connect(serving.dsn, Service.GATEWAY),
        baa=BaaTexts(NEWER, folder),
    )
    listener = journey.http.gateway.listener
    listening = asyncio.create_task(listener.run())
    await listener.listening.wait()
    try:
        yield release(journey)
    finally:
        listener.close()
        await listening
