"""The values that several kinds of mail hold: the people and the invoice that they name."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.vocabulary import (
    BlockedDetail,
    BlockedReason,
    SeatType,
)


@dataclass(frozen=True, slots=True)
class Person:
    """A person whom a mail names."""

    name: str
    email: str
    seat_type: SeatType


@dataclass(frozen=True, slots=True)
class BlockedPerson:
    """A person who is Blocked, the reason, and more about it, where there is more."""

    person: Person
    reason: BlockedReason
    detail: BlockedDetail | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLink:
    """The number that people know an invoice by, the address of Stripe's page of it, and what its total is after.

    `discount`, `tax` and `from_balance`, what the customer balance paid, are in the smallest unit of `currency`.
    """

    number: str | None
    url: str | None
    discount: int = 0
    tax: int = 0
    from_balance: int = 0
    currency: str = "usd"

    @property
    def discount_name(self) -> str:
        """The name of the discount's line: a credit gives back less by the discount that the seats had."""
        return "Discount" if self.discount > 0 else "Discount taken back"
