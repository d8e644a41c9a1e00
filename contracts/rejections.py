"""Why a request is rejected: one type for each rejection code, with the figures that a person needs.

A rule returns one of these values. On the bus it becomes two fields: the code, and the figures as a JSON object
(`Rejected` in contracts/message.py). Standard library only, so that a domain rule may import it. Figures only gain
fields with a default: an older release must be able to read what a newer one publishes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import get_args

from contracts.billing_rejections import (
    BillingUnavailable,
    CustomPrice,
    InvoiceLimit,
    PastDue,
    PaymentActionRequired,
    PaymentDeclined,
    PaymentDisputed,
    QuoteExpired,
    QuoteStale,
    Stale,
    Superseded,
)
from contracts.member_rejections import (
    AlreadyMember,
    DomainNotAutoJoin,
    DomainNotProven,
    DomainTaken,
    LastAdmin,
    PublicDomain,
    UnknownMember,
    WrongStatus,
)
from contracts.rejection_base import FiguresJson
from contracts.request_rejections import (
    AlreadyAnswered,
    BaaUnsigned,
    BadOrigin,
    BusUnavailable,
    ChooseAgency,
    ConfirmDetails,
    IdempotencyKeyReused,
    InternalError,
    InvalidCode,
    InvalidRequest,
    LinkExpired,
    LinkRequired,
    NotActive,
    NotAnAdmin,
    NotSignedIn,
    TooManyAttempts,
    UnknownOperation,
)
from contracts.seat_rejections import (
    BelowActive,
    ChangeUndone,
    NoSeatAvailable,
    NotAReduction,
    NothingAwaited,
    NothingToChange,
    PaymentPending,
    PurchaseUnderWay,
    SeatsReducedElsewhere,
)
from contracts.vocabulary import RejectionCode, StripeFault

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
    | NothingAwaited
    | NothingToChange
    | NotAReduction
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
