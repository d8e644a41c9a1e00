"""One short handler for each message and for each task's result. They store what mails need, and record the mails.

`HANDLERS`, at the end, is the complete table of messages that the notifier handles; those about money are handled in
`billing_mails.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from uuid import UUID

from chassis.actor import ActorContext, Handler
from contracts.address import shown_address
from contracts.billing import (
    BillingAgencyParked,
    CycleSwitched,
    EditOverwritten,
    EndNear,
    EndScheduled,
    EndTakenBack,
    PaymentAwaited,
    PaymentFailed,
    PaymentLapsed,
    PaymentReversed,
    ProrationsLost,
    Settled,
    StripeTimedOut,
    SubscriptionChanged,
    SubscriptionEnded,
)
from contracts.gateway import CodesLimited, GatewayAgencyParked, SignedIn
from contracts.members import (
    Activated,
    AgencyFounded,
    AgencyRejected,
    Blocked,
    DetailsChanged,
    FirstLogin,
    Invited,
    MembersAgencyParked,
    PlanTypeChanged,
    Removed,
    RoleChanged,
    SignedUp,
    SignUpRejected,
)
from contracts.message import Message
from contracts.notifier import Advise, MailFailed, MailSent, Send
from contracts.seats import (
    AutoAddResumed,
    Frozen,
    PurchaseDeclined,
    PurchaseDelayed,
    PurchaseStarted,
    SeatAssigned,
    SeatsAdjusted,
    SeatsAgencyParked,
    SeatsAutoAdded,
    Thawed,
)
from contracts.vocabulary import ActorKind, BlockedReason, MemberStatus, RejectionCode, Role
from services.notifier.billing_mails import (
    auto_add_resumed,
    cycle_switched,
    edit_overwritten,
    end_near,
    end_scheduled,
    end_taken_back,
    frozen,
    payment_awaited,
    payment_failed,
    payment_lapsed,
    payment_reversed,
    prorations_lost,
    purchase_declined,
    purchase_delayed,
    seats_adjusted,
    seats_auto_added,
    settled,
    stripe_timed_out,
    subscription_changed,
    subscription_ended,
    thawed,
)
from services.notifier.domain import undelivered_mail
from services.notifier.domain.declined_mail import is_named_in_declined_mail
from services.notifier.domain.digest import Digest, with_blocked
from services.notifier.domain.message_id import mail_id
from services.notifier.domain.repeated_mails import ADVICE_EVERY, WRONG_CODES_EVERY, is_repeated
from services.notifier.domain.shown_text import reason
from services.notifier.domain.waited_long import deserves_a_mail
from services.notifier.mailing import CODE, DIGEST, INVITATION, as_named, mail_admins, mail_operator, mail_person
from services.notifier.mails import kinds
from services.notifier.mails.payloads import CodeResult, DigestTimer, MailResult, QueuedCode, QueuedInvitation
from services.notifier.parked import agency_parked
from services.notifier.state import Agency, Person, Purchase


def send(_: Agency, command: Send, ctx: ActorContext) -> None:
    """Record the mail of a login code, which stays sealed until the mail is built."""
    own_id = mail_id("login_code", ctx.id, command.member_id)
    queued = QueuedCode(
        id=own_id,
        member_id=command.member_id,
        to=command.email,
        sealed=command.sealed,
        expires_at=command.expires_at,
        link_expires_at=command.link_expires_at,
    )
    ctx.task(CODE, queued, lane=f"mail:{own_id}", key=f"mail:{own_id}")


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


def agency_rejected(agency: Agency, event: AgencyRejected, ctx: ActorContext) -> None:
    """Delete an agency whose founding was rejected; mail the operator if it is because of Stripe."""
    if event.code is RejectionCode.BILLING_UNAVAILABLE and agency.name is not None:
        mail_operator(kinds.OpeningDelayed(agency.name, None), ctx.id, ctx)
    agency.delete()


def signed_up(agency: Agency, event: SignedUp, _: ActorContext) -> None:
    """Store a person who has not logged in yet."""
    agency.put(
        Person(event.member_id, event.email, event.name, Role.CLINICIAN, MemberStatus.PENDING_LOGIN, event.seat_type),
    )


def sign_up_rejected(agency: Agency, event: SignUpRejected, ctx: ActorContext) -> None:
    """Mail the typed address what to do: sign in with it, or with the member's own address if the spelling differs.

    Somebody who types a mailbox again and again, in whatever spelling, sends its owner one such mail an hour.
    """
    person = agency.people[event.member_id]
    if event.email == person.email:
        mail: kinds.Advice = kinds.AccountExists(agency.display_name, person.name, event.status)
    else:
        mail = kinds.OtherSpelling(agency.display_name, event.status, shown_address(person.email), signed_up=True)
    _advise(agency, person, event.email, mail, ctx)


def advise(agency: Agency, command: Advise, ctx: ActorContext) -> None:
    """Mail the typed address with which address the member signs in. A member who was removed since then has none."""
    person = agency.people[command.member_id]
    if person.status is not MemberStatus.REMOVED:
        mail = kinds.OtherSpelling(agency.display_name, person.status, shown_address(person.email), signed_up=False)
        _advise(agency, person, command.email, mail, ctx)


def _advise(agency: Agency, person: Person, email: str, mail: kinds.Advice, ctx: ActorContext) -> None:
    if is_repeated(person.advised_at, ADVICE_EVERY, ctx.now):
        return
    agency.put(replace(person, advised_at=ctx.now))
    mail_person(mail, ctx.id, replace(person, email=email), ctx)


def details_changed(agency: Agency, event: DetailsChanged, _: ActorContext) -> None:
    """Store the details that mails name and go to from now on."""
    person = agency.people[event.member_id]
    agency.put(replace(person, email=event.email, name=event.name, seat_type=event.seat_type))


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


def _cancel_invitation(person: Person, ctx: ActorContext) -> None:
    """Cancel an invitation's mail that was not sent yet: its link no longer works."""
    if person.status is MemberStatus.INVITED:
        ctx.cancel(_invitation_key(person.member_id))


def first_login(agency: Agency, event: FirstLogin, ctx: ActorContext) -> None:
    """Store since when the person waits."""
    agency.put(replace(agency.people[event.member_id], waiting_since=ctx.now, seat_type=event.seat_type))


def purchase_started(agency: Agency, event: PurchaseStarted, _: ActorContext) -> None:
    """Store the first of those who wait for this purchase, and how many others there are."""
    agency.set_purchase(Purchase(event.operation_id, event.waiting_count - len(event.waiting)))
    for waiter in event.waiting:
        agency.put(replace(agency.people[waiter.member_id], operation_id=event.operation_id))


def seat_assigned(agency: Agency, event: SeatAssigned, _: ActorContext) -> None:
    """Store for whom a seat was bought."""
    if event.operation_id is not None:
        agency.put(replace(agency.people[event.member_id], operation_id=event.operation_id, bought=True))


def activated(agency: Agency, event: Activated, ctx: ActorContext) -> None:
    """Store the Active member; mail them if they were Blocked or waited long for a purchase."""
    person = agency.people[event.member_id]
    _cancel_invitation(person, ctx)
    is_mailed = deserves_a_mail(person.status, person.waiting_since, bought=person.bought, now=ctx.now)
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
    if is_mailed:
        mail_person(kinds.YouAreIn(agency.display_name, person.name, event.seat_type), ctx.id, active, ctx)


def blocked(agency: Agency, event: Blocked, ctx: ActorContext) -> None:
    """Add the Blocked person to the digest, unless a declined purchase's mail names them."""
    person = agency.people[event.member_id]
    _cancel_invitation(person, ctx)
    digest = None
    if not is_named_in_declined_mail(event.reason, event.detail, event.operation_id):
        digest = with_blocked(agency.digest, ctx.id, ctx.now)
        agency.set_digest(digest)
        _set_timer(digest, ctx)
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
            kinds.RoleChanged(agency.display_name, person.name, event.role, by_operator, by_self), ctx.id, person, ctx
        )


def plan_type_changed(agency: Agency, event: PlanTypeChanged, _: ActorContext) -> None:
    """Store the seat type that the person holds now."""
    agency.put(replace(agency.people[event.member_id], seat_type=event.plan_type))


def removed(agency: Agency, event: Removed, ctx: ActorContext) -> None:
    """Mail the removed person, and drop them from the digest."""
    _cancel_invitation(agency.people[event.member_id], ctx)
    person = replace(
        _without_wait(agency.people[event.member_id]),
        status=MemberStatus.REMOVED,
        blocked_reason=None,
        blocked_detail=None,
        blocked_at=None,
        digest_id=None,
    )
    agency.put(person)
    mail = kinds.Removed(agency.display_name, person.name, event.before, person.role is Role.ADMIN)
    mail_person(mail, ctx.id, person, ctx)


def codes_limited(agency: Agency, event: CodesLimited, ctx: ActorContext) -> None:
    """Mail all admins that codes stop, for one address or for all first logins, and that links still work.

    A mail about each goes once a day; the activity log has the rest.
    """
    first_logins = event.member_id is None
    mailed_at = agency.first_logins_limited_at if first_logins else agency.address_limited_at
    if is_repeated(mailed_at, WRONG_CODES_EVERY, ctx.now):
        return
    agency.tell_of_wrong_codes(ctx.now, first_logins=first_logins)
    person = as_named(agency.people[event.member_id]) if event.member_id is not None else None
    mail_admins(agency, kinds.CodesLimited(agency.display_name, person), ctx.id, ctx)


def signed_in(agency: Agency, event: SignedIn, ctx: ActorContext) -> None:
    """Mail an Active admin who signed in with a browser that is new to the address: it may be somebody else."""
    person = agency.people.get(event.member_id)
    if not event.new_browser or person is None or person not in agency.admins():
        return
    mail = kinds.NewSignIn(agency.display_name, person.name, event.at, event.device, event.network)
    mail_person(mail, ctx.id, person, ctx)


def digest_due(agency: Agency, timer: DigestTimer, ctx: ActorContext) -> None:
    """Mail the digest if it is due. If a later event has postponed it, set the timer again."""
    digest = agency.digest
    if digest is None or digest.id != timer.digest_id:
        return
    if not digest.is_due(ctx.now):
        _set_timer(digest, ctx)
        return
    agency.set_digest(None)
    people = agency.in_digest(digest.id)
    if people:
        more = agency.digest_count - len(people)
        mail = kinds.CliniciansBlocked(agency.display_name, tuple(_blocked(person) for person in people), more)
        mail_admins(agency, mail, digest.id, ctx)


def mail_finished(agency: Agency, result: MailResult, ctx: ActorContext) -> None:
    """Publish that a mail was sent, or that it never will be. Mail the inviter about a lost invitation."""
    fields = result.model_dump(exclude={"failure"})
    if result.failure is None:
        ctx.publish(MailSent.model_validate(fields))
        return
    why = reason(result.failure) or "refused"
    ctx.publish(MailFailed.model_validate(fields | {"reason": why}))
    if result.template == INVITATION and result.member_id is not None:
        _mail_inviter(agency, result.member_id, why, ctx)


def _mail_inviter(agency: Agency, invited_id: UUID, why: str, ctx: ActorContext) -> None:
    """Mail the admin who invited, at most once an hour. The operator, and an admin who is gone, get no mail."""
    invited_person = agency.people.get(invited_id)
    inviter = agency.people.get(ctx.actor.member_id) if ctx.actor.member_id is not None else None
    if invited_person is None or inviter is None or inviter not in agency.admins():
        return
    if not undelivered_mail.deserves_a_mail(inviter.undelivered_at, ctx.now):
        return
    mail = kinds.InvitationUndelivered(agency.display_name, as_named(invited_person), why)
    mail_person(mail, ctx.id, inviter, ctx)
    agency.put(replace(inviter, undelivered_at=ctx.now))


def code_finished(_: Agency, __: CodeResult, ___: ActorContext) -> None:
    """Publish nothing: no event may reveal whether a code was sent."""


def _set_timer(digest: Digest, ctx: ActorContext) -> None:
    timer = DigestTimer(digest_id=digest.id)
    ctx.task(DIGEST, timer, lane=DIGEST, run_at=digest.due_at, key=f"{DIGEST}:{digest.id}")


def _without_wait(person: Person) -> Person:
    return replace(person, waiting_since=None, operation_id=None, bought=False)


def _blocked(person: Person) -> kinds.BlockedPerson:
    reason = person.blocked_reason or BlockedReason.NO_SEAT_AVAILABLE
    return kinds.BlockedPerson(as_named(person), reason, person.blocked_detail)


HANDLERS: Mapping[type[Message], Handler] = MappingProxyType(
    {
        Send: send,
        Advise: advise,
        AgencyFounded: agency_founded,
        AgencyRejected: agency_rejected,
        SignedUp: signed_up,
        SignUpRejected: sign_up_rejected,
        DetailsChanged: details_changed,
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
        PurchaseDelayed: purchase_delayed,
        SeatsAutoAdded: seats_auto_added,
        StripeTimedOut: stripe_timed_out,
        Settled: settled,
        ProrationsLost: prorations_lost,
        PaymentAwaited: payment_awaited,
        CycleSwitched: cycle_switched,
        PaymentLapsed: payment_lapsed,
        SeatsAdjusted: seats_adjusted,
        PaymentFailed: payment_failed,
        AutoAddResumed: auto_add_resumed,
        SubscriptionChanged: subscription_changed,
        EditOverwritten: edit_overwritten,
        EndScheduled: end_scheduled,
        EndTakenBack: end_taken_back,
        EndNear: end_near,
        PaymentReversed: payment_reversed,
        SubscriptionEnded: subscription_ended,
        Frozen: frozen,
        Thawed: thawed,
        CodesLimited: codes_limited,
        SignedIn: signed_in,
        MembersAgencyParked: agency_parked,
        SeatsAgencyParked: agency_parked,
        BillingAgencyParked: agency_parked,
        GatewayAgencyParked: agency_parked,
    },
)
