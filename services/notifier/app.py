"""The notifier put together."""

from __future__ import annotations

from prometheus_client import Counter

from chassis.actor import Definition, Performer
from chassis.sealing import Sealing
from contracts.notifier import NotifierOrderRefused
from contracts.vocabulary import Service
from services.notifier.clients.smtp import SmtpCarrier
from services.notifier.handlers import HEARD, code_over, digest_due, letter_over
from services.notifier.mailing import CODE, DIGEST, ELSEWHERE, INVITATION, MAIL, OPERATOR
from services.notifier.mails.letters import (
    DigestTimer,
    ElsewhereTimer,
    Letter,
    OperatorLetter,
    SealedInvitation,
    SealedLetter,
)
from services.notifier.mails.rendering import Renderer
from services.notifier.mails.stationery import Stationery
from services.notifier.money import elsewhere_due
from services.notifier.settings import Settings
from services.notifier.state import Agency
from services.notifier.store import NotifierStore
from services.notifier.tasks import Carrier, Count, Postman

MAILS = Counter("headcount_mails", "Mails, by what became of them", ["template", "outcome"])


def definition(
    carrier: Carrier,
    sealing: Sealing,
    stationery: Stationery,
    count: Count = lambda _template, _outcome: None,
) -> Definition[Agency]:
    """The service as the chassis sees it, with whatever carries its mails."""
    postman = Postman(Renderer(stationery), carrier, sealing, stationery.domain, count, operator=stationery.support)
    return Definition(
        service=Service.NOTIFIER,
        store=NotifierStore(),
        heard=HEARD,
        refused=NotifierOrderRefused,
        performed={
            MAIL: Performer(Letter, postman.mail, letter_over),
            INVITATION: Performer(SealedInvitation, postman.invitation, letter_over),
            CODE: Performer(SealedLetter, postman.code, code_over),
            OPERATOR: Performer(OperatorLetter, postman.to_operator, letter_over),
            DIGEST: Performer(DigestTimer, postman.due, digest_due),
            ELSEWHERE: Performer(ElsewhereTimer, postman.due, elsewhere_due),
        },
    )


def build(settings: Settings) -> Definition[Agency]:
    """The service with its real mail server."""
    return definition(
        SmtpCarrier(settings.mail_server()),
        Sealing(settings.sealing_keys),
        settings.stationery(),
        lambda template, outcome: MAILS.labels(template, outcome).inc(),
    )
