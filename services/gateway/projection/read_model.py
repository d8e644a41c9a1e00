"""From events to the read model: each says what is new, and ends the command that it answers, if that was ours."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from chassis.actor import ActorContext, Handler
from contracts.billing import AccountOpened, BillingCommandRejected, CycleSwitched, PortalOpened, Quoted, QuoteRejected
from contracts.gateway import ApiKeyRevoked, SignedIn
from contracts.members import (
    Activated,
    AgencyFounded,
    AgencyRejected,
    BaaSigned,
    Blocked,
    DomainChanged,
    FirstLogin,
    InviteAccepted,
    Invited,
    LoginRecorded,
    MembersCommandRejected,
    PlanTypeChanged,
    Reinvited,
    Removed,
    RoleChanged,
    SignedUp,
    SignUpRejected,
)
from contracts.message import CommandRejected, Message
from contracts.rejections import FiguresJson
from contracts.seats import (
    AutoAddSet,
    CapacityChanged,
    PaymentRetried,
    SeatsAdjusted,
    SeatsCommandRejected,
    SeatSwapped,
)
from contracts.vocabulary import MemberStatus, Role, SeatType
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.invitation_link import LinkState
from services.gateway.model.changes import AgencyChanges, Capacity, Finished, NewMember
from services.gateway.projection.table import with_projections


def agency_founded(changes: AgencyChanges, event: AgencyFounded, ctx: ActorContext) -> None:
    """The agency and its first admin exist; its account is still to be opened."""
    changes.founded = event
    changes.parts.add("agency")
    admin = changes.member(event.admin_id)
    admin.new = NewMember(event.admin_email, event.admin_name, Role.ADMIN, event.admin_seat_type)
    admin.status = MemberStatus.PENDING_LOGIN
    changes.at = ctx.now


def agency_rejected(changes: AgencyChanges, event: AgencyRejected, ctx: ActorContext) -> None:
    """There is no such agency after all."""
    changes.gone = True
    changes.refused(ctx.correlation_id, event, event.code, event.figures)


def account_opened(changes: AgencyChanges, event: AccountOpened, ctx: ActorContext) -> None:
    """The agency is open, with the seats it bought."""
    changes.opened = True
    changes.purchased = event.purchased
    changes.parts.update(("agency", "seats"))
    changes.at = ctx.now


def signed_up(changes: AgencyChanges, event: SignedUp, ctx: ActorContext) -> None:
    """A Pending login: listed, and holding no seat."""
    member = changes.member(event.member_id)
    member.new = NewMember(event.email, event.name, Role.CLINICIAN, event.seat_type)
    member.status = MemberStatus.PENDING_LOGIN
    changes.at = ctx.now
    changes.ended(ctx.correlation_id, event)


def sign_up_rejected(changes: AgencyChanges, event: SignUpRejected, ctx: ActorContext) -> None:
    """The address is known: for the one who asked it ends like any sign-up."""
    changes.ended(ctx.correlation_id, event)


def first_login(changes: AgencyChanges, event: FirstLogin, ctx: ActorContext) -> None:
    """Somebody came for the first time."""
    member = changes.member(event.member_id)
    member.first_login_at = member.last_seen_at = ctx.published_at
    changes.at = ctx.now


def login_recorded(changes: AgencyChanges, event: LoginRecorded, ctx: ActorContext) -> None:
    """Somebody came again. An agency's first admin, whom no capacity check let in, comes for the first time so."""
    member = changes.member(event.member_id)
    member.first_login_at = member.first_login_at or ctx.published_at
    member.last_seen_at = ctx.published_at
    changes.at = ctx.now
    changes.ended(ctx.correlation_id, event, event.member_id)


def activated(changes: AgencyChanges, event: Activated, ctx: ActorContext) -> None:
    """The member holds a seat."""
    member = changes.member(event.member_id)
    member.status = MemberStatus.ACTIVE
    member.blocked_reason = None
    member.plan_type = member.seat_type = event.seat_type
    member.role = event.role
    changes.close_links(event.member_id, LinkState.USED)
    changes.parts.add("seats")
    changes.at = ctx.now
    changes.ended(ctx.correlation_id, event, event.member_id)


def blocked(changes: AgencyChanges, event: Blocked, ctx: ActorContext) -> None:
    """The member found no seat."""
    member = changes.member(event.member_id)
    member.status = MemberStatus.BLOCKED
    member.blocked_reason = event.reason
    member.plan_type = None
    member.seat_type = event.seat_type
    changes.at = ctx.now
    changes.ended(ctx.correlation_id, event, event.member_id)


def invited(changes: AgencyChanges, event: Invited, ctx: ActorContext) -> None:
    """The member is Invited, with the newest link; somebody who was known before may have another name now."""
    member = changes.member(event.member_id)
    if event.before is None:
        member.new = NewMember(event.email, event.name, event.role, event.seat_type)
    member.email, member.name = event.email, event.name
    member.role, member.seat_type = event.role, event.seat_type
    member.status = MemberStatus.INVITED
    member.plan_type = member.blocked_reason = None
    member.invited_at = ctx.published_at
    changes.open_link(event.invitation_id, event.member_id, event.expires_at)
    changes.at = ctx.now
    changes.ended_about(ctx.correlation_id, event, event.member_id)


def reinvited(changes: AgencyChanges, event: Reinvited, ctx: ActorContext) -> None:
    """Who was invited anew has an event of their own; here is what became of each."""
    refused = [
        {"member_id": str(no.member_id), "code": no.code, "figures": no.figures.as_json()} for no in event.rejected
    ]
    result = {"done": [str(one) for one in event.done], "refused": refused}
    figures: FiguresJson = {"member_id": str(event.done[0])} if len(event.done) == 1 else {}
    changes.finished.append(
        Finished(ctx.correlation_id, event.type, OperationState.DONE, figures=figures, result=result)
    )


def invite_accepted(changes: AgencyChanges, event: InviteAccepted, ctx: ActorContext) -> None:
    """The invited came, and a seat is asked for: no link of theirs is needed any more."""
    member = changes.member(event.member_id)
    member.first_login_at = member.last_seen_at = ctx.published_at
    changes.close_links(event.member_id, LinkState.USED)
    changes.at = ctx.now


def seat_swapped(changes: AgencyChanges, event: SeatSwapped, ctx: ActorContext) -> None:
    """The Active member holds a seat of the other type, from the next request on."""
    _reseat(changes, event.member_id, event.seat_type, ctx)
    changes.ended_about(ctx.correlation_id, event, event.member_id)


def plan_type_changed(changes: AgencyChanges, event: PlanTypeChanged, ctx: ActorContext) -> None:
    """The same, as members says it after `activated`.

    seats knows of a seat before members has made anybody Active: its news of a swap may be here first, and changes
    nothing then.
    """
    _reseat(changes, event.member_id, event.plan_type, ctx)


def _reseat(changes: AgencyChanges, member_id: UUID, seat_type: SeatType, ctx: ActorContext) -> None:
    member = changes.member(member_id)
    if member.status is None:
        member.swapped = seat_type
    elif member.status is MemberStatus.ACTIVE:
        member.plan_type = member.seat_type = seat_type
    changes.parts.add("seats")
    changes.at = ctx.now


def domain_changed(changes: AgencyChanges, event: DomainChanged, ctx: ActorContext) -> None:
    """Other addresses may join by themselves now."""
    changes.domain = event.domain
    changes.parts.add("agency")
    changes.at = ctx.now
    changes.ended(ctx.correlation_id, event)


def role_changed(changes: AgencyChanges, event: RoleChanged, ctx: ActorContext) -> None:
    """The member is an admin, or none any more: from the next request on. An admin's API keys end with that."""
    changes.member(event.member_id).role = event.role
    if event.role is not Role.ADMIN:
        _end_keys(changes, event.member_id, ctx)
    changes.at = ctx.now
    changes.ended_about(ctx.correlation_id, event, event.member_id)


def removed(changes: AgencyChanges, event: Removed, ctx: ActorContext) -> None:
    """The member is gone: sessions, API keys and links end with it, and the seat is free."""
    member = changes.member(event.member_id)
    member.status = MemberStatus.REMOVED
    member.plan_type = member.blocked_reason = None
    member.removed_at = ctx.now
    changes.close_links(event.member_id, LinkState.ENDED)
    _end_keys(changes, event.member_id, ctx)
    changes.parts.add("seats")
    changes.at = ctx.now
    changes.ended(ctx.correlation_id, event)


def _end_keys(changes: AgencyChanges, member_id: UUID, ctx: ActorContext) -> None:
    """A key has the rights of the admin who made it, so it ends with them."""
    for key in changes.request_state.keys_of.pop(member_id, ()):
        changes.request_state.dead_keys.append(key.id)
        ctx.publish(ApiKeyRevoked(key_id=key.id, name=key.name))


def baa_signed(changes: AgencyChanges, event: BaaSigned, ctx: ActorContext) -> None:
    """Admin actions are open."""
    changes.baa = event
    changes.parts.update(("agency", "seats"))
    changes.at = ctx.now
    changes.ended(ctx.correlation_id, event)


def capacity_changed(changes: AgencyChanges, event: CapacityChanged, ctx: ActorContext) -> None:
    """Seats are purchased, being bought or waited for."""
    changes.capacity = Capacity(
        event.purchased, event.incoming, event.waiting, event.paused, event.unsettled, event.frozen
    )
    changes.parts.add("seats")
    changes.at = ctx.now


def auto_add_set(changes: AgencyChanges, event: AutoAddSet, ctx: ActorContext) -> None:
    """Auto-Add is ON or OFF."""
    changes.auto_add = event.enabled
    changes.parts.add("seats")
    changes.at = ctx.now
    changes.ended(ctx.correlation_id, event)


def portal_opened(changes: AgencyChanges, answer: PortalOpened, ctx: ActorContext) -> None:
    """The billing portal's address, sealed: kept until the one who asked has it."""
    changes.finished.append(
        Finished(ctx.correlation_id, answer.type, OperationState.DONE, sealed=answer.sealed),
    )


def quoted(changes: AgencyChanges, answer: Quoted, ctx: ActorContext) -> None:
    """A preview: kept with the operation, for whoever asked."""
    changes.ended_with(ctx.correlation_id, answer)


def quote_rejected(changes: AgencyChanges, answer: QuoteRejected, ctx: ActorContext) -> None:
    """There is no preview."""
    changes.refused(ctx.correlation_id, answer, answer.code, answer.figures)


def changed(changes: AgencyChanges, event: SeatsAdjusted | CycleSwitched | PaymentRetried, ctx: ActorContext) -> None:
    """A change of money is made: its result is kept with the operation. Other events tell what it changed."""
    changes.ended_with(ctx.correlation_id, event)


def command_rejected(changes: AgencyChanges, event: CommandRejected, _turn: ActorContext) -> None:
    """An owner's "no" to the command it names: one that followed from ours has another id, and ours goes on."""
    changes.refused(UUID(event.command_id), event, event.code, event.figures)


def signed_in(changes: AgencyChanges, event: SignedIn, ctx: ActorContext) -> None:
    """A session began."""
    changes.member(event.member_id).last_seen_at = event.at
    changes.at = ctx.now


_HANDLERS: Mapping[type[Message], Handler] = {
    AgencyFounded: agency_founded,
    AgencyRejected: agency_rejected,
    SignedUp: signed_up,
    SignUpRejected: sign_up_rejected,
    FirstLogin: first_login,
    LoginRecorded: login_recorded,
    Activated: activated,
    Blocked: blocked,
    Invited: invited,
    Reinvited: reinvited,
    InviteAccepted: invite_accepted,
    DomainChanged: domain_changed,
    RoleChanged: role_changed,
    Removed: removed,
    BaaSigned: baa_signed,
    MembersCommandRejected: command_rejected,
    CapacityChanged: capacity_changed,
    SeatSwapped: seat_swapped,
    PlanTypeChanged: plan_type_changed,
    AutoAddSet: auto_add_set,
    SeatsAdjusted: changed,
    PaymentRetried: changed,
    SeatsCommandRejected: command_rejected,
    AccountOpened: account_opened,
    PortalOpened: portal_opened,
    Quoted: quoted,
    QuoteRejected: quote_rejected,
    CycleSwitched: changed,
    BillingCommandRejected: command_rejected,
    SignedIn: signed_in,
}
HANDLERS = with_projections(_HANDLERS)
