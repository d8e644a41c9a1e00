"""The JSON bodies of seats, Auto-Add, the auto-join domain and the seats by day."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from services.gateway.api.schemas.awaited_payments import AwaitedPaymentOut
from services.gateway.api.schemas.base import Count, Domain, ShownDomain, Wire, Words
from services.gateway.api.schemas.cards import CardProblemOut
from services.gateway.domain.large_change import DEFAULT, LARGEST_AMOUNT, MOST_SEATS


class SeatPair(Wire):
    """A count of each seat type."""

    base: Count
    voice: Count


class SeatMeter(Wire):
    """One seat type. `incoming` is being bought, `waiting` are first logins in line, `unsettled` are invoiced later.

    `invited` people hold no seat: the first to accept gets the next free one.
    """

    purchased: int
    active: int
    available: int
    incoming: int
    waiting: int
    unsettled: int
    invited: int


class AutoAddIn(Wire):
    """ON or OFF."""

    enabled: StrictBool = Field(examples=[True])


class AutoAddOut(Wire):
    """Auto-Add: ON or OFF, locked until the BAA is signed, and why it buys nothing at the moment.

    `paused` is `past_due` while anything is owed, or else `declined`, the code of the purchase that failed.
    `declineCode`: the bank's reason. `fault`: why Stripe accepts no change, while it is paused for that.
    """

    enabled: bool
    locked: bool
    paused: str | None
    fault: str | None = None
    declined: str | None = None
    decline_code: str | None = None


class OwedOut(Wire):
    """What the agency owes: so many unpaid invoices, and their sum in the smallest unit of the currency.

    `declineCode`: the bank's reason, of our last try to charge the oldest one.
    """

    invoices: int
    amount: int
    currency: str
    decline_code: str | None = None


class SeatsOut(Wire):
    """The agency's seats. `frozen`: why the subscription gives fewer than are Active; then none is bought.

    `payment`: a change waits until this is paid; its seats are `incoming`.
    While anything is `owed`, no seat is bought, added or taken away. `cardProblem`: why a payment failed or soon will,
    and the next step.
    """

    base: SeatMeter
    voice: SeatMeter
    frozen: str | None
    auto_add: AutoAddOut
    payment: AwaitedPaymentOut | None = None
    owed: OwedOut | None = None
    card_problem: CardProblemOut | None = None


class DomainIn(Wire):
    """The mail domain whose owners may join by themselves."""

    domain: Domain


class DomainOut(Wire):
    """The auto-join domain."""

    domain: ShownDomain


class NameIn(Wire):
    """The agency's name."""

    name: Words = Field(examples=["Harbor Health"])


class NameOut(Wire):
    """The agency's name."""

    name: str


class StepUpIn(Wire):
    """The largest change that needs no fresh code: seats that it adds, and what it charges today.

    `amount` is in the smallest unit of the agency's currency, and at most about 50,000 dollars.
    """

    seats: Annotated[StrictInt, Field(ge=0, le=MOST_SEATS, examples=[DEFAULT.seats])]
    amount: Annotated[StrictInt, Field(ge=0, le=LARGEST_AMOUNT, examples=[DEFAULT.amount])]


class StepUpOut(Wire):
    """The largest change that needs no fresh code. `amount` is in cents."""

    seats: int
    amount: int


class SeatCounts(Wire):
    """The counts of a seat type with which a day ended."""

    purchased: int
    active: int


class SeatDay(Wire):
    """A UTC day; today's counts are those so far."""

    day: date
    base: SeatCounts
    voice: SeatCounts


class SeatHistoryOut(Wire):
    """The days, oldest first; none before the agency had seats."""

    days: list[SeatDay]
