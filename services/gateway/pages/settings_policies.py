"""The policies of the seat types in the Settings tab."""

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


ROUTES = Routes(post={f"{SETTINGS}/policies": set_policies})
"""The Settings tab shows the form."""
