"""The parts of the OpenAPI description beyond the routes: security schemes, and the rejections of each route."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from contracts.vocabulary import RejectionCode
from services.gateway.api.links import add_links
from services.gateway.api.problems import MEDIA_TYPE, details, status_of
from services.gateway.api.request import API, Listens, Requires
from services.gateway.domain.gateway_codes import (
    INSUFFICIENT_SCOPE,
    METHOD_NOT_ALLOWED,
    REQUEST_TOO_LARGE,
    REQUEST_TOO_SLOW,
)
from services.gateway.domain.key_scopes import scope_of
from services.gateway.domain.session_rights import Need
from services.gateway.texts.problems import problem

SESSION: list[dict[str, list[str]]] = [{"session": []}, {"apiKey": []}]
"""A person who is signed in, or a program with an admin's key."""
OWN: list[dict[str, list[str]]] = [*SESSION, {"bearerToken": []}]
"""Also an extension or app with a bearer token, which makes no other call than these."""
COOKIE: list[dict[str, list[str]]] = [{"session": []}]
COOKIE_OR_BEARER: list[dict[str, list[str]]] = [*COOKIE, {"bearerToken": []}]
OPERATOR: list[dict[str, list[str]]] = [{"operatorKey": []}]

_EVERY = (RejectionCode.INTERNAL_ERROR, RejectionCode.BUS_UNAVAILABLE, METHOD_NOT_ALLOWED)
_WRITE = (
    RejectionCode.BAD_ORIGIN,
    RejectionCode.INVALID_REQUEST,
    RejectionCode.IDEMPOTENCY_KEY_REUSED,
    REQUEST_TOO_LARGE,
    REQUEST_TOO_SLOW,
)
READ_AS_ADMIN = (RejectionCode.NOT_SIGNED_IN, RejectionCode.NOT_ACTIVE, RejectionCode.NOT_AN_ADMIN, INSUFFICIENT_SCOPE)
WRITE_AS_ADMIN = (*READ_AS_ADMIN, *_WRITE)
WRITE_AS_ANYONE = (*_WRITE, RejectionCode.TOO_MANY_ATTEMPTS)

_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "description": "RFC 9457 problem details. `detail` is for a person; the figures of a code stand beside it.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "By field, for invalid_request.",
        },
        "agencies": {
            "type": "array",
            "description": "For choose_agency; two may have the same name, none the same domain.",
            "items": {
                "type": "object",
                "required": ["id", "name", "domain"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "name": {"type": "string"},
                    "domain": {"type": "string"},
                },
            },
        },
        "options": {
            "type": "array",
            "description": "For confirm_details; what the sign-ups say that differ.",
            "items": {
                "type": "object",
                "required": ["name", "seatType"],
                "properties": {
                    "name": {"type": "string"},
                    "seatType": {"type": "string", "enum": ["base", "voice"]},
                },
            },
        },
        "fix": {
            "type": "string",
            "description": "The call that helps: it opens the billing portal, or takes a fresh code.",
        },
    },
    "additionalProperties": True,
}
_SCHEMES: dict[str, Any] = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-session",
        "description": "Set by POST /api/v1/sessions (headcount-session on an http loopback address)."
        " A write must carry a same-origin Origin.",
    },
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (POST /api/v1/api-keys), with the rights of the admin who made it, as far as its"
        " scopes reach: a call names the scope that it needs, and answers 403 insufficient_scope to a key without it."
        " `admin` opens every call. No Origin is needed.",
    },
    "bearerToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of an extension's or app's session (POST /api/v1/sessions with tokenType `bearer`)."
        " It reads /me and the own row's events, and signs out; any other call answers 403 insufficient_scope."
        " Origins that the operator lists may send it from their pages.",
    },
    "operatorKey": {"type": "http", "scheme": "bearer", "description": "The operator's key."},
}


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The rejections of a route, by status, each code with an example."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for code in dict.fromkeys((*codes, *_EVERY)):
        status = status_of(code)
        entry = by_status.setdefault(
            status,
            {
                "description": "",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        entry["description"] = ", ".join(filter(None, (entry["description"], f"`{code}`")))
        entry["content"][MEDIA_TYPE]["examples"][str(code)] = {"summary": problem(code).title, "value": details(code)}
        if status == 429:  # noqa: PLR2004  the one status with this header
            entry["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return by_status


def _accepted_too() -> dict[int | str, dict[str, Any]]:
    """The 202 of a write whose outcome takes longer than five seconds."""
    return {
        202: {
            "description": "Recorded, and still running after 5 s: ask the operation at `Location`.",
            "headers": {"Location": {"schema": {"type": "string"}}, "Retry-After": {"schema": {"type": "integer"}}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AcceptedOut"}}},
        }
    }


def write_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The answers of a write beside its result: still running, or rejected with one of the codes."""
    return {**_accepted_too(), **problems(*codes)}


def describe(app: FastAPI) -> dict[str, Any]:
    """The description; made at the first call and then kept."""
    if app.openapi_schema is None:
        description = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version="3.1.0",
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        components = description.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas["Problem"] = _SCHEMA
        schemas.setdefault("AcceptedOut", _accepted(schemas))
        components["securitySchemes"] = _SCHEMES
        _name_scopes(app, description["paths"])
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        add_links(description["paths"], API)
        app.openapi_schema = description
    return app.openapi_schema


def _name_scopes(app: FastAPI, paths: dict[str, Any]) -> None:
    """Write the scope of each route's need beside `apiKey`, which names none."""
    for route in iter_route_contexts(app.routes):
        need = _need_of(route.original_route)
        if need is None or route.path is None or (scope := scope_of(need)) is None:
            continue
        for method in route.methods or ():
            call = paths[route.path][method.lower()]
            call["security"] = [
                {scheme: [scope.value] if scheme == "apiKey" else roles for scheme, roles in way.items()}
                for way in call["security"]
            ]


def _need_of(route: BaseRoute) -> Need | None:
    calls = [dependency.call for dependency in route.dependant.dependencies] if isinstance(route, APIRoute) else []
    return next((call.need for call in calls if isinstance(call, Requires | Listens)), None)


def _accepted(schemas: dict[str, Any]) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/OperationRef"}
    operation = reference if "OperationRef" in schemas else {"type": "object"}
    return {"title": "AcceptedOut", "type": "object", "required": ["operation"], "properties": {"operation": operation}}
