"""The job that forgets quotes: a quote is no promise any more once it has expired."""

from __future__ import annotations

from typing import Any, Final

from chassis.runtime import ActorRuntime
from database.postgres import transaction
from hosting.jobs import Job
from services.billing.store_quotes import forget_expired

_EVERY: Final = 3600.0
_PIECE: Final = 5000
_PAUSE: Final = 1.0


async def forget_old_quotes(runtime: ActorRuntime[Any]) -> float:
    """Forget a piece of the quotes that expired, or were requested without an answer, more than a day ago."""
    async with transaction(runtime.pool) as db:
        forgotten = await forget_expired(db, runtime.world.clock(), _PIECE)
    return _PAUSE if forgotten == _PIECE else _EVERY


FORGET_QUOTES: Final = Job("forget_quotes", forget_old_quotes)
