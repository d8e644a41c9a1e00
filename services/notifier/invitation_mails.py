"""The handler of an invitation. It records the invitation's mail; a mail that is of no use now is cancelled here."""

from __future__ import annotations

from uuid import UUID

from chassis.actor import ActorContext
from contracts.members_invitations import Invited
from contracts.vocabulary import MemberStatus
from services.notifier.domain.message_id import mail_id
from services.notifier.mailing import INVITATION
from services.notifier.mails.payloads import QueuedInvitation
from services.notifier.state import Agency, Person


def invited(agency: Agency, event: Invited, ctx: ActorContext) -> None:
    """Record the mail with the invitation's link, which stays sealed until the mail is built. No digest names them now.

    A member has one such mail at a time: a newer invitation replaces an unsent mail, whose link no longer works. At a
    corrected address it is the first one.
    """
    own_id = mail_id("invitation", ctx.id, event.member_id)
    inviter = agency.people.get(ctx.actor.member_id) if ctx.actor.member_id is not None else None
    known = agency.people.get(event.member_id)
    is_at_new_address = event.before is MemberStatus.INVITED and known is not None and known.email != event.email
    agency.put(
        Person(event.member_id, event.email, event.name, event.role, MemberStatus.INVITED, event.seat_type),
    )
    queued = QueuedInvitation(
        id=own_id,
        member_id=event.member_id,
        to=event.email,
        sealed=event.sealed,
        agency=agency.display_name,
        name=event.name,
        inviter=inviter.name if inviter is not None else None,
        seat_type=event.seat_type,
        role=event.role,
        before=None if is_at_new_address else event.before,
        expires_at=event.expires_at,
    )
    key = _invitation_key(event.member_id)
    ctx.task(INVITATION, queued, lane=key, key=key)


def _invitation_key(member_id: UUID) -> str:
    return f"{INVITATION}:{member_id}"


def cancel_invitation(person: Person, ctx: ActorContext) -> None:
    """Cancel an invitation's mail that was not sent yet: its link no longer works."""
    if person.status is MemberStatus.INVITED:
        ctx.cancel(_invitation_key(person.member_id))
