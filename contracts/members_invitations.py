"""Messages of the members service about invitations: the links that admins send, and what became of them."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.address import EmailAddress
from contracts.message import Command, Event, Payload, PersonName, Rejected, Sealed
from contracts.vocabulary import MemberStatus, RejectionCode, Role, SeatType

MOST_INVITATIONS = 200
"""Members whom one command re-invites."""


class CancelInvitation(Command, type="members.cancel_invitation.v1", outcomes=("members.removed.v1",)):
    """An admin takes an invitation back. A member who has accepted it in the meantime is not removed."""

    member_id: UUID


class Invite(Command, type="members.invite.v1", outcomes=("members.invited.v1",)):
    """An admin invites an address of any mail domain. `sealed` opens to {"link": "https://…"}, for the mail only.

    `invitation_id` names the link. Only the newest link of a member accepts.
    """

    invitation_id: UUID
    email: EmailAddress
    name: PersonName
    seat_type: SeatType
    role: Role
    sealed: Sealed


class NewInvitation(Payload):
    """A new link for a known member. It replaces the older link."""

    invitation_id: UUID
    member_id: UUID
    sealed: Sealed


class Reinvite(Command, type="members.reinvite.v1", outcomes=("members.reinvited.v1",)):
    """An admin re-invites Invited or Blocked members, in this order while seats last.

    `seat_type`, `role` and `name` replace those of each member; None keeps them.
    """

    invitations: tuple[NewInvitation, ...] = Field(min_length=1, max_length=MOST_INVITATIONS)
    seat_type: SeatType | None = None
    role: Role | None = None
    name: PersonName | None = None


class AcceptInvite(
    Command,
    type="members.accept_invite.v1",
    outcomes=("members.activated.v1", "members.blocked.v1", "members.login_recorded.v1"),
):
    """The gateway has proof that the invited person followed this invitation's link."""

    member_id: UUID
    invitation_id: UUID


class Invited(Event, type="members.invited.v1"):
    """The member is Invited and holds no seat. `before` is the earlier status, None for a new member.

    `sealed` opens to {"link": "https://…"} for the mail. The link is valid until `expires_at`; older links are not.
    """

    member_id: UUID
    invitation_id: UUID
    email: EmailAddress
    name: PersonName
    seat_type: SeatType
    role: Role
    sealed: Sealed
    expires_at: AwareDatetime
    before: MemberStatus | None = None


class NotReinvited(Rejected):
    """A member who was not re-invited, and why."""

    member_id: UUID
    code: RejectionCode


class Reinvited(Event, type="members.reinvited.v1"):
    """The result of a re-invite. Each member in `done` also has an `invited` event of their own."""

    done: tuple[UUID, ...] = Field(default=(), max_length=MOST_INVITATIONS)
    rejected: tuple[NotReinvited, ...] = Field(default=(), max_length=MOST_INVITATIONS)


class InviteAccepted(Event, type="members.invite_accepted.v1"):
    """An invited member proved the address, by the link or by a code, and needs a seat. None is bought for it."""

    member_id: UUID
    invitation_id: UUID
    seat_type: SeatType
