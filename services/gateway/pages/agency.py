"""The admin's tabs beside Members: seats and billing, settings, activity; each an address that mails lead to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from contracts.members import SignBaa
from services.gateway.api.wire import BaaSignatureIn
from services.gateway.application.refused import RefusedError
from services.gateway.domain.idempotency import OperationState
from services.gateway.pages import forms
from services.gateway.pages.member_list import MEMBERS
from services.gateway.pages.plain_markdown import to_html
from services.gateway.pages.visit import Visit
from services.gateway.pages.words import said
from services.gateway.state import Operation
from services.gateway.store_reading import Principal

ROOT = "/admin/agency"
SETTINGS = f"{ROOT}/settings"
_NOBODY = {"signer_name": "", "signer_title": ""}


async def front(visit: Visit) -> Response:
    """The first tab."""
    return visit.to(MEMBERS)


async def billing(visit: Visit) -> Response:
    """The seats, Auto-Add, and the way to Stripe's page."""
    who = await visit.admin()
    fix = visit.asked("fix") == "card"
    position = await visit.app.position(who)
    return visit.page("billing.html", who=who, position=position, seats=await visit.app.seats(who), fix=fix)


async def activity(visit: Visit) -> Response:
    """What will be the log: until then, where the same is told."""
    who = await visit.admin()
    return visit.page("activity.html", who=who, position=await visit.app.position(who))


async def settings(visit: Visit) -> Response:
    """Auto-Add and the BAA."""
    return await _settings(visit, await visit.admin())


async def _settings(
    visit: Visit, who: Principal, refused: RefusedError | None = None, typed: dict[str, str] | None = None
) -> Response:
    position = await visit.app.position(who)
    agreement = await visit.app.baa(who)
    what = None if refused is None else said(refused)
    return visit.page(
        "settings.html",
        who=who,
        position=position,
        status=200 if what is None else what.status,
        seats=await visit.app.seats(who),
        baa=agreement,
        text=to_html(agreement.text),
        done=visit.asked("done"),
        alert=what,
        errors={} if refused is None else refused.errors,
        typed=typed or _NOBODY,
    )


async def sign_baa(visit: Visit) -> Response:
    """Sign the BAA in the version that was shown."""
    who = await visit.admin()
    fields = await visit.form()
    typed = {name: fields.get(name, "") for name in _NOBODY}

    async def write() -> Operation:
        wanted = forms.read(BaaSignatureIn, {**typed, "version": fields.get("version", "")})
        order = SignBaa(signer_name=wanted.signer_name, signer_title=wanted.signer_title, version=wanted.version)
        return await visit.app.sign_baa(who, order, await visit.key())

    return await _written(visit, who, write, "signed", typed)


async def set_auto_add(visit: Visit) -> Response:
    """Switch Auto-Add."""
    who = await visit.admin()
    enabled = (await visit.form()).get("enabled") == "on"

    async def write() -> Operation:
        return await visit.app.set_auto_add(who, await visit.key(), enabled=enabled)

    return await _written(visit, who, write, "on" if enabled else "off")


async def _written(
    visit: Visit,
    who: Principal,
    write: Callable[[], Awaitable[Operation]],
    done: str,
    typed: dict[str, str] | None = None,
) -> Response:
    """Back to the page after a write, so that a reload does not send it again; a refusal is shown where they are."""
    try:
        with forms.or_refused():
            operation = await write()
    except RefusedError as refused:
        return await _settings(visit, who, refused, typed)
    slow = operation.state is OperationState.RUNNING
    return visit.to(f"{SETTINGS}?done={'slow' if slow else done}")
