"""What the notifier does in the outside world: builds a mail, hands it to the mail server, tells what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol, assert_never

from chassis.actor import Attempt, Done, Retry
from chassis.sealing import SealBrokenError, Sealing
from services.notifier.domain.after_sending import (
    Delivery,
    Over,
    Taken,
    TryAgain,
    after_sending,
    after_sending_a_code,
)
from services.notifier.domain.code_mail import minutes_left, reason_not_to_mail
from services.notifier.domain.invitation_mail import is_worth_mailing
from services.notifier.domain.message_id import message_id
from services.notifier.mails.branding import UnusableAddressError
from services.notifier.mails.kinds import LoginCode, Mail
from services.notifier.mails.letters import (
    CodeOver,
    DigestTimer,
    ExternalChangeTimer,
    Letter,
    LetterOver,
    OperatorLetter,
    SealedInvitation,
    SealedLetter,
)
from services.notifier.mails.rendering import Renderer

Count = Callable[[str, str], None]
"""Counts a mail: (template, what became of it)."""


class Carrier(Protocol):
    """Hands one message to a mail server."""

    async def send(self, message: EmailMessage) -> Delivery:
        """What came of it; never raises for what a mail server or a network may do."""
        ...


@dataclass(frozen=True, slots=True)
class MailTasks:
    """Performs the notifier's tasks."""

    renderer: Renderer
    carrier: Carrier
    sealing: Sealing
    domain: str
    count: Count
    operator: str | None = None

    async def mail(self, attempt: Attempt) -> Done | Retry:
        """Send a mail; one that may be there already is sent again under the same Message-ID, and counted apart."""
        letter: Letter = attempt.payload
        over = LetterOver(
            message_id=message_id(letter.id, self.domain), member_id=letter.member_id, template=letter.mail.template
        )
        return await self._send(attempt, letter.mail, letter.to, over)

    async def invitation(self, attempt: Attempt) -> Done | Retry:
        """Open and send an invitation, while its link is good; otherwise as any mail."""
        letter: SealedInvitation = attempt.payload
        own_id = message_id(letter.id, self.domain)
        over = LetterOver(message_id=own_id, member_id=letter.member_id, template="invitation")
        if not is_worth_mailing(letter.expires_at, attempt.now):
            return self._never(over, "expired", "the invitation expired before it could be sent")
        try:
            link = self.sealing.open(letter.sealed)["link"]
        except (SealBrokenError, KeyError):
            return self._never(over, "seal_broken", "no key opens the invitation's link any more")
        return await self._send(attempt, letter.opened(link), letter.to, over)

    async def to_operator(self, attempt: Attempt) -> Done | Retry:
        """Send the operator a mail, if there is an address for them."""
        letter: OperatorLetter = attempt.payload
        own_id, template = message_id(letter.id, self.domain), letter.mail.template
        over = LetterOver(message_id=own_id, member_id=None, template=template)
        if self.operator is None:
            return self._never(over, "no_operator", "no address of the operator is set")
        return await self._send(attempt, letter.mail, self.operator, over)

    async def _send(self, attempt: Attempt, mail: Mail, to: str, over: LetterOver) -> Done | Retry:
        template, own_id = over.template, over.message_id
        if attempt.unknown:
            self.count(template, "sent_again_after_unknown")
        try:
            message = self.renderer.message(mail, to=to, message_id=own_id, at=attempt.now)
        except UnusableAddressError as unusable:
            return self._never(over, "unusable_address", str(unusable))
        delivery = await self.carrier.send(message)
        self.count(template, _became(delivery))
        match after_sending(delivery, attempt.now - attempt.since):
            case Over(failure):
                return Done(over.model_copy(update={"failure": failure}))
            case TryAgain(reason, unknown):
                return Retry(reason, unknown=unknown)
            case other:
                assert_never(other)

    def _never(self, over: LetterOver, outcome: str, why: str) -> Done:
        self.count(over.template, outcome)
        return Done(over.model_copy(update={"failure": why}))

    async def code(self, attempt: Attempt) -> Done | Retry:
        """Open and send a login code, while it is good, and never after an unknown outcome."""
        letter: SealedLetter = attempt.payload
        dropped = reason_not_to_mail(letter.expires_at, attempt.now, unknown=attempt.unknown)
        if dropped is not None:
            return self._dropped(dropped.value)
        try:
            message = self._opened(letter, attempt.now)
        except (SealBrokenError, KeyError):
            return self._dropped("seal_broken")
        except UnusableAddressError:
            return self._dropped("unusable_address")
        delivery = await self.carrier.send(message)
        self.count("login_code", _became(delivery))
        match after_sending_a_code(delivery):
            case Over():
                return Done(CodeOver())
            case TryAgain(reason):
                return Retry(reason)
            case other:
                assert_never(other)

    async def due(self, attempt: Attempt) -> Done | Retry:
        """A timer: whether what was gathered is due is decided under the agency's lock."""
        timer: DigestTimer | ExternalChangeTimer = attempt.payload
        return Done(timer)

    def _opened(self, letter: SealedLetter, now: datetime) -> EmailMessage:
        secret = self.sealing.open(letter.sealed)
        mail = LoginCode(secret["code"], secret["link"], minutes_left(letter.expires_at, now))
        return self.renderer.message(mail, to=letter.to, message_id=message_id(letter.id, self.domain), at=now)

    def _dropped(self, why: str) -> Done:
        self.count("login_code", why)
        return Done(CodeOver())


def _became(delivery: Delivery) -> str:
    return "sent" if isinstance(delivery, Taken) else type(delivery).__name__.lower()
