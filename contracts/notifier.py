"""Messages of the notifier. Most mails follow from other services' events; a request for a code sends a command."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime

from contracts.address import EmailAddress
from contracts.message import AgencyParked, AgencyResumed, Command, CommandRejected, Event, PersonalText, Sealed, Text


class Send(Command, type="notifier.send.v1"):
    """Mail a login code and its one-click link, which outlives the code.

    `sealed` opens to {"code": "0412", "link": "https://…"}. `expires_at` is the code's.
    """

    member_id: UUID
    email: EmailAddress
    sealed: Sealed
    expires_at: AwareDatetime
    link_expires_at: AwareDatetime


class Advise(Command, type="notifier.advise.v1"):
    """Mail the address to use to `email`, for which a code was requested: another spelling of the member's mailbox."""

    member_id: UUID
    email: EmailAddress


class MailSent(Event, type="notifier.mail_sent.v1"):
    """The mail server accepted a mail. `message_id` is derived from the mail's cause and its recipient."""

    template: Text
    message_id: Text
    member_id: UUID | None = None


class MailFailed(Event, type="notifier.mail_failed.v1"):
    """The mail server rejected a mail for good, so it will not be sent. `reason` is the server's."""

    template: Text
    message_id: Text
    member_id: UUID | None = None
    reason: PersonalText


class NotifierCommandRejected(CommandRejected, type="notifier.command_rejected.v1"):
    """The notifier rejected a command."""


class NotifierAgencyParked(AgencyParked, type="notifier.agency_parked.v1"):
    """The notifier could not handle a message, and holds back the agency's later ones."""


class NotifierAgencyResumed(AgencyResumed, type="notifier.agency_resumed.v1"):
    """The notifier handles the agency's messages again."""
