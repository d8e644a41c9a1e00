"""The notifier's tasks: build a mail, hand it to the mail server, and finish or retry by the outcome.

A task runs outside of any transaction, and may run again after a crash: its attempt then has `unknown` set, because the
mail may have been delivered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol, assert_never

from chassis.actor import Attempt, Done, Retry
from hosting.sealing import SealBrokenError, Sealing
from services.notifier.domain.after_sending import (
    Accepted,
    Delivery,
    Finished,
    PermanentFailure,
    TransientFailure,
    TryAgain,
    UnknownOutcome,
    after_sending,
    after_sending_a_code,
)
from services.notifier.domain.code_mail import minutes_left, reason_not_to_mail
from services.notifier.domain.invitation_mail import is_worth_mailing
from services.notifier.domain.message_id import message_id
from services.notifier.mails.kinds import Mail
from services.notifier.mails.member_kinds import LoginCode
from services.notifier.mails.payloads import (
    CodeResult,
    DigestTimer,
    ExternalChangeTimer,
    MailResult,
    MoreAdmins,
    QueuedCode,
    QueuedInvitation,
    QueuedMail,
    QueuedOperatorMail,
)
from services.notifier.mails.rendering import Renderer

Count = Callable[[str, str], None]
"""Counts a mail in a metric: (template, outcome)."""


class Carrier(Protocol):
    """Hands one message to a mail server."""

    async def send(self, message: EmailMessage) -> Delivery:
        """The outcome. Raises nothing for a failure of the mail server or of the network."""
        ...


@dataclass(frozen=True, slots=True)
class MailTasks:
    """Runs the notifier's tasks. `domain` is the right-hand side of Message-IDs, `operator` the operator's address."""

    renderer: Renderer
    carrier: Carrier
    sealing: Sealing
    domain: str
    count: Count
    operator: str | None = None

    async def send_mail(self, attempt: Attempt) -> Done | Retry:
        """Send a mail to one person."""
        queued: QueuedMail = attempt.payload
        result = MailResult(
            message_id=message_id(queued.id, self.domain), member_id=queued.member_id, template=queued.mail.template
        )
        return await self._send(attempt, queued.mail, queued.to, result)

    async def send_invitation(self, attempt: Attempt) -> Done | Retry:
        """Unseal an invitation's link and send the mail. Drop the mail once the link has expired."""
        queued: QueuedInvitation = attempt.payload
        own_id = message_id(queued.id, self.domain)
        result = MailResult(message_id=own_id, member_id=queued.member_id, template="invitation")
        if not is_worth_mailing(queued.expires_at, attempt.now):
            return self._drop(result, "expired", "the invitation expired before it could be sent")
        try:
            link = self.sealing.open(queued.sealed)["link"]
        except (SealBrokenError, KeyError):
            return self._drop(result, "seal_broken", "no key opens the invitation's link any more")
        return await self._send(attempt, queued.with_link(link), queued.to, result)

    async def send_to_operator(self, attempt: Attempt) -> Done | Retry:
        """Send a mail to the operator. Without an address in the settings it is dropped and counted."""
        queued: QueuedOperatorMail = attempt.payload
        own_id, template = message_id(queued.id, self.domain), queued.mail.template
        result = MailResult(message_id=own_id, member_id=None, template=template)
        if self.operator is None:
            return self._drop(result, "no_operator", "no address of the operator is set")
        return await self._send(attempt, queued.mail, self.operator, result)

    async def send_code(self, attempt: Attempt) -> Done | Retry:
        """Unseal a login code and send the mail. Drop the code once it has expired, and after an unknown outcome."""
        queued: QueuedCode = attempt.payload
        not_mailed = reason_not_to_mail(queued.expires_at, attempt.now, unknown=attempt.unknown)
        if not_mailed is not None:
            return self._drop_code(not_mailed.value)
        try:
            message = self._code_message(queued, attempt.now)
        except (SealBrokenError, KeyError):
            return self._drop_code("seal_broken")
        delivery = await self.carrier.send(message)
        self.count("login_code", _outcome(delivery))
        match after_sending_a_code(delivery):
            case Finished():
                return Done(CodeResult())
            case TryAgain(reason):
                return Retry(reason)
            case other:
                assert_never(other)

    async def fire_timer(self, attempt: Attempt) -> Done | Retry:
        """Finish a timer at once: its handler decides, under the agency's lock, which mails are due."""
        timer: DigestTimer | ExternalChangeTimer | MoreAdmins = attempt.payload
        return Done(timer)

    async def _send(self, attempt: Attempt, mail: Mail, to: str, result: MailResult) -> Done | Retry:
        template, own_id = result.template, result.message_id
        if attempt.unknown:
            self.count(template, "sent_again_after_unknown")
        message = self.renderer.message(mail, to=to, message_id=own_id, at=attempt.now)
        delivery = await self.carrier.send(message)
        self.count(template, _outcome(delivery))
        match after_sending(delivery, attempt.now - attempt.since):
            case Finished(failure):
                return Done(result.model_copy(update={"failure": failure}))
            case TryAgain(reason, unknown):
                return Retry(reason, unknown=unknown)
            case other:
                assert_never(other)

    def _drop(self, result: MailResult, outcome: str, failure: str) -> Done:
        self.count(result.template, outcome)
        return Done(result.model_copy(update={"failure": failure}))

    def _code_message(self, queued: QueuedCode, now: datetime) -> EmailMessage:
        secret = self.sealing.open(queued.sealed)
        minutes, link_minutes = (minutes_left(until, now) for until in (queued.expires_at, queued.link_expires_at))
        mail = LoginCode(secret["code"], secret["link"], minutes, link_minutes)
        return self.renderer.message(mail, to=queued.to, message_id=message_id(queued.id, self.domain), at=now)

    def _drop_code(self, outcome: str) -> Done:
        self.count("login_code", outcome)
        return Done(CodeResult())


def _outcome(delivery: Delivery) -> str:
    """The delivery as a label of the metric."""
    match delivery:
        case Accepted():
            return "sent"
        case PermanentFailure():
            return "permanent_failure"
        case TransientFailure():
            return "transient_failure"
        case UnknownOutcome():
            return "unknown_outcome"
        case _:
            assert_never(delivery)
