"""Rejections and faults as RFC 9457 problem details."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.postgres import AWAY
from contracts.vocabulary import RejectionCode
from services.gateway.model.rejected import RejectedError
from services.gateway.texts.problems import (
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    PROBLEMS,
    REQUEST_TOO_LARGE,
    Figures,
    camel,
    problem,
)

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
PORTAL = "POST /api/v1/billing/portal-sessions"
_PORTAL_HELPS = frozenset(
    {RejectionCode.PAYMENT_DECLINED, RejectionCode.PAYMENT_ACTION_REQUIRED, RejectionCode.PAST_DUE}
)
_CODES_OF_STATUS: Mapping[int, str] = {
    400: RejectionCode.INVALID_REQUEST,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    413: REQUEST_TOO_LARGE,
    422: RejectionCode.INVALID_REQUEST,
}


def details(
    code: str, figures: Figures | None = None, errors: Mapping[str, str] | None = None, agencies: Sequence[Any] = ()
) -> dict[str, object]:
    """The problem details of a rejection, with its figures beside the sentence."""
    figures = figures or {}
    kind = problem(code)
    named = {"member_status" if name == "status" else name: value for name, value in figures.items()}
    message: dict[str, object] = {camel(name): value for name, value in named.items() if value is not None}
    message |= {
        "type": f"/docs#{code}",
        "title": kind.title,
        "status": kind.status,
        "code": code if kind is PROBLEMS.get(code) else str(RejectionCode.INTERNAL_ERROR),
        "detail": kind.detail(figures),
    }
    if code == RejectionCode.INVALID_REQUEST:
        field = figures.get("field")
        message["errors"] = dict(
            errors or ({str(field): "is not valid here"} if field else {"body": "is not valid here"})
        )
    if agencies:
        message["agencies"] = list(agencies)
    if code in _PORTAL_HELPS:
        message["fix"] = PORTAL
    return message


def answer(refused: RejectedError) -> Response:
    """The HTTP answer of a rejection."""
    message = details(refused.code, refused.figures, refused.errors, refused.agencies)
    headers = {}
    if isinstance(wait := refused.figures.get("retry_after"), int):
        headers["Retry-After"] = str(wait)
    elif refused.code == RejectionCode.BUS_UNAVAILABLE:
        headers["Retry-After"] = "2"
    elif refused.code == RejectionCode.NOT_SIGNED_IN:
        headers["WWW-Authenticate"] = 'Bearer realm="headcount"'
    return Response(orjson.dumps(message), int(str(message["status"])), headers, MEDIA_TYPE)


def of_status(status: int) -> RejectedError:
    """The rejection behind a bare HTTP status."""
    return RejectedError(_CODES_OF_STATUS.get(status, RejectionCode.INTERNAL_ERROR))


def _field(where: Sequence[int | str], kind: str) -> str:
    if kind == "json_invalid":
        return "body"
    return ".".join(str(part) for part in where[1:]) or str(where[0])


_FIELDS: Mapping[str, str] = {
    "email": "must be a whole e-mail address, like noor@clinic.example",
    "adminEmail": "must be a whole e-mail address, like noor@clinic.example",
    "domain": "must be a mail domain, like clinic.example",
    "code": "must be the four digits of the mail",
    "token": "must be what follows the last slash of the link",
}
"""What a text should have been, where the description's pattern says it to programs alone."""


def _wrong(one: Mapping[str, Any]) -> str:
    kind, field = str(one["type"]), str(one["loc"][-1])
    if kind.startswith("string_") and field in _FIELDS:
        return _FIELDS[field]
    return str(one["msg"]).removeprefix("Value error, ")


async def _refused(_request: Request, refused: Exception) -> Response:
    if not isinstance(refused, RejectedError):
        raise refused
    return answer(refused)


async def _invalid(_request: Request, invalid: Exception) -> Response:
    if not isinstance(invalid, RequestValidationError):
        raise invalid
    errors = {_field(one["loc"], one["type"]): _wrong(one) for one in invalid.errors()}
    return answer(RejectedError(RejectionCode.INVALID_REQUEST, errors=errors))


async def _http(_request: Request, fault: Exception) -> Response:
    if not isinstance(fault, HTTPException):
        raise fault
    response = answer(of_status(fault.status_code))
    for name, value in (fault.headers or {}).items():
        response.headers[name] = value
    return response


async def _away(_request: Request, _fault: Exception) -> Response:
    return answer(RejectedError(RejectionCode.BUS_UNAVAILABLE))


async def _fault(request: Request, fault: Exception) -> Response:
    route = getattr(request.scope.get("route"), "path", "unknown")
    log.error("gateway.fault", error=type(fault).__name__, route=route, method=request.method)
    return answer(RejectedError(RejectionCode.INTERNAL_ERROR))


async def _database(request: Request, fault: Exception) -> Response:
    # What only this request's values can be blamed for is a fault; anything else is Postgres being away.
    if isinstance(fault, asyncpg.PostgresError) and (fault.sqlstate or "")[:2] in {"22", "23", "42"}:
        return await _fault(request, fault)
    return await _away(request, fault)


def install(app: FastAPI) -> None:
    """Answer every rejection and every fault with problem details."""
    app.add_exception_handler(RejectedError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in AWAY:
        app.add_exception_handler(kind, _database)
    app.add_exception_handler(Exception, _fault)
