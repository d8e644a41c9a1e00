"""An entry of the activity log's table: all that the log needs to know about one type of event.

Every field is required, so that mypy refuses an entry that leaves a decision out. The named functions below are the
decisions that several events share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from contracts.address import shown_address
from contracts.members import Details, DetailsChanged
from contracts.message import Event, Invoice, Seats
from contracts.vocabulary import Actor, MemberStatus
from services.gateway.model.activity import Change, Kind, People, Values

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry(Generic[E]):
    """How the log records a type of event, and what it shows of it.

    `costs`: money was charged, credited or is owed, so that the filter for money finds the line. `recorded_if` returns
    False for an event that changed nothing; it makes no line. `members` are the members to whom it happened.
    """

    event: type[E]
    kind: Kind
    costs: bool
    sentence: Callable[[E, Actor, People], str]
    change: Callable[[E], Change]
    members: Callable[[E], tuple[UUID, ...]]
    invoice: Callable[[E], Invoice | None]
    recorded_if: Callable[[E], bool]


class _OfMember(Protocol):
    @property
    def member_id(self) -> UUID: ...


class _WithInvoice(Protocol):
    @property
    def invoice(self) -> Invoice | None: ...


def always(_event: Event) -> bool:
    """Record every event of the type."""
    return True


def nobody(_event: Event) -> tuple[UUID, ...]:
    """The event happened to the agency, not to a member."""
    return ()


def its_member(event: _OfMember) -> tuple[UUID, ...]:
    """The member that the event names."""
    return (event.member_id,)


def no_invoice(_event: Event) -> None:
    """The event names no invoice."""


def its_invoice(event: _WithInvoice) -> Invoice | None:
    """The invoice that the event carries, if any."""
    return event.invoice


def no_values(_event: Event) -> Change:
    """The event has no values before and after; its sentence says all."""
    return Change()


def status_values(status: MemberStatus | None) -> Values | None:
    """A member's status as a value; None for a member who was new."""
    return None if status is None else {"status": status}


def details_values(details: Details | DetailsChanged) -> Values:
    """A member's address, name and seat type as values."""
    return {"email": shown_address(details.email), "name": details.name, "seatType": details.seat_type}


def seat_values(counts: Seats) -> Values:
    """Seat counts as values."""
    return {"base": counts.base, "voice": counts.voice}
