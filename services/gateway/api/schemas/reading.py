"""What goes out of the activity log, the seats by day, the plan and the invoices."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.vocabulary import ActorKind, BillingCycle, InvoiceState, PaymentState
from services.gateway.api.schemas.base import Money, Wire
from services.gateway.model.activity import Kind


class ActorOut(Wire):
    """Who caused a change: a member (then `id` is theirs), Auto-Add, Stripe, the operator, or somebody unknown."""

    kind: ActorKind
    id: UUID | None
    name: str = Field(examples=["Auto-Add"])


class NamedMember(Wire):
    """A member whom a line is about."""

    id: UUID
    email: str
    name: str


class InvoiceRef(Wire):
    """The invoice of a change, and Stripe's page of it."""

    id: str
    number: str | None = Field(examples=["R-0042"])
    total: Money
    amount_paid: Money
    url: str | None


class ActivityLine(Wire):
    """Something that changed. `operationId`: the command that began it; where money moved, Stripe's idempotency key."""

    id: str = Field(examples=["1042"])
    at: AwareDatetime
    kind: Kind
    actor: ActorOut
    action: str = Field(examples=["seats_auto_added"])
    sentence: str = Field(
        examples=["Auto-Add bought 1 Voice seat for noor@riverside.example · $31.20 today, invoice R-0042"]
    )
    before: dict[str, int | str | bool | None] | None
    after: dict[str, int | str | bool | None] | None
    members: list[NamedMember]
    invoice: InvoiceRef | None
    operation_id: UUID


class ActivityOut(Wire):
    """A page of the activity log, newest first."""

    items: list[ActivityLine]
    next_cursor: str | None


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


class Price(Wire):
    """What a seat of this type costs a cycle at today's quantity, and the volume price that is near, if one is."""

    quantity: int
    unit_amount: Money
    list_amount: Money
    next_from: int | None
    next_unit_amount: Money | None


class Prices(Wire):
    """The prices by seat type; null until billing has told it."""

    base: Price | None
    voice: Price | None


class BillingOut(Wire):
    """What the agency pays, as Stripe has it. Null is what is not known yet, right after an agency was opened.

    `discount` is what volume and the annual cycle save of the list price a cycle, `balance` the credit that pays later
    invoices, `invoicesToday` those of the last 24 hours, of which Stripe takes 20.
    """

    cycle: BillingCycle
    total: Money | None
    renews_at: AwareDatetime | None
    payment_state: PaymentState
    discount: Money | None
    balance: Money | None
    prices: Prices
    invoices_today: int | None
    invoices_renew_at: AwareDatetime | None


class InvoiceOut(Wire):
    """An invoice as it stands. `url` is Stripe's page, `pdfUrl` the file, `operationId` the change that made it."""

    id: str
    number: str | None
    date: AwareDatetime
    total: Money
    amount_paid: Money
    state: InvoiceState
    url: str | None
    pdf_url: str | None
    operation_id: UUID | None


class InvoicesOut(Wire):
    """A page of invoices, newest first."""

    items: list[InvoiceOut]
    next_cursor: str | None
