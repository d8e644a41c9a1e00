"""What the members service is asked and says: who belongs to an agency, in which status and role."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.message import Count, EmailText, Fact, Figures, Order, OrderRefused, Text
from contracts.vocabulary import BillingCycle, BlockedReason, MemberStatus, Proof, Refusal, Role, SeatType


class FoundAgency(
    Order,
    type="members.found_agency.v1",
    outcomes=("members.activated.v1", "members.agency_refused.v1"),
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


class SignUp(Order, type="members.sign_up.v1", outcomes=("members.signed_up.v1", "members.sign_up_refused.v1")):
    """Somebody claims an address on the agency's auto-join domain and picks a seat type."""

    email: EmailText
    name: Text
    seat_type: SeatType


class RecordLogin(
    Order,
    type="members.record_login.v1",
    outcomes=("members.activated.v1", "members.blocked.v1", "members.login_recorded.v1"),
):
    """The gateway has proof that this member signed in. The first one of a Pending login is the first login."""

    member_id: UUID
    proof: Proof


class SignBaa(Order, type="members.sign_baa.v1", outcomes=("members.baa_signed.v1",)):
    """An admin signs the agency's BAA."""

    signer_name: Text
    signer_title: Text
    version: Text


class ChangeRole(Order, type="members.change_role.v1", outcomes=("members.role_changed.v1",)):
    """An admin makes an Active member an admin, or a clinician again."""

    member_id: UUID
    role: Role


class Remove(Order, type="members.remove.v1", outcomes=("members.removed.v1",)):
    """An admin removes somebody, whatever their status; only an invite brings them back."""

    member_id: UUID


class AgencyFounded(Fact, type="members.agency_founded.v1"):
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


class AgencyRefused(Fact, type="members.agency_refused.v1"):
    """There is no such agency: the domain is taken, or the account could not be opened. The domain is free again."""

    code: Refusal
    figures: Figures = Field(default_factory=dict)


class SignedUp(Fact, type="members.signed_up.v1"):
    """A new Pending login; it holds no seat."""

    member_id: UUID
    email: EmailText
    name: Text
    seat_type: SeatType


class SignUpRefused(Fact, type="members.sign_up_refused.v1"):
    """The address is known already; nothing changed. The public answer is the same as for a new one."""

    member_id: UUID
    email: EmailText
    status: MemberStatus


class FirstLogin(Fact, type="members.first_login.v1"):
    """A Pending login proved its address: the only trigger of the capacity check."""

    member_id: UUID
    seat_type: SeatType


class LoginRecorded(Fact, type="members.login_recorded.v1"):
    """A later login; no capacity check."""

    member_id: UUID
    status: MemberStatus
    blocked_reason: BlockedReason | None = None


class Activated(Fact, type="members.activated.v1"):
    """The member is Active and holds a seat of this type."""

    member_id: UUID
    seat_type: SeatType
    role: Role


class Blocked(Fact, type="members.blocked.v1"):
    """The member's first login found no seat."""

    member_id: UUID
    seat_type: SeatType
    reason: BlockedReason


class RoleChanged(Fact, type="members.role_changed.v1"):
    """The member has this role. `before` is the one they had: the same when nothing was to be changed."""

    member_id: UUID
    before: Role
    role: Role


class Removed(Fact, type="members.removed.v1"):
    """The member is removed: sessions end, a seat or a wait for one is given up. `before` is where they stood."""

    member_id: UUID
    before: MemberStatus


class BaaSigned(Fact, type="members.baa_signed.v1"):
    """The agency's BAA is signed; admin actions are open."""

    signer_id: UUID
    signer_name: Text
    signer_title: Text
    version: Text
    signed_at: AwareDatetime


class MembersOrderRefused(OrderRefused, type="members.order_refused.v1"):
    """An order to members was refused."""
