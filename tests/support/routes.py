"""Every route of the API, read from its own description, so that a test knows of one as soon as it is there."""

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
    """What the description says of each route."""
    # Describing needs no application behind the routes.
    paths = describe(build_api(cast("Gateway", None)))["paths"]
    return {
        (method.upper(), path.removeprefix(API)): said
        for path, methods in sorted(paths.items())
        for method, said in sorted(methods.items())
    }


def routes() -> list[Route]:
    """All of them, in the order of their paths."""
    return list(described())
