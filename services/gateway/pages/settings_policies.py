"""The policies of the seat types, and the moving line, in the Settings tab."""

from __future__ import annotations

from starlette.responses import Response

from contracts.vocabulary import SeatType
from services.gateway.api.schemas.seat_policies import SeatPoliciesIn
from services.gateway.model.operation import Operation
from services.gateway.pages import forms
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.pages.settings import after_write
from services.gateway.pages.settings_view import SETTINGS


async def set_policies(request: PageRequest) -> Response:
    """Set the policies of both seat types."""
    admin = await request.admin()
    fields = await request.form()

    async def write() -> Operation:
        chosen = {seat_type.value: fields.get(f"{seat_type}_policy", "") for seat_type in SeatType}
        form = forms.parse(SeatPoliciesIn, chosen)
        return await request.app.seat_policies.set(admin, form.base, form.voice, await request.key())

    return await after_write(request, admin, write, "policies", card="policies")


async def set_moving_line(request: PageRequest) -> Response:
    """Let the line of blocked people move by itself, or not."""
    admin = await request.admin()
    enabled = "moves" in await request.form()

    async def write() -> Operation:
        return await request.app.seat_policies.set_moving_line(admin, await request.key(), enabled=enabled)

    return await after_write(request, admin, write, "line", card="policies")


ROUTES = Routes(post={f"{SETTINGS}/policies": set_policies, f"{SETTINGS}/moving-line": set_moving_line})
"""The Settings tab shows the forms."""
