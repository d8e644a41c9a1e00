"""The Settings tab: Auto-Add, the BAA, the auto-join domain with its sign-up link, and API keys.

To add a setting: a handler here that ends in `_after_write`, its address in ROUTES, its card in `settings.html`, and
the message of its success in `_DONE`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from starlette.responses import Response

from contracts.members import SignBaa
from services.gateway.api.schemas.api_keys import ApiKeyIn
from services.gateway.api.schemas.baa import BaaSignatureIn
from services.gateway.api.schemas.seats import DomainIn
from services.gateway.application.api_keys import MadeKey
from services.gateway.application.gateway import Baa
from services.gateway.domain.gateway_codes import UNKNOWN_API_KEY
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.agency import Principal, SeatsView
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.alerts import Alert
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.plain_markdown import to_html
from services.gateway.pages.routes import Routes
from services.gateway.texts import baa as baa_text
from services.gateway.texts import messages

SETTINGS = "/admin/agency/settings"
_EMPTY = {"signer_name": "", "signer_title": "", "domain": "", "name": ""}


async def show(request: PageRequest) -> Response:
    """The agency's settings as they are."""
    return await _page(request, await request.admin())


async def _page(
    request: PageRequest,
    admin: Principal,
    *,
    card: str = "",
    alert: Alert | None = None,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    made: MadeKey | None = None,
) -> Response:
    """The tab; `card` is the id of the card that shows the alert."""
    position = await request.app.position(admin)
    baa = await request.app.baa(admin)
    plan = await request.app.reading.plan(admin.agency.id)
    seats = await request.app.seats(admin)
    return request.page(
        "settings.html",
        principal=admin,
        position=position,
        status=200 if alert is None else alert.status,
        seats=seats,
        plan=plan,
        baa=baa,
        baa_text=to_html(baa.text),
        api_keys=await request.app.api_keys.of_agency(admin),
        sign_up_link=f"{request.app.settings.public_url}/signup",
        done=_done(request.query("done"), admin, seats, baa),
        slow=messages.SLOW if request.query("done") == "slow" else None,
        alert_card=card if alert is not None and not errors else "",
        alert=alert,
        errors=errors or {},
        typed=_EMPTY | dict(typed or {}),
        made=made,
    )


def _done(done: str | None, admin: Principal, seats: SeatsView, baa: Baa) -> str | None:
    """What the form before this page has changed; None when the setting is not so any more."""
    match done:
        case "signed" if baa.signature is not None:
            return baa_text.SIGNED
        case "on" if seats.auto_add:
            return "Auto-Add is ON."
        case "off" if not seats.auto_add:
            return "Auto-Add is OFF. Nothing is bought any more."
        case "domain":
            return f"People with an address on {admin.agency.domain} can join by themselves now."
        case "revoked":
            return "The key is revoked: it opens nothing any more."
        case _:
            return None


async def sign_baa(request: PageRequest) -> Response:
    """Sign the BAA in the version that was shown."""
    admin = await request.admin()
    fields = await request.form()
    typed = {name: fields.get(name, "") for name in ("signer_name", "signer_title")}

    async def write() -> Operation:
        form = forms.parse(BaaSignatureIn, {**typed, "version": fields.get("version", "")})
        command = SignBaa(signer_name=form.signer_name, signer_title=form.signer_title, version=form.version)
        return await request.app.sign_baa(admin, command, await request.key())

    return await _after_write(request, admin, write, "signed", card="baa", typed=typed)


async def set_auto_add(request: PageRequest) -> Response:
    """Switch Auto-Add ON or OFF."""
    admin = await request.admin()
    enabled = (await request.form()).get("enabled") == "on"

    async def write() -> Operation:
        return await request.app.set_auto_add(admin, await request.key(), enabled=enabled)

    return await _after_write(request, admin, write, "on" if enabled else "off", card="auto-add")


async def set_domain(request: PageRequest) -> Response:
    """Set the auto-join domain, unless somebody set another one since the page was shown."""
    admin = await request.admin()
    fields = await request.form()
    typed = {"domain": fields.get("domain", "")}
    if fields.get("shown", admin.agency.domain) != admin.agency.domain:
        return await _page(request, admin, card="agency", alert=Alert.saying(409, messages.DOMAIN_CHANGED), typed=typed)

    async def write() -> Operation:
        form = forms.parse(DomainIn, typed)
        return await request.app.set_domain(admin, form.domain, await request.key())

    return await _after_write(request, admin, write, "domain", card="agency", typed=typed)


async def make_key(request: PageRequest) -> Response:
    """Make an API key; this answer shows its secret, and no later page does."""
    admin = await request.admin()
    typed = {"name": (await request.form()).get("name", "")}
    try:
        form = forms.parse(ApiKeyIn, typed)
        with forms.outages_rejected():
            made = await request.app.api_keys.make(admin, form.name, await request.key())
    except RejectedError as rejected:
        return await _page(request, admin, card="keys", alert=Alert.of(rejected), errors=rejected.errors, typed=typed)
    return await _page(request, admin, made=made)


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
        with forms.outages_rejected():
            await request.app.api_keys.revoke(admin, _key_id(request), await request.key())
    except RejectedError as rejected:
        return await _page(request, admin, card="keys", alert=Alert.of(rejected))
    return request.redirect(f"{SETTINGS}?done=revoked")


def _key_id(request: PageRequest) -> UUID:
    try:
        return UUID(request.request.path_params["key"])
    except ValueError as invalid:
        raise RejectedError(UNKNOWN_API_KEY) from invalid


async def _after_write(
    request: PageRequest,
    admin: Principal,
    write: Callable[[], Awaitable[Operation]],
    done: str,
    *,
    card: str,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """Back to the page after a write, so that a reload does not send it again; a rejection is shown in its card."""
    try:
        with forms.outages_rejected():
            operation = await write()
    except RejectedError as rejected:
        return await _page(request, admin, card=card, alert=Alert.of(rejected), errors=rejected.errors, typed=typed)
    slow = operation.state is OperationState.RUNNING
    return request.redirect(f"{SETTINGS}?done={'slow' if slow else done}")


ROUTES = Routes(
    get={SETTINGS: show, f"{SETTINGS}/keys/{{key}}/revoke": revoke_dialog},
    post={
        f"{SETTINGS}/baa": sign_baa,
        f"{SETTINGS}/auto-add": set_auto_add,
        f"{SETTINGS}/domain": set_domain,
        f"{SETTINGS}/keys": make_key,
        f"{SETTINGS}/keys/{{key}}/revoke": revoke_key,
    },
)
