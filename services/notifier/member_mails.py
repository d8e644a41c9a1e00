"""Handlers of the events about people: they store what mails need, and mail the people whom a change concerns."""

from __future__ import annotations

from dataclasses import replace

from chassis.actor import ActorContext
from contracts.erasing import Subject
from contracts.members import Activated, Blocked, DetailsChanged, PlanTypeChanged, Removed, RoleChanged, SignedUp
from contracts.members_agencies import AgencyFounded, AgencyRejected, AgencyRenamed, BaaOutdated
from contracts.members_erasure import Erased
from contracts.personal import ERASED_NAME, erased_address
from contracts.seats_purchases import PurchaseStarted
from contracts.vocabulary import ActorKind, BlockedReason, MemberStatus, RejectionCode, Role, mailbox_of
from hosting.erasure import begin
from services.notifier.blocked_digest import set_timer
from services.notifier.domain.declined_mail import is_named_in_declined_mail
from services.notifier.domain.digest import with_blocked
from services.notifier.domain.waited_long import deserves_a_mail
from services.notifier.domain.welcome import WELCOME_AFTER, is_welcomed
from services.notifier.invitation_mails import cancel_invitation
from services.notifier.mailing import mail_admins, mail_operator, mail_person
from services.notifier.mails import member_kinds, operator_kinds
from services.notifier.state import Agency, Person, Purchase


def agency_founded(agency: Agency, event: AgencyFounded, _: ActorContext) -> None:
    """Store the agency and its first admin, who is not Active yet."""
    agency.found(event.name)
    agency.put(
        Person(
            member_id=event.admin_id,
            email=event.admin_email,
            name=event.admin_name,
            role=Role.ADMIN,
            status=MemberStatus.PENDING_LOGIN,
            seat_type=event.admin_seat_type,
        ),
    )


def agency_renamed(agency: Agency, event: AgencyRenamed, _: ActorContext) -> None:
    """Store the name that mails show from now on."""
    agency.rename(event.name)


def baa_outdated(agency: Agency, event: BaaOutdated, ctx: ActorContext) -> None:
    """Mail the admins what is locked when, or that it is locked now."""
    mail = member_kinds.SignBaaAgain(agency.display_name, event.version, event.sign_by, event.stage)
    mail_admins(agency, mail, ctx.id, ctx)


def agency_rejected(agency: Agency, event: AgencyRejected, ctx: ActorContext) -> None:
    """Delete an agency whose founding was rejected; because of Stripe, mail its first admin and the operator."""
    if event.code is RejectionCode.BILLING_UNAVAILABLE and agency.name is not None:
        mail_operator(operator_kinds.OpeningDelayed(agency.name, None), ctx.id, ctx)
        for founder in agency.people.values():
            mail_person(member_kinds.NotOpened(agency.name, founder.name), ctx.id, founder, ctx)
    agency.delete()


def signed_up(agency: Agency, event: SignedUp, _: ActorContext) -> None:
    """Store a person who has not logged in yet."""
    agency.put(
        Person(event.member_id, event.email, event.name, Role.CLINICIAN, MemberStatus.PENDING_LOGIN, event.seat_type),
    )


def details_changed(agency: Agency, event: DetailsChanged, _: ActorContext) -> None:
    """Store the details that mails name and go to from now on."""
    person = agency.people[event.member_id]
    agency.put(replace(person, email=event.email, name=event.name, seat_type=event.seat_type))


def purchase_started(agency: Agency, event: PurchaseStarted, _: ActorContext) -> None:
    """Store the first of those who wait for this purchase, and how many others there are."""
    agency.set_purchase(Purchase(event.operation_id, event.waiting_count - len(event.waiting)))
    for waiter in event.waiting:
        person = agency.people[waiter.member_id]
        agency.put(replace(person, operation_id=event.operation_id, waiting_since=waiter.since))


def activated(agency: Agency, event: Activated, ctx: ActorContext) -> None:
    """Store the Active member. Welcome the first admin; mail others who were Blocked or waited long for a purchase."""
    person = agency.people[event.member_id]
    cancel_invitation(person, ctx)
    is_mailed = deserves_a_mail(person.status, event.waited_since, ctx.now)
    active = replace(
        _without_wait(person),
        status=MemberStatus.ACTIVE,
        role=event.role,
        seat_type=event.seat_type,
        blocked_reason=None,
        blocked_detail=None,
        blocked_at=None,
        digest_id=None,
    )
    agency.put(active)
    if is_welcomed(person.role, person.status):
        welcome = member_kinds.Welcome(agency.display_name, person.name, event.seat_type)
        mail_person(welcome, ctx.id, active, ctx, after=WELCOME_AFTER)
    elif is_mailed:
        mail_person(member_kinds.YouAreIn(agency.display_name, person.name, event.seat_type), ctx.id, active, ctx)


def _request_declined(agency: Agency, event: Blocked, ctx: ActorContext) -> None:
    """Mail the person whose request was declined, and take them out of the digest."""
    person = replace(agency.people[event.member_id], blocked_reason=event.reason, blocked_detail=None, digest_id=None)
    agency.put(person)
    mail = member_kinds.RequestDeclined(agency.display_name, person.name, event.seat_type, event.note)
    mail_person(mail, ctx.id, person, ctx)


def blocked(agency: Agency, event: Blocked, ctx: ActorContext) -> None:
    """Add the Blocked person to the digest, unless a declined purchase's mail names them."""
    if event.reason is BlockedReason.REQUEST_DECLINED:
        _request_declined(agency, event, ctx)
        return
    person = agency.people[event.member_id]
    cancel_invitation(person, ctx)
    digest = None
    if not is_named_in_declined_mail(event.reason, event.detail, event.operation_id):
        digest = with_blocked(agency.digest, ctx.id, ctx.now)
        agency.set_digest(digest)
        set_timer(digest, ctx)
    agency.put(
        replace(
            _without_wait(person),
            status=MemberStatus.BLOCKED,
            seat_type=event.seat_type,
            blocked_reason=event.reason,
            blocked_detail=event.detail,
            blocked_at=ctx.now,
            digest_id=digest.id if digest is not None else None,
        ),
    )


def role_changed(agency: Agency, event: RoleChanged, ctx: ActorContext) -> None:
    """Store the new role, and mail the person what it means. Send no mail if the role is the same as before."""
    person = replace(agency.people[event.member_id], role=event.role)
    agency.put(person)
    if event.before is not event.role:
        by_operator, by_self = ctx.actor.kind is ActorKind.OPERATOR, ctx.actor.member_id == event.member_id
        mail_person(
            member_kinds.RoleChanged(agency.display_name, person.name, event.role, by_operator, by_self),
            ctx.id,
            person,
            ctx,
        )


def plan_type_changed(agency: Agency, event: PlanTypeChanged, _: ActorContext) -> None:
    """Store the seat type that the person holds now."""
    agency.put(replace(agency.people[event.member_id], seat_type=event.plan_type))


def removed(agency: Agency, event: Removed, ctx: ActorContext) -> None:
    """Mail the removed person, and drop them from the digest."""
    cancel_invitation(agency.people[event.member_id], ctx)
    person = replace(
        _without_wait(agency.people[event.member_id]),
        status=MemberStatus.REMOVED,
        blocked_reason=None,
        blocked_detail=None,
        blocked_at=None,
        digest_id=None,
    )
    agency.put(person)
    mail = member_kinds.Removed(agency.display_name, person.name, event.before, person.role is Role.ADMIN)
    mail_person(mail, ctx.id, person, ctx)


def erased(agency: Agency, event: Erased, ctx: ActorContext) -> None:
    """Leave the name and the address out of the person's row, so that no mail names or reaches them any more."""
    person = agency.people.get(event.member_id)
    if person is None:
        begin(ctx, Subject(event.member_id))
        return
    agency.put(replace(person, email=erased_address(person.member_id), name=ERASED_NAME, advised_at=None))
    begin(ctx, Subject(person.member_id, frozenset({mailbox_of(person.email)})))


def _without_wait(person: Person) -> Person:
    return replace(person, waiting_since=None, operation_id=None)
