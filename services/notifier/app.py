"""The notifier's composition root: its store, handlers and tasks, and the mail server that they use."""

from __future__ import annotations

from prometheus_client import Counter

from chassis.actor import Definition, TaskHandler
from contracts.notifier import NotifierAgencyParked, NotifierAgencyResumed, NotifierCommandRejected
from contracts.vocabulary import Service
from hosting.sealing import Sealing
from services.notifier.blocked_digest import digest_due
from services.notifier.clients.smtp import SmtpCarrier
from services.notifier.external_change_mails import external_change_due
from services.notifier.handlers import HANDLERS
from services.notifier.mail_results import code_finished, mail_finished
from services.notifier.mail_tasks import Carrier, Count, MailTasks
from services.notifier.mailing import (
    CODE,
    DIGEST,
    EXTERNAL_CHANGE,
    INVITATION,
    MAIL,
    MORE_ADMINS,
    OPERATOR,
    mail_more_admins,
)
from services.notifier.mails.branding import Branding
from services.notifier.mails.payloads import (
    DigestTimer,
    ExternalChangeTimer,
    MoreAdmins,
    QueuedCode,
    QueuedInvitation,
    QueuedMail,
    QueuedOperatorMail,
)
from services.notifier.mails.rendering import Renderer
from services.notifier.parked import parked_here
from services.notifier.settings import Settings
from services.notifier.state import Agency
from services.notifier.store import NotifierStore
from services.notifier.store_erasures import forget

PATIENCE = 0.25
"""Seconds: a mail takes longer than that on its way, and a burst's events are decided together."""
MAILS = Counter("headcount_mails", "Mails, by template and outcome", ["template", "outcome"])


def definition(
    carrier: Carrier,
    sealing: Sealing,
    branding: Branding,
    count: Count = lambda _template, _outcome: None,
) -> Definition[Agency]:
    """The service as the chassis runs it. `carrier` hands over the mails: a mail server, or a fake in tests."""
    mail_tasks = MailTasks(Renderer(branding), carrier, sealing, branding.domain, count, operator=branding.support)
    return Definition(
        service=Service.NOTIFIER,
        store=NotifierStore(),
        forget=forget,
        handlers=HANDLERS,
        rejection=NotifierCommandRejected,
        parked=NotifierAgencyParked,
        publish_parked=parked_here,
        resumed=NotifierAgencyResumed,
        task_handlers={
            MAIL: TaskHandler(QueuedMail, mail_tasks.send_mail, mail_finished),
            INVITATION: TaskHandler(QueuedInvitation, mail_tasks.send_invitation, mail_finished),
            CODE: TaskHandler(QueuedCode, mail_tasks.send_code, code_finished),
            OPERATOR: TaskHandler(QueuedOperatorMail, mail_tasks.send_to_operator, mail_finished),
            MORE_ADMINS: TaskHandler(MoreAdmins, mail_tasks.fire_timer, mail_more_admins),
            DIGEST: TaskHandler(DigestTimer, mail_tasks.fire_timer, digest_due),
            EXTERNAL_CHANGE: TaskHandler(ExternalChangeTimer, mail_tasks.fire_timer, external_change_due),
        },
        patience=PATIENCE,
    )


def build(settings: Settings) -> Definition[Agency]:
    """The service with the mail server of the settings."""
    return definition(
        SmtpCarrier(settings.mail_server()),
        Sealing(settings.sealing_keys),
        settings.branding(),
        lambda template, outcome: MAILS.labels(template, outcome).inc(),
    )
