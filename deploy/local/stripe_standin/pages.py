"""The pages for people share one look: templates, and how money, moments and states are written."""

from datetime import UTC, datetime

import jinja2
from starlette.responses import HTMLResponse, Response

_TONES = {
    "active": "good",
    "paid": "good",
    "good": "good",
    "past_due": "bad",
    "canceled": "bad",
    "declining": "bad",
    "uncollectible": "bad",
    "open": "wait",
    "incomplete": "wait",
    "action_required": "wait",
}


def money(cents: float) -> str:
    """Write cents as dollars, the sign before the sign."""
    return f"{'-' if cents < 0 else ''}${abs(cents) / 100:,.2f}"


def moment(second: int) -> str:
    """Write a second as a date and a time in UTC."""
    return datetime.fromtimestamp(second, UTC).strftime("%-d %b %Y, %H:%M")


def day(second: int) -> str:
    """Write a second as a date in UTC."""
    return datetime.fromtimestamp(second, UTC).strftime("%-d %b %Y")


def words(name: str) -> str:
    """Write one of Stripe's names as words."""
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
        """Return a page; it loads nothing from anywhere, and runs no script."""
        policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        page = self._templates.get_template(template).render(context)
        return HTMLResponse(page, status, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})
