"""The Settings tab: Auto-Add, the BAA, the auto-join domain with its sign-up link, and API keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from starlette.responses import Response

from contracts.members import SignBaa
from services.gateway.api.wire_in import ApiKeyIn, BaaSignatureIn, DomainIn
from services.gateway.application.api_keys import MadeKey
from services.gateway.application.refused import RefusedError
from services.gateway.desk import Operation
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.problems import UNKNOWN_API_KEY
from services.gateway.pages import forms
from services.gateway.pages.plain_markdown import to_html
from services.gateway.pages.visit import Visit
from services.gateway.pages.words import Said, said
from services.gateway.store_reading import Principal

SETTINGS = "/admin/agency/settings"
_NOTHING = {"signer_name": "", "signer_title": "", "domain": "", "name": ""}
_CHANGED_MEANWHILE = Said(
    409,
    "It changed in the meantime",
    "Somebody set another domain since the page was shown, and yours was not set. Look again, then decide.",
)


async def show(visit: Visit) -> Response:
    """How the agency is set."""
    return await _page(visit, await visit.admin())


async def _page(
    visit: Visit,
    who: Principal,
    *,
    at: str = "",
    what: Said | None = None,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    made: MadeKey | None = None,
) -> Response:
    """The tab; `at` is the card in which something is said."""
    position = await visit.app.position(who)
    agreement = await visit.app.baa(who)
    plan = await visit.app.reading.plan(who.agency.id)
    return visit.page(
        "settings.html",
        who=who,
        position=position,
        status=200 if what is None else what.status,
        seats=await visit.app.seats(who),
        plan=plan,
        prices=plan.prices,
        baa=agreement,
        text=to_html(agreement.text),
        keys=await visit.app.api_keys.of_agency(who),
        sign_up_link=f"{visit.app.settings.public_url}/signup",
        done=visit.asked("done"),
        at=at,
        alert=what,
        errors=errors or {},
        typed=_NOTHING | dict(typed or {}),
        made=made,
    )


async def sign_baa(visit: Visit) -> Response:
    """Sign the BAA in the version that was shown."""
    who = await visit.admin()
    fields = await visit.form()
    typed = {name: fields.get(name, "") for name in ("signer_name", "signer_title")}

    async def write() -> Operation:
        wanted = forms.read(BaaSignatureIn, {**typed, "version": fields.get("version", "")})
        order = SignBaa(signer_name=wanted.signer_name, signer_title=wanted.signer_title, version=wanted.version)
        return await visit.app.sign_baa(who, order, await visit.key())

    return await _written(visit, who, write, "signed", at="baa", typed=typed)


async def set_auto_add(visit: Visit) -> Response:
    """Switch Auto-Add."""
    who = await visit.admin()
    enabled = (await visit.form()).get("enabled") == "on"

    async def write() -> Operation:
        return await visit.app.set_auto_add(who, await visit.key(), enabled=enabled)

    return await _written(visit, who, write, "on" if enabled else "off", at="auto-add")


async def set_domain(visit: Visit) -> Response:
    """Set the mail domain whose owners may join by themselves."""
    who = await visit.admin()
    fields = await visit.form()
    typed = {"domain": fields.get("domain", "")}
    if fields.get("shown", who.agency.domain) != who.agency.domain:
        return await _page(visit, who, at="agency", what=_CHANGED_MEANWHILE, typed=typed)

    async def write() -> Operation:
        wanted = forms.read(DomainIn, typed)
        return await visit.app.set_domain(who, wanted.domain, await visit.key())

    return await _written(visit, who, write, "domain", at="agency", typed=typed)


async def make_key(visit: Visit) -> Response:
    """Make an API key; its secret stands on the answer, and never again."""
    who = await visit.admin()
    typed = {"name": (await visit.form()).get("name", "")}
    try:
        wanted = forms.read(ApiKeyIn, typed)
        with forms.or_refused():
            made = await visit.app.api_keys.make(who, wanted.name, await visit.key())
    except RefusedError as refused:
        return await _page(visit, who, at="keys", what=said(refused), errors=refused.errors, typed=typed)
    return await _page(visit, who, at="keys", made=made)


async def ask_revoke(visit: Visit) -> Response:
    """Ask before a key ends."""
    who = await visit.admin()
    key_id = _key_id(visit)
    keys = [one for one in await visit.app.api_keys.of_agency(who) if one.id == key_id]
    if not keys:
        raise RefusedError(UNKNOWN_API_KEY)
    return visit.dialog("revoke_key.html", who=who, position=await visit.app.position(who), one=keys[0])


async def revoke_key(visit: Visit) -> Response:
    """End an API key."""
    who = await visit.admin()
    try:
        with forms.or_refused():
            await visit.app.api_keys.revoke(who, _key_id(visit), await visit.key())
    except RefusedError as refused:
        return await _page(visit, who, at="keys", what=said(refused))
    return visit.to(f"{SETTINGS}?done=revoked")


def _key_id(visit: Visit) -> UUID:
    try:
        return UUID(visit.request.path_params["key"])
    except ValueError as wrong:
        raise RefusedError(UNKNOWN_API_KEY) from wrong


async def _written(
    visit: Visit,
    who: Principal,
    write: Callable[[], Awaitable[Operation]],
    done: str,
    *,
    at: str,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """Back to the page after a write, so that a reload does not send it again; a refusal is shown where they are."""
    try:
        with forms.or_refused():
            operation = await write()
    except RefusedError as refused:
        return await _page(visit, who, at=at, what=said(refused), errors=refused.errors, typed=typed)
    slow = operation.state is OperationState.RUNNING
    return visit.to(f"{SETTINGS}?done={'slow' if slow else done}")
