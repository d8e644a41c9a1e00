"""The handler that corrects a member's details, and the mapping between details and messages."""

from __future__ import annotations

from typing import assert_never

from chassis.actor import ActorContext
from contracts import members as messages
from services.members.domain import admin_action, correct_details
from services.members.domain.agency import Member
from services.members.domain.pick import Details, Pick
from services.members.invitations import publish_invited
from services.members.state import Roster


def on_correct_details(roster: Roster, command: messages.CorrectDetails, ctx: ActorContext) -> None:
    """Correct a member's name, seat type or address for an admin.

    An Invited member with another address gets a fresh link. Publish DetailsChanged last: it ends the command.
    """
    address = command.address
    correction = correct_details.Correction(
        command.name,
        command.seat_type,
        None if address is None else address.email,
        None if address is None else address.invitation_id,
    )
    namesakes = [] if address is None else roster.by_mailbox(address.email)
    request = roster.admin_request(command.member_id, ctx.actor)
    match correct_details.correct_details(request, correction, namesakes, roster.capacity, ctx.now):
        case correct_details.Corrected(member, before, invited):
            roster.change(member)
            if invited is not None and address is not None:
                publish_invited(invited, address.sealed, ctx)
            ctx.publish(details_changed(member, before))
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def details_changed(member: Member, before: Details) -> messages.DetailsChanged:
    """The event that the member has these details now."""
    return messages.DetailsChanged(
        member_id=member.id,
        email=member.email,
        name=member.name,
        seat_type=member.seat_type,
        before=messages.Details(email=before.email, name=before.name, seat_type=before.seat_type),
    )


def pick_of(command: messages.RecordLogin) -> Pick | None:
    """The pick that a login carries."""
    if command.pick is None:
        return None
    given, known = command.pick, command.pick.instead_of
    return Pick(Details(given.email, given.name, given.seat_type), Details(known.email, known.name, known.seat_type))
