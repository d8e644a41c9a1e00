"""The API keys in the Settings tab: making one, and revoking one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from starlette.responses import Response

from services.gateway.api.schemas.api_keys import ApiKeyIn
from services.gateway.application.api_keys import KeyRequest
from services.gateway.domain.gateway_codes import UNKNOWN_API_KEY
from services.gateway.domain.key_expiry import LIFE
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.alerts import Alert
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.pages.settings_view import SETTINGS, page
from services.gateway.texts.api_keys import LIVES


async def make_key(request: PageRequest) -> Response:
    """Make an API key; this answer shows its secret, and no later page does."""
    admin = await request.admin()
    fields, scopes = await request.form(), await request.values("scopes")
    typed = {"name": fields.get("name", ""), "scopes": ",".join(scopes), "days": fields.get("days", "")}
    try:
        form = forms.parse(ApiKeyIn, {"name": typed["name"], "scopes": scopes})
        days = int(typed["days"]) if typed["days"] in LIVES else LIFE.days
        key_request = KeyRequest(form.name, form.scopes, request.app.now() + timedelta(days=days))
        with forms.outages_raised():
            made = await request.app.api_keys.make(admin, key_request, await request.key())
    except RejectedError as rejected:
        return await page(request, admin, card="keys", alert=Alert.of(rejected), errors=rejected.errors, typed=typed)
    return await page(request, admin, made=made)


async def revoke_dialog(request: PageRequest) -> Response:
    """Ask before a key is revoked."""
    admin = await request.admin()
    key_id = _key_id(request)
    api_key = next((key for key in await request.app.api_keys.of_agency(admin) if key.id == key_id), None)
    if api_key is None:
        raise RejectedError(UNKNOWN_API_KEY)
    position = await request.app.position(admin)
    return request.dialog("revoke_key.html", principal=admin, position=position, api_key=api_key)


async def revoke_key(request: PageRequest) -> Response:
    """Revoke an API key."""
    admin = await request.admin()
    try:
        with forms.outages_raised():
            await request.app.api_keys.revoke(admin, _key_id(request), await request.key())
    except RejectedError as rejected:
        return await page(request, admin, card="keys", alert=Alert.of(rejected))
    return request.redirect(f"{SETTINGS}?done=revoked")


def _key_id(request: PageRequest) -> UUID:
    try:
        return UUID(request.request.path_params["key"])
    except ValueError as invalid:
        raise RejectedError(UNKNOWN_API_KEY) from invalid


ROUTES = Routes(
    get={f"{SETTINGS}/keys/{{key}}/revoke": revoke_dialog},
    post={f"{SETTINGS}/keys": make_key, f"{SETTINGS}/keys/{{key}}/revoke": revoke_key},
)
