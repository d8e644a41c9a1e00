"""A request that failed, or that no form shows as rejected: the page and the typed words stay as they are.

A script of ours puts the note beside the control, and repeats the same request with the same key. Without scripts, a
page carries all fields of the form, and its button sends them again with the same key: nothing is done twice.
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Match, Route

from services.gateway.model.rejected import RejectedError
from services.gateway.pages.alerts import Alert
from services.gateway.pages.page_request import PageRequest

NOTE = "Headcount-Note"
"""The header of an answer that is a note; its value says which."""
PAGE_OF_FORM = "page_of_form"
"""The name of a route that leads from a form's own address, which is no page, to the page above it."""
_FAILED, _REJECTED = "failed", "rejected"


async def failed(request: PageRequest, code: str) -> Response:
    """The answer to a request that failed on our side: the same request can be sent again."""
    alert = Alert.of(RejectedError(code))
    if request.in_place:
        return _note(request, alert, _FAILED)
    url = request.request.url
    action = f"{url.path}?{url.query}" if url.query else url.path
    return request.page(
        "failed.html",
        status=alert.status,
        message=alert,
        action=action,
        carried=await request.fields() if request.request.method == "POST" else None,
        back=page_above(request),
    )


async def rejected(request: PageRequest, rejection: RejectedError) -> Response:
    """The answer to a rejected request whose form does not show the rejection itself."""
    if request.in_place:
        return _note(request, Alert.of(rejection), _REJECTED)
    return request.rejection_page(rejection)


def _note(request: PageRequest, alert: Alert, kind: str) -> Response:
    response = request.page("note.html", status=alert.status, message=alert)
    response.headers[NOTE] = kind
    response.headers["HX-Reswap"] = "none"
    return response


def page_above(request: PageRequest) -> str:
    """The address of the nearest page above a form's own address, which is no page."""
    path = request.request.url.path
    while path := path.rpartition("/")[0]:
        if _is_page(request, path):
            return path
    return "/"


def _is_page(request: PageRequest, path: str) -> bool:
    scope = {**request.request.scope, "path": path, "method": "GET"}
    routes = request.request.app.router.routes
    return any(
        isinstance(route, Route)
        and route.name != PAGE_OF_FORM
        and "{path" not in route.path
        and route.matches(scope)[0] is Match.FULL
        for route in routes
    )
