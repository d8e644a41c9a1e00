"""The notifier put together."""

from __future__ import annotations

from prometheus_client import Counter

from chassis.actor import Definition, TaskHandler
from chassis.sealing import Sealing
from contracts.notifier import NotifierCommandRejected
from contracts.vocabulary import Service
from services.notifier.billing_mails import external_change_due
from services.notifier.clients.smtp import SmtpCarrier
from services.notifier.handlers import HANDLERS, code_over, digest_due, letter_over
from services.notifier.mail_tasks import Carrier, Count, MailTasks
from services.notifier.mailing import CODE, DIGEST, ELSEWHERE, INVITATION, MAIL, OPERATOR
from services.notifier.mails.branding import Branding
from services.notifier.mails.letters import (
    DigestTimer,
    ExternalChangeTimer,
    Letter,
    OperatorLetter,
    SealedInvitation,
    SealedLetter,
)
from services.notifier.mails.rendering import Renderer
from services.notifier.settings import Settings
from services.notifier.state import Agency
from services.notifier.store import NotifierStore

MAILS = Counter("headcount_mails", "Mails, by what became of them", ["template", "outcome"])


def definition(
    carrier: Carrier,
    sealing: Sealing,
    branding: Branding,
    count: Count = lambda _template, _outcome: None,
) -> Definition[Agency]:
    """The service as the chassis sees it, with whatever carries its mails."""
    postman = MailTasks(Renderer(branding), carrier, sealing, branding.domain, count, operator=branding.support)
    return Definition(
        service=Service.NOTIFIER,
        store=NotifierStore(),
        handlers=HANDLERS,
        rejection=NotifierCommandRejected,
        task_handlers={
            MAIL: TaskHandler(Letter, postman.mail, letter_over),
            INVITATION: TaskHandler(SealedInvitation, postman.invitation, letter_over),
            CODE: TaskHandler(SealedLetter, postman.code, code_over),
            OPERATOR: TaskHandler(OperatorLetter, postman.to_operator, letter_over),
            DIGEST: TaskHandler(DigestTimer, postman.due, digest_due),
            ELSEWHERE: TaskHandler(ExternalChangeTimer, postman.due, external_change_due),
        },
    )


def build(settings: Settings) -> Definition[Agency]:
    """The service with its real mail server."""
    return definition(
        SmtpCarrier(settings.mail_server()),
        Sealing(settings.sealing_keys),
        settings.branding(),
        lambda template, outcome: MAILS.labels(template, outcome).inc(),
    )
