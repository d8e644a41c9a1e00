"""The limits of Auto-Add in the Settings tab."""

from __future__ import annotations

from starlette.responses import Response

from contracts.vocabulary import SeatType
from services.gateway.model.operation import Operation
from services.gateway.pages.limit_fields import limits_of, names
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.pages.settings import after_write
from services.gateway.pages.settings_view import SETTINGS


async def set_limits(request: PageRequest) -> Response:
    """Set the limits of both seat types."""
    admin = await request.admin()
    fields = await request.form()
    typed = {name: fields.get(name, "") for seat_type in SeatType for name in names(seat_type)}

    async def write() -> Operation:
        limits = limits_of(typed, admin.agency.currency)
        return await request.app.auto_add_limits.set(admin, limits, await request.key())

    return await after_write(request, admin, write, "limits", card="limits", typed=typed)


ROUTES = Routes(post={f"{SETTINGS}/limits": set_limits})
"""The Settings tab shows the form."""
