"""The stand-in's controls, under `/_control`: its clock, faults, cards, dashboard edits and webhooks."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated

from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local.stripe_standin import by_hand, cancellation, disputes
from deploy.local.stripe_standin.by_hand import (
    AccountSettings,
    CardControl,
    Control,
    CustomerEdit,
    DashboardEdit,
    DisputeControl,
    StatusControl,
)
from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.faults import Fault, Kind
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.service import Service
from deploy.local.stripe_standin.webhooks import DeliveryFaults, Webhooks
from deploy.local.stripe_standin.world import Draft, Obj


class ClockControl(Control):
    """Move the clock forward, stop it at a second, or let it run again."""

    advance_seconds: Annotated[int, Field(ge=0)] = 0
    stand_still_at: int | None = None
    run: bool = False


class Match(Control):
    """Which requests a fault strikes; an omitted field matches all."""

    method: str | None = None
    path: str | None = None
    customer: str | None = None
    subscription: str | None = None


class FaultControl(Control):
    """A fault that strikes once, or `times`. `seconds` is its duration, or for `slow` the delay of each response."""

    match: Match = Match()
    kind: Kind
    times: int | None = None
    seconds: float | None = None
    code: str | None = None
    after_change: bool = False


class LatencyControl(Control):
    """The delay of every response."""

    milliseconds: Annotated[float, Field(ge=0)]


class RateLimitControl(Control):
    """The number of requests allowed a second; null for no limit."""

    per_second: float | None


class WebhookControl(Control):
    """Faults of webhook deliveries: true for all events, a number for so many; an omitted field means no fault.

    `ownTime` signs events with the stand-in's own time, for a receiver whose clock is moved together with it.
    """

    duplicate: bool | int = False
    reorder: bool = False
    drop: bool | int = False
    delay_seconds: Annotated[float, Field(ge=0)] = 0.0
    own_time: bool = False
    resend: str | None = None


class Controls:
    """The endpoints under `/_control`."""

    def __init__(self, service: Service, webhooks: Webhooks, wake: Callable[[], None]) -> None:
        self._service = service
        self._webhooks = webhooks
        self._wake = wake

    def routes(self) -> list[Route]:
        """Return the routes of all controls."""
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "/clock", self._get_clock),
            ("POST", "/clock", self._move_clock),
            ("GET", "/faults", self._list_faults),
            ("POST", "/faults", self._add_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("POST", "/latency", self._set_latency),
            ("POST", "/rate-limit", self._set_rate),
            ("POST", "/customers/{id}/card", self._change_card),
            ("POST", "/dashboard/subscriptions/{id}", self._edit_by_hand),
            ("POST", "/dashboard/subscriptions/{id}/status", self._set_status),
            ("POST", "/dashboard/customers/{id}", self._edit_customer),
            ("DELETE", "/dashboard/customers/{id}", self._delete_by_hand),
            ("POST", "/dashboard/disputes", self._dispute),
            ("POST", "/dashboard/account", self._set_account),
            ("GET", "/webhooks", self._get_webhooks),
            ("POST", "/webhooks", self._set_delivery_faults),
            ("GET", "/requests", self._requests),
            ("DELETE", "/state", self._forget),
        ]
        return [Route(f"/_control{path}", _guarded(handler), methods=[method]) for method, path, handler in table]

    async def _get_clock(self, _: Request) -> Response:
        clock = self._service.world.clock
        return JSONResponse({"now": clock.now(), "standsStill": clock.stands_at is not None})

    async def _move_clock(self, request: Request) -> Response:
        control = ClockControl.model_validate_json(await request.body() or b"{}")
        clock = self._service.world.clock
        if control.stand_still_at is not None:
            clock.stand_still_at(control.stand_still_at)
        if control.run:
            clock.run()
        clock.advance(control.advance_seconds)
        self._service.world.keep_clock()
        self._service.catch_up()
        self._wake()
        return await self._get_clock(request)

    async def _list_faults(self, _: Request) -> Response:
        return JSONResponse({"data": [asdict(fault) for fault in self._service.faults.active]})

    async def _add_fault(self, request: Request) -> Response:
        control = FaultControl.model_validate_json(await request.body())
        faults = self._service.faults
        lasts = control.seconds if control.kind != "slow" else None
        fault = Fault(
            id=new_id("fault"),
            kind=control.kind,
            **control.match.model_dump(),
            times=1 if control.times is None and lasts is None else control.times,
            until=None if lasts is None else faults.wall() + lasts,
            seconds=control.seconds or 0.0 if control.kind == "slow" else 0.0,
            code=control.code,
            after_change=control.after_change,
        )
        faults.active.append(fault)
        return JSONResponse(asdict(fault), 201)

    async def _clear_faults(self, _: Request) -> Response:
        self._service.faults.active.clear()
        return Response(status_code=204)

    async def _set_latency(self, request: Request) -> Response:
        control = LatencyControl.model_validate_json(await request.body())
        self._service.throttle.latency = control.milliseconds / 1000
        return JSONResponse({"milliseconds": control.milliseconds})

    async def _set_rate(self, request: Request) -> Response:
        control = RateLimitControl.model_validate_json(await request.body())
        self._service.throttle.limit_to(control.per_second)
        return JSONResponse({"perSecond": control.per_second})

    async def _change_card(self, request: Request) -> Response:
        control = CardControl.model_validate_json(await request.body())
        return self._made(partial(by_hand.change_card, customer_id=request.path_params["id"], control=control))

    async def _edit_by_hand(self, request: Request) -> Response:
        control = DashboardEdit.model_validate_json(await request.body())
        return self._made(partial(by_hand.edit_by_hand, subscription_id=request.path_params["id"], control=control))

    async def _set_status(self, request: Request) -> Response:
        control = StatusControl.model_validate_json(await request.body())
        return self._made(partial(by_hand.set_status, subscription_id=request.path_params["id"], control=control))

    async def _edit_customer(self, request: Request) -> Response:
        control = CustomerEdit.model_validate_json(await request.body())
        return self._made(partial(by_hand.edit_customer, customer_id=request.path_params["id"], control=control))

    async def _delete_by_hand(self, request: Request) -> Response:
        return self._made(partial(cancellation.delete_customer, customer_id=request.path_params["id"]))

    async def _dispute(self, request: Request) -> Response:
        control = DisputeControl.model_validate_json(await request.body())
        if control.dispute is not None:
            return self._made(partial(disputes.close, dispute_id=control.dispute, outcome=control.outcome))
        return self._made(partial(disputes.open_dispute, invoice_id=control.invoice or ""))

    async def _set_account(self, request: Request) -> Response:
        settings = AccountSettings.model_validate_json(await request.body()).model_dump()
        self._service.world.put({"settings": {"account": settings}})
        return JSONResponse(settings)

    async def _get_webhooks(self, _: Request) -> Response:
        return JSONResponse({**asdict(self._webhooks.delivery_faults), "pending": self._webhooks.pending})

    async def _set_delivery_faults(self, request: Request) -> Response:
        control = WebhookControl.model_validate_json(await request.body() or b"{}")
        self._webhooks.delivery_faults = DeliveryFaults(
            duplicate=_event_count(control.duplicate),
            drop=_event_count(control.drop),
            reorder=control.reorder,
            delay_seconds=control.delay_seconds,
            own_time=control.own_time,
        )
        if control.resend is not None:
            self._webhooks.send_again(control.resend)
        return await self._get_webhooks(request)

    async def _requests(self, _: Request) -> Response:
        return JSONResponse({"data": list(self._service.world.table("requests").values())})

    async def _forget(self, _: Request) -> Response:
        self._service.faults.active.clear()
        self._webhooks.delivery_faults = DeliveryFaults()
        self._webhooks.forget()
        self._service.agenda.forget()
        self._service.world.forget()
        return Response(status_code=204)

    def _made(self, change: Callable[[Draft, Renderer], Obj]) -> Response:
        """Make a change as in the dashboard, and answer with what it shows."""
        self._service.catch_up()
        draft = Draft(self._service.world, self._service.world.clock.now())
        shown = change(draft, Renderer(draft, self._service.address))
        draft.commit()
        return JSONResponse(shown)


def _event_count(setting: bool | int) -> int | None:  # noqa: FBT001 - the control's JSON has either
    if setting is True:
        return None
    return int(setting)


def _guarded(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except ValidationError as error:
            return JSONResponse({"errors": error.errors(include_url=False, include_context=False)}, 422)
        except StripeError as error:
            return JSONResponse(error.body(), error.status)

    return handle
