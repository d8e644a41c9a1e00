"""The JSON bodies of the activity log."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.vocabulary import ActorKind
from services.gateway.api.schemas.base import Money, ShownAddress, Wire
from services.gateway.model.activity import Kind


class ActorOut(Wire):
    """The cause of a change: a member (then `id` is theirs), Auto-Add, Stripe, the operator, or an unknown person."""

    kind: ActorKind
    id: UUID | None
    name: str = Field(examples=["Auto-Add"])


class NamedMember(Wire):
    """A member that a line is about."""

    id: UUID
    email: ShownAddress
    name: str


class InvoiceRef(Wire):
    """The invoice of a change, and Stripe's page of it.

    `total` is after the `discount` and with the `tax`, which are negative in a credit of seats that had them;
    `fromBalance` is what the customer balance has paid of it.
    """

    id: str
    number: str | None = Field(examples=["R-0042"])
    total: Money
    amount_paid: Money
    url: str | None
    discount: Money
    tax: Money
    from_balance: Money


class ActivityLine(Wire):
    """A change. `operationId`: the command that began it; where money moved, Stripe's idempotency key too.

    `returned` is what went back of the invoice by a refund, a credit note, or a lost dispute.
    """

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
    returned: Money | None
    invoice: InvoiceRef | None
    operation_id: UUID


class ActivityOut(Wire):
    """A page of the activity log, newest first."""

    items: list[ActivityLine]
    next_cursor: str | None
