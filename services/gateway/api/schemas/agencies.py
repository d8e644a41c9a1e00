"""The JSON bodies of the operator's calls: opening an agency, and giving it an admin."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.vocabulary import BillingCycle, SeatType
from services.gateway.api.schemas.base import Count, Domain, Email, Wire, Words
from services.gateway.api.schemas.sign_in import MeAgency, MeMember


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


class AddAdminIn(Wire):
    """Who is to be an admin. An Active member becomes one; anybody else is invited as one, to a seat of this type."""

    email: Email
    name: Words = Field(examples=["Noor Haddad"])
    seat_type: SeatType = SeatType.BASE


class OpenedAgency(MeAgency):
    """An agency that was opened."""

    domain: str
    cycle: BillingCycle


class AgencyOut(Wire):
    """The agency and its first admin."""

    agency: OpenedAgency
    admin: MeMember


class AdminAddedOut(Wire):
    """Who is an admin now, or is invited as one, and of which agency."""

    member: MeMember
    agency: MeAgency
    added: Literal["invited", "promoted"]
