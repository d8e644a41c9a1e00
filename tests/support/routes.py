"""Every route of the API, read from the OpenAPI description, so that a test covers a new route without being edited."""

from functools import cache
from typing import Any, cast

from services.gateway.api.app import build_api
from services.gateway.api.openapi import describe
from services.gateway.api.request import API
from services.gateway.application.gateway import Gateway

Route = tuple[str, str]
"""Method and path, such as ("PATCH", "/members/{member_id}")."""


@cache
def described() -> dict[Route, dict[str, Any]]:
    """Return the description of each route."""
    # The description needs no application behind the routes.
    paths = describe(build_api(cast("Gateway", None)))["paths"]
    return {
        (method.upper(), path.removeprefix(API)): description
        for path, methods in sorted(paths.items())
        for method, description in sorted(methods.items())
    }


def routes() -> list[Route]:
    """Return all routes, in the order of their paths."""
    return list(described())
