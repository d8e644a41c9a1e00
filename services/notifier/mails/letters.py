"""What is recorded with a mail's task: to whom, under which id, and what it says (a code, a link: still sealed)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.vocabulary import MemberStatus, Role, SeatType
from services.notifier.mails.kinds import (
    AccountExists,
    CliniciansBlocked,
    CodesLimited,
    Invitation,
    PaymentDeclined,
    PaymentFailed,
    PaymentRecovered,
    Removed,
    RoleChanged,
    SeatsAutoAdded,
    SeatsChangedExternally,
    Settled,
    StripeTimedOut,
    SubscriptionEnded,
    YouAreIn,
)

OpenMail = Annotated[
    AccountExists
    | SeatsAutoAdded
    | CliniciansBlocked
    | PaymentDeclined
    | PaymentFailed
    | PaymentRecovered
    | Settled
    | SeatsChangedExternally
    | SubscriptionEnded
    | StripeTimedOut
    | YouAreIn
    | RoleChanged
    | Removed
    | CodesLimited,
    Field(discriminator="template"),
]
"""Every mail that may lie in a table as it is: all but the code's and the invitation."""


class Letter(BaseModel):
    """A mail to one person."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    member_id: UUID
    to: str
    mail: OpenMail


class OperatorLetter(BaseModel):
    """A mail to the operator, whose address is a setting."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    mail: OpenMail


class SealedLetter(BaseModel):
    """A login code's mail. `sealed` opens to {"code", "link"}, and only when the mail is built."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    member_id: UUID
    to: str
    sealed: str
    expires_at: AwareDatetime


class SealedInvitation(BaseModel):
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

    def opened(self, link: str) -> Invitation:
        """The mail, with its link."""
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


class LetterOver(BaseModel):
    """How a mail's task ended: taken, or never (`failure` says why). `member_id` is None for the operator's."""

    model_config = ConfigDict(frozen=True)

    message_id: str
    member_id: UUID | None
    template: str
    failure: str | None = None


class CodeOver(BaseModel):
    """A code's task ended. Nothing is said of it, whatever came of it."""

    model_config = ConfigDict(frozen=True)


class DigestTimer(BaseModel):
    """The digest of this id may be due."""

    model_config = ConfigDict(frozen=True)

    digest_id: UUID


class ExternalChangeTimer(BaseModel):
    """The change at Stripe of this id may be due to be told."""

    model_config = ConfigDict(frozen=True)

    change_id: UUID
