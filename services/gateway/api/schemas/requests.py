"""What comes in over HTTP: the bodies of requests."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StringConstraints, model_validator
from pydantic.json_schema import SkipJsonSchema

from contracts.vocabulary import BillingCycle, Role, SeatType
from services.gateway.api.schemas.base import Count, Domain, Email, Wire, Words

_ID = "0198f3a2-6c1d-7e52-9a3b-2f1c5d7e9a10"


def _once(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) < len(ids):
        raise ValueError("must not name anybody twice")
    return ids


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
