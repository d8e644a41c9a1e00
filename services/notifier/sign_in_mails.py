"""Handlers of what concerns signing in: login codes, advice to a typed address, wrong codes, new browsers."""

from __future__ import annotations

from dataclasses import replace

from chassis.actor import ActorContext
from contracts.address import shown_address
from contracts.gateway import CodesLimited, IdleSeatsCounted, Reminded, SignedIn
from contracts.members import (
    SignUpRejected,
)
from contracts.notifier import Advise, Send
from contracts.personal import is_erased
from contracts.vocabulary import MemberStatus
from services.notifier.domain.message_id import mail_id
from services.notifier.domain.repeated_mails import ADVICE_EVERY, WRONG_CODES_EVERY, is_repeated
from services.notifier.mailing import CODE, as_named, mail_admins, mail_person
from services.notifier.mails import member_kinds
from services.notifier.mails.payloads import QueuedCode
from services.notifier.state import Agency, Person


def send(_: Agency, command: Send, ctx: ActorContext) -> None:
    """Record the mail of a login code, which stays sealed until the mail is built."""
    if is_erased(command.email):
        return
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


def sign_up_rejected(agency: Agency, event: SignUpRejected, ctx: ActorContext) -> None:
    """Mail the typed address what to do: sign in with it, or with the member's own address if the spelling differs.

    Somebody who types a mailbox again and again, in whatever spelling, sends its owner one such mail an hour.
    """
    person = agency.people[event.member_id]
    if event.email == person.email:
        mail: member_kinds.Advice = member_kinds.AccountExists(agency.display_name, person.name, event.status)
    else:
        mail = member_kinds.OtherSpelling(
            agency.display_name, event.status, shown_address(person.email), signed_up=True
        )
    _advise(agency, person, event.email, mail, ctx)


def advise(agency: Agency, command: Advise, ctx: ActorContext) -> None:
    """Mail the typed address with which address the member signs in. A member who was removed since then has none."""
    person = agency.people[command.member_id]
    if person.status is not MemberStatus.REMOVED:
        mail = member_kinds.OtherSpelling(
            agency.display_name, person.status, shown_address(person.email), signed_up=False
        )
        _advise(agency, person, command.email, mail, ctx)


def _advise(agency: Agency, person: Person, email: str, mail: member_kinds.Advice, ctx: ActorContext) -> None:
    if is_repeated(person.advised_at, ADVICE_EVERY, ctx.now):
        return
    agency.put(replace(person, advised_at=ctx.now))
    mail_person(mail, ctx.id, replace(person, email=email), ctx)


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
    mail_admins(agency, member_kinds.CodesLimited(agency.display_name, person), ctx.id, ctx)


def reminded(agency: Agency, event: Reminded, ctx: ActorContext) -> None:
    """Mail a person of whose seat an admin reminds."""
    person = agency.people.get(event.member_id)
    if person is not None and person.status is MemberStatus.ACTIVE:
        mail = member_kinds.IdleSeat(agency.display_name, person.name, person.seat_type, event.last_seen_at)
        mail_person(mail, ctx.id, person, ctx)


def idle_seats_counted(agency: Agency, event: IdleSeatsCounted, ctx: ActorContext) -> None:
    """Mail the idle seats to the admins who want that each month, if there are any."""
    mail = member_kinds.IdleSeats(
        agency.display_name, event.days, event.seats.quantities(), event.monthly, event.currency
    )
    for admin in agency.admins():
        if mail.total and admin.member_id in event.admin_ids:
            mail_person(mail, ctx.id, admin, ctx)


def signed_in(agency: Agency, event: SignedIn, ctx: ActorContext) -> None:
    """Mail an Active admin who signed in with a browser that is new to the address: it may be somebody else."""
    person = agency.people.get(event.member_id)
    if not event.new_browser or person is None or person not in agency.admins():
        return
    mail = member_kinds.NewSignIn(agency.display_name, person.name, event.at, event.device, event.network)
    mail_person(mail, ctx.id, person, ctx)
