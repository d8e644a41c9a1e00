"""How a mail is recorded with its task, whatever it tells: what handlers of several messages do alike."""

from __future__ import annotations

from uuid import UUID

from chassis.actor import ActorContext
from contracts.seats import Waiter
from services.notifier.domain.message_id import mail_id
from services.notifier.mails import kinds
from services.notifier.mails.letters import Letter, OpenMail
from services.notifier.state import Agency, Person

MAIL, INVITATION, CODE, OPERATOR, DIGEST, ELSEWHERE = "mail", "invitation", "code", "operator", "digest", "elsewhere"
"""The kinds of task. Each mail has a lane of its own, so that none waits behind another."""


def mail_admins(agency: Agency, mail: OpenMail, cause: UUID, ctx: ActorContext) -> None:
    """Record a mail to every Active admin, each their own."""
    for admin in agency.admins():
        post(mail, cause, admin, ctx)


def post(mail: OpenMail, cause: UUID, person: Person, ctx: ActorContext) -> None:
    """Record a mail to one person, for this cause."""
    own_id = mail_id(mail.template, cause, person.member_id)
    letter = Letter(id=own_id, member_id=person.member_id, to=person.email, mail=mail)
    ctx.task(MAIL, letter, lane=f"mail:{own_id}", key=f"mail:{own_id}")


def named(person: Person) -> kinds.Person:
    """Somebody as a mail speaks of them."""
    return kinds.Person(person.name, person.email, person.seat_type)


def spoken_of(agency: Agency, waiter: Waiter) -> kinds.Person:
    """Somebody as a mail speaks of them, with the seat that they waited for."""
    person = agency.people[waiter.member_id]
    return kinds.Person(person.name, person.email, waiter.seat_type)
