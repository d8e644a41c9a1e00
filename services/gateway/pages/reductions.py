"""A reduction at the renewal in the Seats & Billing tab: scheduled from the preview, and taken back."""

from __future__ import annotations

from starlette.responses import Response

from contracts.message import Seats
from services.gateway.api.schemas.seats import SeatPair
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.billing import BILLING, after_write, counts_of, page
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes


async def schedule(request: PageRequest) -> Response:
    """Reduce the seats to the counts under the steppers at the renewal."""
    admin = await request.admin()
    try:
        counts = forms.parse(SeatPair, counts_of(await request.form()))
    except RejectedError as invalid:
        return await page(request, admin, rejected=invalid)

    async def write() -> Operation:
        after = Seats(base=counts.base, voice=counts.voice)
        return await request.app.reductions.schedule(admin, after, await request.key())

    return await after_write(request, admin, write, at="adjust")


async def take_back(request: PageRequest) -> Response:
    """Reduce nothing at the renewal."""
    admin = await request.admin()

    async def write() -> Operation:
        return await request.app.reductions.take_back(admin, await request.key())

    return await after_write(request, admin, write, at="reduction")


ROUTES = Routes(post={f"{BILLING}/reduction": schedule, f"{BILLING}/reduction/take-back": take_back})
"""The Seats & Billing tab shows both forms."""
