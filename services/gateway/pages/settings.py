"""The Settings tab: Auto-Add, large changes, the BAA, the auto-join domain with its sign-up link, and API keys.

To add a setting: a handler here that ends in `_after_write`, its address in ROUTES, its card in `settings.html`, and
the message of its success in `_DONE`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from starlette.responses import Response

from contracts.amounts import decimal, digits, money
from contracts.members_agencies import SignBaa
from contracts.vocabulary import KeyScope
from contracts.wording import counted
from services.gateway.api.schemas.api_keys import ApiKeyIn
from services.gateway.api.schemas.baa import BaaSignatureIn
from services.gateway.api.schemas.seats import DomainIn, NameIn, StepUpIn
from services.gateway.application.agreements import Baa
from services.gateway.application.api_keys import KeyRequest, MadeKey
from services.gateway.domain.gateway_codes import CONFIRMATION_REQUIRED, UNKNOWN_API_KEY
from services.gateway.domain.idempotency import KEY_MAX, OperationState
from services.gateway.domain.key_expiry import LIFE, ends_soon, has_ended
from services.gateway.domain.large_change import MOST_AMOUNT, Size
from services.gateway.model.agency import Principal, SeatsView
from services.gateway.model.api_keys import ApiKey
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.alerts import Alert
from services.gateway.pages.blocked_panel import panel_of, priced
from services.gateway.pages.letting_in import blocked_of_form, confirm_many, send
from services.gateway.pages.list_view import MEMBERS
from services.gateway.pages.member_list import FormAlert, list_page
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.plain_markdown import to_html
from services.gateway.pages.routes import Routes
from services.gateway.texts import baa as baa_text
from services.gateway.texts import messages
from services.gateway.texts.api_keys import LIVES
from services.gateway.texts.fields import amount_rule

SETTINGS = "/admin/agency/settings"
_EMPTY = {
    "signer_name": "",
    "signer_title": "",
    "domain": "",
    "agency_name": "",
    "name": "",
    "scopes": KeyScope.READ.value,
    "days": "90",
}
_AMOUNT = re.compile(r"[$€¥]?([0-9]{1,9})(?:\.([0-9]{2,3}))?")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key in the list, and whether it has ended or ends soon."""

    key: ApiKey
    ended: bool
    ends_soon: bool

    @staticmethod
    def of(key: ApiKey, now: datetime) -> KeyRow:
        """The key as it stands at that moment."""
        return KeyRow(key, has_ended(key.expires_at, now), ends_soon(key.expires_at, now))


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
    baa = await request.app.agreements.of_agency(admin)
    plan = await request.app.reading.plan(admin.agency.id)
    seats = await request.app.seats(admin)
    size, now = admin.agency.step_up, request.app.now()
    return request.page(
        "settings.html",
        principal=admin,
        position=position,
        status=200 if alert is None else alert.status,
        seats=seats,
        plan=plan,
        baa=baa,
        baa_text=to_html(baa.text),
        api_keys=[KeyRow.of(key, now) for key in await request.app.api_keys.of_agency(admin)],
        sign_up_link=f"{request.app.settings.public_url}/signup",
        done=_done(request.query("done"), admin, seats, baa),
        slow=messages.SLOW if request.query("done") == "slow" else None,
        alert_card=card if alert is not None and not errors else "",
        alert=alert,
        errors=_with_amount_rule(errors or {}, admin.agency.currency),
        typed=_EMPTY
        | {"seats": str(size.seats), "amount": _plain(size.amount, admin.agency.currency)}
        | dict(typed or {}),
        made=made,
    )


def _with_amount_rule(errors: Mapping[str, str], currency: str) -> Mapping[str, str]:
    """The errors, with the rule of an amount in the agency's currency."""
    return {**errors, "amount": amount_rule(currency)} if "amount" in errors else errors


def _done(done: str | None, admin: Principal, seats: SeatsView, baa: Baa) -> str | None:  # noqa: PLR0911  one sentence for each form
    """The change that the form before this page has made; None when the setting has changed again since."""
    match done:
        case "signed" if baa.signature is not None:
            return baa_text.SIGNED
        case "on" if seats.auto_add:
            return "Auto-Add is ON."
        case "off" if not seats.auto_add:
            return "Auto-Add is OFF. Nothing is bought any more."
        case "size":
            size = admin.agency.step_up
            amount = money(size.amount, admin.agency.currency)
            return f"A change of more than {counted(size.seats, 'seat')} or {amount} needs a code now."
        case "domain":
            return f"People with an address on {admin.agency.domain} can join by themselves now."
        case "renamed":
            return f"The agency's name is {admin.agency.name} now."
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
    fields = await request.form()
    enabled = fields.get("enabled") == "on"

    async def write() -> Operation:
        return await request.app.set_auto_add(admin, await request.key(), enabled=enabled)

    if enabled and fields.get("let_in") == "yes":
        return await _switch_and_let_in(request, admin, write)
    return await _after_write(request, admin, write, "on" if enabled else "off", card="auto-add")


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
        return await _page(request, admin, card="auto-add", alert=Alert.of(rejected))
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
    return request.dialog(
        "auto_add.html",
        principal=admin,
        position=await request.app.position(admin),
        seats=seats,
        plan=await request.app.reading.plan(admin.agency.id),
        panel=panel,
        preview=None,
    )


async def set_step_up(request: PageRequest) -> Response:
    """Set the size above which a change needs a fresh code."""
    admin = await request.admin()
    fields = await request.form()
    typed = {name: fields.get(name, "") for name in ("seats", "amount")}

    async def write() -> Operation:
        form = forms.parse(
            StepUpIn, {"seats": _whole(typed["seats"]), "amount": _cents(typed["amount"], admin.agency.currency)}
        )
        return await request.app.set_step_up(admin, Size(form.seats, form.amount), await request.key())

    return await _after_write(request, admin, write, "size", card="size", typed=typed)


def _plain(amount: int, currency: str) -> str:
    """The amount as it is typed: 500, or 500.50."""
    whole, _, rest = decimal(amount, currency).partition(".")
    return f"{whole}.{rest}" if int(rest or 0) else whole


def _whole(text: str) -> int | str:
    """The number that was typed; the text itself when it is none, for the form to reject."""
    digits = text.strip().replace(",", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= len(str(MOST_AMOUNT)) else text


def _cents(text: str, currency: str) -> int | str:
    """The amount that was typed, in the currency's smallest unit; the text itself when it is none, for the form."""
    match, places = _AMOUNT.fullmatch(text.strip().replace(",", "")), digits(currency)
    if match is None or len(match[2] or "") not in {0, places}:
        return text
    return int(match[1] + (match[2] or "0" * places))


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

    return await _after_write(request, admin, write, "renamed", card="agency", typed=typed)


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
        with forms.outages_raised():
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
        with forms.outages_raised():
            operation = await write()
    except RejectedError as rejected:
        return await _page(request, admin, card=card, alert=Alert.of(rejected), errors=rejected.errors, typed=typed)
    slow = operation.state is OperationState.RUNNING
    return request.redirect(f"{SETTINGS}?done={'slow' if slow else done}")


ROUTES = Routes(
    get={SETTINGS: show, f"{SETTINGS}/auto-add": auto_add_dialog, f"{SETTINGS}/keys/{{key}}/revoke": revoke_dialog},
    post={
        f"{SETTINGS}/baa": sign_baa,
        f"{SETTINGS}/auto-add": set_auto_add,
        f"{SETTINGS}/step-up": set_step_up,
        f"{SETTINGS}/domain": set_domain,
        f"{SETTINGS}/name": rename,
        f"{SETTINGS}/keys": make_key,
        f"{SETTINGS}/keys/{{key}}/revoke": revoke_key,
    },
)
