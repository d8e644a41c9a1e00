"""What members does with each message that it hears."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never
from uuid import UUID

from chassis.actor import Handler, Turn
from contracts import members as said
from contracts.billing import AccountRefused
from contracts.message import Message
from contracts.seats import CapacityChanged, SeatAssigned, SeatDenied, SeatReleased, SeatSwapped
from contracts.vocabulary import Quantities, Refusal, mailbox_of
from services.members.domain import (
    accept_invite,
    activation,
    admin_action,
    capacity,
    change_role,
    first_login,
    found_agency,
    opening,
    plan_type,
    remove,
    set_domain,
    sign_baa,
    sign_up,
)
from services.members.domain.agency import Agency, Baa, Member
from services.members.inviting import accept, on_accept_invite, on_add_admin, on_invite, on_reinvite
from services.members.state import Roster


def on_found_agency(roster: Roster, order: said.FoundAgency, turn: Turn) -> None:
    """An operator opens an agency."""
    application = found_agency.Application(
        name=order.name,
        domain=order.domain,
        admin_email=order.admin_email,
        admin_name=order.admin_name,
        admin_seat_type=order.admin_seat_type,
        buys=Quantities(order.base, order.voice),
    )
    claim = roster.claims.get(found_agency.normal_domain(order.domain))
    match found_agency.found_agency(application, claim, roster.agency, turn.new_id()):
        case found_agency.Found(agency, admin):
            roster.set_agency(agency)
            roster.enter(admin)
            turn.say(_founded(order, agency, admin))
        case found_agency.Refuse(agency, code, figures):
            roster.set_agency(agency)
            turn.say(said.AgencyRefused(code=code, figures=figures))
        case found_agency.Decided():
            turn.refuse(Refusal.WRONG_STATUS)
        case never:
            assert_never(never)


def _founded(order: said.FoundAgency, agency: Agency, admin: Member) -> said.AgencyFounded:
    return said.AgencyFounded(
        name=agency.name,
        domain=agency.domain,
        cycle=order.cycle,
        base=order.base,
        voice=order.voice,
        payment_method=order.payment_method,
        admin_id=admin.id,
        admin_email=admin.email,
        admin_name=admin.name,
        admin_seat_type=admin.seat_type,
    )


def on_sign_up(roster: Roster, order: said.SignUp, turn: Turn) -> None:
    """Somebody claims an address on the auto-join domain."""
    known = roster.by_mailbox.get(mailbox_of(order.email))
    match sign_up.sign_up(roster.agency, known, order.email, order.name, order.seat_type, turn.new_id()):
        case sign_up.Enter(member):
            roster.enter(member)
            turn.say(
                said.SignedUp(member_id=member.id, email=member.email, name=member.name, seat_type=member.seat_type)
            )
        case sign_up.Known(member):
            turn.say(said.SignUpRefused(member_id=member.id, email=member.email, status=member.status))
        case sign_up.OtherDomain(auto_join):
            turn.refuse(Refusal.DOMAIN_NOT_AUTO_JOIN, domain=auto_join)
        case never:
            assert_never(never)


def on_record_login(roster: Roster, order: said.RecordLogin, turn: Turn) -> None:
    """Somebody proved that a mailbox is theirs."""
    match first_login.record_login(roster.agency, roster.by_id.get(order.member_id), turn.correlation_id):
        case first_login.CheckCapacity(member):
            roster.change(member)
            turn.say(said.FirstLogin(member_id=member.id, seat_type=member.seat_type))
        case accept_invite.Accept() as accepted:
            accept(roster, accepted, turn)
        case first_login.Record(member):
            turn.say(_recorded(member))
        case first_login.Unknown():
            turn.refuse(Refusal.UNKNOWN_MEMBER)
        case never:
            assert_never(never)


def _recorded(member: Member) -> said.LoginRecorded:
    return said.LoginRecorded(member_id=member.id, status=member.status, blocked_reason=member.blocked_reason)


def on_sign_baa(roster: Roster, order: said.SignBaa, turn: Turn) -> None:
    """An admin signs the BAA."""
    signer = turn.actor.member_id or UUID(int=0)
    baa = Baa(signer, order.signer_name, order.signer_title, order.version, turn.now)
    match sign_baa.sign_baa(roster.agency, roster.by_id.get(signer), baa):
        case sign_baa.Sign(agency, signed):
            roster.set_agency(agency)
            turn.say(_baa_signed(signed))
        case sign_baa.StandsAlready(standing):
            turn.say(_baa_signed(standing, again=True))
        case sign_baa.SignedByAnother(standing):
            turn.refuse(
                Refusal.WRONG_STATUS,
                signer_name=standing.signer_name,
                signed_at=standing.signed_at.isoformat(),
            )
        case sign_baa.NotAnAdmin():
            turn.refuse(Refusal.NOT_AN_ADMIN)
        case sign_baa.OtherVersion(current):
            turn.refuse(Refusal.INVALID_REQUEST, field="version", current=current)
        case never:
            assert_never(never)


def _baa_signed(baa: Baa, *, again: bool = False) -> said.BaaSigned:
    return said.BaaSigned(
        signer_id=baa.signer_id,
        signer_name=baa.signer_name,
        signer_title=baa.signer_title,
        version=baa.version,
        signed_at=baa.signed_at,
        again=again,
    )


def on_change_role(roster: Roster, order: said.ChangeRole, turn: Turn) -> None:
    """An admin gives somebody a role."""
    match change_role.change_role(_asked(roster, order.member_id, turn), order.role):
        case change_role.Changed(member, before):
            roster.change(member)
            turn.say(said.RoleChanged(member_id=member.id, before=before, role=member.role))
        case admin_action.Refuse(code, figures):
            turn.refuse(code, **figures)
        case never:
            assert_never(never)


def on_remove(roster: Roster, order: said.Remove, turn: Turn) -> None:
    """An admin removes somebody."""
    match remove.remove(_asked(roster, order.member_id, turn)):
        case remove.Removed(member, before, held):
            roster.change(member)
            turn.say(said.Removed(member_id=member.id, before=before, plan_type=held))
        case admin_action.Refuse(code, figures):
            turn.refuse(code, **figures)
        case never:
            assert_never(never)


def _asked(roster: Roster, subject: UUID, turn: Turn) -> admin_action.Asked:
    return admin_action.Asked(roster.agency, roster.who(turn.actor), roster.by_id.get(subject), roster.by_id.values())


def on_set_domain(roster: Roster, order: said.SetDomain, turn: Turn) -> None:
    """An admin sets the domain whose owners may join by themselves."""
    claim = roster.claims.get(found_agency.normal_domain(order.domain))
    match set_domain.set_domain(roster.agency, roster.who(turn.actor), order.domain, claim):
        case set_domain.Set(agency, before):
            roster.set_agency(agency)
            turn.say(said.DomainChanged(before=before, domain=agency.domain))
        case admin_action.Refuse(code, figures):
            turn.refuse(code, **figures)
        case never:
            assert_never(never)


def on_seat_assigned(roster: Roster, fact: SeatAssigned, turn: Turn) -> None:
    """A paid seat is somebody's."""
    match activation.seat_assigned(roster.by_id.get(fact.member_id), fact.seat_type, turn.correlation_id):
        case activation.Activate(member, before):
            roster.change(member)
            seat_type, role = fact.seat_type, member.role
            turn.say(said.Activated(member_id=member.id, seat_type=seat_type, role=role, before=before))
        case activation.LetGo(member):
            turn.say(_recorded(member))
        case activation.TooLate():
            pass
        case never:
            assert_never(never)


def on_seat_denied(roster: Roster, fact: SeatDenied, turn: Turn) -> None:
    """There is no seat for somebody."""
    match activation.seat_denied(roster.agency, roster.by_id.get(fact.member_id), fact.reason, turn.correlation_id):
        case activation.Block(member, before):
            roster.change(member)
            seat_type, reason = fact.seat_type, fact.reason
            turn.say(said.Blocked(member_id=member.id, seat_type=seat_type, reason=reason, before=before))
        case activation.LetGo(member):
            roster.change(member)
            turn.say(_recorded(member))
        case activation.TooLate():
            pass
        case never:
            assert_never(never)


def on_seat_released(roster: Roster, fact: SeatReleased, turn: Turn) -> None:
    """Somebody removed waits no more: the login that they waited with is over."""
    match activation.seat_released(roster.by_id.get(fact.member_id), held=fact.held):
        case activation.LetGo(member):
            turn.say(_recorded(member))
        case activation.TooLate():
            pass
        case never:
            assert_never(never)


def on_seat_swapped(roster: Roster, fact: SeatSwapped, turn: Turn) -> None:
    """Somebody's seat is of another type."""
    match plan_type.seat_swapped(roster.by_id.get(fact.member_id), fact.seat_type):
        case plan_type.Changed(member, before):
            roster.change(member)
            turn.say(said.PlanTypeChanged(member_id=member.id, before=before, plan_type=fact.seat_type))
        case plan_type.Unchanged():
            pass
        case never:
            assert_never(never)


def on_capacity_changed(roster: Roster, fact: CapacityChanged, turn: Turn) -> None:  # noqa: ARG001  it answers nobody
    """What is purchased and waited for, and whether it is frozen: what an invite may count on."""
    roster.capacity = capacity.heard(
        roster.capacity, fact.purchased.quantities(), fact.waiting.quantities(), fact.frozen
    )


def on_account_refused(roster: Roster, fact: AccountRefused, turn: Turn) -> None:
    """The agency's card was not good for its account."""
    match opening.account_refused(roster.agency):
        case opening.Withdraw(agency):
            roster.set_agency(agency)
            figures = {"decline_code": fact.decline_code} if fact.decline_code is not None else {}
            turn.say(said.AgencyRefused(code=fact.code, figures=dict(figures)))
        case opening.NotThere():
            pass
        case never:
            assert_never(never)


HEARD: Mapping[type[Message], Handler] = {
    said.FoundAgency: on_found_agency,
    said.SignUp: on_sign_up,
    said.RecordLogin: on_record_login,
    said.AcceptInvite: on_accept_invite,
    said.SignBaa: on_sign_baa,
    said.Invite: on_invite,
    said.Reinvite: on_reinvite,
    said.ChangeRole: on_change_role,
    said.Remove: on_remove,
    said.SetDomain: on_set_domain,
    said.AddAdmin: on_add_admin,
    SeatAssigned: on_seat_assigned,
    SeatDenied: on_seat_denied,
    SeatReleased: on_seat_released,
    SeatSwapped: on_seat_swapped,
    CapacityChanged: on_capacity_changed,
    AccountRefused: on_account_refused,
}
