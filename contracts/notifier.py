"""What the notifier is asked and says. Most mails follow from other services' facts; only a code's is ordered."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime

from contracts.message import EmailText, Fact, Order, OrderRefused, Text


class Send(Order, type="notifier.send.v1"):
    """Mail a login code and its one-click link. `sealed` opens to {"code": "0412", "link": "https://…"}."""

    member_id: UUID
    email: EmailText
    sealed: str
    expires_at: AwareDatetime


class MailSent(Fact, type="notifier.mail_sent.v1"):
    """A mail was handed to the mail server. `message_id` is derived from its cause and its person."""

    template: Text
    message_id: Text
    member_id: UUID | None = None


class MailFailed(Fact, type="notifier.mail_failed.v1"):
    """A mail will not be sent: the server refused it for good, and why in its words."""

    template: Text
    message_id: Text
    member_id: UUID | None = None
    reason: Text


class NotifierOrderRefused(OrderRefused, type="notifier.order_refused.v1"):
    """An order to the notifier was refused."""
