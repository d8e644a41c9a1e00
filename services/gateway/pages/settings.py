"""The Settings tab: Auto-Add, the BAA, the auto-join domain with its sign-up link, and API keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from starlette.responses import Response

from contracts.members import SignBaa
from services.gateway.api.schemas.requests import ApiKeyIn, BaaSignatureIn, DomainIn
from services.gateway.application.api_keys import MadeKey
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.agency import Principal
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.plain_markdown import to_html
from services.gateway.texts.messages import Message, message
from services.gateway.texts.problems import UNKNOWN_API_KEY

SETTINGS = "/admin/agency/settings"
_NOTHING = {"signer_name": "", "signer_title": "", "domain": "", "name": ""}
_CHANGED_MEANWHILE = Message(
    409,
    "It changed in the meantime",
    "Somebody set another domain since the page was shown, and yours was not set. Look again, then decide.",
)


async def show(request: PageRequest) -> Response:
    """How the agency is set."""
    return await _page(request, await request.admin())


async def _page(
    request: PageRequest,
    who: Principal,
    *,
    at: str = "",
    what: Message | None = None,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    made: MadeKey | None = None,
) -> Response:
    """The tab; `at` is the card in which something is said."""
    position = await request.app.position(who)
    agreement = await request.app.baa(who)
    plan = await request.app.reading.plan(who.agency.id)
    return request.page(
        "settings.html",
        who=who,
        position=position,
        status=200 if what is None else what.status,
        seats=await request.app.seats(who),
        plan=plan,
        prices=plan.prices,
        baa=agreement,
        text=to_html(agreement.text),
        keys=await request.app.api_keys.of_agency(who),
        sign_up_link=f"{request.app.settings.public_url}/signup",
        done=request.asked("done"),
        at=at,
        alert=what,
        errors=errors or {},
        typed=_NOTHING | dict(typed or {}),
        made=made,
    )


async def sign_baa(request: PageRequest) -> Response:
    """Sign the BAA in the version that was shown."""
    who = await request.admin()
    fields = await request.form()
    typed = {name: fields.get(name, "") for name in ("signer_name", "signer_title")}

    async def write() -> Operation:
        wanted = forms.read(BaaSignatureIn, {**typed, "version": fields.get("version", "")})
        command = SignBaa(signer_name=wanted.signer_name, signer_title=wanted.signer_title, version=wanted.version)
        return await request.app.sign_baa(who, command, await request.key())

    return await _written(request, who, write, "signed", at="baa", typed=typed)


async def set_auto_add(request: PageRequest) -> Response:
    """Switch Auto-Add."""
    who = await request.admin()
    enabled = (await request.form()).get("enabled") == "on"

    async def write() -> Operation:
        return await request.app.set_auto_add(who, await request.key(), enabled=enabled)

    return await _written(request, who, write, "on" if enabled else "off", at="auto-add")


async def set_domain(request: PageRequest) -> Response:
    """Set the mail domain whose owners may join by themselves."""
    who = await request.admin()
    fields = await request.form()
    typed = {"domain": fields.get("domain", "")}
    if fields.get("shown", who.agency.domain) != who.agency.domain:
        return await _page(request, who, at="agency", what=_CHANGED_MEANWHILE, typed=typed)

    async def write() -> Operation:
        wanted = forms.read(DomainIn, typed)
        return await request.app.set_domain(who, wanted.domain, await request.key())

    return await _written(request, who, write, "domain", at="agency", typed=typed)


async def make_key(request: PageRequest) -> Response:
    """Make an API key; its secret stands on the answer, and never again."""
    who = await request.admin()
    typed = {"name": (await request.form()).get("name", "")}
    try:
        wanted = forms.read(ApiKeyIn, typed)
        with forms.or_refused():
            made = await request.app.api_keys.make(who, wanted.name, await request.key())
    except RejectedError as refused:
        return await _page(request, who, at="keys", what=message(refused), errors=refused.errors, typed=typed)
    return await _page(request, who, at="keys", made=made)


async def ask_revoke(request: PageRequest) -> Response:
    """Ask before a key ends."""
    who = await request.admin()
    key_id = _key_id(request)
    keys = [one for one in await request.app.api_keys.of_agency(who) if one.id == key_id]
    if not keys:
        raise RejectedError(UNKNOWN_API_KEY)
    return request.dialog("revoke_key.html", who=who, position=await request.app.position(who), one=keys[0])


async def revoke_key(request: PageRequest) -> Response:
    """End an API key."""
    who = await request.admin()
    try:
        with forms.or_refused():
            await request.app.api_keys.revoke(who, _key_id(request), await request.key())
    except RejectedError as refused:
        return await _page(request, who, at="keys", what=message(refused))
    return request.to(f"{SETTINGS}?done=revoked")


def _key_id(request: PageRequest) -> UUID:
    try:
        return UUID(request.request.path_params["key"])
    except ValueError as wrong:
        raise RejectedError(UNKNOWN_API_KEY) from wrong


async def _written(
    request: PageRequest,
    who: Principal,
    write: Callable[[], Awaitable[Operation]],
    done: str,
    *,
    at: str,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """Back to the page after a write, so that a reload does not send it again; a rejection is shown where they are."""
    try:
        with forms.or_refused():
            operation = await write()
    except RejectedError as refused:
        return await _page(request, who, at=at, what=message(refused), errors=refused.errors, typed=typed)
    slow = operation.state is OperationState.RUNNING
    return request.to(f"{SETTINGS}?done={'slow' if slow else done}")
