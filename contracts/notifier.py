"""What the notifier is asked and says. Most mails follow from other services' events; only a code's is ordered."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime

from contracts.message import Command, CommandRejected, EmailText, Event, Text


class Send(Command, type="notifier.send.v1"):
    """Mail a login code and its one-click link. `sealed` opens to {"code": "0412", "link": "https://…"}."""

    member_id: UUID
    email: EmailText
    sealed: str
    expires_at: AwareDatetime


class MailSent(Event, type="notifier.mail_sent.v1"):
    """A mail was handed to the mail server. `message_id` is derived from its cause and its person."""

    template: Text
    message_id: Text
    member_id: UUID | None = None


class MailFailed(Event, type="notifier.mail_failed.v1"):
    """A mail will not be sent: the server refused it for good, and why in its words."""

    template: Text
    message_id: Text
    member_id: UUID | None = None
    reason: Text


class NotifierCommandRejected(CommandRejected, type="notifier.command_rejected.v1"):
    """A command to the notifier was refused."""
