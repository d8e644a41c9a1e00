"""The job that asks agencies to sign a new version of the BAA, in sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog

from chassis.actor import LocalCommand
from chassis.runtime import ActorRuntime
from contracts.baa import BaaVersion
from contracts.vocabulary import OPERATOR
from database.postgres import connection
from hosting.jobs import Job
from services.members.agencies import request_signature
from services.members.domain.baa_grace import stage_at
from services.members.store import outdated_baas

log = structlog.get_logger(__name__)

_SET: Final = 200
"""Agencies of one transaction."""
_IDLE: Final = 60.0
"""Seconds until the next look, when no agency is due."""
_PAUSE: Final = 1.0
"""Seconds between two sets."""


@dataclass(frozen=True, slots=True)
class SignAgain:
    """Asks the agencies whose signature is under an earlier version than `current`."""

    current: BaaVersion

    def jobs(self) -> tuple[Job, ...]:
        """The job as the chassis runs it."""
        return (Job("request_signatures", self.ask),)

    async def ask(self, runtime: ActorRuntime[Any]) -> float:
        """Ask one set of agencies."""
        stage = stage_at(self.current, runtime.world.clock())
        if stage is None:
            return _IDLE
        async with connection(runtime.pool) as db:
            due = await outdated_baas(db, self.current.version, stage, _SET)
        if not due:
            return _IDLE
        await runtime.execute(_commands(runtime, due))
        log.info("members.signatures_requested", agencies=len(due), status=stage.value)
        return _PAUSE


def _commands(runtime: ActorRuntime[Any], agencies: Sequence[UUID]) -> list[LocalCommand]:
    commands = []
    for agency_id in agencies:
        command_id = runtime.world.new_id()
        commands.append(LocalCommand(agency_id, None, request_signature, OPERATOR, command_id, command_id))
    return commands
