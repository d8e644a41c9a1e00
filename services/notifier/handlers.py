"""One short function per message heard and per way a task ends: they note what mails need, and record the mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from uuid import UUID

from chassis.actor import ActorContext, Handler
from contracts.billing import PaymentFailed, Settled, StripeTimedOut, SubscriptionChanged, SubscriptionEnded
from contracts.gateway import CodesLimited
from contracts.members import (
    Activated,
    AgencyFounded,
    AgencyRejected,
    Blocked,
    FirstLogin,
    Invited,
    PlanTypeChanged,
    Removed,
    RoleChanged,
    SignedUp,
    SignUpRejected,
)
from contracts.message import Message
from contracts.notifier import MailFailed, MailSent, Send
from contracts.seats import (
    AutoAddResumed,
    Frozen,
    PurchaseDeclined,
    PurchaseStarted,
    SeatAssigned,
    SeatsAutoAdded,
    Thawed,
)
from contracts.vocabulary import ActorKind, BlockedReason, MemberStatus, Role
from services.notifier.billing_mails import (
    auto_add_resumed,
    frozen,
    payment_failed,
    purchase_declined,
    seats_auto_added,
    settled,
    stripe_timed_out,
    subscription_changed,
    subscription_ended,
    thawed,
)
from services.notifier.domain.declined_mail import is_told_by_the_declined_mail
from services.notifier.domain.digest import Digest, gathered
from services.notifier.domain.message_id import mail_id
from services.notifier.domain.waited_long import deserves_a_mail
from services.notifier.mailing import CODE, DIGEST, INVITATION, mail_admins, named, post
from services.notifier.mails import kinds
from services.notifier.mails.letters import CodeOver, DigestTimer, LetterOver, SealedInvitation, SealedLetter
from services.notifier.state import Agency, Person


def send(_: Agency, command: Send, ctx: ActorContext) -> None:
    """A login code is mailed; it stays sealed until the mail is built."""
    own_id = mail_id("login_code", ctx.id, command.member_id)
    letter = SealedLetter(
        id=own_id,
        member_id=command.member_id,
        to=command.email,
        sealed=command.sealed,
        expires_at=command.expires_at,
    )
    ctx.task(CODE, letter, lane=f"mail:{own_id}", key=f"mail:{own_id}")


def agency_founded(agency: Agency, event: AgencyFounded, _: ActorContext) -> None:
    """Note the agency and its first admin, who is not Active yet."""
    agency.founded(event.name)
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


def agency_rejected(agency: Agency, _: AgencyRejected, __: ActorContext) -> None:
    """Forget an agency that never was."""
    agency.refused()


def signed_up(agency: Agency, event: SignedUp, _: ActorContext) -> None:
    """Note somebody who may log in one day."""
    agency.put(
        Person(event.member_id, event.email, event.name, Role.CLINICIAN, MemberStatus.PENDING_LOGIN, event.seat_type),
    )


def sign_up_rejected(agency: Agency, event: SignUpRejected, ctx: ActorContext) -> None:
    """Who signs up again is told, at the address that is known, what to do."""
    person = agency.people[event.member_id]
    post(kinds.AccountExists(agency.called, person.name, event.status), ctx.id, person, ctx)


def invited(agency: Agency, event: Invited, ctx: ActorContext) -> None:
    """Who is invited, or invited anew, gets the link; it stays sealed until the mail is built. No digest names them.

    A member has one such mail at a time: one that was not sent yet has a dead link when there is a newer.
    """
    own_id = mail_id("invitation", ctx.id, event.member_id)
    inviter = agency.people.get(ctx.actor.member_id) if ctx.actor.member_id is not None else None
    agency.put(
        Person(event.member_id, event.email, event.name, event.role, MemberStatus.INVITED, event.seat_type),
    )
    letter = SealedInvitation(
        id=own_id,
        member_id=event.member_id,
        to=event.email,
        sealed=event.sealed,
        agency=agency.called,
        name=event.name,
        inviter=inviter.name if inviter is not None else None,
        seat_type=event.seat_type,
        role=event.role,
        before=event.before,
        expires_at=event.expires_at,
    )
    key = _invitation_of(event.member_id)
    ctx.task(INVITATION, letter, lane=key, key=key)


def _invitation_of(member_id: UUID) -> str:
    return f"{INVITATION}:{member_id}"


def _needs_no_link(person: Person, ctx: ActorContext) -> None:
    """An invitation that was not sent yet is of no use any more."""
    if person.status is MemberStatus.INVITED:
        ctx.cancel(_invitation_of(person.member_id))


def first_login(agency: Agency, event: FirstLogin, ctx: ActorContext) -> None:
    """From here on the person waits."""
    agency.put(replace(agency.people[event.member_id], waiting_since=ctx.now, seat_type=event.seat_type))


def purchase_started(agency: Agency, event: PurchaseStarted, _: ActorContext) -> None:
    """Note who waits for this purchase."""
    for waiter in event.waiting:
        agency.put(replace(agency.people[waiter.member_id], operation_id=event.operation_id))


def seat_assigned(agency: Agency, event: SeatAssigned, _: ActorContext) -> None:
    """Note for whom a seat was bought."""
    if event.operation_id is not None:
        agency.put(replace(agency.people[event.member_id], operation_id=event.operation_id, bought=True))


def activated(agency: Agency, event: Activated, ctx: ActorContext) -> None:
    """Who was Blocked, or waited long for a purchase, hears that they are in."""
    person = agency.people[event.member_id]
    _needs_no_link(person, ctx)
    tell = deserves_a_mail(person.status, person.waiting_since, bought=person.bought, now=ctx.now)
    active = replace(
        _waiting_no_more(person),
        status=MemberStatus.ACTIVE,
        role=event.role,
        seat_type=event.seat_type,
        blocked_reason=None,
        blocked_at=None,
        digest_id=None,
    )
    agency.put(active)
    if tell:
        post(kinds.YouAreIn(agency.called, person.name, event.seat_type), ctx.id, active, ctx)


def blocked(agency: Agency, event: Blocked, ctx: ActorContext) -> None:
    """The digest gathers who was Blocked, but for those whom a declined purchase's mail names."""
    person = agency.people[event.member_id]
    _needs_no_link(person, ctx)
    digest = None
    if not is_told_by_the_declined_mail(event.reason, person.operation_id):
        digest = gathered(agency.digest, ctx.id, ctx.now)
        agency.gather(digest)
        _set_timer(digest, ctx)
    agency.put(
        replace(
            _waiting_no_more(person),
            status=MemberStatus.BLOCKED,
            seat_type=event.seat_type,
            blocked_reason=event.reason,
            blocked_at=ctx.now,
            digest_id=digest.id if digest is not None else None,
        ),
    )


def role_changed(agency: Agency, event: RoleChanged, ctx: ActorContext) -> None:
    """Who is an admin now, or no longer, hears what that means; a role that was held already is no news."""
    person = replace(agency.people[event.member_id], role=event.role)
    agency.put(person)
    if event.before is not event.role:
        by_operator, by_self = ctx.actor.kind is ActorKind.OPERATOR, ctx.actor.member_id == event.member_id
        post(kinds.RoleChanged(agency.called, person.name, event.role, by_operator, by_self), ctx.id, person, ctx)


def plan_type_changed(agency: Agency, event: PlanTypeChanged, _: ActorContext) -> None:
    """Note the seat that somebody holds now."""
    agency.put(replace(agency.people[event.member_id], seat_type=event.plan_type))


def removed(agency: Agency, event: Removed, ctx: ActorContext) -> None:
    """Who is removed hears it; no digest names them any more."""
    _needs_no_link(agency.people[event.member_id], ctx)
    person = replace(
        _waiting_no_more(agency.people[event.member_id]),
        status=MemberStatus.REMOVED,
        blocked_reason=None,
        blocked_at=None,
        digest_id=None,
    )
    agency.put(person)
    mail = kinds.Removed(agency.called, person.name, event.before, person.role is Role.ADMIN)
    post(mail, ctx.id, person, ctx)


def codes_limited(agency: Agency, event: CodesLimited, ctx: ActorContext) -> None:
    """All admins hear that codes pause, for one address or for all first logins, and that links work."""
    person = named(agency.people[event.member_id]) if event.member_id is not None else None
    mail_admins(agency, kinds.CodesLimited(agency.called, person), ctx.id, ctx)


def digest_due(agency: Agency, timer: DigestTimer, ctx: ActorContext) -> None:
    """The digest is sent once it is due; a timer that was overtaken is set again."""
    digest = agency.digest
    if digest is None or digest.id != timer.digest_id:
        return
    if not digest.is_due(ctx.now):
        _set_timer(digest, ctx)
        return
    agency.gather(None)
    people = agency.named_in(digest.id)
    for person in people:
        agency.put(replace(person, digest_id=None))
    if people:
        mail = kinds.CliniciansBlocked(agency.called, tuple(_blocked(person) for person in people))
        mail_admins(agency, mail, digest.id, ctx)


def letter_over(_: Agency, over: LetterOver, ctx: ActorContext) -> None:
    """A mail was taken, or never will be: say so."""
    about = over.model_dump(exclude={"failure"})
    if over.failure is None:
        ctx.publish(MailSent.model_validate(about))
    else:
        ctx.publish(MailFailed.model_validate(about | {"reason": over.failure[:200] or "refused"}))


def code_over(_: Agency, __: CodeOver, ___: ActorContext) -> None:
    """Nothing is said of a code: neither that it was sent nor that it was not."""


def _set_timer(digest: Digest, ctx: ActorContext) -> None:
    timer = DigestTimer(digest_id=digest.id)
    ctx.task(DIGEST, timer, lane=DIGEST, run_at=digest.due_at, key=f"{DIGEST}:{digest.id}")


def _waiting_no_more(person: Person) -> Person:
    return replace(person, waiting_since=None, operation_id=None, bought=False)


def _blocked(person: Person) -> kinds.BlockedPerson:
    return kinds.BlockedPerson(named(person), person.blocked_reason or BlockedReason.NO_SEAT_AVAILABLE)


HANDLERS: Mapping[type[Message], Handler] = MappingProxyType(
    {
        Send: send,
        AgencyFounded: agency_founded,
        AgencyRejected: agency_rejected,
        SignedUp: signed_up,
        SignUpRejected: sign_up_rejected,
        Invited: invited,
        FirstLogin: first_login,
        Activated: activated,
        Blocked: blocked,
        RoleChanged: role_changed,
        PlanTypeChanged: plan_type_changed,
        Removed: removed,
        PurchaseStarted: purchase_started,
        SeatAssigned: seat_assigned,
        PurchaseDeclined: purchase_declined,
        SeatsAutoAdded: seats_auto_added,
        StripeTimedOut: stripe_timed_out,
        Settled: settled,
        PaymentFailed: payment_failed,
        AutoAddResumed: auto_add_resumed,
        SubscriptionChanged: subscription_changed,
        SubscriptionEnded: subscription_ended,
        Frozen: frozen,
        Thawed: thawed,
        CodesLimited: codes_limited,
    },
)
