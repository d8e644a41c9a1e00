"""Rejections and faults as RFC 9457 problem details, and the HTTP status of each rejection code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from contracts.rejection_base import FiguresJson
from contracts.vocabulary import RejectionCode
from database.postgres import AWAY
from services.gateway.domain.gateway_codes import (
    BAD_SIGNATURE,
    CONFIRMATION_REQUIRED,
    FRESH_CODE_REQUIRED,
    HEADERS_TOO_LARGE,
    INSUFFICIENT_SCOPE,
    MALFORMED_REQUEST,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    REQUEST_TOO_LARGE,
    REQUEST_TOO_SLOW,
    TOO_MANY_API_KEYS,
    TOO_MANY_CONNECTIONS,
    TOO_MANY_STREAMS,
    UNKNOWN_API_KEY,
    UNKNOWN_SESSION,
)
from services.gateway.model.rejected import RejectedError
from services.gateway.texts import fields
from services.gateway.texts.problems import PROBLEMS, problem

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
PORTAL = "POST /api/v1/billing/portal-sessions"
RETRY = "POST /api/v1/billing/retry"
PROOF = "POST /api/v1/sessions/current/proof"
_FIX: Mapping[str, str] = MappingProxyType(
    {
        RejectionCode.PAYMENT_DECLINED: PORTAL,
        RejectionCode.PAYMENT_ACTION_REQUIRED: PORTAL,
        RejectionCode.PAST_DUE: RETRY,
        RejectionCode.PAYMENT_DISPUTED: RETRY,
        FRESH_CODE_REQUIRED: PROOF,
    }
)
"""The call that removes the reason of a rejection."""
_CODES_BY_STATUS: Mapping[int, tuple[str, ...]] = {
    400: (BAD_SIGNATURE, MALFORMED_REQUEST),
    401: (RejectionCode.NOT_SIGNED_IN, RejectionCode.INVALID_CODE, RejectionCode.LINK_EXPIRED),
    402: (
        RejectionCode.PAYMENT_DECLINED,
        RejectionCode.PAYMENT_ACTION_REQUIRED,
        RejectionCode.PAST_DUE,
        RejectionCode.PAYMENT_DISPUTED,
    ),
    403: (
        RejectionCode.NOT_AN_ADMIN,
        RejectionCode.NOT_ACTIVE,
        RejectionCode.BAD_ORIGIN,
        RejectionCode.LINK_REQUIRED,
        FRESH_CODE_REQUIRED,
        INSUFFICIENT_SCOPE,
    ),
    404: (RejectionCode.UNKNOWN_MEMBER, RejectionCode.UNKNOWN_OPERATION, UNKNOWN_API_KEY, UNKNOWN_SESSION, NOT_FOUND),
    405: (METHOD_NOT_ALLOWED,),
    408: (REQUEST_TOO_SLOW,),
    409: (
        TOO_MANY_API_KEYS,
        CONFIRMATION_REQUIRED,
        RejectionCode.BAA_UNSIGNED,
        RejectionCode.NO_SEAT_AVAILABLE,
        RejectionCode.BELOW_ACTIVE,
        RejectionCode.LAST_ADMIN,
        RejectionCode.ALREADY_MEMBER,
        RejectionCode.WRONG_STATUS,
        RejectionCode.PURCHASE_UNDER_WAY,
        RejectionCode.PAYMENT_PENDING,
        RejectionCode.CHANGE_UNDONE,
        RejectionCode.NOTHING_AWAITED,
        RejectionCode.QUOTE_STALE,
        RejectionCode.QUOTE_EXPIRED,
        RejectionCode.NOTHING_TO_CHANGE,
        RejectionCode.NOT_A_REDUCTION,
        RejectionCode.BILLING_UNAVAILABLE,
        RejectionCode.CUSTOM_PRICE,
        RejectionCode.INVOICE_LIMIT,
        RejectionCode.SEATS_REDUCED_ELSEWHERE,
        RejectionCode.DOMAIN_TAKEN,
        RejectionCode.CHOOSE_AGENCY,
        RejectionCode.CONFIRM_DETAILS,
        RejectionCode.ALREADY_ANSWERED,
        RejectionCode.SUPERSEDED,
        RejectionCode.STALE,
    ),
    413: (REQUEST_TOO_LARGE,),
    422: (
        RejectionCode.INVALID_REQUEST,
        RejectionCode.DOMAIN_NOT_AUTO_JOIN,
        RejectionCode.PUBLIC_DOMAIN,
        RejectionCode.DOMAIN_NOT_PROVEN,
        RejectionCode.IDEMPOTENCY_KEY_REUSED,
    ),
    429: (RejectionCode.TOO_MANY_ATTEMPTS, TOO_MANY_STREAMS),
    431: (HEADERS_TOO_LARGE,),
    500: (RejectionCode.INTERNAL_ERROR,),
    503: (RejectionCode.BUS_UNAVAILABLE, TOO_MANY_CONNECTIONS),
}
STATUS_OF_CODE: Mapping[str, int] = MappingProxyType(
    {code: status for status, codes in _CODES_BY_STATUS.items() for code in codes}
)
"""Every code that has a text in `texts/problems.py` has its HTTP status here."""
_CODE_OF_BARE_STATUS: Mapping[int, str] = {
    400: RejectionCode.INVALID_REQUEST,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    413: REQUEST_TOO_LARGE,
    422: RejectionCode.INVALID_REQUEST,
}
"""For an answer of the framework that names no code."""
_CODE_OF_REFUSAL: Mapping[int, str] = {
    400: MALFORMED_REQUEST,
    408: REQUEST_TOO_SLOW,
    413: REQUEST_TOO_LARGE,
    431: HEADERS_TOO_LARGE,
    503: TOO_MANY_CONNECTIONS,
}
"""For a request that the server refuses before the application sees it whole."""
_REQUESTS_OWN = frozenset({"22", "23", "42"})
"""Classes of SQLSTATE that only the request's values, or the statement, can cause."""


def status_of(code: str) -> int:
    """The HTTP status of a code; 500 for a code that this version does not know."""
    return STATUS_OF_CODE.get(code, 500)


def camel(name: str) -> str:
    """A figure's name as JSON has it: other_seat_type is otherSeatType."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def details(
    code: str, figures: FiguresJson | None = None, errors: Mapping[str, str] | None = None, agencies: Sequence[Any] = ()
) -> dict[str, object]:
    """The problem details of a rejection, with its figures beside the sentence."""
    figures = figures or {}
    words = problem(code)
    # `status` is the HTTP status in problem details, so a member's status has another name there.
    named = {"member_status" if name == "status" else name: value for name, value in figures.items()}
    body: dict[str, object] = {camel(name): value for name, value in named.items() if value is not None}
    body |= {
        "type": f"/docs#{code}",
        "title": words.title,
        "status": status_of(code),
        "code": code if code in PROBLEMS else str(RejectionCode.INTERNAL_ERROR),
        "detail": words.detail(figures),
    }
    if code == RejectionCode.INVALID_REQUEST:
        body["errors"] = dict(errors or {str(figures.get("field") or "body"): fields.ANY_OTHER_IN_JSON})
    if agencies:
        body["agencies"] = list(agencies)
    if (fix := _FIX.get(code)) is not None:
        body["fix"] = fix
    return body


def refusal(status: int) -> bytes:
    """The problem details of a request that the server refuses with this status."""
    return orjson.dumps(details(_CODE_OF_REFUSAL[status]))


def problem_response(rejected: RejectedError) -> Response:
    """The HTTP response of a rejection."""
    body = details(rejected.code, rejected.figures, rejected.errors, rejected.agencies)
    if rejected.options:
        body["options"] = list(rejected.options)
    headers = {}
    if isinstance(wait := rejected.figures.get("retry_after"), int):
        headers["Retry-After"] = str(wait)
    elif rejected.code == RejectionCode.BUS_UNAVAILABLE:
        headers["Retry-After"] = "2"
    elif rejected.code == TOO_MANY_STREAMS:
        headers["Retry-After"] = "30"
    elif rejected.code == RejectionCode.NOT_SIGNED_IN:
        headers["WWW-Authenticate"] = 'Bearer realm="headcount"'
    return Response(orjson.dumps(body), status_of(rejected.code), headers, MEDIA_TYPE)


def _of_bare_status(status: int) -> RejectedError:
    return RejectedError(_CODE_OF_BARE_STATUS.get(status, RejectionCode.INTERNAL_ERROR))


def _field(location: Sequence[int | str], error_type: str) -> str:
    if error_type == "json_invalid":
        return "body"
    return ".".join(str(part) for part in location[1:]) or str(location[0])


def _what_is_wrong(error: Mapping[str, Any]) -> str:
    error_type, field = str(error["type"]), str(error["loc"][-1])
    if error_type != "missing" and (rule := fields.in_json(field)) is not None:
        return rule
    return str(error["msg"]).removeprefix("Value error, ")


async def _rejected(_request: Request, rejected: Exception) -> Response:
    if not isinstance(rejected, RejectedError):
        raise rejected
    return problem_response(rejected)


async def _invalid(_request: Request, invalid: Exception) -> Response:
    if not isinstance(invalid, RequestValidationError):
        raise invalid
    errors = {_field(error["loc"], error["type"]): _what_is_wrong(error) for error in invalid.errors()}
    return problem_response(RejectedError(RejectionCode.INVALID_REQUEST, errors=errors))


async def _bare_status(_request: Request, fault: Exception) -> Response:
    if not isinstance(fault, HTTPException):
        raise fault
    response = problem_response(_of_bare_status(fault.status_code))
    for name, value in (fault.headers or {}).items():
        response.headers[name] = value
    return response


async def _away(_request: Request, _fault: Exception) -> Response:
    return problem_response(RejectedError(RejectionCode.BUS_UNAVAILABLE))


async def _fault(request: Request, fault: Exception) -> Response:
    route = getattr(request.scope.get("route"), "path", "unknown")
    log.error("gateway.fault", error=type(fault).__name__, route=route, method=request.method)
    return problem_response(RejectedError(RejectionCode.INTERNAL_ERROR))


def is_away(fault: BaseException) -> bool:
    """Whether the database or the network caused a fault, and not the values of this very request."""
    if isinstance(fault, asyncpg.PostgresError) and (fault.sqlstate or "")[:2] in _REQUESTS_OWN:
        return False
    return isinstance(fault, AWAY)


async def _gone(_request: Request, _fault: Exception) -> Response:
    """Nobody reads it: the client left before its request was whole, or was too slow and has its answer."""
    return Response(status_code=400)


async def _database(request: Request, fault: Exception) -> Response:
    return await (_away if is_away(fault) else _fault)(request, fault)


def install(app: FastAPI) -> None:
    """Answer every rejection and every fault with problem details."""
    app.add_exception_handler(RejectedError, _rejected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _bare_status)
    for kind in AWAY:
        app.add_exception_handler(kind, _database)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _fault)
