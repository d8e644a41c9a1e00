"""What the members service is asked and says: who belongs to an agency, in which status and role."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.message import Command, CommandRejected, Count, EmailText, Event, Payload, Rejected, Text
from contracts.vocabulary import BillingCycle, BlockedReason, MemberStatus, Proof, RejectionCode, Role, SeatType


class FoundAgency(
    Command,
    type="members.found_agency.v1",
    outcomes=("members.activated.v1", "members.agency_rejected.v1"),
):
    """Open an agency: its domain, its first admin and what it buys."""

    name: Text
    domain: Text
    admin_email: EmailText
    admin_name: Text
    cycle: BillingCycle
    base: Count
    voice: Count
    admin_seat_type: SeatType
    payment_method: Text


class SignUp(Command, type="members.sign_up.v1", outcomes=("members.signed_up.v1", "members.sign_up_rejected.v1")):
    """Somebody claims an address on the agency's auto-join domain and picks a seat type."""

    email: EmailText
    name: Text
    seat_type: SeatType


class RecordLogin(
    Command,
    type="members.record_login.v1",
    outcomes=("members.activated.v1", "members.blocked.v1", "members.login_recorded.v1"),
):
    """The gateway has proof that this member signed in. The first one of a Pending login is the first login."""

    member_id: UUID
    proof: Proof


class SignBaa(Command, type="members.sign_baa.v1", outcomes=("members.baa_signed.v1",)):
    """An admin signs the agency's BAA."""

    signer_name: Text
    signer_title: Text
    version: Text


class ChangeRole(Command, type="members.change_role.v1", outcomes=("members.role_changed.v1",)):
    """An admin makes an Active member an admin, or a clinician again."""

    member_id: UUID
    role: Role


class Remove(Command, type="members.remove.v1", outcomes=("members.removed.v1",)):
    """An admin removes somebody, whatever their status; only an invite brings them back."""

    member_id: UUID


class Invite(Command, type="members.invite.v1", outcomes=("members.invited.v1",)):
    """An admin invites somebody, in any mail domain. `sealed` opens to {"link": "https://…"}, for the mail alone.

    `invitation_id` names the link: only the newest of a member accepts.
    """

    invitation_id: UUID
    email: EmailText
    name: Text
    seat_type: SeatType
    role: Role
    sealed: str


class NewInvitation(Payload):
    """A fresh link for somebody known: the older one dies."""

    invitation_id: UUID
    member_id: UUID
    sealed: str


class Reinvite(Command, type="members.reinvite.v1", outcomes=("members.reinvited.v1",)):
    """An admin invites Invited or Blocked members anew, in this order while seats last.

    `seat_type`: the one they are to have; None leaves each theirs.
    """

    invitations: tuple[NewInvitation, ...] = Field(min_length=1, max_length=200)
    seat_type: SeatType | None = None


class AcceptInvite(
    Command,
    type="members.accept_invite.v1",
    outcomes=("members.activated.v1", "members.blocked.v1", "members.login_recorded.v1"),
):
    """The gateway has proof that the invited followed this invitation's link."""

    member_id: UUID
    invitation_id: UUID


class SetDomain(Command, type="members.set_domain.v1", outcomes=("members.domain_changed.v1",)):
    """An admin with an address on that mail domain makes it the one whose owners may join by themselves."""

    domain: Text


class AddAdmin(
    Command,
    type="members.add_admin.v1",
    outcomes=("members.invited.v1", "members.role_changed.v1"),
):
    """The operator gives an agency an admin: an Active member becomes one, anybody else is invited as one."""

    invitation_id: UUID
    email: EmailText
    name: Text
    seat_type: SeatType
    sealed: str


class AgencyFounded(Event, type="members.agency_founded.v1"):
    """The domain is claimed and the first admin is known; the account is still to be opened."""

    name: Text
    domain: Text
    cycle: BillingCycle
    base: Count
    voice: Count
    payment_method: Text
    admin_id: UUID
    admin_email: EmailText
    admin_name: Text
    admin_seat_type: SeatType


class AgencyRejected(Rejected, Event, type="members.agency_rejected.v1"):
    """There is no such agency: the domain is taken, or the account could not be opened. The domain is free again."""

    code: RejectionCode


class SignedUp(Event, type="members.signed_up.v1"):
    """A new Pending login; it holds no seat."""

    member_id: UUID
    email: EmailText
    name: Text
    seat_type: SeatType


class SignUpRejected(Event, type="members.sign_up_rejected.v1"):
    """The address is known already; nothing changed. The public answer is the same as for a new one."""

    member_id: UUID
    email: EmailText
    status: MemberStatus


class FirstLogin(Event, type="members.first_login.v1"):
    """A Pending login proved its address: the only trigger of the capacity check."""

    member_id: UUID
    seat_type: SeatType


class LoginRecorded(Event, type="members.login_recorded.v1"):
    """A later login; no capacity check."""

    member_id: UUID
    status: MemberStatus
    blocked_reason: BlockedReason | None = None


class Activated(Event, type="members.activated.v1"):
    """The member is Active and holds a seat of this type. `before` is where they stood."""

    member_id: UUID
    seat_type: SeatType
    role: Role
    before: MemberStatus | None = None


class Blocked(Event, type="members.blocked.v1"):
    """The member asked for a seat, by a first login or an invitation, and found none. `before` is where they stood."""

    member_id: UUID
    seat_type: SeatType
    reason: BlockedReason
    before: MemberStatus | None = None


class RoleChanged(Event, type="members.role_changed.v1"):
    """The member has this role. `before` is the one they had: the same when nothing was to be changed."""

    member_id: UUID
    before: Role
    role: Role


class Removed(Event, type="members.removed.v1"):
    """The member is removed: sessions end, a seat or a wait for one is given up.

    `before` is where they stood, `plan_type` the type of the seat that they held.
    """

    member_id: UUID
    before: MemberStatus
    plan_type: SeatType | None = None


class Invited(Event, type="members.invited.v1"):
    """The member is Invited and holds no seat. `before` is where they stood, null for somebody new.

    `sealed` opens to {"link": "https://…"} for the mail; the link is good until `expires_at`, and older ones are dead.
    """

    member_id: UUID
    invitation_id: UUID
    email: EmailText
    name: Text
    seat_type: SeatType
    role: Role
    sealed: str
    expires_at: AwareDatetime
    before: MemberStatus | None = None


class NotReinvited(Rejected):
    """Somebody who was not invited anew, and why."""

    member_id: UUID
    code: RejectionCode


class Reinvited(Event, type="members.reinvited.v1"):
    """What came of inviting anew, each in its own order; every one in `done` has an `invited` of their own."""

    done: tuple[UUID, ...] = ()
    refused: tuple[NotReinvited, ...] = ()


class InviteAccepted(Event, type="members.invite_accepted.v1"):
    """The invited proved their address, by the link or by a code: a seat is asked for, and none is bought for it."""

    member_id: UUID
    invitation_id: UUID
    seat_type: SeatType


class PlanTypeChanged(Event, type="members.plan_type_changed.v1"):
    """The Active member's seat is of another type now."""

    member_id: UUID
    before: SeatType
    plan_type: SeatType


class DomainChanged(Event, type="members.domain_changed.v1"):
    """The agency's auto-join domain. `before` is the one it had: the same when nothing was to be changed."""

    before: Text
    domain: Text


class BaaSigned(Event, type="members.baa_signed.v1"):
    """The agency's BAA is signed; admin actions are open. `again`: by the same admin before, so nothing has changed."""

    signer_id: UUID
    signer_name: Text
    signer_title: Text
    version: Text
    signed_at: AwareDatetime
    again: bool = False


class MembersCommandRejected(CommandRejected, type="members.command_rejected.v1"):
    """A command to members was refused."""
