"""The page at `/`: what the stand-in holds, what happened lately, and what somebody at Stripe's dashboard may do."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.local.stripe_standin import cancellation, cards, subscriptions
from deploy.local.stripe_standin.cards import CARD_KINDS
from deploy.local.stripe_standin.desk import SEE_OTHER, Desk
from deploy.local.stripe_standin.items_shown import items_shown, quantities_asked
from deploy.local.stripe_standin.world import Obj, World

_SHOWN = 50
# What the clock may be moved by: a renewal's draft rests for an hour.
_LEAPS = {"+1 hour": 3_600, "+1 day": 86_400, "+31 days": 31 * 86_400}


class Dashboard:
    """Shows the world; its forms move the clock, change cards and quantities, and end subscriptions and customers."""

    def __init__(self, desk: Desk, woken: Callable[[], None]) -> None:
        self._desk = desk
        self._woken = woken

    def routes(self) -> list[Route]:
        """Return the table of pages."""
        return [
            self._desk.route("GET", "/", self._show),
            self._desk.route("POST", "/clock", self._advance),
            self._desk.route("POST", "/customers/{id}/card", self._card),
            self._desk.route("POST", "/customers/{id}/delete", self._delete),
            self._desk.route("POST", "/subscriptions/{id}/quantities", self._quantities),
            self._desk.route("POST", "/subscriptions/{id}/cancel", self._cancel),
        ]

    async def _show(self, _: Request) -> Response:
        self._desk.draft()
        service = self._desk.service
        world = service.world
        return self._desk.pages.show(
            "dashboard.html",
            now=world.clock.now(),
            stands_still=world.clock.stands_at is not None,
            leaps=_LEAPS,
            faults=service.faults.ordered,
            kinds=list(CARD_KINDS),
            customers=[_customer(world, one) for one in _newest(world, "customers") if not one.get("deleted")],
            subscriptions=[_subscription(world, one) for one in _newest(world, "subscriptions")],
            invoices=[_invoice(world, one) for one in _newest(world, "invoices")],
            requests=_newest(world, "requests"),
            events=_newest(world, "events"),
        )

    async def _advance(self, request: Request) -> Response:
        seconds = str((await request.form()).get("seconds", "0"))
        world = self._desk.service.world
        world.clock.advance(int(seconds) if seconds.isdigit() else 0)
        world.keep_clock()
        self._desk.service.catch_up()
        self._woken()
        return RedirectResponse("/", SEE_OTHER)

    async def _card(self, request: Request) -> Response:
        kind = str((await request.form()).get("kind"))
        draft, renderer = self._desk.draft()
        if kind in CARD_KINDS:
            cards.become(draft, renderer, request.path_params["id"], kind)
            draft.take_over()
        return RedirectResponse("/#customers", SEE_OTHER)

    async def _delete(self, request: Request) -> Response:
        draft, renderer = self._desk.draft()
        cancellation.delete_customer(draft, renderer, request.path_params["id"])
        draft.take_over()
        return RedirectResponse("/#customers", SEE_OTHER)

    async def _quantities(self, request: Request) -> Response:
        draft, renderer = self._desk.draft()
        form = await request.form()
        held = draft.get("subscriptions", request.path_params["id"], in_path=True)
        # As Stripe's dashboard does unless told otherwise: the proration waits for the next invoice.
        given = {"items": quantities_asked(held, form), "proration_behavior": "create_prorations"}
        subscriptions.update(draft, renderer, held["id"], given)
        draft.take_over()
        return RedirectResponse("/#subscriptions", SEE_OTHER)

    async def _cancel(self, request: Request) -> Response:
        draft, renderer = self._desk.draft()
        cancellation.cancel(draft, renderer, request.path_params["id"], {})
        draft.take_over()
        return RedirectResponse("/#subscriptions", SEE_OTHER)


def _newest(world: World, table: str) -> list[Obj]:
    held = list(world.table(table).values())
    return held[: -_SHOWN - 1 : -1]


def _name(world: World, customer_id: str) -> str:
    held = world.table("customers").get(customer_id, {})
    return str(held.get("name") or held.get("email") or customer_id)


def _customer(world: World, one: Obj) -> Obj:
    method = world.table("payment_methods").get(one["invoice_settings"]["default_payment_method"] or "")
    kinds = {outcome: kind for kind, outcome in CARD_KINDS.items()}
    return {
        "id": one["id"],
        "name": one["name"] or one["id"],
        "email": one["email"],
        "balance": one["balance"],
        "card": f"{method['card']['brand'].capitalize()} {method['card']['last4']}" if method else "no card",
        "kind": kinds.get(method["_on_charge"], "declining") if method else "none",
    }


def _subscription(world: World, one: Obj) -> Obj:
    items = items_shown(world, one)
    waiting = (world.table("pending").get(one["id"]) or {"items": []})["items"]
    return {
        "id": one["id"],
        "customer": _name(world, one["customer"]),
        "status": one["status"],
        "over": one["status"] in subscriptions.OVER,
        "items": items,
        "total": sum(item["total"] for item in items),
        "waiting": sum(world.table("invoice_items")[item_id]["amount"] for item_id in waiting),
        "renews": min(item["current_period_end"] for item in one["_items"]),
    }


def _invoice(world: World, one: Obj) -> Obj:
    return {
        "number": one["number"] or "draft",
        "page": one["hosted_invoice_url"],
        "created": one["created"],
        "customer": _name(world, one["customer"]),
        "reason": one["billing_reason"],
        "status": one["status"],
        "total": one["total"],
        "paid": one["amount_paid"],
        "lines": one["_lines"],
    }
