"""Renders the pages for people: their templates, and how amounts, times and states are written."""

from datetime import UTC, datetime

import jinja2
from starlette.responses import HTMLResponse, Response

from deploy.local.stripe_standin.money import written

_TONES = {
    "active": "good",
    "paid": "good",
    "good": "good",
    "past_due": "bad",
    "canceled": "bad",
    "declining": "bad",
    "uncollectible": "bad",
    "open": "wait",
    "unpaid": "bad",
    "void": "bad",
    "paused": "wait",
    "trialing": "good",
    "incomplete": "wait",
    "action_required": "wait",
}


def money(amount: float, currency: str = "usd") -> str:
    """Write an amount of the currency's smallest unit; a minus stands before the sign."""
    return written(amount, currency)


def moment(second: int) -> str:
    """Write a time (seconds since 1970) as a date and a time in UTC."""
    return datetime.fromtimestamp(second, UTC).strftime("%-d %b %Y, %H:%M")


def day(second: int) -> str:
    """Write a time (seconds since 1970) as a date in UTC."""
    return datetime.fromtimestamp(second, UTC).strftime("%-d %b %Y")


def words(name: str) -> str:
    """Write a name of Stripe's, such as past_due, as words."""
    return name.replace("_", " ")


def tone(state: str | None) -> str:
    """Return the colour of a state."""
    return _TONES.get(state or "", "")


class Pages:
    """Renders the templates."""

    def __init__(self) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("deploy.local.stripe_standin"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
        )
        self._templates.filters.update(money=money, moment=moment, day=day, words=words, tone=tone)

    def show(self, template: str, *, status: int = 200, **context: object) -> Response:
        """Return a page; its policy forbids it to load anything or to run a script."""
        policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        page = self._templates.get_template(template).render(context)
        return HTMLResponse(page, status, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})
