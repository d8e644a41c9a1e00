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

from contracts.vocabulary import Refusal
from services.gateway.api import problems
from services.gateway.api.request import API
from services.gateway.application.gateway import Gateway
from services.gateway.application.refused import RefusedError
from services.gateway.domain.problems import NOT_FOUND
from services.gateway.pages import (
    activity,
    arriving,
    billing,
    inviting,
    joining,
    member_list,
    members,
    portal,
    settings,
    signing_in,
)
from services.gateway.pages.assets import STATIC
from services.gateway.pages.forms import away
from services.gateway.pages.paper import Paper
from services.gateway.pages.visit import Visit

log = structlog.get_logger(__name__)

Handler = Callable[[Visit], Awaitable[Response]]
_SHOWN: Mapping[str, Handler] = {
    "/": arriving.home,
    "/signup": joining.show,
    "/login": signing_in.show_address,
    "/login/code": signing_in.show_code,
    "/login/{token}": signing_in.show_link,
    "/invite/{token}": inviting.show,
    "/welcome": arriving.welcome,
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
    "/signup": joining.send,
    "/login": signing_in.send_address,
    "/login/code": signing_in.send_code,
    "/login/code/resend": signing_in.resend,
    "/login/{token}": signing_in.send_link,
    "/invite/{token}": inviting.accept,
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
_SOMEBODYS = {Refusal.NOT_AN_ADMIN, Refusal.NOT_ACTIVE}
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
    paper = Paper()

    async def static(request: Request) -> Response:
        return paper.assets.answer(request) or _nothing_here(Visit(request, paper))

    async def nothing(request: Request) -> Response:
        return _nothing_here(Visit(request, paper))

    routes = app.router.routes
    routes += [Route(path, _endpoint(handler, paper), methods=["GET"]) for path, handler in _SHOWN.items()]
    routes += [Route(path, _endpoint(handler, paper), methods=["POST"]) for path, handler in _SENT.items()]
    routes += [Route(f"{STATIC}/{{name}}", static, methods=["GET"])]
    routes += [AnyOtherPage("/{path:path}", nothing, methods=["GET"])]


def _nothing_here(visit: Visit) -> Response:
    if "text/html" not in visit.request.headers.get("accept", ""):
        return problems.answer(RefusedError(NOT_FOUND))
    return visit.refused(RefusedError(NOT_FOUND))


def _endpoint(handler: Handler, paper: Paper) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        visit = Visit(request, paper)
        try:
            return await _answer(handler, visit)
        except HTTPException:
            return visit.refused(RefusedError(Refusal.INVALID_REQUEST))
        except Exception as fault:  # noqa: BLE001  whatever fails, a person sees a designed page
            if away(fault):
                return visit.refused(RefusedError(Refusal.BUS_UNAVAILABLE))
            route = getattr(request.scope.get("route"), "path", "unknown")
            log.error("gateway.fault", error=type(fault).__name__, route=route, method=request.method)  # noqa: TRY400  a trace would carry what people typed
            return visit.refused(RefusedError(Refusal.INTERNAL_ERROR))

    return endpoint


async def _answer(handler: Handler, visit: Visit) -> Response:
    try:
        return await handler(visit)
    except RefusedError as refused:
        return await _refused(visit, refused)


async def _refused(visit: Visit, refused: RefusedError) -> Response:
    if refused.code in _SOMEBODYS:
        return visit.refused(refused, who=await visit.who())
    if refused.code != Refusal.NOT_SIGNED_IN:
        return visit.refused(refused)
    url = visit.request.url
    if visit.request.method == "GET":
        after = f"{url.path}?{url.query}" if url.query else url.path
    else:
        # Where a form was sent to is no page; the page that it stood on is one step above.
        after = url.path.rpartition("/")[0]
    return visit.to(f"/login?next={quote(after, safe='/')}")
