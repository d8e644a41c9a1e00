"""The caller of a request, and the other values that routes take from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from services.gateway.api.schemas.awaited_payments import AwaitedPaymentOut
from services.gateway.api.schemas.operations import AcceptedOut, OperationRef
from services.gateway.application.gateway import Gateway
from services.gateway.application.ports import Caller
from services.gateway.domain.device_name import device_name
from services.gateway.domain.gateway_codes import INSUFFICIENT_SCOPE
from services.gateway.domain.idempotency import KEY_MAX, OperationState
from services.gateway.domain.known_browser import KNOWN_FOR
from services.gateway.domain.own_cookies import own_token
from services.gateway.domain.same_origin import cookie_is_secure
from services.gateway.domain.session_kind import BEARER_PREFIX
from services.gateway.domain.session_rights import Need
from services.gateway.model.agency import Principal
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from webserver.client_address import network_of

API = "/api/v1"
JSON = "application/json"
BACKGROUND = "headcount-background"
"""The header of a request that an open page makes by itself. It keeps no session alive."""


def session_cookie(public_url: str) -> str:
    """The name of the session cookie. The prefix keeps a subdomain from planting one; browsers want TLS for it."""
    return "__Host-session" if cookie_is_secure(public_url) else "headcount-session"


def browser_cookie(public_url: str) -> str:
    """The name of the cookie that tells browsers apart: it ties codes to a browser, and makes it a known one."""
    return "__Host-browser" if cookie_is_secure(public_url) else "headcount-browser"


def gateway_of(request: Request) -> Gateway:
    """The application behind this request."""
    gateway: Gateway = request.app.state.gateway
    return gateway


def caller_of(request: Request) -> Caller:
    """The caller: network, browser, session and key of this request."""
    url = gateway_of(request).settings.public_url
    host = request.client.host if request.client is not None else "unknown"
    cookies = request.cookies
    secret = bearer_of(request)
    is_session = secret is not None and secret.startswith(BEARER_PREFIX)
    return Caller(
        network_of(host),
        own_token(cookies.get(browser_cookie(url))),
        own_token(cookies.get(session_cookie(url))),
        key=None if is_session else secret,
        bearer=secret if is_session else None,
        device=device_name(request.headers.get("user-agent")),
        in_background=BACKGROUND in request.headers,
    )


def bearer_of(request: Request) -> str | None:
    """The key or token in the Authorization header, if there is one."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" and key.strip() else None


async def _gateway(request: Request) -> Gateway:
    return gateway_of(request)


async def _caller(request: Request) -> Caller:
    return caller_of(request)


@dataclass(frozen=True, slots=True)
class Requires:
    """The dependency of a route that needs a right: it finds the member who has it, or rejects the request.

    The API's description takes the scope of keys from here, so that a route states its need once.
    """

    need: Need

    async def __call__(self, request: Request) -> Principal:
        """The member who makes the request."""
        return await gateway_of(request).callers.signed_in(caller_of(request), self.need)


class Listens:
    """The dependency of a stream: its caller and the member.

    A stream that a browser opens again by itself keeps no session alive.
    """

    need = Need.STREAM

    async def __call__(self, request: Request) -> tuple[Caller, Principal]:
        """The caller who listens, and the member."""
        caller = replace(caller_of(request), in_background=True)
        return caller, await gateway_of(request).callers.signed_in(caller, self.need)


async def _operator(request: Request) -> None:
    caller = caller_of(request)
    if caller.bearer is not None:
        raise RejectedError(INSUFFICIENT_SCOPE)
    await gateway_of(request).callers.check_operator(caller)


async def _by_operator(request: Request) -> bool:
    """Whether the caller has the operator's key, where it counts."""
    counts = getattr(request.state, "operator_counts", True)
    return counts and gateway_of(request).callers.is_operator(bearer_of(request))


App = Annotated[Gateway, Depends(_gateway)]
CallerOf = Annotated[Caller, Depends(_caller)]
Person = Annotated[Principal, Depends(Requires(Need.SESSION))]
Own = Annotated[Principal, Depends(Requires(Need.OWN))]
Listener = Annotated[tuple[Caller, Principal], Depends(Listens())]
ReadingAdmin = Annotated[Principal, Depends(Requires(Need.READ))]
MembersAdmin = Annotated[Principal, Depends(Requires(Need.MEMBERS))]
UsageAdmin = Annotated[Principal, Depends(Requires(Need.USAGE))]
BillingAdmin = Annotated[Principal, Depends(Requires(Need.BILLING))]
Admin = Annotated[Principal, Depends(Requires(Need.ADMIN))]
"""An admin for calls that any session of an admin makes, and of keys only those with this scope."""
ByOperator = Depends(_operator)
IsOperator = Annotated[bool, Depends(_by_operator)]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=KEY_MAX,
        description="Any string: the same key with the same body is the same write, done once.",
        examples=["4f1c9f6e"],
    ),
]


def written(body: BaseModel, status: int = 200) -> Response:
    """A JSON response."""
    return Response(body.model_dump_json(by_alias=True), status, media_type=JSON)


def operation_ref(operation_id: UUID) -> OperationRef:
    """A running operation and the address to ask for it."""
    return OperationRef(id=operation_id, href=f"{API}/operations/{operation_id}")


def accepted(operation_id: UUID, payment: AwaitedPaymentOut | None = None) -> Response:
    """202: the write is recorded, and still runs; `payment` is what it waits for."""
    ref = operation_ref(operation_id)
    response = written(AcceptedOut(operation=ref, payment=payment), 202)
    response.headers["Location"] = ref.href
    response.headers["Retry-After"] = "1"
    return response


def done_or_accepted(operation: Operation) -> Response:
    """204: the write is done, and has nothing to show. 202 while it runs."""
    return accepted(operation.id) if operation.state is OperationState.RUNNING else Response(status_code=204)


def set_cookie(response: Response, public_url: str, name: str, value: str, *, seconds: int) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send along with a write."""
    secure = cookie_is_secure(public_url)
    response.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=secure)


def set_browser_cookie(response: Response, public_url: str, browser: str) -> None:
    """Set the browser's cookie. It outlives sessions: signing out leaves a known browser known."""
    set_cookie(response, public_url, browser_cookie(public_url), browser, seconds=int(KNOWN_FOR.total_seconds()))


def drop_cookie(response: Response, public_url: str, name: str) -> None:
    """Delete a cookie in the browser."""
    secure = cookie_is_secure(public_url)
    response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=secure)
