"""The page at `/`: the stand-in's objects, latest requests and events, with forms to edit them as in a dashboard."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.local.stripe_standin import cancellation, cards, subscriptions
from deploy.local.stripe_standin.items_shown import items_shown, quantity_changes
from deploy.local.stripe_standin.page_router import SEE_OTHER, PageRouter
from deploy.local.stripe_standin.subscription_parameters import OVER
from deploy.local.stripe_standin.test_methods import CARD_KINDS, named
from deploy.local.stripe_standin.world import Obj, World

_SHOWN = 50
# One hour is how long a renewal's invoice stays a draft.
_CLOCK_STEPS = {"+1 hour": 3_600, "+1 day": 86_400, "+31 days": 31 * 86_400}


class Dashboard:
    """Shows the world; its forms move the clock, change cards and quantities, and end subscriptions and customers."""

    def __init__(self, router: PageRouter, wake: Callable[[], None]) -> None:
        self._router = router
        self._wake = wake

    def routes(self) -> list[Route]:
        """Return the table of pages."""
        return [
            self._router.route("GET", "/", self._show),
            self._router.route("POST", "/clock", self._advance),
            self._router.route("POST", "/customers/{id}/card", self._card),
            self._router.route("POST", "/customers/{id}/delete", self._delete),
            self._router.route("POST", "/subscriptions/{id}/quantities", self._quantities),
            self._router.route("POST", "/subscriptions/{id}/cancel", self._cancel),
        ]

    async def _show(self, _: Request) -> Response:
        self._router.draft()
        service = self._router.service
        world = service.world
        return self._router.pages.show(
            "dashboard.html",
            now=world.clock.now(),
            stands_still=world.clock.stands_at is not None,
            clock_steps=_CLOCK_STEPS,
            faults=service.faults.active,
            kinds=list(CARD_KINDS),
            customers=[_customer(world, row) for row in _newest(world, "customers") if not row.get("deleted")],
            subscriptions=[_subscription(world, row) for row in _newest(world, "subscriptions")],
            invoices=[_invoice(world, row) for row in _newest(world, "invoices")],
            requests=_newest(world, "requests"),
            events=_newest(world, "events"),
        )

    async def _advance(self, request: Request) -> Response:
        seconds = str((await request.form()).get("seconds", "0"))
        world = self._router.service.world
        world.clock.advance(int(seconds) if seconds.isdigit() else 0)
        world.keep_clock()
        self._router.service.catch_up()
        self._wake()
        return RedirectResponse("/", SEE_OTHER)

    async def _card(self, request: Request) -> Response:
        kind = str((await request.form()).get("kind"))
        draft, renderer = self._router.draft()
        if kind in CARD_KINDS:
            cards.set_card_kind(draft, renderer, request.path_params["id"], kind)
            draft.commit()
        return RedirectResponse("/#customers", SEE_OTHER)

    async def _delete(self, request: Request) -> Response:
        draft, renderer = self._router.draft()
        cancellation.delete_customer(draft, renderer, request.path_params["id"])
        draft.commit()
        return RedirectResponse("/#customers", SEE_OTHER)

    async def _quantities(self, request: Request) -> Response:
        draft, renderer = self._router.draft()
        form = await request.form()
        held = draft.get("subscriptions", request.path_params["id"], in_path=True)
        # The default of Stripe's dashboard: the proration stays pending until the next invoice.
        params = {"items": quantity_changes(held, form), "proration_behavior": "create_prorations"}
        subscriptions.update(draft, renderer, held["id"], params)
        draft.commit()
        return RedirectResponse("/#subscriptions", SEE_OTHER)

    async def _cancel(self, request: Request) -> Response:
        draft, renderer = self._router.draft()
        cancellation.cancel(draft, renderer, request.path_params["id"], {})
        draft.commit()
        return RedirectResponse("/#subscriptions", SEE_OTHER)


def _newest(world: World, table: str) -> list[Obj]:
    held = list(world.table(table).values())
    return held[: -_SHOWN - 1 : -1]


def _name(world: World, customer_id: str) -> str:
    held = world.table("customers").get(customer_id, {})
    return str(held.get("name") or held.get("email") or customer_id)


def _customer(world: World, row: Obj) -> Obj:
    method = world.table("payment_methods").get(row["invoice_settings"]["default_payment_method"] or "")
    kinds = {outcome: kind for kind, outcome in CARD_KINDS.items()}
    return {
        "id": row["id"],
        "name": row["name"] or row["id"],
        "email": row["email"],
        "balance": row["balance"],
        "currency": row["currency"] or "usd",
        "card": named(method, " ") if method else "no card",
        "kind": kinds.get(method["_on_charge"], "declining") if method else "none",
    }


def _subscription(world: World, row: Obj) -> Obj:
    items = items_shown(world, row)
    waiting = (world.table("pending").get(row["id"]) or {"items": []})["items"]
    return {
        "id": row["id"],
        "customer": _name(world, row["customer"]),
        "status": row["status"],
        "over": row["status"] in OVER,
        "items": items,
        "total": sum(item["total"] for item in items),
        "currency": row["currency"],
        "waiting": sum(world.table("invoice_items")[item_id]["amount"] for item_id in waiting),
        "renews": min(item["current_period_end"] for item in row["_items"]),
    }


def _invoice(world: World, row: Obj) -> Obj:
    return {
        "number": row["number"] or "draft",
        "page": row["hosted_invoice_url"],
        "created": row["created"],
        "customer": _name(world, row["customer"]),
        "reason": row["billing_reason"],
        "status": row["status"],
        "total": row["total"],
        "paid": row["amount_paid"],
        "currency": row["currency"],
        "lines": row["_lines"],
    }
