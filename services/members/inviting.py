"""Inviting and accepting: what members does with the orders about invitations."""

from __future__ import annotations

from typing import assert_never

from chassis.actor import Turn
from contracts import members as said
from contracts.vocabulary import Refusal, Role, mailbox_of
from services.members.domain import accept_invite, add_admin, admin_action, change_role, invite, reinvite
from services.members.domain.invitation import Guest, Invited
from services.members.state import Roster


def on_invite(roster: Roster, order: said.Invite, turn: Turn) -> None:
    """An admin invites somebody."""
    guest = Guest(order.invitation_id, order.email, order.name, order.seat_type, order.role)
    known = roster.by_mailbox.get(mailbox_of(order.email))
    actor = roster.who(turn.actor)
    match invite.invite(roster.agency, actor, known, roster.capacity, guest, turn.now, turn.new_id()):
        case Invited() as invited:
            _invite(roster, invited, order.sealed, turn)
        case admin_action.Refuse(code, figures):
            turn.refuse(code, **figures)
        case never:
            assert_never(never)


def on_reinvite(roster: Roster, order: said.Reinvite, turn: Turn) -> None:
    """An admin invites members anew."""
    links = {one.invitation_id: one for one in order.invitations}
    actor, named = roster.who(turn.actor), [(one.member_id, one.invitation_id) for one in order.invitations]
    match reinvite.reinvite(roster.agency, actor, roster.by_id, roster.capacity, named, order.seat_type, turn.now):
        case reinvite.Reinvited(done, refused):
            for invited in done:
                _invite(roster, invited, links[invited.invitation.id].sealed, turn)
            turn.say(
                said.Reinvited(
                    done=tuple(invited.member.id for invited in done),
                    refused=tuple(
                        said.NotReinvited(member_id=who, code=why.code, figures=dict(why.figures))
                        for who, why in refused
                    ),
                )
            )
        case admin_action.Refuse(code, figures):
            turn.refuse(code, **figures)
        case never:
            assert_never(never)


def _invite(roster: Roster, invited: Invited, sealed: str, turn: Turn) -> None:
    member = invited.member
    if invited.before is None:
        roster.enter(member)
    else:
        roster.change(member)
    turn.say(
        said.Invited(
            member_id=member.id,
            invitation_id=invited.invitation.id,
            email=member.email,
            name=member.name,
            seat_type=member.seat_type,
            role=member.role,
            sealed=sealed,
            expires_at=invited.invitation.expires_at,
            before=invited.before,
        )
    )


def on_add_admin(roster: Roster, order: said.AddAdmin, turn: Turn) -> None:
    """The operator gives the agency an admin."""
    guest = Guest(order.invitation_id, order.email, order.name, order.seat_type, Role.ADMIN)
    known = roster.by_mailbox.get(mailbox_of(order.email))
    match add_admin.add_admin(roster.agency, turn.actor, known, roster.capacity, guest, turn.now, turn.new_id()):
        case change_role.Changed(member, before):
            roster.change(member)
            turn.say(said.RoleChanged(member_id=member.id, before=before, role=member.role))
        case Invited() as invited:
            _invite(roster, invited, order.sealed, turn)
        case admin_action.Refuse(code, figures):
            turn.refuse(code, **figures)
        case never:
            assert_never(never)


def on_accept_invite(roster: Roster, order: said.AcceptInvite, turn: Turn) -> None:
    """Somebody followed an invitation's link."""
    invited = roster.by_id.get(order.member_id)
    match accept_invite.accept_invite(roster.agency, invited, order.invitation_id, turn.now, turn.correlation_id):
        case accept_invite.Accept() as accepted:
            accept(roster, accepted, turn)
        case accept_invite.LinkExpired():
            turn.refuse(Refusal.LINK_EXPIRED)
        case never:
            assert_never(never)


def accept(roster: Roster, accepted: accept_invite.Accept, turn: Turn) -> None:
    """Ask for a seat for somebody who accepted, by a link or by a code."""
    member, invitation = accepted.member, accepted.invitation
    roster.change(member)
    turn.say(said.InviteAccepted(member_id=member.id, invitation_id=invitation.id, seat_type=member.seat_type))
