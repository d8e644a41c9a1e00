"""The Settings tab: Auto-Add, large changes, the BAA, and the auto-join domain with its sign-up link.

To add a setting: a handler here that ends in `after_write`, its address in ROUTES, its card in `settings.html`, and
the message of its success in `_done` of `settings_view.py`. The forms of API keys are in `settings_keys.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from starlette.responses import Response

from contracts.members_agencies import SignBaa
from contracts.vocabulary import SeatType
from services.gateway.api.schemas.baa import BaaSignatureIn
from services.gateway.api.schemas.seats import DomainIn, NameIn, StepUpIn
from services.gateway.domain.gateway_codes import CONFIRMATION_REQUIRED
from services.gateway.domain.idempotency import KEY_MAX, OperationState
from services.gateway.domain.large_change import Size
from services.gateway.domain.suggested_limit import suggested_limit
from services.gateway.model.agency import Principal, SeatsView
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.alerts import Alert
from services.gateway.pages.blocked_panel import panel_of, priced
from services.gateway.pages.letting_in import blocked_of_form, confirm_many, send
from services.gateway.pages.limit_fields import cents, limits_of, typed_of, whole
from services.gateway.pages.list_view import MEMBERS
from services.gateway.pages.member_list import FormAlert, list_page
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes
from services.gateway.pages.settings_view import SETTINGS, page
from services.gateway.texts import auto_add_limits as texts
from services.gateway.texts import messages


async def show(request: PageRequest) -> Response:
    """The agency's settings as they are."""
    return await page(request, await request.admin())


async def sign_baa(request: PageRequest) -> Response:
    """Sign the BAA in the version that was shown."""
    admin = await request.admin()
    fields = await request.form()
    typed = {name: fields.get(name, "") for name in ("signer_name", "signer_title")}

    async def write() -> Operation:
        form = forms.parse(BaaSignatureIn, {**typed, "version": fields.get("version", "")})
        command = SignBaa(signer_name=form.signer_name, signer_title=form.signer_title, version=form.version)
        return await request.app.sign_baa(admin, command, await request.key())

    return await after_write(request, admin, write, "signed", card="baa", typed=typed)


async def set_auto_add(request: PageRequest) -> Response:
    """Switch Auto-Add ON or OFF."""
    admin = await request.admin()
    fields = await request.form()
    enabled = fields.get("enabled") == "on"

    async def write() -> Operation:
        key = await request.key()
        if enabled and "limit" in fields:
            await _set_first_limit(request, admin, fields, key)
        return await request.app.set_auto_add(admin, key, enabled=enabled)

    if enabled and fields.get("let_in") == "yes":
        return await _switch_and_let_in(request, admin, write)
    return await after_write(request, admin, write, "on" if enabled else "off", card="auto-add")


async def _set_first_limit(request: PageRequest, admin: Principal, fields: Mapping[str, str], key: str | None) -> None:
    """Set the limit of seats in all before Auto-Add is ON, so that it is never ON without it."""
    in_use = (await request.app.auto_add_limits.in_use(admin)).limits
    shown = typed_of(in_use, admin.agency.currency) | {
        name: fields[name] for name in ("base_seats", "voice_seats") if name in fields
    }
    limits = limits_of(shown, admin.agency.currency)
    await request.app.auto_add_limits.set(admin, limits, None if key is None else f"{key}m"[-KEY_MAX:])


async def _switch_and_let_in(
    request: PageRequest, admin: Principal, switch: Callable[[], Awaitable[Operation]]
) -> Response:
    """Switch Auto-Add ON, then let the Blocked in; the Members tab shows what became of them.

    The two commands have keys of their own, so that the same form sent again does neither a second time.
    """
    people = await blocked_of_form(request, admin)
    key = await request.key()
    try:
        with forms.outages_raised():
            await switch()
    except RejectedError as rejected:
        return await page(request, admin, card="auto-add", alert=Alert.of(rejected))
    try:
        operation = await send(request, admin, people, None if key is None else f"{key}i"[-KEY_MAX:])
    except RejectedError as rejected:
        if rejected.code == CONFIRMATION_REQUIRED:
            return await confirm_many(request, admin, rejected)
        return await list_page(request, admin, FormAlert.of(rejected, None, ""))
    return request.redirect(f"{MEMBERS}?let_in={operation.id}")


async def auto_add_dialog(request: PageRequest) -> Response:
    """Ask before Auto-Add is switched ON, with what a seat costs; the Blocked can be let in by the same click."""
    admin = await request.admin()
    seats = await request.app.seats(admin)
    panel = await panel_of(request, admin, seats)
    if panel is not None and panel.buys and admin.agency.baa_signed and not panel.adding:
        panel = replace(panel, priced=await priced(request, admin, seats, panel.people))
    limits = (await request.app.auto_add_limits.in_use(admin)).limits
    return request.dialog(
        "auto_add.html",
        principal=admin,
        position=await request.app.position(admin),
        seats=seats,
        plan=await request.app.reading.plan(admin.agency.id),
        panel=panel,
        preview=None,
        policies=await request.app.seat_policies.in_use(admin),
        suggested=() if limits.is_set else _suggested(seats),
        limits=texts.limits_in_words(limits.base, limits.voice, admin.agency.currency) if limits.is_set else None,
    )


def _suggested(seats: SeatsView) -> list[tuple[SeatType, int]]:
    """A first limit for each seat type."""
    return [
        (SeatType.BASE, suggested_limit(seats.base.purchased)),
        (SeatType.VOICE, suggested_limit(seats.voice.purchased)),
    ]


async def set_step_up(request: PageRequest) -> Response:
    """Set the size above which a change needs a fresh code."""
    admin = await request.admin()
    fields = await request.form()
    typed = {name: fields.get(name, "") for name in ("seats", "amount")}

    async def write() -> Operation:
        form = forms.parse(
            StepUpIn, {"seats": whole(typed["seats"]), "amount": cents(typed["amount"], admin.agency.currency)}
        )
        return await request.app.set_step_up(admin, Size(form.seats, form.amount), await request.key())

    return await after_write(request, admin, write, "size", card="size", typed=typed)


async def set_domain(request: PageRequest) -> Response:
    """Set the auto-join domain, unless somebody set another one since the page was shown."""
    admin = await request.admin()
    fields = await request.form()
    typed = {"domain": fields.get("domain", "")}
    if fields.get("shown", admin.agency.domain) != admin.agency.domain:
        return await page(request, admin, card="agency", alert=Alert.saying(409, messages.DOMAIN_CHANGED), typed=typed)

    async def write() -> Operation:
        form = forms.parse(DomainIn, typed)
        return await request.app.set_domain(admin, form.domain, await request.key())

    return await after_write(request, admin, write, "domain", card="agency", typed=typed)


async def rename(request: PageRequest) -> Response:
    """Give the agency another name."""
    admin = await request.admin()
    typed = {"agency_name": (await request.form()).get("agency_name", "")}

    async def write() -> Operation:
        try:
            form = forms.parse(NameIn, {"name": typed["agency_name"]})
        except RejectedError as rejected:  # the page has another field `name`, that of an API key
            raise RejectedError(rejected.code, errors={"agency_name": rejected.errors["name"]}) from None
        return await request.app.rename(admin, form.name, await request.key())

    return await after_write(request, admin, write, "renamed", card="agency", typed=typed)


async def after_write(
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
        with forms.outages_raised():
            operation = await write()
    except RejectedError as rejected:
        return await page(request, admin, card=card, alert=Alert.of(rejected), errors=rejected.errors, typed=typed)
    slow = operation.state is OperationState.RUNNING
    return request.redirect(f"{SETTINGS}?done={'slow' if slow else done}")


ROUTES = Routes(
    get={SETTINGS: show, f"{SETTINGS}/auto-add": auto_add_dialog},
    post={
        f"{SETTINGS}/baa": sign_baa,
        f"{SETTINGS}/auto-add": set_auto_add,
        f"{SETTINGS}/step-up": set_step_up,
        f"{SETTINGS}/domain": set_domain,
        f"{SETTINGS}/name": rename,
    },
)
