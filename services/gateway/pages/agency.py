"""The admin's tabs: members, seats and billing, settings, activity; plain, each an address that mails lead to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.responses import Response

from contracts.members import SignBaa
from contracts.vocabulary import MemberStatus
from services.gateway.api.wire import BaaSignatureIn
from services.gateway.application.refused import RefusedError
from services.gateway.domain.idempotency import OperationState
from services.gateway.pages import forms
from services.gateway.pages.plain_markdown import to_html
from services.gateway.pages.visit import Visit
from services.gateway.pages.words import said
from services.gateway.state import Operation
from services.gateway.store_reading import Principal

ROOT = "/admin/agency"
MEMBERS = f"{ROOT}/members"
SETTINGS = f"{ROOT}/settings"
_NOBODY = {"signer_name": "", "signer_title": ""}
_A_PAGE = 50
_SEARCHED = 200


async def front(visit: Visit) -> Response:
    """The first tab."""
    return visit.to(MEMBERS)


async def members(visit: Visit) -> Response:
    """Who is in the agency and where they stand."""
    who = await visit.admin()
    wanted = visit.asked("status")
    status = MemberStatus(wanted) if wanted in {one.value for one in MemberStatus} else None
    q = (visit.asked("q") or "").replace("\0", "")[:_SEARCHED].strip()
    try:
        page = await visit.app.members(who, status=status, q=q or None, cursor=visit.asked("cursor"), limit=_A_PAGE)
    except RefusedError:
        # A cursor that this list never gave: begin anew.
        page = await visit.app.members(who, status=status, q=q or None, cursor=None, limit=_A_PAGE)

    def address(of: MemberStatus | None, cursor: str | None = None) -> str:
        query = {"status": of and of.value, "q": q, "cursor": cursor}
        kept = urlencode({name: value for name, value in query.items() if value})
        return f"{MEMBERS}?{kept}" if kept else MEMBERS

    seats = await visit.app.seats(who)
    return visit.page("members.html", who=who, shown=page, only=status, q=q, address=address, seats=seats)


async def billing(visit: Visit) -> Response:
    """The seats, Auto-Add, and the way to Stripe's page."""
    who = await visit.admin()
    fix = visit.asked("fix") == "card"
    return visit.page("billing.html", who=who, seats=await visit.app.seats(who), fix=fix)


async def activity(visit: Visit) -> Response:
    """What will be the log: until then, where the same is told."""
    return visit.page("activity.html", who=await visit.admin())


async def settings(visit: Visit) -> Response:
    """Auto-Add and the BAA."""
    return await _settings(visit, await visit.admin())


async def _settings(
    visit: Visit, who: Principal, refused: RefusedError | None = None, typed: dict[str, str] | None = None
) -> Response:
    agreement = await visit.app.baa(who)
    what = None if refused is None else said(refused)
    return visit.page(
        "settings.html",
        who=who,
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
