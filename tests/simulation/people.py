"""The actions of people over HTTP; `ACTIONS` lists them with their weights. Each action is one request.

To add an action, write another method here or in `visitors.py`, `admins.py` or `idle_seats.py`; name it in `ACTIONS`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.simulation.idle_seats import IdleSeats
from tests.simulation.person import Person

REPEATED = 0.08
"""How often a person repeats an earlier request, with the same idempotency key."""

ACTIONS = {
    "come_in": 24.0, "sign_up": 1.0, "request_code": 1.0, "enter_code": 2.0, "accept": 6.0, "invite": 4.0,
    "reinvite": 3.0, "reinvite_many": 1.0, "remove": 3.0, "undo_removal": 1.5, "cancel_invitation": 1.0,
    "change_role": 2.0, "swap": 4.0, "exchange": 2.0, "add_admin": 0.5,
    "sign_baa": 3.0, "switch_on": 4.0, "switch_off": 0.6, "set_step_up": 1.0, "set_domain": 1.0, "rename": 0.7,
    "open_agency": 0.6,
    "quote_seats": 8.0, "use_quote": 5.0, "quote_cycle": 4.0, "retry": 2.0, "portal": 0.6, "api_key": 1.0,
    "use_key": 1.5, "follow_link": 1.5, "sign_out": 0.4, "read": 1.0, "sign_up_for_another": 5.0, "correct": 1.0,
    "guess": 0.4, "cancel_change": 0.4, "let_in": 1.0, "set_limits": 1.0, "set_policies": 1.0, "decide_request": 1.0,
    "move_line": 0.7,
    "schedule_reduction": 1.0, "take_back_reduction": 0.5,
    "report_use": 0.5, "want_idle_mail": 0.5, "remind": 0.8,
}  # fmt: skip
"""The actions and their weights."""

SAVES = {"seats": ("PUT", "/seats"), "cycle": ("PUT", "/billing/cycle"), "let-in": ("POST", "/members/let-in")}
"""The request that saves each kind of preview."""

TOO_FEW = 0.2
"""How often an admin previews too few seats for the Blocked members."""

EAGER = 0.35
"""How often the next action belongs to an admin with a goal."""


class People(IdleSeats):
    """All people of one seed, and what admins buy."""

    def next_action(self) -> tuple[str, Callable[[], Awaitable[object]]]:
        """Return the next action: its name, and the function that does it."""
        if self._recent and self._rng.random() < REPEATED:
            again = self._rng.choice(self._recent)
            return f"again {again.path}", lambda: self._send(again)
        eager = [person for person in self.admins if person.goal is not None]
        if eager and self._rng.random() < EAGER:
            person = self._rng.choice(eager)
            return f"goal {person.goal}", lambda: self._reach_goal(person)
        name = self._rng.choices(list(self.actions), list(self.actions.values()))[0]
        action: Callable[[], Awaitable[object]] = getattr(self, name)
        return name, action

    async def _reach_goal(self, admin: Person) -> None:
        """Do what the admin came for, if the page allows it by now."""
        page = await self._page(admin)
        if page is None:
            return
        if admin.goal == "auto-add" and page["baa_version"] is not None:
            admin.goal = None
            await self.switch_on(admin)
        elif admin.goal == "invite" and page["purchased_base"] > page["active_base"] + page["waiting_base"]:
            admin.goal = None
            await self.invite(admin, "base")
        elif admin.goal == "save":
            await self.use_quote(admin)
        elif admin.goal == "pay":
            if page["paused"] == "past_due":
                admin.goal = None
                await self._request(admin, "POST", "/billing/retry")
            elif self._rng.random() < 0.04:
                admin.goal = None  # The unpaid invoice is another agency's.

    def look_for_owed_invoices(self) -> None:
        """Let the admins without another goal check whether their agency owes an invoice."""
        for admin in self.admins:
            admin.goal = admin.goal or "pay"

    async def portal(self) -> None:
        """Open the billing portal as an admin."""
        await self._as_admin("POST", "/billing/portal-sessions", {})

    async def cancel_change(self) -> None:
        """Cancel the change that waits for its payment as an admin."""
        await self._as_admin("POST", "/billing/cancel-change", {})

    async def let_in(self) -> None:
        """Preview a seat more for each of a few Blocked members as an admin; saving it lets them in."""
        admin = self._admin()
        page = None if admin is None else await self._page(admin)
        if admin is None or page is None:
            return
        blocked = [row for row in await self._rows(admin) if row["status"] == "blocked"][:3]
        if not blocked:
            return
        more = [sum(row["seat_type"] == kind for row in blocked) for kind in ("base", "voice")]
        if self._rng.random() < TOO_FEW:
            more = [max(0, count - 1) for count in more]
        counts = {"base": page["purchased_base"] + more[0], "voice": page["purchased_voice"] + more[1]}
        response = await self._request(admin, "POST", "/seats/quotes", counts)
        if response.status_code == 202:
            body = {**counts, "ids": [str(row["member_id"]) for row in blocked]}
            admin.quotes.append((response.json()["operation"]["id"], "let-in", body))

    async def retry(self) -> None:
        """Retry the payment as an admin."""
        await self._as_admin("POST", "/billing/retry")

    async def quote_seats(self, more: tuple[int, int] | None = None) -> None:
        """Preview other counts as an admin: so many more, or mostly a seat or two more or fewer."""
        admin = self._admin()
        page = None if admin is None else await self._page(admin)
        if admin is None or page is None:
            return
        counts = {"base": self._rng.randint(0, 5), "voice": self._rng.randint(0, 4)}
        if more is not None or self._rng.random() < 0.8:
            more = more or self._rng.choice(((1, 0), (2, 0), (0, 1), (-1, 0), (0, -1), (-1, 2), (1, -1)))
            counts = {
                "base": max(0, page["purchased_base"] + more[0]), "voice": max(0, page["purchased_voice"] + more[1]),
            }  # fmt: skip
        if counts["base"] > page["purchased_base"] and self._rng.random() < 0.4:
            admin.goal = "invite"
        response = await self._request(admin, "POST", "/seats/quotes", counts)
        if response.status_code == 202:
            self._remember_quote(admin, response.json()["operation"]["id"], "seats", counts)

    async def schedule_reduction(self) -> None:
        """Have seats reduced at the renewal as an admin, perhaps below Active, or try to have more."""
        admin = self._admin()
        page = None if admin is None else await self._page(admin)
        if admin is None or page is None:
            return
        by = self._rng.choice(((-1, 0), (-1, -1), (-2, -2), (-9, -9), (-9, 0), (0, 0), (0, 1)))
        counts = {
            "base": max(0, page["purchased_base"] + by[0]), "voice": max(0, page["purchased_voice"] + by[1]),
        }  # fmt: skip
        await self._request(admin, "PUT", "/seats/reduction", counts)

    async def take_back_reduction(self) -> None:
        """Take the scheduled reduction back as an admin."""
        await self._as_admin("DELETE", "/seats/reduction")

    async def quote_cycle(self) -> None:
        """Preview the other billing cycle as an admin."""
        admin = self._admin()
        if admin is None:
            return
        page = await self._page(admin)
        cycle = "annual" if page is None or page["cycle"] == "monthly" else "monthly"
        if self._rng.random() < 0.1:
            cycle = self._rng.choice(("monthly", "annual"))
        response = await self._request(admin, "POST", "/billing/cycle-quotes", {"cycle": cycle})
        if response.status_code == 202:
            self._remember_quote(admin, response.json()["operation"]["id"], "cycle", {"cycle": cycle})

    def _remember_quote(self, admin: Person, operation: str, what: str, body: object) -> None:
        """Remember a preview; mostly the admin waits for the result and saves."""
        admin.quotes.append((operation, what, body))
        if self._rng.random() < 0.6:
            admin.goal = "save"

    async def use_quote(self, admin: Person | None = None, of: str = "") -> None:
        """Save a quote as an admin, mostly the newest; with `of`, one of these (`SAVES`)."""
        shown = {
            row["id"]
            for row in await self._system.page_db.fetch(
                "SELECT id::text FROM gateway.operations WHERE state = 'done' AND kind LIKE 'billing.quote%'"
            )
        }
        quoting = [
            admin
            for admin in self.admins
            if admin.signed_in and any(quote[0] in shown and of in quote[1] for quote in admin.quotes)
        ]
        if admin is not None and admin not in quoting:
            if self._rng.random() < 0.15:
                admin.goal = None  # There is no preview, or the preview takes too long.
            return
        if not quoting:
            return
        admin = admin or self._rng.choice(quoting)
        admin.goal = None if admin.goal == "save" else admin.goal
        quotes = [quote for quote in admin.quotes if quote[0] in shown and of in quote[1]]
        operation, what, body = quotes[-1] if self._rng.random() < 0.8 else self._rng.choice(quotes)
        page = await self._request(admin, "GET", f"/operations/{operation}")
        if page.status_code != 200 or page.json()["state"] != "done":
            return
        quote = page.json()["result"].get("id")
        if quote is None:
            return
        method, path = SAVES[what]
        confirm = {} if what == "cycle" else {"confirm": True, "payOwed": self._rng.random() < 0.4}
        await self._request(admin, method, path, {**body, "quoteId": quote, **confirm})
        if self._rng.random() < 0.8:
            admin.quotes = [quote for quote in admin.quotes if quote[0] != operation]
