"""The progress of replays that running services publish: a bar for each service, and the time left."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from contracts.vocabulary import Service
from hosting import replay
from services.cli.environment import connected

LOOK_SECONDS = 1.0
GOES_ON = "The replay goes on. `headcount replay --continue` shows it again; with `--rate 0` it pauses it."


async def show_progress(senders: Sequence[Service], console: Console | None = None) -> None:
    """Show how many messages are left until there are none, or until all that are left are paused."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rest]}"))
    with Progress(*columns, console=console) as bars:
        tasks: dict[Service, TaskID] = {}
        try:
            moving = True
            while moving:
                moving = await _look(senders, bars, tasks)
                await asyncio.sleep(LOOK_SECONDS if moving else 0)
        except asyncio.CancelledError:
            bars.console.print(GOES_ON)
            raise


async def _look(senders: Sequence[Service], bars: Progress, tasks: dict[Service, TaskID]) -> bool:
    """Update the bars; return whether anything is still being published."""
    moving = False
    for sender in senders:
        async with connected(sender, patient=True) as db:
            now = await replay.progress(db)
        if sender not in tasks:
            tasks[sender] = bars.add_task(sender.value, total=now.left, rest="")
        total = max(bars.tasks[tasks[sender]].total or 0, now.left)
        bars.update(tasks[sender], total=total, completed=total - now.left, rest=rest_of(now))
        moving = moving or bool(now.left and now.a_second)
    return moving


def rest_of(now: replay.Progress) -> str:
    """The rest of a replay, for a person."""
    if not now.left:
        return "done"
    if not now.a_second:
        return "paused"
    seconds = timedelta(seconds=-(-now.left // now.a_second))
    return f"at least {seconds} left at {now.a_second:,} a second"
