"""Refusals and faults as RFC 9457 problem details."""

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
from contracts.vocabulary import Refusal
from services.gateway.application.refused import RefusedError
from services.gateway.domain.problems import (
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
_PORTAL_HELPS = frozenset({Refusal.PAYMENT_DECLINED, Refusal.PAYMENT_ACTION_REQUIRED, Refusal.PAST_DUE})
_CODES_OF_STATUS: Mapping[int, str] = {
    400: Refusal.INVALID_REQUEST,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    413: REQUEST_TOO_LARGE,
    422: Refusal.INVALID_REQUEST,
}


def details(
    code: str, figures: Figures | None = None, errors: Mapping[str, str] | None = None, agencies: Sequence[Any] = ()
) -> dict[str, object]:
    """The problem details of a refusal, with its figures beside the sentence."""
    figures = figures or {}
    kind = problem(code)
    named = {"member_status" if name == "status" else name: value for name, value in figures.items()}
    said: dict[str, object] = {camel(name): value for name, value in named.items() if value is not None}
    said |= {
        "type": f"/docs#{code}",
        "title": kind.title,
        "status": kind.status,
        "code": code if kind is PROBLEMS.get(code) else str(Refusal.INTERNAL_ERROR),
        "detail": kind.detail(figures),
    }
    if code == Refusal.INVALID_REQUEST:
        field = figures.get("field")
        said["errors"] = dict(errors or ({str(field): "is not valid here"} if field else {"body": "is not valid here"}))
    if agencies:
        said["agencies"] = list(agencies)
    if code in _PORTAL_HELPS:
        said["fix"] = PORTAL
    return said


def answer(refused: RefusedError) -> Response:
    """The HTTP answer of a refusal."""
    said = details(refused.code, refused.figures, refused.errors, refused.agencies)
    headers = {}
    if isinstance(wait := refused.figures.get("retry_after"), int):
        headers["Retry-After"] = str(wait)
    elif refused.code == Refusal.BUS_UNAVAILABLE:
        headers["Retry-After"] = "2"
    elif refused.code == Refusal.NOT_SIGNED_IN:
        headers["WWW-Authenticate"] = 'Bearer realm="headcount"'
    return Response(orjson.dumps(said), int(str(said["status"])), headers, MEDIA_TYPE)


def of_status(status: int) -> RefusedError:
    """The refusal behind a bare HTTP status."""
    return RefusedError(_CODES_OF_STATUS.get(status, Refusal.INTERNAL_ERROR))


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
    if not isinstance(refused, RefusedError):
        raise refused
    return answer(refused)


async def _invalid(_request: Request, invalid: Exception) -> Response:
    if not isinstance(invalid, RequestValidationError):
        raise invalid
    errors = {_field(one["loc"], one["type"]): _wrong(one) for one in invalid.errors()}
    return answer(RefusedError(Refusal.INVALID_REQUEST, errors=errors))


async def _http(_request: Request, fault: Exception) -> Response:
    if not isinstance(fault, HTTPException):
        raise fault
    response = answer(of_status(fault.status_code))
    for name, value in (fault.headers or {}).items():
        response.headers[name] = value
    return response


async def _away(_request: Request, _fault: Exception) -> Response:
    return answer(RefusedError(Refusal.BUS_UNAVAILABLE))


async def _fault(request: Request, fault: Exception) -> Response:
    route = getattr(request.scope.get("route"), "path", "unknown")
    log.error("gateway.fault", error=type(fault).__name__, route=route, method=request.method)
    return answer(RefusedError(Refusal.INTERNAL_ERROR))


async def _database(request: Request, fault: Exception) -> Response:
    # What only this request's values can be blamed for is a fault; anything else is Postgres being away.
    if isinstance(fault, asyncpg.PostgresError) and (fault.sqlstate or "")[:2] in {"22", "23", "42"}:
        return await _fault(request, fault)
    return await _away(request, fault)


def install(app: FastAPI) -> None:
    """Answer every refusal and every fault with problem details."""
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in AWAY:
        app.add_exception_handler(kind, _database)
    app.add_exception_handler(Exception, _fault)
