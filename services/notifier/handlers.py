"""One short function per message heard and per way a task ends: they note what mails need, and record the mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from uuid import UUID

from chassis.actor import Handler, Turn
from contracts.billing import PaymentFailed, Settled, StripeSilent, SubscriptionChanged, SubscriptionEnded
from contracts.gateway import CodesLimited
from contracts.members import (
    Activated,
    AgencyFounded,
    AgencyRefused,
    Blocked,
    FirstLogin,
    Invited,
    PlanTypeChanged,
    Removed,
    RoleChanged,
    SignedUp,
    SignUpRefused,
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
from services.notifier.domain.declined_mail import is_told_by_the_declined_mail
from services.notifier.domain.digest import Digest, gathered
from services.notifier.domain.message_id import mail_id
from services.notifier.domain.waited_long import deserves_a_mail
from services.notifier.mailing import CODE, DIGEST, INVITATION, mail_admins, named, post
from services.notifier.mails import kinds
from services.notifier.mails.letters import CodeOver, DigestTimer, LetterOver, SealedInvitation, SealedLetter
from services.notifier.money import (
    auto_add_resumed,
    frozen,
    payment_failed,
    purchase_declined,
    seats_auto_added,
    settled,
    stripe_silent,
    subscription_changed,
    subscription_ended,
    thawed,
)
from services.notifier.state import Agency, Person


def send(_: Agency, order: Send, turn: Turn) -> None:
    """A login code is mailed; it stays sealed until the mail is built."""
    own_id = mail_id("login_code", turn.id, order.member_id)
    letter = SealedLetter(
        id=own_id,
        member_id=order.member_id,
        to=order.email,
        sealed=order.sealed,
        expires_at=order.expires_at,
    )
    turn.task(CODE, letter, lane=f"mail:{own_id}", key=f"mail:{own_id}")


def agency_founded(agency: Agency, fact: AgencyFounded, _: Turn) -> None:
    """Note the agency and its first admin, who is not Active yet."""
    agency.founded(fact.name)
    agency.put(
        Person(
            member_id=fact.admin_id,
            email=fact.admin_email,
            name=fact.admin_name,
            role=Role.ADMIN,
            status=MemberStatus.PENDING_LOGIN,
            seat_type=fact.admin_seat_type,
        ),
    )


def agency_refused(agency: Agency, _: AgencyRefused, __: Turn) -> None:
    """Forget an agency that never was."""
    agency.refused()


def signed_up(agency: Agency, fact: SignedUp, _: Turn) -> None:
    """Note somebody who may log in one day."""
    agency.put(
        Person(fact.member_id, fact.email, fact.name, Role.CLINICIAN, MemberStatus.PENDING_LOGIN, fact.seat_type),
    )


def sign_up_refused(agency: Agency, fact: SignUpRefused, turn: Turn) -> None:
    """Who signs up again is told, at the address that is known, what to do."""
    person = agency.people[fact.member_id]
    post(kinds.AccountExists(agency.called, person.name, fact.status), turn.id, person, turn)


def invited(agency: Agency, fact: Invited, turn: Turn) -> None:
    """Who is invited, or invited anew, gets the link; it stays sealed until the mail is built. No digest names them.

    A member has one such mail at a time: one that was not sent yet has a dead link when there is a newer.
    """
    own_id = mail_id("invitation", turn.id, fact.member_id)
    inviter = agency.people.get(turn.actor.member_id) if turn.actor.member_id is not None else None
    agency.put(
        Person(fact.member_id, fact.email, fact.name, fact.role, MemberStatus.INVITED, fact.seat_type),
    )
    letter = SealedInvitation(
        id=own_id,
        member_id=fact.member_id,
        to=fact.email,
        sealed=fact.sealed,
        agency=agency.called,
        name=fact.name,
        inviter=inviter.name if inviter is not None else None,
        seat_type=fact.seat_type,
        role=fact.role,
        before=fact.before,
        expires_at=fact.expires_at,
    )
    key = _invitation_of(fact.member_id)
    turn.task(INVITATION, letter, lane=key, key=key)


def _invitation_of(member_id: UUID) -> str:
    return f"{INVITATION}:{member_id}"


def _needs_no_link(person: Person, turn: Turn) -> None:
    """An invitation that was not sent yet is of no use any more."""
    if person.status is MemberStatus.INVITED:
        turn.cancel(_invitation_of(person.member_id))


def first_login(agency: Agency, fact: FirstLogin, turn: Turn) -> None:
    """From here on the person waits."""
    agency.put(replace(agency.people[fact.member_id], waiting_since=turn.now, seat_type=fact.seat_type))


def purchase_started(agency: Agency, fact: PurchaseStarted, _: Turn) -> None:
    """Note who waits for this purchase."""
    for waiter in fact.waiting:
        agency.put(replace(agency.people[waiter.member_id], operation_id=fact.operation_id))


def seat_assigned(agency: Agency, fact: SeatAssigned, _: Turn) -> None:
    """Note for whom a seat was bought."""
    if fact.operation_id is not None:
        agency.put(replace(agency.people[fact.member_id], operation_id=fact.operation_id, bought=True))


def activated(agency: Agency, fact: Activated, turn: Turn) -> None:
    """Who was Blocked, or waited long for a purchase, hears that they are in."""
    person = agency.people[fact.member_id]
    _needs_no_link(person, turn)
    tell = deserves_a_mail(person.status, person.waiting_since, bought=person.bought, now=turn.now)
    active = replace(
        _waiting_no_more(person),
        status=MemberStatus.ACTIVE,
        role=fact.role,
        seat_type=fact.seat_type,
        blocked_reason=None,
        blocked_at=None,
        digest_id=None,
    )
    agency.put(active)
    if tell:
        post(kinds.YouAreIn(agency.called, person.name, fact.seat_type), turn.id, active, turn)


def blocked(agency: Agency, fact: Blocked, turn: Turn) -> None:
    """The digest gathers who was Blocked, but for those whom a declined purchase's mail names."""
    person = agency.people[fact.member_id]
    _needs_no_link(person, turn)
    digest = None
    if not is_told_by_the_declined_mail(fact.reason, person.operation_id):
        digest = gathered(agency.digest, turn.id, turn.now)
        agency.gather(digest)
        _set_timer(digest, turn)
    agency.put(
        replace(
            _waiting_no_more(person),
            status=MemberStatus.BLOCKED,
            seat_type=fact.seat_type,
            blocked_reason=fact.reason,
            blocked_at=turn.now,
            digest_id=digest.id if digest is not None else None,
        ),
    )


def role_changed(agency: Agency, fact: RoleChanged, turn: Turn) -> None:
    """Who is an admin now, or no longer, hears what that means; a role that was held already is no news."""
    person = replace(agency.people[fact.member_id], role=fact.role)
    agency.put(person)
    if fact.before is not fact.role:
        by_operator, by_self = turn.actor.kind is ActorKind.OPERATOR, turn.actor.member_id == fact.member_id
        post(kinds.RoleChanged(agency.called, person.name, fact.role, by_operator, by_self), turn.id, person, turn)


def plan_type_changed(agency: Agency, fact: PlanTypeChanged, _: Turn) -> None:
    """Note the seat that somebody holds now."""
    agency.put(replace(agency.people[fact.member_id], seat_type=fact.plan_type))


def removed(agency: Agency, fact: Removed, turn: Turn) -> None:
    """Who is removed hears it; no digest names them any more."""
    _needs_no_link(agency.people[fact.member_id], turn)
    person = replace(
        _waiting_no_more(agency.people[fact.member_id]),
        status=MemberStatus.REMOVED,
        blocked_reason=None,
        blocked_at=None,
        digest_id=None,
    )
    agency.put(person)
    mail = kinds.Removed(agency.called, person.name, fact.before, person.role is Role.ADMIN)
    post(mail, turn.id, person, turn)


def codes_limited(agency: Agency, fact: CodesLimited, turn: Turn) -> None:
    """All admins hear that codes pause, for one address or for all first logins, and that links work."""
    person = named(agency.people[fact.member_id]) if fact.member_id is not None else None
    mail_admins(agency, kinds.CodesLimited(agency.called, person), turn.id, turn)


def digest_due(agency: Agency, timer: DigestTimer, turn: Turn) -> None:
    """The digest is sent once it is due; a timer that was overtaken is set again."""
    digest = agency.digest
    if digest is None or digest.id != timer.digest_id:
        return
    if not digest.is_due(turn.now):
        _set_timer(digest, turn)
        return
    agency.gather(None)
    people = agency.named_in(digest.id)
    for person in people:
        agency.put(replace(person, digest_id=None))
    if people:
        mail = kinds.CliniciansBlocked(agency.called, tuple(_blocked(person) for person in people))
        mail_admins(agency, mail, digest.id, turn)


def letter_over(_: Agency, over: LetterOver, turn: Turn) -> None:
    """A mail was taken, or never will be: say so."""
    about = over.model_dump(exclude={"failure"})
    if over.failure is None:
        turn.say(MailSent.model_validate(about))
    else:
        turn.say(MailFailed.model_validate(about | {"reason": over.failure[:200] or "refused"}))


def code_over(_: Agency, __: CodeOver, ___: Turn) -> None:
    """Nothing is said of a code: neither that it was sent nor that it was not."""


def _set_timer(digest: Digest, turn: Turn) -> None:
    timer = DigestTimer(digest_id=digest.id)
    turn.task(DIGEST, timer, lane=DIGEST, run_at=digest.due_at, key=f"{DIGEST}:{digest.id}")


def _waiting_no_more(person: Person) -> Person:
    return replace(person, waiting_since=None, operation_id=None, bought=False)


def _blocked(person: Person) -> kinds.BlockedPerson:
    return kinds.BlockedPerson(named(person), person.blocked_reason or BlockedReason.NO_SEAT_AVAILABLE)


HEARD: Mapping[type[Message], Handler] = MappingProxyType(
    {
        Send: send,
        AgencyFounded: agency_founded,
        AgencyRefused: agency_refused,
        SignedUp: signed_up,
        SignUpRefused: sign_up_refused,
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
        StripeSilent: stripe_silent,
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
