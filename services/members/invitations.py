"""The handlers of members for the commands about invitations: invite, re-invite, accept, add an admin."""

from __future__ import annotations

from typing import assert_never

from chassis.actor import ActorContext
from contracts import members as messages
from contracts import members_agencies, members_invitations
from contracts.request_rejections import LinkExpired
from contracts.vocabulary import Role
from services.members.domain import accept_invite, add_admin, admin_action, change_role, invite, reinvite
from services.members.domain.invitation import Guest, Invited
from services.members.state import Roster


def on_invite(roster: Roster, command: members_invitations.Invite, ctx: ActorContext) -> None:
    """Invite a person, if a seat of the type is free."""
    guest = Guest(command.invitation_id, command.email, command.name, command.seat_type, command.role)
    known = roster.by_address(command.email)
    actor = roster.acting(ctx.actor)
    match invite.invite(roster.agency, actor, known, roster.capacity, guest, ctx.now, ctx.new_id()):
        case Invited() as invited:
            _invite(roster, invited, command.sealed, ctx)
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def on_reinvite(roster: Roster, command: members_invitations.Reinvite, ctx: ActorContext) -> None:
    """Re-invite members in the given order while seats last."""
    links = {invitation.invitation_id: invitation for invitation in command.invitations}
    actor, named = roster.acting(ctx.actor), [(link.member_id, link.invitation_id) for link in command.invitations]
    terms = reinvite.Terms(command.seat_type, command.role, command.name)
    match reinvite.reinvite(roster.agency, actor, roster.by_id, roster.capacity, named, terms, ctx.now):
        case reinvite.Reinvited(done, rejected):
            for invited in done:
                _invite(roster, invited, links[invited.invitation.id].sealed, ctx)
            ctx.publish(
                members_invitations.Reinvited(
                    done=tuple(invited.member.id for invited in done),
                    rejected=tuple(
                        members_invitations.NotReinvited(
                            member_id=member_id, code=reject.rejection.code, figures=reject.rejection
                        )
                        for member_id, reject in rejected
                    ),
                )
            )
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def _invite(roster: Roster, invited: Invited, sealed: str, ctx: ActorContext) -> None:
    member = invited.member
    if invited.before is None:
        roster.enter(member)
    else:
        roster.change(member)
    publish_invited(invited, sealed, ctx)


def publish_invited(invited: Invited, sealed: str, ctx: ActorContext) -> None:
    """Publish that the member is invited with this link."""
    member = invited.member
    ctx.publish(
        members_invitations.Invited(
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


def on_add_admin(roster: Roster, command: members_agencies.AddAdmin, ctx: ActorContext) -> None:
    """Make an Active member an admin for the operator, or invite the address as an admin."""
    guest = Guest(command.invitation_id, command.email, command.name, command.seat_type, Role.ADMIN)
    known = roster.by_address(command.email)
    match add_admin.add_admin(roster.agency, ctx.actor, known, roster.capacity, guest, ctx.now, ctx.new_id()):
        case change_role.Changed(member, before):
            roster.change(member)
            ctx.publish(messages.RoleChanged(member_id=member.id, before=before, role=member.role))
        case Invited() as invited:
            _invite(roster, invited, command.sealed, ctx)
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def on_accept_invite(roster: Roster, command: members_invitations.AcceptInvite, ctx: ActorContext) -> None:
    """Accept an invitation whose link was followed, if the link is valid."""
    invited = roster.by_id.get(command.member_id)
    match accept_invite.accept_invite(roster.agency, invited, command.invitation_id, ctx.now, ctx.correlation_id):
        case accept_invite.Accept() as accepted:
            accept(roster, accepted, ctx)
        case accept_invite.LinkExpired():
            ctx.reject(LinkExpired())
        case never:
            assert_never(never)


def accept(roster: Roster, accepted: accept_invite.Accept, ctx: ActorContext) -> None:
    """Let a member who accepted, by a link or by a code, wait for a seat."""
    member, invitation = accepted.member, accepted.invitation
    roster.change(member)
    ctx.publish(
        members_invitations.InviteAccepted(member_id=member.id, invitation_id=invitation.id, seat_type=member.seat_type)
    )
