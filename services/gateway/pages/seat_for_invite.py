"""An invitation that finds no free seat: the dialog offers one more at its price, buys it, and goes on to invite."""

from __future__ import annotations

from starlette.responses import Response

from contracts.message import Seats
from contracts.vocabulary import SeatType
from services.gateway.api.schemas.billing import AdjustIn
from services.gateway.application.invitations import Invitee
from services.gateway.domain.idempotency import KEY_MAX, OperationState
from services.gateway.model.agency import Principal
from services.gateway.pages import billing, forms
from services.gateway.pages.billing_view import Price
from services.gateway.pages.invite_many import MANY
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.pricing import price_of_counts

_PURCHASE = "$"
"""Ends the purchase's key: the invitation of the same form has the key without it."""


async def offer(request: PageRequest, admin: Principal, seat_type: SeatType | None) -> Price | None:
    """The price of one more seat of this type; None when none is needed, or none can be had now."""
    if seat_type is None:
        return None
    seats = await request.app.seats(admin)
    price, _ = await price_of_counts(request, admin, billing.purchased(seats).plus(seat_type))
    return price


async def buy(request: PageRequest, admin: Principal, invitee: Invitee) -> Response | None:
    """Buy the seat at the price shown; None when there is nothing to wait for (any more), and the invitation goes on.

    While the purchase runs, the invitation is a list of one person that waits for it, and the page says so. If another
    type than the offered one is picked by now, nothing is bought. RejectedError when the purchase is rejected.
    """
    fields = await request.form()
    if "buy" not in fields:
        return None
    form = forms.parse(AdjustIn, {**billing.counts_of(fields), "quote_id": fields.get("quote_id")})
    after = Seats(base=form.base, voice=form.voice)
    if after.quantities() != billing.purchased(await request.app.seats(admin)).plus(invitee.seat_type):
        return None
    key = await request.key()
    operation = await request.app.money.adjust(
        admin,
        after,
        form.quote_id,
        key and f"{key[: KEY_MAX - 1]}{_PURCHASE}",
        confirmed=False,
        pay_owed="pay_owed" in fields,
    )
    if operation.state is OperationState.RUNNING:
        sent = await request.app.inviting_many.send(admin, [invitee], key or operation.id.hex, operation.id)
        return request.redirect(f"{MANY}/{sent}")
    return None
