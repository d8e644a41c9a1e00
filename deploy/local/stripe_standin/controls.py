"""What a test, a journey or a person may do to the stand-in beside Stripe's API, under `/_control`."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local.stripe_standin import cancellation, cards, subscriptions
from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.faults import Fault, Kind
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.service import Service
from deploy.local.stripe_standin.webhooks import Mischief, Webhooks
from deploy.local.stripe_standin.world import Draft, Obj


class _Order(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class ClockOrder(_Order):
    """Move the clock forward; or make it stand still at a second (and let it run again)."""

    advance_seconds: Annotated[int, Field(ge=0)] = 0
    stand_still_at: int | None = None
    run: bool = False


class Match(_Order):
    """Which requests a fault is for; what is left out matches all."""

    method: str | None = None
    path: str | None = None
    customer: str | None = None
    subscription: str | None = None


class FaultOrder(_Order):
    """One fault: once, or `times`; for kinds other than slow, `seconds` says instead how long it lasts."""

    match: Match = Match()
    kind: Kind
    times: int | None = None
    seconds: float | None = None
    code: str | None = None
    after_change: bool = False


class LatencyOrder(_Order):
    """How long every answer takes."""

    milliseconds: Annotated[float, Field(ge=0)]


class RateOrder(_Order):
    """How many requests are let in a second; null for any number."""

    per_second: float | None


class CardOrder(_Order):
    """A customer's card becomes another kind of card."""

    kind: Literal["good", "declining", "action_required"]


class DashboardOrder(_Order):
    """Someone edits the subscription by hand."""

    base: Annotated[int, Field(ge=0)] | None = None
    voice: Annotated[int, Field(ge=0)] | None = None
    cancel: bool = False
    proration_behavior: Literal["always_invoice", "create_prorations", "none"] = "create_prorations"


class WebhookOrder(_Order):
    """How deliveries go wrong: true for all, a number for so many events; what is left out is as it should be.

    `ownTime`: signed in the stand-in's own seconds, for a receiver whose clock is moved with it.
    """

    duplicate: bool | int = False
    reorder: bool = False
    drop: bool | int = False
    delay_seconds: Annotated[float, Field(ge=0)] = 0.0
    own_time: bool = False
    resend: str | None = None


class Controls:
    """The endpoints under `/_control`."""

    def __init__(self, service: Service, webhooks: Webhooks, woken: Callable[[], None]) -> None:
        self._service = service
        self._webhooks = webhooks
        self._woken = woken

    def routes(self) -> list[Route]:
        """Return the table of what can be asked."""
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "/clock", self._get_clock),
            ("POST", "/clock", self._move_clock),
            ("GET", "/faults", self._list_faults),
            ("POST", "/faults", self._order_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("POST", "/latency", self._set_latency),
            ("POST", "/rate-limit", self._set_rate),
            ("POST", "/customers/{id}/card", self._change_card),
            ("POST", "/dashboard/subscriptions/{id}", self._edit_by_hand),
            ("DELETE", "/dashboard/customers/{id}", self._delete_by_hand),
            ("GET", "/webhooks", self._get_webhooks),
            ("POST", "/webhooks", self._spoil_webhooks),
            ("GET", "/requests", self._requests),
            ("DELETE", "/state", self._forget),
        ]
        return [Route(f"/_control{path}", _guarded(answer), methods=[method]) for method, path, answer in table]

    async def _get_clock(self, _: Request) -> Response:
        clock = self._service.world.clock
        return JSONResponse({"now": clock.now(), "standsStill": clock.stands_at is not None})

    async def _move_clock(self, request: Request) -> Response:
        order = ClockOrder.model_validate_json(await request.body() or b"{}")
        clock = self._service.world.clock
        if order.stand_still_at is not None:
            clock.stand_still_at(order.stand_still_at)
        if order.run:
            clock.run()
        clock.advance(order.advance_seconds)
        self._service.world.keep_clock()
        self._service.catch_up()
        self._woken()
        return await self._get_clock(request)

    async def _list_faults(self, _: Request) -> Response:
        return JSONResponse({"data": [asdict(fault) for fault in self._service.faults.ordered]})

    async def _order_fault(self, request: Request) -> Response:
        order = FaultOrder.model_validate_json(await request.body())
        faults = self._service.faults
        lasts = order.seconds if order.kind != "slow" else None
        fault = Fault(
            id=new_id("fault"),
            kind=order.kind,
            **order.match.model_dump(),
            times=1 if order.times is None and lasts is None else order.times,
            until=None if lasts is None else faults.wall() + lasts,
            seconds=order.seconds or 0.0 if order.kind == "slow" else 0.0,
            code=order.code,
            after_change=order.after_change,
        )
        faults.ordered.append(fault)
        return JSONResponse(asdict(fault), 201)

    async def _clear_faults(self, _: Request) -> Response:
        self._service.faults.ordered.clear()
        return Response(status_code=204)

    async def _set_latency(self, request: Request) -> Response:
        order = LatencyOrder.model_validate_json(await request.body())
        self._service.pace.latency = order.milliseconds / 1000
        return JSONResponse({"milliseconds": order.milliseconds})

    async def _set_rate(self, request: Request) -> Response:
        order = RateOrder.model_validate_json(await request.body())
        self._service.pace.limit_to(order.per_second)
        return JSONResponse({"perSecond": order.per_second})

    async def _change_card(self, request: Request) -> Response:
        order = CardOrder.model_validate_json(await request.body())
        draft, renderer = self._draft()
        method = cards.become(draft, renderer, request.path_params["id"], order.kind)
        draft.take_over()
        return JSONResponse(renderer.show(method))

    async def _edit_by_hand(self, request: Request) -> Response:
        order = DashboardOrder.model_validate_json(await request.body())
        draft, renderer = self._draft()
        shown = edit_by_hand(draft, renderer, request.path_params["id"], order)
        draft.take_over()
        return JSONResponse(shown)

    async def _delete_by_hand(self, request: Request) -> Response:
        draft, renderer = self._draft()
        shown = cancellation.delete_customer(draft, renderer, request.path_params["id"])
        draft.take_over()
        return JSONResponse(shown)

    async def _get_webhooks(self, _: Request) -> Response:
        return JSONResponse({**asdict(self._webhooks.mischief), "pending": self._webhooks.pending})

    async def _spoil_webhooks(self, request: Request) -> Response:
        order = WebhookOrder.model_validate_json(await request.body() or b"{}")
        self._webhooks.mischief = Mischief(
            duplicate=_how_many(order.duplicate),
            drop=_how_many(order.drop),
            reorder=order.reorder,
            delay_seconds=order.delay_seconds,
            own_time=order.own_time,
        )
        if order.resend is not None:
            self._webhooks.send_again(order.resend)
        return await self._get_webhooks(request)

    async def _requests(self, _: Request) -> Response:
        return JSONResponse({"data": list(self._service.world.table("requests").values())})

    async def _forget(self, _: Request) -> Response:
        self._service.faults.ordered.clear()
        self._webhooks.mischief = Mischief()
        self._webhooks.forget()
        self._service.agenda.forget()
        self._service.world.forget()
        return Response(status_code=204)

    def _draft(self) -> tuple[Draft, Renderer]:
        self._service.catch_up()
        draft = Draft(self._service.world, self._service.world.clock.now())
        return draft, Renderer(draft, self._service.address)


def edit_by_hand(draft: Draft, renderer: Renderer, subscription_id: str, order: DashboardOrder) -> Obj:
    """Do what somebody does in Stripe's dashboard: other quantities, or the end. It has no idempotency key."""
    if order.cancel:
        return cancellation.cancel(draft, renderer, subscription_id, {})
    subscription = draft.get("subscriptions", subscription_id, in_path=True)
    asked = [
        {"id": item["id"], "quantity": wanted}
        for item in subscription["_items"]
        for seat, wanted in (("base", order.base), ("voice", order.voice))
        if wanted is not None and seat in seat_words(draft, item)
    ]
    given = {"items": asked, "proration_behavior": order.proration_behavior}
    return subscriptions.update(draft, renderer, subscription_id, given)


def seat_words(draft: Draft, item: Obj) -> str:
    """Return the words by which a person would know what an item is: its price's key and its product's name."""
    price = draft.get("prices", item["price"])
    product = draft.get("products", price["product"])
    return f"{price['lookup_key'] or ''} {product['name']} {product['id']}".lower()


def _how_many(given: bool | int) -> int | None:  # noqa: FBT001 - it is what the control's JSON says
    if given is True:
        return None
    return int(given)


def _guarded(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except ValidationError as wrong:
            return JSONResponse({"errors": wrong.errors(include_url=False, include_context=False)}, 422)
        except StripeError as refusal:
            return JSONResponse(refusal.body(), refusal.status)

    return guarded
