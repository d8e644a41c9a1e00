"""The page at `/`: what the stand-in holds, and what happened lately."""

from fractions import Fraction

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.local.stripe_standin import cards
from deploy.local.stripe_standin.cards import CARD_KINDS
from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.pages import Pages
from deploy.local.stripe_standin.pricing import exact_amount, unit_decimal
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.service import Service
from deploy.local.stripe_standin.world import Draft, Obj, World

_SHOWN = 50
_SEE_OTHER = 303


class Dashboard:
    """Shows the world; two buttons move its clock and change cards."""

    def __init__(self, service: Service, pages: Pages) -> None:
        self._service = service
        self._pages = pages

    def routes(self) -> list[Route]:
        """Return the table of pages."""
        return [
            Route("/", self._show, methods=["GET"]),
            Route("/clock", self._advance, methods=["POST"]),
            Route("/customers/{id}/card", self._card, methods=["POST"]),
        ]

    async def _show(self, _: Request) -> Response:
        self._service.catch_up()
        world = self._service.world
        clock = world.clock
        return self._pages.show(
            "dashboard.html",
            now=clock.now(),
            stands_still=clock.stands_at is not None,
            faults=self._service.faults.ordered,
            kinds=list(CARD_KINDS),
            customers=[_customer(world, one) for one in _newest(world, "customers") if not one.get("deleted")],
            subscriptions=[_subscription(world, one) for one in _newest(world, "subscriptions")],
            invoices=[_invoice(world, one) for one in _newest(world, "invoices")],
            requests=_newest(world, "requests"),
            events=_newest(world, "events"),
        )

    async def _advance(self, request: Request) -> Response:
        form = await request.form()
        seconds = str(form.get("seconds", "0"))
        self._service.world.clock.advance(int(seconds) if seconds.isdigit() else 0)
        self._service.world.keep_clock()
        self._service.catch_up()
        return RedirectResponse("/", _SEE_OTHER)

    async def _card(self, request: Request) -> Response:
        kind = str((await request.form()).get("kind"))
        draft = Draft(self._service.world, self._service.world.clock.now())
        if kind in CARD_KINDS:
            try:
                cards.become(draft, Renderer(draft, self._service.address), request.path_params["id"], kind)
            except StripeError as refusal:
                return Response(refusal.message, refusal.status)
            draft.take_over()
        return RedirectResponse("/#customers", _SEE_OTHER)


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
        "card": f"{method['card']['brand']} {method['card']['last4']}" if method else "no card",
        "kind": kinds.get(method["_on_charge"], "declining") if method else "none",
    }


def _subscription(world: World, one: Obj) -> Obj:
    lines = []
    total = Fraction(0)
    for item in one["_items"]:
        price = world.table("prices")[item["price"]]
        total += exact_amount(price, item["quantity"])
        lines.append(
            {
                "quantity": item["quantity"],
                "name": world.table("products")[price["product"]]["name"],
                "each": float(Fraction(unit_decimal(price, item["quantity"]))),
                "interval": price["recurring"]["interval"],
            }
        )
    return {
        "id": one["id"],
        "customer": _name(world, one["customer"]),
        "status": one["status"],
        "lines": lines,
        "total": float(total),
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
