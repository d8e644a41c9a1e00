"""All pages as routes of the application, and the pages that a browser shows when one of them fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from contracts.vocabulary import RejectionCode
from services.gateway.api.problems import is_away, problem_response
from services.gateway.api.request import API
from services.gateway.application.gateway import Gateway
from services.gateway.domain.gateway_codes import NOT_FOUND
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import (
    accept_invite,
    activity,
    billing,
    bulk,
    failures,
    fresh_code,
    home,
    invite_many,
    letting_in,
    member_list,
    members,
    person,
    portal,
    reductions,
    sessions,
    settings,
    settings_keys,
    settings_limits,
    settings_policies,
    signed_baa,
    signing_in,
    signup,
    what_if,
)
from services.gateway.pages import (
    help as help_center,
)
from services.gateway.pages.alerts import Alert
from services.gateway.pages.assets import STATIC
from services.gateway.pages.forms import FailedError, FreshCodeNeededError
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.renderer import Links, Renderer
from services.gateway.pages.routes import Handler
from services.gateway.texts import messages

log = structlog.get_logger(__name__)

_MODULES = (
    home,
    signup,
    signing_in,
    accept_invite,
    member_list,
    letting_in,
    bulk,
    invite_many,
    members,
    billing,
    reductions,
    portal,
    settings,
    settings_keys,
    settings_limits,
    settings_policies,
    signed_baa,
    sessions,
    activity,
    help_center,
    person,
    what_if,
)
"""In this order: the first route that matches an address handles it, so /login/code comes before /login/{token}."""
_FORBIDDEN = 403
_SHOWS_PRINCIPAL = {RejectionCode.NOT_AN_ADMIN, RejectionCode.NOT_ACTIVE}
"""Rejections of a person who is signed in: their page shows the name, and has the button to sign out."""


class AnyOtherPage(Route):
    """Every address without a page, except those of the API, which answers for its own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match as a route does, unless the address is the API's."""
        if scope["type"] == "http" and str(scope["path"]).startswith(f"{API}/"):
            return Match.NONE, {}
        return super().matches(scope)


def add_pages(app: FastAPI, gateway: Gateway) -> None:
    """Add the pages to the application that serves the API."""
    settings = gateway.settings
    links = Links(settings.support_email, settings.privacy_url, settings.status_url)
    renderer = Renderer(gateway.operations.bus_is_away, links)

    async def static(request: Request) -> Response:
        return renderer.assets.response(request) or _not_found(PageRequest(request, renderer))

    async def any_other(request: Request) -> Response:
        return _not_found(PageRequest(request, renderer))

    def bad_origin(request: Request) -> Response:
        ours = gateway.settings.public_url
        words = messages.bad_origin(request.headers.get("origin"), ours)
        # The security middleware stands before the application, which is not in the scope yet.
        page = PageRequest(Request({**request.scope, "app": app}), renderer)
        return page.notice(Alert.saying(_FORBIDDEN, words), code=RejectionCode.BAD_ORIGIN, ours=ours)

    app.state.bad_origin_page = bad_origin
    routes = app.router.routes
    for module in _MODULES:
        for method, handlers in (("GET", module.ROUTES.get), ("POST", module.ROUTES.post)):
            for path, handler in handlers.items():
                routes.append(Route(path, _endpoint(handler, renderer), methods=[method]))
    for path in sorted({path for module in _MODULES for path in module.ROUTES.post}):
        if not any(path in module.ROUTES.get for module in _MODULES):
            routes.append(Route(path, _page_of_form(renderer), methods=["GET"], name=failures.PAGE_OF_FORM))
    routes += [Route(f"{STATIC}/{{name}}", static, methods=["GET"])]
    routes += [AnyOtherPage("/{path:path}", any_other, methods=["GET"])]


def _page_of_form(renderer: Renderer) -> Callable[[Request], Awaitable[Response]]:
    """Lead on to the page of a form whose own address is none: a browser opens it again after an answer in place."""

    async def endpoint(raw: Request) -> Response:
        request = PageRequest(raw, renderer)
        return request.redirect(failures.page_above(request))

    return endpoint


def _not_found(request: PageRequest) -> Response:
    if "text/html" not in request.request.headers.get("accept", ""):
        return problem_response(RejectedError(NOT_FOUND))
    return request.rejection_page(RejectedError(NOT_FOUND))


def _endpoint(handler: Handler, renderer: Renderer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(raw: Request) -> Response:
        request = PageRequest(raw, renderer)
        try:
            return await _handle(handler, request)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        except HTTPException:
            return await failures.rejected(request, RejectedError(RejectionCode.INVALID_REQUEST))
        except FailedError as failed:
            return await failures.failed(request, failed.code)
        except Exception as fault:  # noqa: BLE001  whatever fails, a person sees a designed page
            if is_away(fault):
                return await failures.failed(request, RejectionCode.BUS_UNAVAILABLE)
            route = getattr(raw.scope.get("route"), "path", "unknown")
            log.error("gateway.fault", error=type(fault).__name__, route=route, method=raw.method)  # noqa: TRY400  a trace would carry what people typed
            return await failures.failed(request, RejectionCode.INTERNAL_ERROR)

    return endpoint


async def _handle(handler: Handler, request: PageRequest) -> Response:
    try:
        if (question := await fresh_code.take(request)) is not None:
            return question
        return await handler(request)
    except FreshCodeNeededError:
        return await fresh_code.ask(request)
    except RejectedError as rejected:
        return await _rejected(request, rejected)


async def _rejected(request: PageRequest, rejected: RejectedError) -> Response:
    if rejected.code in _SHOWS_PRINCIPAL:
        return request.rejection_page(rejected, principal=await request.principal_or_none())
    if rejected.code == RejectionCode.BUS_UNAVAILABLE:
        return await failures.failed(request, rejected.code)
    if rejected.code != RejectionCode.NOT_SIGNED_IN:
        return await failures.rejected(request, rejected)
    url = request.request.url
    if url.path == home.WELCOME and request.refuses_cookies:
        return request.cookies_page()
    if request.request.method == "GET":
        after = f"{url.path}?{url.query}" if url.query else url.path
    else:
        after = failures.page_above(request)
    return request.redirect(f"/login?next={quote(after, safe='/')}")
