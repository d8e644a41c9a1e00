"""The payloads and the results of the notifier's tasks. A login code or an invitation's link stays sealed in them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.vocabulary import MemberStatus, Role, SeatType
from services.notifier.mails.kinds import OpenMail
from services.notifier.mails.member_kinds import Invitation

StoredMail = Annotated[OpenMail, Field(discriminator="template")]
"""A mail as it is stored with its task."""


class QueuedMail(BaseModel):
    """A mail to one person. `id` is derived from its cause and the person, and becomes the Message-ID."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    member_id: UUID
    to: str
    mail: StoredMail


class MoreAdmins(BaseModel):
    """A mail to the Active admins whose ids are above `after`; those before them have it."""

    model_config = ConfigDict(frozen=True)

    cause: UUID
    after: UUID
    mail: StoredMail


class QueuedOperatorMail(BaseModel):
    """A mail to the operator, whose address is a setting: it may change until the mail is sent."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    mail: StoredMail


class QueuedCode(BaseModel):
    """A login code's mail. `sealed` opens to {"code", "link"}, and only when the mail is built."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    member_id: UUID
    to: str
    sealed: str
    expires_at: AwareDatetime
    link_expires_at: AwareDatetime


class QueuedInvitation(BaseModel):
    """An invitation's mail. `sealed` opens to {"link"}, and only when the mail is built."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    member_id: UUID
    to: str
    sealed: str
    agency: str
    name: str
    inviter: str | None
    seat_type: SeatType
    role: Role
    before: MemberStatus | None
    expires_at: AwareDatetime

    def with_link(self, link: str) -> Invitation:
        """The mail, with its unsealed link."""
        return Invitation(
            agency=self.agency,
            name=self.name,
            inviter=self.inviter,
            seat_type=self.seat_type,
            role=self.role,
            before=self.before,
            link=link,
            expires_at=self.expires_at,
        )


class MailResult(BaseModel):
    """The final result of a mail. `failure` is None when the mail server accepted it, else the reason.

    `member_id` is None for the operator's mails.
    """

    model_config = ConfigDict(frozen=True)

    message_id: str
    member_id: UUID | None
    template: str
    failure: str | None = None


class CodeResult(BaseModel):
    """The final result of a login code's mail. It is empty, because no event may reveal whether a code was sent."""

    model_config = ConfigDict(frozen=True)


class DigestTimer(BaseModel):
    """A timer at which the digest of this id may be due."""

    model_config = ConfigDict(frozen=True)

    digest_id: UUID


class ExternalChangeTimer(BaseModel):
    """A timer at which the mail about the change at Stripe of this id may be due."""

    model_config = ConfigDict(frozen=True)

    change_id: UUID
