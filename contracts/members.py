"""Messages of the members service: who belongs to an agency, in which status and role."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.address import EmailAddress
from contracts.message import (
    AgencyParked,
    AgencyResumed,
    Command,
    CommandRejected,
    Count,
    Event,
    Invoice,
    Payload,
    PersonalText,
    PersonName,
    Sealed,
    Seats,
    Text,
)
from contracts.seats_purchases import MOST_LET_IN
from contracts.vocabulary import BillingCycle, BlockedDetail, BlockedReason, MemberStatus, Proof, Role, SeatType


class Details(Payload):
    """The exact address, the name and the seat type of a member who may not have proven the address yet."""

    email: EmailAddress
    name: PersonName
    seat_type: SeatType


class Pick(Details):
    """The details that a person gave in the browser in which they prove the address, for their first login.

    `instead_of` are the member's details as the sender knew them. If an admin has corrected them since, the admin's
    stay.
    """

    instead_of: Details


class SignUp(
    Command,
    type="members.sign_up.v1",
    outcomes=("members.signed_up.v1", "members.sign_up_claimed.v1", "members.sign_up_rejected.v1"),
):
    """A person signs up with an address on the agency's auto-join domain, and picks a seat type."""

    email: EmailAddress
    name: PersonName
    seat_type: SeatType


class RecordLogin(
    Command,
    type="members.record_login.v1",
    outcomes=("members.activated.v1", "members.blocked.v1", "members.login_recorded.v1"),
):
    """The gateway has proof that this member signed in. The first one of a Pending login is the first login.

    `pick` replaces the details of a Pending login at the first login, and at no other. The proven address is its
    `email`; None: it is the member's own.
    """

    member_id: UUID
    proof: Proof
    pick: Pick | None = None


class ChangeRole(Command, type="members.change_role.v1", outcomes=("members.role_changed.v1",)):
    """An admin makes an Active member an admin, or a clinician again."""

    member_id: UUID
    role: Role


class Remove(Command, type="members.remove.v1", outcomes=("members.removed.v1",)):
    """An admin removes a member of any status. Only an invite brings the member back."""

    member_id: UUID


class UndoRemoval(Command, type="members.undo_removal.v1", outcomes=("members.activated.v1",)):
    """An admin undoes the removal of a member who was Active: same row, same role, if a seat of the type is free."""

    member_id: UUID


class LetIn(Command, type="members.let_in.v1", outcomes=("members.blocked_let_in.v1",)):
    """An admin buys seats for these Blocked members, at the price of a quote of the counts `after`, and lets them in.

    They have proven their addresses already: nobody gets another link. All of them get a seat, or the command is
    rejected and nothing is bought. `pay_owed` as for `seats.adjust`.
    """

    member_ids: tuple[UUID, ...] = Field(min_length=1, max_length=MOST_LET_IN)
    after: Seats
    quote_id: UUID
    pay_owed: bool = False


class NewAddress(Payload):
    """Another address for a member who has not proven one. The link goes to it if the member is Invited."""

    email: EmailAddress
    invitation_id: UUID
    sealed: Sealed


class CorrectDetails(Command, type="members.correct_details.v1", outcomes=("members.details_changed.v1",)):
    """An admin corrects a member's name, seat type or address; None keeps each of them."""

    member_id: UUID
    name: PersonName | None = None
    seat_type: SeatType | None = None
    address: NewAddress | None = None


class SignedUp(Event, type="members.signed_up.v1"):
    """A new member in status Pending login, without a seat."""

    member_id: UUID
    email: EmailAddress
    name: PersonName
    seat_type: SeatType


class SignUpClaimed(Event, type="members.sign_up_claimed.v1"):
    """Another sign-up for the mailbox of a Pending login, and a claim of equal rank. The member did not change.

    The person who proves an address decides which sign-up counts. The public response is the same as for a new address.
    """

    member_id: UUID
    email: EmailAddress
    name: PersonName
    seat_type: SeatType


class SignUpRejected(Event, type="members.sign_up_rejected.v1"):
    """The mailbox is a member's already, and nothing changed. The public response is the same as for a new address.

    `email` is the address that was typed. It may be another spelling of the member's.
    """

    member_id: UUID
    email: EmailAddress
    status: MemberStatus


class DetailsChanged(Event, type="members.details_changed.v1"):
    """The member has these details: an admin corrected them, or the person proved the address with another pick.

    `before` are the earlier details, the same if the command changed nothing.
    """

    member_id: UUID
    email: EmailAddress
    name: PersonName
    seat_type: SeatType
    before: Details


class FirstLogin(Event, type="members.first_login.v1"):
    """A member in status Pending login proved the address. Only this event triggers the capacity check."""

    member_id: UUID
    seat_type: SeatType


class LoginRecorded(Event, type="members.login_recorded.v1"):
    """A login without a capacity check."""

    member_id: UUID
    status: MemberStatus
    blocked_reason: BlockedReason | None = None


class Activated(Event, type="members.activated.v1"):
    """The member is Active and holds a seat of this type. `before` is the earlier status.

    `waited_since` is when the member began to wait for a purchase of the seat, None for a seat that was free.
    """

    member_id: UUID
    seat_type: SeatType
    role: Role
    before: MemberStatus | None = None
    waited_since: AwareDatetime | None = None


class Blocked(Event, type="members.blocked.v1"):
    """The member got no seat at a first login or an accepted invitation. `before` is the earlier status.

    `detail` and `operation_id`, the declined purchase that the member waited for, are those of `seats.seat_denied`.
    With `request_declined` an admin has declined the request of a Blocked member, and `note` says why.
    """

    member_id: UUID
    seat_type: SeatType
    reason: BlockedReason
    before: MemberStatus | None = None
    detail: BlockedDetail | None = None
    operation_id: UUID | None = None
    note: PersonalText | None = None


class RoleChanged(Event, type="members.role_changed.v1"):
    """The member has this role. `before` equals `role` if the command changed nothing."""

    member_id: UUID
    before: Role
    role: Role


class Removed(Event, type="members.removed.v1"):
    """The member is removed: sessions end, and a seat or a wait for a seat is given up.

    `before` is the earlier status, `plan_type` the type of the seat that the member held. The removal can be undone
    until `undo_until`; None: it cannot.
    """

    member_id: UUID
    before: MemberStatus
    plan_type: SeatType | None = None
    undo_until: AwareDatetime | None = None


class SeatRequestedBack(Event, type="members.seat_requested_back.v1"):
    """An admin undoes a removal, and the member needs a seat of this type. None is bought for it.

    The member stays Removed until seats assigns the seat, and also if it denies one.
    """

    member_id: UUID
    seat_type: SeatType


class BlockedLetIn(Event, type="members.blocked_let_in.v1"):
    """Seats are bought, and `let_in_count` of the Blocked members are Active. Each has an `activated` event before it.

    `left_out` counts those who stay Blocked: a seat was taken at Stripe meanwhile. The other fields are those of
    `seats.seats_adjusted`.
    """

    let_in_count: Count
    left_out: Count = 0
    before: Seats
    after: Seats
    charged: int
    new_total: int
    cycle: BillingCycle
    invoice: Invoice | None = None
    awaited: bool = False
    currency: Text = "usd"


class PlanTypeChanged(Event, type="members.plan_type_changed.v1"):
    """The Active member's seat has another type now."""

    member_id: UUID
    before: SeatType
    plan_type: SeatType


class MembersCommandRejected(CommandRejected, type="members.command_rejected.v1"):
    """members rejected a command."""


class MembersAgencyParked(AgencyParked, type="members.agency_parked.v1"):
    """The service members could not handle a message, and holds back the agency's later ones."""


class MembersAgencyResumed(AgencyResumed, type="members.agency_resumed.v1"):
    """The service members handles the agency's messages again."""
