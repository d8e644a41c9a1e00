"""The price of a change, as Stripe previews it, for every page that shows one."""

from __future__ import annotations

from contracts.message import Seats
from contracts.vocabulary import MOST_SEATS_REQUESTED, Quantities, RejectionCode
from services.gateway.api.presenters.billing import quote_out
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.agency import Principal
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.billing_view import Price
from services.gateway.pages.page_request import PageRequest
from services.gateway.texts import messages


async def price_of_counts(
    request: PageRequest, admin: Principal, counts: Quantities
) -> tuple[Price | None, messages.Message | None]:
    """The price of these seat counts, or why there is none. RejectedError `superseded` by a newer request."""
    try:
        with forms.outages_raised():
            after = Seats(base=counts.base, voice=counts.voice)
            operation = await request.app.money.quote_seats(admin, request.caller, after, None)
    except forms.FailedError as failed:
        return None, messages.message(failed.code, {})
    except RejectedError as rejected:
        if rejected.code == RejectionCode.SUPERSEDED:
            raise
        return None, messages.message(rejected.code, rejected.figures)
    return price_of(operation)


def price_of(operation: Operation) -> tuple[Price | None, messages.Message | None]:
    """The price that an operation has quoted, or that there is none yet."""
    if operation.state is OperationState.RUNNING:
        return None, messages.NO_PRICE_YET
    return Price(quote_out(operation)), None


def count_of(text: str | None) -> int | None:
    """A count that a person may request; None for any other text."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > len(str(MOST_SEATS_REQUESTED)):
        return None
    return int(text) if int(text) <= MOST_SEATS_REQUESTED else None
