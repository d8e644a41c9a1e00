"""The values that the Settings tab shows: each setting as it is, and the result of the form before this page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from contracts.amounts import money
from contracts.vocabulary import KeyScope, SeatType
from contracts.wording import counted
from services.gateway.application.agreements import Baa
from services.gateway.application.api_keys import MadeKey
from services.gateway.domain.key_expiry import ends_soon, has_ended
from services.gateway.model.agency import Principal, SeatsView
from services.gateway.model.api_keys import ApiKey
from services.gateway.pages.alerts import Alert
from services.gateway.pages.limit_fields import plain, typed_of
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.plain_markdown import to_html
from services.gateway.texts import auto_add_limits as limit_texts
from services.gateway.texts import baa as baa_text
from services.gateway.texts import messages
from services.gateway.texts import seat_policies as policy_texts
from services.gateway.texts.fields import amount_rule

SETTINGS = "/admin/agency/settings"
_SWITCHED = frozenset({"on", "off"})
"""What the form before this page has done, where that was to switch Auto-Add."""
_EMPTY = {
    "signer_name": "",
    "signer_title": "",
    "domain": "",
    "agency_name": "",
    "name": "",
    "scopes": KeyScope.READ.value,
    "days": "90",
}


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


async def page(
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
    limits = await request.app.auto_add_limits.in_use(admin)
    currency = admin.agency.currency
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
        switched=request.query("done") in _SWITCHED,
        slow=messages.SLOW if request.query("done") == "slow" else None,
        alert_card=card if alert is not None and not errors else "",
        alert=alert,
        errors=_with_amount_rule(errors or {}, currency),
        policies=await request.app.seat_policies.in_use(admin),
        limits=[(seat_type, limits.of(seat_type)) for seat_type in SeatType],
        typed=_EMPTY
        | {"seats": str(size.seats), "amount": plain(size.amount, currency)}
        | typed_of(limits.limits, currency)
        | dict(typed or {}),
        made=made,
    )


def _with_amount_rule(errors: Mapping[str, str], currency: str) -> Mapping[str, str]:
    """The errors, with the rule of an amount in the agency's currency."""
    return {**errors, "amount": amount_rule(currency)} if "amount" in errors else errors


def _done(done: str | None, admin: Principal, seats: SeatsView, baa: Baa) -> str | None:  # noqa: C901, PLR0911  one sentence for each form
    """The change that the form before this page has made; None when the setting has changed again since."""
    match done:
        case "signed" if not baa.is_to_be_signed:
            return baa_text.SIGNED
        case "on" if seats.auto_add:
            return "Auto-Add is ON."
        case "off" if not seats.auto_add:
            return "Auto-Add is OFF. Nothing is bought anymore."
        case "size":
            size = admin.agency.step_up
            amount = money(size.amount, admin.agency.currency)
            return f"A change of more than {counted(size.seats, 'seat')} or {amount} needs a code now."
        case "limits":
            return limit_texts.SET
        case "policies":
            return policy_texts.SET
        case "line":
            return policy_texts.LINE_SET
        case "domain":
            return f"People with an address on {admin.agency.domain} can join by themselves now."
        case "renamed":
            return f"The agency's name is {admin.agency.name} now."
        case "revoked":
            return "The key is revoked: it opens nothing anymore."
        case _:
            return None
