"""A mail's Message-ID is derived from its cause and its person, so that a resend bears the same Message-ID."""

from __future__ import annotations

from uuid import UUID, uuid5

_MAILS = UUID("8f0f5f2e-5d0c-4f6c-9f0e-0b9f6a3c1d27")


def mail_id(template: str, cause: UUID, person: UUID) -> UUID:
    """The id of the mail with this template, cause and person: always the same for the same three."""
    return uuid5(_MAILS, f"{template}/{cause}/{person}")


def message_id(mail: UUID, domain: str) -> str:
    """The Message-ID header of a mail, under the sender's domain."""
    return f"<{mail}@{domain}>"
