"""What goes over HTTP, in and out: camelCase JSON, money in minor units, times in RFC 3339."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema

from contracts.vocabulary import BillingCycle, BlockedReason, MemberStatus, Role, SeatType


def _printable(text: str) -> str:
    if any(ord(one) < ord(" ") or one == "\x7f" for one in text):
        raise ValueError("must not hold control characters")
    return text


def _within(most: int) -> BeforeValidator:
    """No longer than that as it was sent: the description counts the space around it too."""

    def checked(text: object) -> object:
        if isinstance(text, str) and len(text) > most:
            raise ValueError(f"must have at most {most} characters")
        return text

    return BeforeValidator(checked)


_CONTROL = r"\x00-\x1f\x7f"
_SPACE = r"\t-\r \x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_WORDS = rf"^[{_SPACE}]*[^{_CONTROL}{_SPACE}]([^{_CONTROL}]*[^{_CONTROL}{_SPACE}])?[{_SPACE}]*$"
"""For programs: something that can be read, on one line. Space around it is taken off."""

Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
    _within(200),
    Field(json_schema_extra={"pattern": _WORDS}),
]
_EMAIL = rf"^[^@\s<>,;{_CONTROL}]{{1,64}}@[^@\s.<>,;{_CONTROL}]+(\.[^@\s.<>,;{_CONTROL}]+)+$"
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=6, max_length=254, pattern=_EMAIL),
    AfterValidator(_printable),
    _within(254),
    Field(examples=["noor@riverside.example"]),
]
Domain = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=200, pattern=r"^[a-zA-Z0-9-]{1,63}(\.[a-zA-Z0-9-]{1,63})+$"
    ),
    _within(200),
    Field(examples=["riverside.example"]),
]
Count = Annotated[StrictInt, Field(ge=0, le=100_000, examples=[3])]
_ID = "0198f3a2-6c1d-7e52-9a3b-2f1c5d7e9a10"


def _once(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) < len(ids):
        raise ValueError("must not name anybody twice")
    return ids


class Wire(BaseModel):
    """A JSON object of the API."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, from_attributes=True)


class Money(Wire):
    """An amount in minor units (cents); negative is a credit."""

    amount: int = Field(examples=[18997])
    currency: Literal["usd"] = "usd"


class OpenAgency(Wire):
    """An agency to be opened: what it buys, and its first admin, who takes one of these seats."""

    name: Words = Field(examples=["Riverside Speech Therapy"])
    domain: Domain
    admin_email: Email
    admin_name: Words = Field(examples=["Noor Haddad"])
    cycle: BillingCycle = BillingCycle.MONTHLY
    base: Count = 0
    voice: Count = 0
    admin_seat_type: SeatType
    payment_method: Words = Field(examples=["pm_card_visa"], description="A payment method at Stripe.")


class SignUpIn(Wire):
    """Who signs up, and the seat type they pick."""

    email: Email
    name: Words = Field(examples=["Noor Haddad"])
    seat_type: SeatType


class LoginCodeIn(Wire):
    """The address that a code is mailed to."""

    email: Email


class SessionIn(Wire):
    """`email` and the four digits `code`, or the `token` of the mail's link; `agencyId` when there are several."""

    email: Email | None = None
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$"), Field(examples=["0412"])] | None = None
    token: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{10,100}$")] | None = None
    agency_id: UUID | None = None


class MemberChangeIn(Wire):
    """What is to change: the role or the seat type."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["role"]}, {"required": ["seatType"]}]})

    role: Role | SkipJsonSchema[None] = None
    seat_type: SeatType | SkipJsonSchema[None] = None

    @model_validator(mode="after")
    def one_of_them(self) -> Self:
        """Each is an order of its own, so one request changes one."""
        if len(self.model_fields_set) != 1 or (self.role is None and self.seat_type is None):
            raise ValueError("give either role or seatType")
        return self


class InviteIn(Wire):
    """Whom an admin invites, in any mail domain, and to what."""

    email: Email
    name: Words = Field(examples=["Noor Haddad"])
    seat_type: SeatType
    role: Role = Role.CLINICIAN


class ReinviteIn(Wire):
    """The seat type that they are to have; each keeps theirs when it is left out."""

    seat_type: SeatType | None = None


class ReinviteManyIn(ReinviteIn):
    """Whom to invite anew, in this order while seats last."""

    ids: Annotated[
        list[UUID], Field(min_length=1, max_length=200, json_schema_extra={"uniqueItems": True}), AfterValidator(_once)
    ] = Field(examples=[[_ID]])


class AddAdminIn(Wire):
    """Who is to be an admin. An Active member becomes one; anybody else is invited as one, to a seat of this type."""

    email: Email
    name: Words = Field(examples=["Noor Haddad"])
    seat_type: SeatType = SeatType.BASE


class AcceptIn(Wire):
    """The token of the invitation's link."""

    token: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{10,100}$")]


class DomainIn(Wire):
    """The mail domain whose owners may join by themselves."""

    domain: Domain


class ApiKeyIn(Wire):
    """What the key is called, for the list."""

    name: Words = Field(examples=["Payroll export"])


class AutoAddIn(Wire):
    """ON or OFF."""

    enabled: StrictBool = Field(examples=[True])


class BaaSignatureIn(Wire):
    """Who signs, and the version of the text that they read."""

    signer_name: Words = Field(examples=["Noor Haddad"])
    signer_title: Words = Field(examples=["Practice owner"])
    version: Words = Field(examples=["2026-11"])


class PortalIn(Wire):
    """Where in the portal to begin."""

    flow: Literal["overview", "payment_method_update"] = "overview"


class MeMember(Wire):
    """A member. `seatType` is the one picked, `planType` the seat held, null unless Active."""

    id: UUID = Field(examples=[_ID])
    email: str
    name: str
    status: MemberStatus
    blocked_reason: BlockedReason | None
    role: Role
    seat_type: SeatType
    plan_type: SeatType | None


class MemberRow(MeMember):
    """A row of the Members list."""

    invited_at: AwareDatetime | None
    first_login_at: AwareDatetime | None
    last_seen_at: AwareDatetime | None


class MeAgency(Wire):
    """The agency, as its members see it."""

    id: UUID = Field(examples=[_ID])
    name: str
    baa_signed: bool


class OpenedAgency(MeAgency):
    """An agency that was opened."""

    domain: str
    cycle: BillingCycle


class AgencyOut(Wire):
    """The agency and its first admin."""

    agency: OpenedAgency
    admin: MeMember


class SignedUpOut(Wire):
    """The same for a new address and for one that is known: what to do next is in the mail."""

    email: str
    name: str
    seat_type: SeatType
    status: Literal["pending_login"] = "pending_login"


class CodeSentOut(Wire):
    """The same for every address."""

    detail: str = (
        "If this address belongs to a member, a mail with a 4-digit code is on its way. It is valid for 10 minutes."
    )


class OperationRef(Wire):
    """An operation that is still running, and its address."""

    id: UUID
    state: Literal["running", "done", "refused"] = "running"
    href: str


class SessionOut(Wire):
    """Who signed in. `operation` is there while the first login still waits for its outcome."""

    member: MeMember
    agency: MeAgency
    operation: OperationRef | None = None


class MeOut(Wire):
    """Who is signed in."""

    member: MeMember
    agency: MeAgency


class NotReinvited(Wire):
    """Somebody who was not invited anew, and why."""

    id: UUID = Field(examples=[_ID])
    code: str = Field(examples=["no_seat_available"])
    detail: str


class ReinvitedOut(Wire):
    """What became of each, in the order that was asked for."""

    done: list[UUID]
    refused: list[NotReinvited]


class DomainOut(Wire):
    """The auto-join domain."""

    domain: str


class ApiKeyRow(Wire):
    """An API key. `lastUsedAt` is right to ten minutes."""

    id: UUID = Field(examples=[_ID])
    name: str
    created_at: AwareDatetime
    last_used_at: AwareDatetime | None
    created_by: KeyCreator


class KeyCreator(Wire):
    """The admin who made it, whose rights it has."""

    id: UUID = Field(examples=[_ID])
    name: str


class ApiKeysOut(Wire):
    """The agency's keys, oldest first."""

    items: list[ApiKeyRow]


class ApiKeyOut(Wire):
    """A key that was just made. The secret is shown this once."""

    id: UUID = Field(examples=[_ID])
    name: str
    secret: str = Field(examples=["hck_…"])
    created_at: AwareDatetime


class AdminAddedOut(Wire):
    """Who is an admin now, or is invited as one, and of which agency."""

    member: MeMember
    agency: MeAgency
    added: Literal["invited", "promoted"]


class StatusCounts(Wire):
    """How many members stand where, in the whole agency."""

    invited: int
    pending_login: int
    active: int
    blocked: int
    removed: int


class MembersOut(Wire):
    """A page of members."""

    items: list[MemberRow]
    counts: StatusCounts
    next_cursor: str | None


class SeatMeter(Wire):
    """One seat type. `incoming` is being bought, `waiting` are first logins in line, `unsettled` are invoiced later."""

    purchased: int
    active: int
    available: int
    incoming: int
    waiting: int
    unsettled: int


class AutoAddOut(Wire):
    """Auto-Add: ON or OFF, locked until the BAA is signed, and why it buys nothing at the moment."""

    enabled: bool
    locked: bool
    paused: str | None


class SeatsOut(Wire):
    """The agency's seats. `frozen`: why the subscription gives fewer than are Active; then none is bought."""

    base: SeatMeter
    voice: SeatMeter
    frozen: str | None
    auto_add: AutoAddOut


class SignatureOut(Wire):
    """Who signed the BAA, and when."""

    signer_name: str
    signer_title: str
    version: str
    signed_at: datetime


class BaaOut(Wire):
    """The BAA's text with its version (Markdown), and its signature."""

    version: str
    text: str
    signature: SignatureOut | None


class PortalOut(Wire):
    """The address of Stripe's page, made for this click."""

    url: str = Field(examples=["https://billing.stripe.com/p/session/…"])


class AcceptedOut(Wire):
    """The write is recorded and runs; ask for the operation."""

    operation: OperationRef


class OperationOut(Wire):
    """How far a write has come; `result` when done, `problem` when refused."""

    id: UUID
    state: Literal["running", "done", "refused"]
    result: dict[str, object] | None = None
    problem: dict[str, object] | None = None
