"""Templates to HTML: everything escaped, nothing undefined, read once at the start."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from contracts.vocabulary import BlockedReason, MemberStatus, SeatType
from contracts.wording import counted, dollars, per_cycle
from services.gateway.pages.assets import Assets
from services.gateway.texts import messages

PRODUCT = "Headcount"
_ROOM = Path(__file__).parent.parent
_ADDRESS = re.compile(r"([^\s@]+)@([\w.-]*\w)")


class Renderer:
    """What pages are printed on."""

    def __init__(self) -> None:
        self.assets = Assets(_ROOM / "static")
        self._jinja = Environment(
            loader=FileSystemLoader(_ROOM / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._jinja.globals |= {
            "product": PRODUCT,
            "asset": self.assets.address,
            "Status": MemberStatus,
            "SeatType": SeatType,
            "Reason": BlockedReason,
            "messages": messages,
            "counted": counted,
        }
        self._jinja.filters |= {
            "moment": _moment,
            "machine": _machine,
            "dollars": dollars,
            "per_cycle": per_cycle,
            "day": _day,
            "clock": _clock,
            "addressed": _addressed,
        }
        for name in self._jinja.list_templates():
            self._jinja.get_template(name)

    def print(self, template: str, values: dict[str, object]) -> str:
        """A page as HTML."""
        return self._jinja.get_template(template).render(values)


def _moment(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M}"


def _addressed(text: str) -> Markup:
    """The text, its e-mail addresses kept whole; one that is longer than its line breaks behind the @."""
    marked, at = Markup(), 0
    for found in _ADDRESS.finditer(text):
        address = Markup('<span class="address">{}@<wbr>{}</span>').format(*found.groups())
        marked += escape(text[at : found.start()]) + address
        at = found.end()
    return marked + escape(text[at:])


def _machine(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
