"""How handlers record a mail as a task: one task for each person, under an id derived from the mail's cause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from chassis.actor import ActorContext
from contracts.address import shown_address
from contracts.personal import is_erased
from contracts.seats_purchases import Waiter
from services.notifier.domain.message_id import mail_id
from services.notifier.mails import kinds, parts
from services.notifier.mails.payloads import MoreAdmins, QueuedMail, QueuedOperatorMail
from services.notifier.state import ADMINS_AT_ONCE, Agency, Person

MAIL, INVITATION, CODE, OPERATOR, DIGEST, EXTERNAL_CHANGE, MORE_ADMINS = (
    "mail",
    "invitation",
    "code",
    "operator",
    "digest",
    "external_change",
    "more_admins",
)
"""The kinds of task. Each mail has a lane of its own, so that no mail waits behind another."""
_OPERATOR = UUID(int=0)
"""Stands for the operator where a mail's id is derived from its person."""


def mail_admins(
    agency: Agency, mail: kinds.OpenMail, cause: UUID, ctx: ActorContext, after: UUID | None = None
) -> None:
    """Record one mail to each Active admin whose id is above `after`. Beyond a portion a task records the rest."""
    admins = [admin for admin in agency.admins() if after is None or admin.member_id > after]
    for admin in admins[:ADMINS_AT_ONCE]:
        mail_person(mail, cause, admin, ctx)
    if len(admins) > ADMINS_AT_ONCE:
        last = admins[ADMINS_AT_ONCE - 1].member_id
        name = f"admins:{mail_id(mail.template, cause, last)}"
        ctx.task(MORE_ADMINS, MoreAdmins(cause=cause, after=last, mail=mail), lane=name, key=name)


def mail_more_admins(agency: Agency, more: MoreAdmins, ctx: ActorContext) -> None:
    """Record the mail to the next portion of the Active admins."""
    mail_admins(agency, more.mail, more.cause, ctx, more.after)


def mail_person(
    mail: kinds.OpenMail, cause: UUID, person: Person, ctx: ActorContext, *, after: timedelta = timedelta()
) -> None:
    """Record a mail to one person, unless they are erased. A redelivery adds no second mail: it has the same id."""
    if is_erased(person.email):
        return
    own_id = mail_id(mail.template, cause, person.member_id)
    queued = QueuedMail(id=own_id, member_id=person.member_id, to=person.email, mail=mail)
    ctx.task(MAIL, queued, lane=f"mail:{own_id}", key=f"mail:{own_id}", run_at=ctx.now + after)


def mail_operator(mail: kinds.OpenMail, cause: UUID, ctx: ActorContext) -> None:
    """Record a mail to the operator."""
    own_id = mail_id(mail.template, cause, _OPERATOR)
    ctx.task(OPERATOR, QueuedOperatorMail(id=own_id, mail=mail), lane=f"mail:{own_id}", key=f"mail:{own_id}")


def as_named(person: Person) -> parts.Person:
    """The person as a mail names them."""
    return parts.Person(person.name, shown_address(person.email), person.seat_type)


def waiters_as_named(agency: Agency, waiters: Iterable[Waiter]) -> tuple[parts.Person, ...]:
    """Waiters as a mail names them, with the seat type that each waited for."""
    people = ((agency.people[waiter.member_id], waiter.seat_type) for waiter in waiters)
    return tuple(parts.Person(person.name, shown_address(person.email), seat_type) for person, seat_type in people)
