"""The rows of members that a batch of messages needs. A row that is not loaded counts as one that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never
from uuid import UUID

from chassis.actor import Inputs
from contracts.members import (
    ChangeRole,
    CorrectDetails,
    LetIn,
    NewAddress,
    Pick,
    RecordLogin,
    Remove,
    SignUp,
    UndoRemoval,
)
from contracts.members_agencies import AddAdmin, FoundAgency, RenameAgency, SetDomain, SignBaa
from contracts.members_erasure import Erase
from contracts.members_invitations import AcceptInvite, CancelInvitation, Invite, Reinvite
from contracts.members_requests import Approve, Decline
from contracts.moving_line import SetMovingLine
from contracts.seat_policies import SeatPoliciesSet
from contracts.seats import (
    CapacityChanged,
    SeatAssigned,
    SeatDenied,
    SeatReleased,
    SeatsCommandRejected,
    SeatsExchanged,
    SeatSwapped,
)
from contracts.seats_purchases import SeatsAdjusted
from contracts.vocabulary import Actor, mailbox_of

FREES_A_SEAT = frozenset(
    {
        SetMovingLine,
        Remove,
        CorrectDetails,
        SeatAssigned,
        SeatReleased,
        SeatSwapped,
        SeatsExchanged,
        SeatsAdjusted,
        SeatsCommandRejected,
        CapacityChanged,
        SeatPoliciesSet,
    }
)
"""Messages after which a seat may be free for the line. A SeatAssigned lets a line that is longer than its head go on.

A SeatDenied is not among them: seats would deny the seat again, and so on without an end.
"""


@dataclass(slots=True)
class Mentioned:
    """The agencies, members, mailboxes and domains that a batch's messages name.

    `admins` is how many Active admins of an agency are needed: one more than can stop to be one in this batch, so that
    the last one is known as such, and no list of them grows with the agency.
    """

    applications: dict[UUID, str] = field(default_factory=dict)
    domains: set[tuple[UUID, str]] = field(default_factory=set)
    ids: set[tuple[UUID, UUID]] = field(default_factory=set)
    mailboxes: set[tuple[UUID, str]] = field(default_factory=set)
    admins: dict[UUID, int] = field(default_factory=dict)
    actors: set[tuple[UUID, UUID]] = field(default_factory=set)

    @staticmethod
    def by(requested: Inputs) -> Mentioned:
        """The rows that the messages of the batch name."""
        mentioned = Mentioned()
        for agency_id, subjects in requested.items():
            for subject in subjects:
                mentioned.take(agency_id, subject)
            if agency_id in mentioned.admins:
                mentioned.admins[agency_id] = len(subjects) + 1
        mentioned.ids |= {(agency_id, actor) for agency_id, actor in mentioned.actors if agency_id in mentioned.admins}
        return mentioned

    def take(self, agency_id: UUID, subject: object) -> None:
        """Note what one message names."""
        if (email := _address(subject)) is not None:
            self.mailboxes.add((agency_id, mailbox_of(email)))
        match subject:
            case Actor(member_id=UUID() as actor):
                self.actors.add((agency_id, actor))
            case RecordLogin() | AcceptInvite() | SeatAssigned() | SeatDenied() | SeatReleased() | SeatSwapped():
                self.ids.add((agency_id, subject.member_id))
            case SeatsExchanged():
                self.ids.update((agency_id, member_id) for member_id in _several(subject))
            case SignBaa() | RenameAgency() | Invite() | SetMovingLine():
                self.admins[agency_id] = 1
            case (
                ChangeRole()
                | Remove()
                | CancelInvitation()
                | UndoRemoval()
                | CorrectDetails()
                | Approve()
                | Decline()
                | Erase()
            ):
                self.ids.add((agency_id, subject.member_id))
                self.admins[agency_id] = 1
            case Reinvite() | LetIn():
                self.ids.update((agency_id, member_id) for member_id in _several(subject))
                self.admins[agency_id] = 1
            case SetDomain():
                self.domains.add((agency_id, subject.domain))
                self.admins[agency_id] = 1
            case FoundAgency():
                self.applications.setdefault(agency_id, subject.domain)
            case _:
                pass


def _several(subject: Reinvite | LetIn | SeatsExchanged) -> Iterable[UUID]:
    """The members of a message about several of them."""
    match subject:
        case Reinvite():
            return (link.member_id for link in subject.invitations)
        case LetIn():
            return subject.member_ids
        case SeatsExchanged():
            return (move.member_id for move in subject.moves)
        case never:
            assert_never(never)


def _address(subject: object) -> str | None:
    """The address that a message names, if another member may have it."""
    match subject:
        case SignUp(email=email) | AddAdmin(email=email) | Invite(email=email):
            return email
        case CorrectDetails(address=NewAddress(email=email)):
            return email
        case RecordLogin(pick=Pick(email=email, instead_of=known)) if email != known.email:
            return email
        case _:
            return None
