"""The switch of the monthly mail about idle seats, beside the list of who holds them."""

from __future__ import annotations

from starlette.responses import Response

from services.gateway.pages import forms
from services.gateway.pages.list_view import MEMBERS, ListView
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes


async def switch(request: PageRequest) -> Response:
    """Switch the own mail, and show the list again."""
    admin = await request.admin()
    enabled = (await request.form()).get("enabled") == "on"
    with forms.outages_raised():
        await request.app.idle_mails.set(admin, enabled=enabled, key=await request.key())
    return request.redirect(ListView.of(request).address(mailed="on" if enabled else "off"))


ROUTES = Routes(post={f"{MEMBERS}/idle-mail": switch})
