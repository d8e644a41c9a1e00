"""From facts to the read model: each says what is new, and ends the order that it answers, if that was ours."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from chassis.actor import Handler, Turn
from contracts.billing import AccountOpened, BillingOrderRefused, CycleSwitched, PortalOpened, Quoted, QuoteRefused
from contracts.gateway import ApiKeyRevoked, SignedIn
from contracts.members import (
    Activated,
    AgencyFounded,
    AgencyRefused,
    BaaSigned,
    Blocked,
    DomainChanged,
    FirstLogin,
    InviteAccepted,
    Invited,
    LoginRecorded,
    MembersOrderRefused,
    PlanTypeChanged,
    Reinvited,
    Removed,
    RoleChanged,
    SignedUp,
    SignUpRefused,
)
from contracts.message import Figures, Message, OrderRefused
from contracts.seats import (
    AutoAddSet,
    CapacityChanged,
    PaymentRetried,
    SeatsAdjusted,
    SeatsOrderRefused,
    SeatSwapped,
)
from contracts.vocabulary import MemberStatus, Role, SeatType
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.invitation_link import LinkState
from services.gateway.projection import with_projections
from services.gateway.state import AgencyNews, Capacity, Finished, NewMember


def agency_founded(news: AgencyNews, fact: AgencyFounded, turn: Turn) -> None:
    """The agency and its first admin exist; its account is still to be opened."""
    news.founded = fact
    news.parts.add("agency")
    admin = news.member(fact.admin_id)
    admin.new = NewMember(fact.admin_email, fact.admin_name, Role.ADMIN, fact.admin_seat_type)
    admin.status = MemberStatus.PENDING_LOGIN
    news.at = turn.now


def agency_refused(news: AgencyNews, fact: AgencyRefused, turn: Turn) -> None:
    """There is no such agency after all."""
    news.gone = True
    news.refused(turn.correlation_id, fact, fact.code, fact.figures)


def account_opened(news: AgencyNews, fact: AccountOpened, turn: Turn) -> None:
    """The agency is open, with the seats it bought."""
    news.opened = True
    news.purchased = fact.purchased
    news.parts.update(("agency", "seats"))
    news.at = turn.now


def signed_up(news: AgencyNews, fact: SignedUp, turn: Turn) -> None:
    """A Pending login: listed, and holding no seat."""
    member = news.member(fact.member_id)
    member.new = NewMember(fact.email, fact.name, Role.CLINICIAN, fact.seat_type)
    member.status = MemberStatus.PENDING_LOGIN
    news.at = turn.now
    news.ended(turn.correlation_id, fact)


def sign_up_refused(news: AgencyNews, fact: SignUpRefused, turn: Turn) -> None:
    """The address is known: for the one who asked it ends like any sign-up."""
    news.ended(turn.correlation_id, fact)


def first_login(news: AgencyNews, fact: FirstLogin, turn: Turn) -> None:
    """Somebody came for the first time."""
    member = news.member(fact.member_id)
    member.first_login_at = member.last_seen_at = turn.said_at
    news.at = turn.now


def login_recorded(news: AgencyNews, fact: LoginRecorded, turn: Turn) -> None:
    """Somebody came again. An agency's first admin, whom no capacity check let in, comes for the first time so."""
    member = news.member(fact.member_id)
    member.first_login_at = member.first_login_at or turn.said_at
    member.last_seen_at = turn.said_at
    news.at = turn.now
    news.ended(turn.correlation_id, fact, fact.member_id)


def activated(news: AgencyNews, fact: Activated, turn: Turn) -> None:
    """The member holds a seat."""
    member = news.member(fact.member_id)
    member.status = MemberStatus.ACTIVE
    member.blocked_reason = None
    member.plan_type = member.seat_type = fact.seat_type
    member.role = fact.role
    news.close_links(fact.member_id, LinkState.USED)
    news.parts.add("seats")
    news.at = turn.now
    news.ended(turn.correlation_id, fact, fact.member_id)


def blocked(news: AgencyNews, fact: Blocked, turn: Turn) -> None:
    """The member found no seat."""
    member = news.member(fact.member_id)
    member.status = MemberStatus.BLOCKED
    member.blocked_reason = fact.reason
    member.plan_type = None
    member.seat_type = fact.seat_type
    news.at = turn.now
    news.ended(turn.correlation_id, fact, fact.member_id)


def invited(news: AgencyNews, fact: Invited, turn: Turn) -> None:
    """The member is Invited, with the newest link; somebody who was known before may have another name now."""
    member = news.member(fact.member_id)
    if fact.before is None:
        member.new = NewMember(fact.email, fact.name, fact.role, fact.seat_type)
    member.email, member.name = fact.email, fact.name
    member.role, member.seat_type = fact.role, fact.seat_type
    member.status = MemberStatus.INVITED
    member.plan_type = member.blocked_reason = None
    member.invited_at = turn.said_at
    news.open_link(fact.invitation_id, fact.member_id, fact.expires_at)
    news.at = turn.now
    news.ended_about(turn.correlation_id, fact, fact.member_id)


def reinvited(news: AgencyNews, fact: Reinvited, turn: Turn) -> None:
    """Who was invited anew has a fact of their own; here is what became of each."""
    refused = [{"member_id": str(no.member_id), "code": no.code, "figures": no.figures} for no in fact.refused]
    result = {"done": [str(one) for one in fact.done], "refused": refused}
    figures: Figures = {"member_id": str(fact.done[0])} if len(fact.done) == 1 else {}
    news.finished.append(Finished(turn.correlation_id, fact.type, OperationState.DONE, figures=figures, result=result))


def invite_accepted(news: AgencyNews, fact: InviteAccepted, turn: Turn) -> None:
    """The invited came, and a seat is asked for: no link of theirs is needed any more."""
    member = news.member(fact.member_id)
    member.first_login_at = member.last_seen_at = turn.said_at
    news.close_links(fact.member_id, LinkState.USED)
    news.at = turn.now


def seat_swapped(news: AgencyNews, fact: SeatSwapped, turn: Turn) -> None:
    """The Active member holds a seat of the other type, from the next request on."""
    _reseat(news, fact.member_id, fact.seat_type, turn)
    news.ended_about(turn.correlation_id, fact, fact.member_id)


def plan_type_changed(news: AgencyNews, fact: PlanTypeChanged, turn: Turn) -> None:
    """The same, as members says it after `activated`.

    seats knows of a seat before members has made anybody Active: its news of a swap may be here first, and changes
    nothing then.
    """
    _reseat(news, fact.member_id, fact.plan_type, turn)


def _reseat(news: AgencyNews, member_id: UUID, seat_type: SeatType, turn: Turn) -> None:
    member = news.member(member_id)
    if member.status is None:
        member.swapped = seat_type
    elif member.status is MemberStatus.ACTIVE:
        member.plan_type = member.seat_type = seat_type
    news.parts.add("seats")
    news.at = turn.now


def domain_changed(news: AgencyNews, fact: DomainChanged, turn: Turn) -> None:
    """Other addresses may join by themselves now."""
    news.domain = fact.domain
    news.parts.add("agency")
    news.at = turn.now
    news.ended(turn.correlation_id, fact)


def role_changed(news: AgencyNews, fact: RoleChanged, turn: Turn) -> None:
    """The member is an admin, or none any more: from the next request on. An admin's API keys end with that."""
    news.member(fact.member_id).role = fact.role
    if fact.role is not Role.ADMIN:
        _end_keys(news, fact.member_id, turn)
    news.at = turn.now
    news.ended_about(turn.correlation_id, fact, fact.member_id)


def removed(news: AgencyNews, fact: Removed, turn: Turn) -> None:
    """The member is gone: sessions, API keys and links end with it, and the seat is free."""
    member = news.member(fact.member_id)
    member.status = MemberStatus.REMOVED
    member.plan_type = member.blocked_reason = None
    member.removed_at = turn.now
    news.close_links(fact.member_id, LinkState.ENDED)
    _end_keys(news, fact.member_id, turn)
    news.parts.add("seats")
    news.at = turn.now
    news.ended(turn.correlation_id, fact)


def _end_keys(news: AgencyNews, member_id: UUID, turn: Turn) -> None:
    """A key has the rights of the admin who made it, so it ends with them."""
    for key in news.desk.keys_of.pop(member_id, ()):
        news.desk.dead_keys.append(key.id)
        turn.say(ApiKeyRevoked(key_id=key.id, name=key.name))


def baa_signed(news: AgencyNews, fact: BaaSigned, turn: Turn) -> None:
    """Admin actions are open."""
    news.baa = fact
    news.parts.update(("agency", "seats"))
    news.at = turn.now
    news.ended(turn.correlation_id, fact)


def capacity_changed(news: AgencyNews, fact: CapacityChanged, turn: Turn) -> None:
    """Seats are purchased, being bought or waited for."""
    news.capacity = Capacity(fact.purchased, fact.incoming, fact.waiting, fact.paused, fact.unsettled, fact.frozen)
    news.parts.add("seats")
    news.at = turn.now


def auto_add_set(news: AgencyNews, fact: AutoAddSet, turn: Turn) -> None:
    """Auto-Add is ON or OFF."""
    news.auto_add = fact.enabled
    news.parts.add("seats")
    news.at = turn.now
    news.ended(turn.correlation_id, fact)


def portal_opened(news: AgencyNews, answer: PortalOpened, turn: Turn) -> None:
    """The billing portal's address, sealed: kept until the one who asked has it."""
    news.finished.append(
        Finished(turn.correlation_id, answer.type, OperationState.DONE, sealed=answer.sealed),
    )


def quoted(news: AgencyNews, answer: Quoted, turn: Turn) -> None:
    """A preview: kept with the operation, for whoever asked."""
    news.ended_with(turn.correlation_id, answer)


def quote_refused(news: AgencyNews, answer: QuoteRefused, turn: Turn) -> None:
    """There is no preview."""
    news.refused(turn.correlation_id, answer, answer.code, answer.figures)


def changed(news: AgencyNews, fact: SeatsAdjusted | CycleSwitched | PaymentRetried, turn: Turn) -> None:
    """A change of money is made: what it came to is kept with the operation. What it changed is told by other facts."""
    news.ended_with(turn.correlation_id, fact)


def order_refused(news: AgencyNews, fact: OrderRefused, _turn: Turn) -> None:
    """An owner's "no" to the order it names: one that followed from ours has another id, and ours goes on."""
    news.refused(UUID(fact.order_id), fact, fact.code, fact.figures)


def signed_in(news: AgencyNews, fact: SignedIn, turn: Turn) -> None:
    """A session began."""
    news.member(fact.member_id).last_seen_at = fact.at
    news.at = turn.now


_HANDLERS: Mapping[type[Message], Handler] = {
    AgencyFounded: agency_founded,
    AgencyRefused: agency_refused,
    SignedUp: signed_up,
    SignUpRefused: sign_up_refused,
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
    MembersOrderRefused: order_refused,
    CapacityChanged: capacity_changed,
    SeatSwapped: seat_swapped,
    PlanTypeChanged: plan_type_changed,
    AutoAddSet: auto_add_set,
    SeatsAdjusted: changed,
    PaymentRetried: changed,
    SeatsOrderRefused: order_refused,
    AccountOpened: account_opened,
    PortalOpened: portal_opened,
    Quoted: quoted,
    QuoteRefused: quote_refused,
    CycleSwitched: changed,
    BillingOrderRefused: order_refused,
    SignedIn: signed_in,
}
HEARD = with_projections(_HANDLERS)
