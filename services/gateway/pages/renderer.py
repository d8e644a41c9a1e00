"""Templates to HTML. Values are escaped, an undefined value raises, and templates are compiled once at the start."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from contracts import moments
from contracts.address import shown_address, shown_domain
from contracts.amounts import money, money_per_cycle
from contracts.vocabulary import MemberStatus, Role, SeatType
from contracts.wording import isolated
from services.gateway.pages.assets import Assets
from services.gateway.texts import (
    api_keys,
    auto_add_limits,
    awaited_payments,
    baa,
    billing,
    bulk,
    cards,
    dry_runs,
    fields,
    first_steps,
    inviting_many,
    letting_in,
    mail_failures,
    member_rejections,
    members,
    messages,
    outlook,
    receipt,
    reductions,
    seat_policies,
    seats,
    sessions,
    sign_in,
)
from services.gateway.texts import (
    help as help_text,
)

PRODUCT = "Headcount"
_GATEWAY = Path(__file__).parent.parent
_ADDRESS = re.compile(r"([^\s@]+)@([\w.-]*\w)")
_TEXTS = {
    "api_keys": api_keys,
    "awaited_payments": awaited_payments,
    "baa": baa,
    "billing": billing,
    "bulk": bulk,
    "cards": cards,
    "fields": fields,
    "first_steps": first_steps,
    "dry_runs": dry_runs,
    "help": help_text,
    "inviting_many": inviting_many,
    "letting_in": letting_in,
    "auto_add_limits": auto_add_limits,
    "mail_failures": mail_failures,
    "member_rejections": member_rejections,
    "members": members,
    "messages": messages,
    "outlook": outlook,
    "receipt": receipt,
    "reductions": reductions,
    "seat_policies": seat_policies,
    "seats": seats,
    "sessions": sessions,
    "sign_in": sign_in,
}
"""Templates take from these what other files say too: `texts.baa.UNSIGNED`."""


@dataclass(frozen=True, slots=True)
class Links:
    """The operator's addresses that every page links to; None for one that the operator does not give."""

    support: str | None = None
    privacy: str | None = None
    status: str | None = None


class Renderer:
    """The templates with their filters, and the static files that they link to."""

    def __init__(self, degraded: Callable[[], bool], links: Links) -> None:
        """While `degraded` is true, every page says that nothing can be changed now."""
        self._links = links
        self._degraded = degraded
        self.assets = _assets()
        self._jinja = _templates()

    def render(self, template: str, values: dict[str, object]) -> str:
        """A page as HTML; jinja2.UndefinedError when the template needs a value that is not there."""
        return self._jinja.get_template(template).render(values, degraded=self._degraded, links=self._links)


@cache
def _assets() -> Assets:
    return Assets(_GATEWAY / "static")


@cache
def _templates() -> Environment:
    """Every template, compiled once in a process: compiling them takes a quarter of a second."""
    jinja = Environment(
        loader=FileSystemLoader(_GATEWAY / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_isolated,
    )
    jinja.globals |= {
        "product": PRODUCT,
        "asset": _assets().address,
        "Status": MemberStatus,
        "SeatType": SeatType,
        "Role": Role,
        "texts": _TEXTS,
    }
    jinja.filters |= {
        "when": _when,
        "money": money,
        "per_cycle": money_per_cycle,
        "day": moments.short_day,
        "addressed": _addressed,
        "shown": shown_address,
        "shown_domain": shown_domain,
        "as_typed": escape,
        "isolated": isolated,
    }
    for name in jinja.list_templates():
        jinja.get_template(name)
    return jinja


def _isolated(value: object) -> object:
    """A value as it stands in a page, whatever the direction of its script; `as_typed` keeps the value of a field."""
    return isolated(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _when(at: datetime, form: str = "moment") -> Markup:
    """A moment as a time element: in UTC here, and in the reader's zone once a script has read the page.

    The form is `moment`, `ago`, `date`, `clock` or `exact`; all but `exact` have the exact moment on hover.
    """
    text = moments.short_day(at.astimezone(UTC).date()) if form == "date" else moments.short(at)
    full = moments.exact(at)
    if form == "clock":
        text = moments.time(at)
    elif form == "exact":
        text = full
    return Markup('<time datetime="{}" data-as="{}" title="{}">{}</time>').format(moments.machine(at), form, full, text)


def _addressed(text: str) -> Markup:
    """The text with its email addresses kept whole; an address that is longer than its line breaks behind the @."""
    marked, at = Markup(), 0
    for match in _ADDRESS.finditer(text):
        address = Markup('<bdi class="address">{}@<wbr>{}</bdi>').format(*match.groups())
        marked += escape(text[at : match.start()]) + address
        at = match.end()
    return marked + escape(text[at:])
