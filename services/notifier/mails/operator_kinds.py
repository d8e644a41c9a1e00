"""The mails that only the operator gets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.vocabulary import (
    Quantities,
    Service,
)


@dataclass(frozen=True, slots=True)
class ProrationsLost:
    """Seats that nobody will be charged for: the subscription has `ended`, or an invoice is void. For the operator."""

    agency: str
    seats: Quantities
    amount: int
    ended: bool
    currency: str = "usd"
    template: Literal["prorations_lost"] = "prorations_lost"


@dataclass(frozen=True, slots=True)
class AgencyParked:
    """To the operator: a service could not handle a message, and holds back what follows for the agency.

    `refused`: the broker does not take a message that the service publishes. `others` agencies wait for that already;
    `last`: about those that follow, no mail is sent.
    """

    agency: str
    agency_id: str
    service: Service
    message_type: str
    refused: bool = False
    others: int = 0
    last: bool = False
    template: Literal["agency_parked"] = "agency_parked"


@dataclass(frozen=True, slots=True)
class OpeningDelayed:
    """To the operator: Stripe has not completed an agency's opening since `since`; None when it was given up."""

    agency: str
    since: datetime | None
    template: Literal["opening_delayed"] = "opening_delayed"


OperatorMail = ProrationsLost | AgencyParked | OpeningDelayed
"""Every one of them. To add a mail, add it here."""
