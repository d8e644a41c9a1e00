"""At the first login, the pick of the person who proves the address replaces the details of the Pending login.

A sign-up proves nothing, so that the first person to type an address decides neither its spelling nor its seat type.
What an admin has corrected since the pick was made stays. An address that another member has is that member's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.vocabulary import SeatType, mailbox_of
from services.members.domain.agency import Member, awaits_first_login


@dataclass(frozen=True, slots=True)
class Details:
    """The exact address, the name and the seat type of a member."""

    email: str
    name: str
    seat_type: SeatType


@dataclass(frozen=True, slots=True)
class Pick:
    """The details that a person proves. `instead_of` are the member's details that they were shown or compared with."""

    details: Details
    instead_of: Details


def details_of(member: Member) -> Details:
    """The details of a member as they are now."""
    return Details(member.email, member.name, member.seat_type)


def with_pick(member: Member, pick: Pick | None, holder: Member | None) -> Member | None:
    """The member with the pick; None if the proven address is not the member's to take.

    `holder` is the member who has the picked address. Without a pick the address is the member's own. After the first
    login a pick changes nothing, and only the member's own address is theirs.
    """
    if pick is None:
        return member
    proven = pick.details.email
    if proven != member.email:
        was_corrected = member.email != pick.instead_of.email
        is_theirs = mailbox_of(proven) == member.mailbox and holder is None
        if not awaits_first_login(member) or was_corrected or not is_theirs:
            return None
    if not awaits_first_login(member):
        return member
    if (member.name, member.seat_type) != (pick.instead_of.name, pick.instead_of.seat_type):
        return replace(member, email=proven)
    return replace(member, email=proven, name=pick.details.name, seat_type=pick.details.seat_type)
