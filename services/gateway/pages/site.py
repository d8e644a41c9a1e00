"""Which page is where, and what a browser sees when one fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from contracts.vocabulary import RejectionCode
from services.gateway.api import problems
from services.gateway.api.request import API
from services.gateway.application.gateway import Gateway
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import (
    accept_invite,
    activity,
    billing,
    home,
    member_list,
    members,
    portal,
    settings,
    signing_in,
    signup,
)
from services.gateway.pages.assets import STATIC
from services.gateway.pages.forms import away
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.renderer import Renderer
from services.gateway.texts.problems import NOT_FOUND

log = structlog.get_logger(__name__)

Handler = Callable[[PageRequest], Awaitable[Response]]
_SHOWN: Mapping[str, Handler] = {
    "/": home.home,
    "/signup": signup.show,
    "/login": signing_in.show_address,
    "/login/code": signing_in.show_code,
    "/login/{token}": signing_in.show_link,
    "/invite/{token}": accept_invite.show,
    "/welcome": home.welcome,
    member_list.ROOT: member_list.front,
    member_list.MEMBERS: member_list.show,
    f"{member_list.MEMBERS}/invite": members.ask_invite,
    f"{member_list.MEMBERS}/{{member}}/reinvite": members.ask_reinvite,
    f"{member_list.MEMBERS}/{{member}}/remove": members.ask_remove,
    billing.BILLING: billing.show,
    f"{billing.BILLING}/portal/{{operation}}": portal.show,
    settings.SETTINGS: settings.show,
    f"{settings.SETTINGS}/keys/{{key}}/revoke": settings.ask_revoke,
    activity.ACTIVITY: activity.show,
}
_SENT: Mapping[str, Handler] = {
    f"{member_list.MEMBERS}/invite": members.invite,
    f"{member_list.MEMBERS}/reinvite": members.reinvite_many,
    f"{member_list.MEMBERS}/{{member}}/reinvite": members.reinvite,
    f"{member_list.MEMBERS}/{{member}}/seat": members.change_seat,
    f"{member_list.MEMBERS}/{{member}}/role": members.change_role,
    f"{member_list.MEMBERS}/{{member}}/remove": members.remove,
    "/signup": signup.send,
    "/login": signing_in.send_address,
    "/login/code": signing_in.send_code,
    "/login/code/resend": signing_in.resend,
    "/login/{token}": signing_in.send_link,
    "/invite/{token}": accept_invite.accept,
    "/logout": signing_in.sign_out,
    f"{billing.BILLING}/preview": billing.preview,
    f"{billing.BILLING}/adjust": billing.save,
    f"{billing.BILLING}/cycle/ask": billing.ask_cycle,
    f"{billing.BILLING}/cycle": billing.switch_cycle,
    f"{billing.BILLING}/retry": billing.retry,
    f"{billing.BILLING}/portal": portal.send,
    f"{settings.SETTINGS}/baa": settings.sign_baa,
    f"{settings.SETTINGS}/auto-add": settings.set_auto_add,
    f"{settings.SETTINGS}/domain": settings.set_domain,
    f"{settings.SETTINGS}/keys": settings.make_key,
    f"{settings.SETTINGS}/keys/{{key}}/revoke": settings.revoke_key,
}
_SOMEBODYS = {RejectionCode.NOT_AN_ADMIN, RejectionCode.NOT_ACTIVE}
"""Refused to somebody who is signed in: the page says as whom, and lets them out."""


class AnyOtherPage(Route):
    """Every address that is nobody's, the API's apart: that answers for its own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As a route does."""
        if scope["type"] == "http" and str(scope["path"]).startswith(f"{API}/"):
            return Match.NONE, {}
        return super().matches(scope)


def add_pages(app: FastAPI, _gateway: Gateway) -> None:
    """Add the pages to the application that serves the API."""
    renderer = Renderer()

    async def static(request: Request) -> Response:
        return renderer.assets.answer(request) or _nothing_here(PageRequest(request, renderer))

    async def nothing(request: Request) -> Response:
        return _nothing_here(PageRequest(request, renderer))

    routes = app.router.routes
    routes += [Route(path, _endpoint(handler, renderer), methods=["GET"]) for path, handler in _SHOWN.items()]
    routes += [Route(path, _endpoint(handler, renderer), methods=["POST"]) for path, handler in _SENT.items()]
    routes += [Route(f"{STATIC}/{{name}}", static, methods=["GET"])]
    routes += [AnyOtherPage("/{path:path}", nothing, methods=["GET"])]


def _nothing_here(request: PageRequest) -> Response:
    if "text/html" not in request.request.headers.get("accept", ""):
        return problems.answer(RejectedError(NOT_FOUND))
    return request.refused(RejectedError(NOT_FOUND))


def _endpoint(handler: Handler, renderer: Renderer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(raw: Request) -> Response:
        request = PageRequest(raw, renderer)
        try:
            return await _answer(handler, request)
        except HTTPException:
            return request.refused(RejectedError(RejectionCode.INVALID_REQUEST))
        except Exception as fault:  # noqa: BLE001  whatever fails, a person sees a designed page
            if away(fault):
                return request.refused(RejectedError(RejectionCode.BUS_UNAVAILABLE))
            route = getattr(raw.scope.get("route"), "path", "unknown")
            log.error("gateway.fault", error=type(fault).__name__, route=route, method=raw.method)  # noqa: TRY400  a trace would carry what people typed
            return request.refused(RejectedError(RejectionCode.INTERNAL_ERROR))

    return endpoint


async def _answer(handler: Handler, request: PageRequest) -> Response:
    try:
        return await handler(request)
    except RejectedError as refused:
        return await _refused(request, refused)


async def _refused(request: PageRequest, refused: RejectedError) -> Response:
    if refused.code in _SOMEBODYS:
        return request.refused(refused, who=await request.who())
    if refused.code != RejectionCode.NOT_SIGNED_IN:
        return request.refused(refused)
    url = request.request.url
    if request.request.method == "GET":
        after = f"{url.path}?{url.query}" if url.query else url.path
    else:
        # Where a form was sent to is no page; the page that it stood on is one step above.
        after = url.path.rpartition("/")[0]
    return request.to(f"/login?next={quote(after, safe='/')}")
