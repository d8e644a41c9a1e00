"""The handlers of a mail's result: it was sent, or it never will be."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from chassis.actor import ActorContext
from contracts.notifier import MailFailed, MailSent
from services.notifier.domain import undelivered_mail
from services.notifier.domain.shown_text import reason
from services.notifier.mailing import INVITATION, as_named, mail_person
from services.notifier.mails import member_kinds
from services.notifier.mails.payloads import CodeResult, MailResult
from services.notifier.state import Agency


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
    mail = member_kinds.InvitationUndelivered(agency.display_name, as_named(invited_person), why)
    mail_person(mail, ctx.id, inviter, ctx)
    agency.put(replace(inviter, undelivered_at=ctx.now))


def code_finished(_: Agency, __: CodeResult, ___: ActorContext) -> None:
    """Publish nothing: no event may reveal whether a code was sent."""
