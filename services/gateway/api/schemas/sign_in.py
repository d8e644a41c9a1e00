"""The JSON bodies of signing up, signing in and accepting an invitation, and of the person who is signed in."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType
from services.gateway.api.schemas.base import EXAMPLE_ID, Code, Email, ShownAddress, Wire, Words
from services.gateway.api.schemas.operations import OperationRef
from services.gateway.domain.first_pick import Wish
from services.gateway.domain.own_cookies import TOKEN_CHARS
from services.gateway.domain.typed_code import CODE_DIGITS


class DetailsIn(Wire):
    """A person's name, and the seat type that they pick."""

    name: Words = Field(examples=["Noor Haddad"])
    seat_type: SeatType


class SignUpIn(DetailsIn):
    """A person who signs up, and the seat type that they pick."""

    email: Email


BrowserToken = Annotated[str, StringConstraints(pattern=rf"^[A-Za-z0-9_-]{{{TOKEN_CHARS}}}$")]
"""What an extension or app has in place of the browser's cookie."""


class LoginCodeIn(Wire):
    """The address that a code is mailed to. `tokenType` and, from the second time on, `browserToken`: of an app."""

    email: Email
    token_type: Literal["bearer"] | None = None
    browser_token: BrowserToken | None = None


class SessionIn(Wire):
    """`email` and the four digits `code`, or the `token` of the mail's link; `agencyId` when there are several.

    `name` and `seatType`, given together, are the person's own at their first login. Later they change nothing.
    """

    email: Email | None = None
    code: Code | None = None
    token: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{10,100}$")] | None = None
    agency_id: UUID | None = None
    name: Words | None = Field(default=None, examples=["Noor Haddad"])
    seat_type: SeatType | None = None
    token_type: Literal["bearer"] | None = Field(
        default=None, description="`bearer`: the answer holds a bearer token, and sets no cookie."
    )
    browser_token: BrowserToken | None = Field(
        default=None, description="With `tokenType` and `code`: from the answer of POST /api/v1/login-codes."
    )

    @property
    def confirmed(self) -> Wish | None:
        """The details that the person confirms; None without them."""
        return None if self.name is None or self.seat_type is None else Wish(self.name, self.seat_type)


class ProofIn(Wire):
    """The four digits of the newest mail, for the session that requests were rejected in."""

    code: Annotated[str, StringConstraints(pattern=rf"^[0-9]{{{CODE_DIGITS}}}$"), Field(examples=["0412"])]


class ProofOut(Wire):
    """When the address was proven, and until when that is fresh."""

    proven_at: AwareDatetime
    fresh_until: AwareDatetime


class AcceptIn(Wire):
    """The token of the invitation's link."""

    token: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{10,100}$")]


class MeMember(Wire):
    """A member. `seatType` is the one picked, `planType` the seat held, null unless Active."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    email: ShownAddress
    name: str
    status: MemberStatus
    blocked_reason: BlockedReason | None
    role: Role
    seat_type: SeatType
    plan_type: SeatType | None


class MeAgency(Wire):
    """The agency, as its members see it."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    name: str
    baa_signed: bool


class SignedUpOut(Wire):
    """The same for a new address and for one that is known: what to do next is in the mail."""

    email: ShownAddress
    name: str
    seat_type: SeatType
    status: Literal["pending_login"] = "pending_login"


class CodeSentOut(Wire):
    """The same for every address."""

    detail: str = (
        "If this address belongs to a member, an email with a 4-digit code is on its way. It is valid for 10 minutes."
    )
    browser_token: str | None = Field(
        default=None, description="For `tokenType` `bearer`: keep it, and send it with the code."
    )


class SessionOut(Wire):
    """The person who signed in. `operation` is there while the first login still waits for its outcome."""

    member: MeMember
    agency: MeAgency
    operation: OperationRef | None = None
    bearer_token: str | None = Field(
        default=None, examples=["hcs_…"], description="For `tokenType` `bearer`; given this once."
    )
    browser_token: str | None = Field(
        default=None, description="For `tokenType` `bearer`: keep it, and send it at the next sign-in."
    )
    expires_at: AwareDatetime = Field(description="The session ends then at the latest, or earlier without requests.")


class MeOut(Wire):
    """The person who is signed in."""

    member: MeMember
    agency: MeAgency
