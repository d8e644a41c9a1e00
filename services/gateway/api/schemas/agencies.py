"""The JSON bodies of the operator's calls: opening an agency, and giving it an admin."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.message import Locale
from contracts.vocabulary import DEFAULT_LOCALE, BillingCycle, SeatType
from services.gateway.api.schemas.base import Count, Domain, Email, ShownDomain, Wire, Words
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
    locale: Locale = Field(DEFAULT_LOCALE, description="The language in which the members' names are sorted (BCP 47).")


class AddAdminIn(Wire):
    """The admin to add. An Active member becomes an admin; any other person is invited, to a seat of this type."""

    email: Email
    name: Words = Field(examples=["Noor Haddad"])
    seat_type: SeatType = SeatType.BASE


class EraseIn(Wire):
    """The address of the removed member to erase."""

    email: Email


class OpenedAgency(MeAgency):
    """An agency that was opened."""

    domain: ShownDomain
    cycle: BillingCycle


class AgencyOut(Wire):
    """The agency and its first admin."""

    agency: OpenedAgency
    admin: MeMember


class AdminAddedOut(Wire):
    """The member who is an admin now, or is invited as one, and their agency."""

    member: MeMember
    agency: MeAgency
    added: Literal["invited", "promoted"]
