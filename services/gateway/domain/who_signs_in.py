"""One address may belong to several agencies: then the person chooses, and a removed member is nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from contracts.vocabulary import MemberStatus

FIRST = frozenset({MemberStatus.PENDING_LOGIN, MemberStatus.INVITED})
"""Who has never got in: their sign-in is a first login."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member that this address could sign in as."""

    member_id: UUID
    agency_id: UUID
    agency_name: str
    agency_domain: str
    status: MemberStatus
    email: str


@dataclass(frozen=True, slots=True)
class Person:
    """It is this member."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Several:
    """It could be any of these; the person says which agency."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Nobody:
    """The address is no member's (or not of the agency that was named)."""


def who(candidates: Sequence[Candidate], agency_id: UUID | None) -> Person | Several | Nobody:
    """Who signs in with this address, into the named agency or the only one."""
    standing = [
        one
        for one in candidates
        if one.status is not MemberStatus.REMOVED and (agency_id is None or one.agency_id == agency_id)
    ]
    match standing:
        case []:
            return Nobody()
        case [only]:
            return Person(only)
        case _:
            return Several(tuple(sorted(standing, key=lambda one: (one.agency_name, one.agency_domain))))


def member_in(agency_id: UUID, who_it_is: Person | Several | Nobody) -> UUID | None:
    """Which member of this agency it is, or could be; None when nobody there has the address."""
    match who_it_is:
        case Person(candidate):
            standing: tuple[Candidate, ...] = (candidate,)
        case Several(candidates):
            standing = candidates
        case Nobody():
            standing = ()
        case never:
            assert_never(never)
    return next((one.member_id for one in standing if one.agency_id == agency_id), None)


def is_first_login(who_it_is: Person | Several | Nobody) -> bool:
    """Whether a wrong code counts against first logins. An unknown address does, so that nothing tells it apart."""
    match who_it_is:
        case Person(candidate):
            return candidate.status in FIRST
        case Several(candidates):
            return any(one.status in FIRST for one in candidates)
        case Nobody():
            return True
        case never:
            assert_never(never)
