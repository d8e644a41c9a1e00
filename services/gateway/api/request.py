"""The caller of a request, and the other values that routes take from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.schemas.operations import AcceptedOut, OperationRef
from services.gateway.application.gateway import Gateway
from services.gateway.application.ports import Caller
from services.gateway.domain.idempotency import KEY_MAX
from services.gateway.domain.known_browser import KNOWN_FOR
from services.gateway.domain.own_cookies import own_token
from services.gateway.domain.request_limits import network_of
from services.gateway.domain.same_origin import cookie_is_secure
from services.gateway.domain.session_rights import Need
from services.gateway.model.agency import Principal
from services.gateway.model.rejected import RejectedError

API = "/api/v1"
JSON = "application/json"


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
    return Caller(
        network_of(host),
        own_token(cookies.get(browser_cookie(url))),
        own_token(cookies.get(session_cookie(url))),
        bearer_of(request),
    )


def bearer_of(request: Request) -> str | None:
    """The key in the Authorization header, if there is one."""
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
        return await gateway_of(request).signed_in(caller_of(request), self.need)


async def _operator(request: Request) -> None:
    if not gateway_of(request).is_operator(bearer_of(request)):
        raise RejectedError(RejectionCode.NOT_SIGNED_IN, {"credential": "operator_key"})


App = Annotated[Gateway, Depends(_gateway)]
CallerOf = Annotated[Caller, Depends(_caller)]
Person = Annotated[Principal, Depends(Requires(Need.SESSION))]
Listener = Annotated[Principal, Depends(Requires(Need.STREAM))]
ReadingAdmin = Annotated[Principal, Depends(Requires(Need.READ))]
MembersAdmin = Annotated[Principal, Depends(Requires(Need.MEMBERS))]
BillingAdmin = Annotated[Principal, Depends(Requires(Need.BILLING))]
Admin = Annotated[Principal, Depends(Requires(Need.ADMIN))]
"""An admin for calls that any session of an admin makes, and of keys only those with this scope."""
ByOperator = Depends(_operator)
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


def accepted(operation_id: UUID) -> Response:
    """202: the write is recorded, and still runs."""
    ref = operation_ref(operation_id)
    response = written(AcceptedOut(operation=ref), 202)
    response.headers["Location"] = ref.href
    response.headers["Retry-After"] = "1"
    return response


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
