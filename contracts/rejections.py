"""Why a request is rejected: one type for each rejection code, with the figures that a person needs.

A rule returns one of these values. On the bus it becomes two fields: the code, and the figures as a JSON object
(`Rejected` in contracts/message.py). Standard library only, so that a domain rule may import it. Figures only gain
fields with a default: an older release must be able to read what a newer one publishes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, Literal, get_args
from uuid import UUID

from contracts.vocabulary import Debt, FrozenReason, Lapse, MemberStatus, RejectionCode, SeatType, StripeFault

FIGURES_MAX = 4000
"""Characters that the figures of a rejection have at most, names and values together."""
FiguresJson = Mapping[str, int | str | None]
"""The figures of a rejection as JSON holds them, by name. HTTP clients see these names in camel case."""


@dataclass(frozen=True)
class OfCode:
    """The base of every rejection type. A type without figures adds nothing but its code."""

    code: ClassVar[RejectionCode]

    def as_json(self) -> dict[str, int | str | None]:
        """The figures as JSON values, in the order of the fields. A figure that is None is left out."""
        given = {figure.name: getattr(self, figure.name) for figure in fields(self)}
        return {name: _json_value(value) for name, value in given.items() if value is not None}


def _json_value(value: int | str | UUID | datetime) -> int | str:
    match value:
        case int():
            return value
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


# Sign-in


@dataclass(frozen=True)
class NotSignedIn(OfCode):
    """No session and no valid key. `credential` names the key that was given or is required, where that matters."""

    code = RejectionCode.NOT_SIGNED_IN
    credential: str | None = None


@dataclass(frozen=True)
class InvalidCode(OfCode):
    """The login code is wrong or has expired. `tries_left`: 0 when the code accepts no further try."""

    code = RejectionCode.INVALID_CODE
    tries_left: int | None = None


@dataclass(frozen=True)
class LinkExpired(OfCode):
    """The link was used or has expired. `invitation`: how an invitation's link ended, as the gateway names it."""

    code = RejectionCode.LINK_EXPIRED
    invitation: str | None = None


class LinkRequired(OfCode):
    """Too many wrong codes: in this browser, only the one-click link signs in."""

    code = RejectionCode.LINK_REQUIRED


class ChooseAgency(OfCode):
    """The address is a member of several agencies, and the request names none of them."""

    code = RejectionCode.CHOOSE_AGENCY


class ConfirmDetails(OfCode):
    """The sign-ups for the address differ, and none was made in this browser: the person gives name and seat type."""

    code = RejectionCode.CONFIRM_DETAILS


@dataclass(frozen=True)
class TooManyAttempts(OfCode):
    """A limit on attempts is reached. `retry_after` is in seconds, `limit` its name; `person`: whose invitations."""

    code = RejectionCode.TOO_MANY_ATTEMPTS
    retry_after: int | None = None
    limit: str | None = None
    person: str | None = None


# Rights


class NotAnAdmin(OfCode):
    """Only an Active admin of the agency may do this."""

    code = RejectionCode.NOT_AN_ADMIN


class NotActive(OfCode):
    """Only an Active member may do this."""

    code = RejectionCode.NOT_ACTIVE


class BadOrigin(OfCode):
    """A write with a session cookie came from another site."""

    code = RejectionCode.BAD_ORIGIN


class BaaUnsigned(OfCode):
    """Admin actions are locked until the agency's BAA is signed."""

    code = RejectionCode.BAA_UNSIGNED


# Members


class UnknownMember(OfCode):
    """The agency has no such member."""

    code = RejectionCode.UNKNOWN_MEMBER


class LastAdmin(OfCode):
    """The action would leave the agency without an Active admin."""

    code = RejectionCode.LAST_ADMIN


@dataclass(frozen=True)
class AlreadyMember(OfCode):
    """The address belongs to a member already."""

    code = RejectionCode.ALREADY_MEMBER
    status: MemberStatus
    member_id: UUID


@dataclass(frozen=True)
class WrongStatus(OfCode):
    """The member, the agency, or its BAA is in a status that does not allow the action.

    `waits` is 1 while the member waits for a seat. `requested` names the action where the advice depends on it; HTTP
    clients see that name. `agency` tells an agency that never existed from one whose opening was rejected.
    `signer_name` and `signed_at` are those of the BAA's signature that stands.
    """

    code = RejectionCode.WRONG_STATUS
    status: MemberStatus | None = None
    waits: Literal[1] | None = None
    requested: Literal["reinvite", "email", "seat_type", "undo_removal", "cancel_invitation"] | None = None
    agency: Literal["unknown", "refused"] | None = None
    signer_name: str | None = None
    signed_at: datetime | None = None


@dataclass(frozen=True)
class DomainTaken(OfCode):
    """Another agency holds the auto-join domain."""

    code = RejectionCode.DOMAIN_TAKEN
    domain: str


@dataclass(frozen=True)
class PublicDomain(OfCode):
    """Anybody can get an address on this domain, so no agency may hold it."""

    code = RejectionCode.PUBLIC_DOMAIN
    domain: str


@dataclass(frozen=True)
class DomainNotProven(OfCode):
    """The admin's own address is not on the domain."""

    code = RejectionCode.DOMAIN_NOT_PROVEN
    domain: str


@dataclass(frozen=True)
class DomainNotAutoJoin(OfCode):
    """The address is not on the agency's auto-join domain. `domain` is that domain, None when there is no agency."""

    code = RejectionCode.DOMAIN_NOT_AUTO_JOIN
    domain: str | None = None


# Seats


@dataclass(frozen=True)
class NoSeatAvailable(OfCode):
    """No seat of the type is free. `reinvited` are the seats that the same command has given to others."""

    code = RejectionCode.NO_SEAT_AVAILABLE
    seat_type: SeatType
    purchased: int
    active: int
    waiting: int
    reinvited: int | None = None


@dataclass(frozen=True)
class SeatsReducedElsewhere(OfCode):
    """The agency's seats are frozen, so none is free. The figures are those of `NoSeatAvailable`, and the reason."""

    code = RejectionCode.SEATS_REDUCED_ELSEWHERE
    seat_type: SeatType
    purchased: int
    active: int
    waiting: int
    reinvited: int | None = None
    frozen: FrozenReason | None = None


@dataclass(frozen=True)
class BelowActive(OfCode):
    """A new seat count is below the Active members of its type. `requested` is that count; HTTP clients see the name.

    `other_*` are there when both types are below Active. `add`, `add_seat_type` and `switch` are there when the request
    converts seats: add so many seats of the other type first, then switch so many members, then reduce.
    """

    code = RejectionCode.BELOW_ACTIVE
    seat_type: SeatType
    purchased: int
    active: int
    requested: int
    other_seat_type: SeatType | None = None
    other_purchased: int | None = None
    other_active: int | None = None
    other_requested: int | None = None
    add_seat_type: SeatType | None = None
    add: int | None = None
    switch: int | None = None


class PurchaseUnderWay(OfCode):
    """Seats are being bought, or another admin's change is being made."""

    code = RejectionCode.PURCHASE_UNDER_WAY


class PaymentPending(OfCode):
    """An earlier change waits for the payment of its invoice, and only one change waits at a time."""

    code = RejectionCode.PAYMENT_PENDING


@dataclass(frozen=True)
class ChangeUndone(OfCode):
    """The change's invoice was not paid, so the change is undone. `lapse` is why; None while it is not known."""

    code = RejectionCode.CHANGE_UNDONE
    lapse: Lapse | None = None


class NothingToChange(OfCode):
    """Everything is as the request wants it already."""

    code = RejectionCode.NOTHING_TO_CHANGE


# Billing


@dataclass(frozen=True)
class PaymentDeclined(OfCode):
    """The card was declined. `decline_code` is Stripe's."""

    code = RejectionCode.PAYMENT_DECLINED
    decline_code: str | None = None


@dataclass(frozen=True)
class PaymentActionRequired(OfCode):
    """The bank requires the cardholder to confirm the payment. `decline_code` is Stripe's."""

    code = RejectionCode.PAYMENT_ACTION_REQUIRED
    decline_code: str | None = None


@dataclass(frozen=True)
class PastDue(OfCode):
    """Invoices are unpaid, and until they are paid nothing is changed at Stripe.

    `amount` is their sum, in the smallest unit of `currency`, and `invoices` their number; left out where Stripe makes
    no invoice. `decline_code` is Stripe's, of the last try to charge one.
    """

    code = RejectionCode.PAST_DUE
    decline_code: str | None = None
    amount: int | None = None
    currency: str | None = None
    invoices: int | None = None

    @staticmethod
    def of(debt: Debt | None) -> PastDue:
        """The rejection with what is owed, if that is known."""
        if debt is None:
            return PastDue()
        return PastDue(debt.decline_code, debt.amount, debt.currency, debt.invoices)


@dataclass(frozen=True)
class BillingUnavailable(OfCode):
    """There is no subscription to change, Stripe does not answer, or Stripe accepts no change.

    `frozen`: why the subscription is gone. `fault`: why Stripe accepts no change.
    """

    code = RejectionCode.BILLING_UNAVAILABLE
    frozen: FrozenReason | None = None
    fault: StripeFault | None = None


@dataclass(frozen=True)
class InvoiceLimit(OfCode):
    """Stripe makes no more invoices for this subscription until `available_at`."""

    code = RejectionCode.INVOICE_LIMIT
    available_at: datetime | None = None


class CustomPrice(OfCode):
    """A seat type has a negotiated price without a price for the other cycle: only the operator can switch it."""

    code = RejectionCode.CUSTOM_PRICE


class PaymentDisputed(OfCode):
    """A payment was disputed, and the bank has decided against it: Auto-Add is paused."""

    code = RejectionCode.PAYMENT_DISPUTED


class QuoteStale(OfCode):
    """The subscription or its price has changed since the quote."""

    code = RejectionCode.QUOTE_STALE


class QuoteExpired(OfCode):
    """The quote is older than its ten minutes, or unknown."""

    code = RejectionCode.QUOTE_EXPIRED


class Superseded(OfCode):
    """A newer quote of the same session has replaced this one."""

    code = RejectionCode.SUPERSEDED


class Stale(OfCode):
    """Between seats and billing only: the subscription is no longer what the purchase started from."""

    code = RejectionCode.STALE


# Requests


@dataclass(frozen=True)
class InvalidRequest(OfCode):
    """A field of the request is not valid.

    `current` is the BAA's version that can be signed now. `admin_seat_type`, `base` and `voice` describe an agency
    whose purchase has no seat for its first admin.
    """

    code = RejectionCode.INVALID_REQUEST
    field: str | None = None
    current: str | None = None
    admin_seat_type: SeatType | None = None
    base: int | None = None
    voice: int | None = None


class UnknownOperation(OfCode):
    """The caller has no such operation."""

    code = RejectionCode.UNKNOWN_OPERATION


class AlreadyAnswered(OfCode):
    """The response held a secret and was given once; it is not given again."""

    code = RejectionCode.ALREADY_ANSWERED


class IdempotencyKeyReused(OfCode):
    """The idempotency key came with another request body before."""

    code = RejectionCode.IDEMPOTENCY_KEY_REUSED


class BusUnavailable(OfCode):
    """The request was not recorded, because the bus or Postgres is unavailable."""

    code = RejectionCode.BUS_UNAVAILABLE


class InternalError(OfCode):
    """A fault of ours; nothing is half done, and the operator's list has the command."""

    code = RejectionCode.INTERNAL_ERROR


Rejection = (
    NotSignedIn
    | InvalidCode
    | LinkExpired
    | LinkRequired
    | ChooseAgency
    | ConfirmDetails
    | TooManyAttempts
    | NotAnAdmin
    | NotActive
    | BadOrigin
    | BaaUnsigned
    | UnknownMember
    | LastAdmin
    | AlreadyMember
    | WrongStatus
    | DomainTaken
    | PublicDomain
    | DomainNotProven
    | DomainNotAutoJoin
    | NoSeatAvailable
    | SeatsReducedElsewhere
    | BelowActive
    | PurchaseUnderWay
    | PaymentPending
    | ChangeUndone
    | NothingToChange
    | PaymentDeclined
    | PaymentActionRequired
    | PastDue
    | BillingUnavailable
    | InvoiceLimit
    | CustomPrice
    | PaymentDisputed
    | QuoteStale
    | QuoteExpired
    | Superseded
    | Stale
    | InvalidRequest
    | UnknownOperation
    | AlreadyAnswered
    | IdempotencyKeyReused
    | BusUnavailable
    | InternalError
)
"""Every rejection that this release knows."""
REJECTIONS: Mapping[str, type[Rejection]] = {kind.code: kind for kind in get_args(Rejection)}
"""The type of each rejection code."""


@dataclass(frozen=True)
class Unlisted:
    """A rejection whose code this release does not know, because its sender is newer. Its figures are passed on."""

    code: str
    figures: FiguresJson

    def as_json(self) -> dict[str, int | str | None]:
        """The figures as they came."""
        return dict(self.figures)


def decline_code_of(rejection: Rejection) -> str | None:
    """Stripe's decline code; None where the rejection is not the card's, or Stripe gave no code."""
    match rejection:
        case PaymentDeclined(decline_code) | PaymentActionRequired(decline_code) | PastDue(decline_code=decline_code):
            return decline_code
        case _:
            return None


def fault_of(rejection: Rejection) -> StripeFault | None:
    """Why Stripe accepts no change; None where the rejection has another cause."""
    return rejection.fault if isinstance(rejection, BillingUnavailable) else None


def of_code(code: RejectionCode, decline_code: str | None = None) -> Rejection:
    """The rejection of a code whose figures may be left out. Only the codes about the card keep the `decline_code`.

    TypeError for a code whose figures are required: make such a rejection from its type.
    """
    match code:
        case RejectionCode.PAYMENT_DECLINED:
            return PaymentDeclined(decline_code)
        case RejectionCode.PAYMENT_ACTION_REQUIRED:
            return PaymentActionRequired(decline_code)
        case RejectionCode.PAST_DUE:
            return PastDue(decline_code)
        case _:
            without_figures: Callable[[], Rejection] = REJECTIONS[code]
            return without_figures()
