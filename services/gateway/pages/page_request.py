"""One request of a page: who is there, what the form says, and the answers a page can give."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.gateway.api.request import browser_cookie, caller_of, drop_cookie, gateway_of, session_cookie, set_cookie
from services.gateway.application.sessions import SignedInAs
from services.gateway.domain.idempotency import KEY_MAX
from services.gateway.domain.session_rights import Need
from services.gateway.model.agency import Principal
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import sign_in_cookie
from services.gateway.pages.renderer import Renderer
from services.gateway.pages.sign_in_cookie import SignInCookie
from services.gateway.texts.messages import message

_FIELDS = 220
_DAY_SECONDS = 24 * 3600
_SMALL = 1024
_QUICK = 5
"""The level of compression: the ones above it cost more time than they save bytes."""


class PageRequest:
    """A request of a page."""

    def __init__(self, request: Request, renderer: Renderer) -> None:
        self.request = request
        self.renderer = renderer
        self.app = gateway_of(request)
        self.caller = caller_of(request)
        self._url = self.app.settings.public_url
        self._read: Sequence[tuple[str, str]] | None = None

    async def who(self) -> Principal | None:
        """Who is signed in, if anybody is."""
        return await self.app.principal(self.caller)

    async def person(self) -> Principal:
        """Who is signed in; RejectedError leads to the sign-in page, and back here afterwards."""
        return await self.app.signed_in(self.caller, Need.SESSION)

    async def admin(self) -> Principal:
        """The admin who is signed in; RejectedError when it is nobody, or no admin."""
        return await self.app.signed_in(self.caller, Need.ADMIN)

    async def form(self) -> Mapping[str, str]:
        """The fields that were sent; a file is no field."""
        return dict(await self._fields())

    async def chosen(self, name: str) -> list[str]:
        """All values that were sent under one name: what was ticked."""
        return [value for sent, value in await self._fields() if sent == name]

    async def _fields(self) -> Sequence[tuple[str, str]]:
        if self._read is None:
            async with self.request.form(max_fields=_FIELDS, max_files=0) as fields:
                self._read = [(name, value) for name, value in fields.multi_items() if isinstance(value, str)]
        return self._read

    async def key(self) -> str | None:
        """The form's Idempotency-Key; without a usable one the write is made one."""
        key = (await self.form()).get("key", "")
        return key if 0 < len(key) <= KEY_MAX and key.isascii() and key.isprintable() else None

    @property
    def by_script(self) -> bool:
        """Whether a page of ours asks by script, and puts the answer into itself."""
        return "hx-request" in self.request.headers

    def asked(self, name: str) -> str | None:
        """A parameter of the address, if it is not empty."""
        return self.request.query_params.get(name) or None

    def page(self, template: str, *, who: Principal | None = None, status: int = 200, **values: object) -> Response:
        """A page. It is made for this person and moment, so nobody keeps it."""
        values |= {"who": who, "key": uuid4().hex, "path": self.request.url.path}
        body = self.renderer.print(template, {"alert": None, "errors": {}, **values}).encode()
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        if len(body) > _SMALL and "gzip" in self.request.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body, _QUICK, mtime=0), "gzip"
        return HTMLResponse(body, status, headers)

    def dialog(self, template: str, *, who: Principal, status: int = 200, **values: object) -> Response:
        """A question: a page of its own, or, to a page of ours that asked by script, the dialog in it."""
        page = self.page(template, who=who, status=status, **values)
        if self.by_script:
            page.headers["HX-Retarget"] = "#dialog"
            page.headers["HX-Reselect"] = "#dialog-part"
            page.headers["HX-Reswap"] = "innerHTML"
            page.headers["HX-Replace-Url"] = "false"
        return page

    def refused(self, refused: RejectedError, *, who: Principal | None = None) -> Response:
        """A page of its own for a rejection that no form can show."""
        what = message(refused)
        return self.page("refused.html", who=who, status=what.status, message=what, code=refused.code)

    def to(self, address: str) -> Response:
        """On to another page of ours."""
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})

    def under_way(self) -> SignInCookie | None:
        """The sign-in that this browser has begun, if it has."""
        return sign_in_cookie.read(self.request.cookies.get(sign_in_cookie.cookie_name(self._url)))

    def remember(self, response: Response, begun: SignInCookie, browser: str) -> Response:
        """Have the browser carry the sign-in and the token that its code is tied to."""
        set_cookie(response, self._url, browser_cookie(self._url), browser, seconds=_DAY_SECONDS)
        name, value = sign_in_cookie.cookie_name(self._url), sign_in_cookie.written(begun)
        set_cookie(response, self._url, name, value, seconds=sign_in_cookie.LIFE_SECONDS)
        return response

    def signed_in(self, response: Response, as_whom: SignedInAs) -> Response:
        """Have the browser carry the session; the sign-in is over."""
        seconds = self.app.settings.session_days * _DAY_SECONDS
        set_cookie(response, self._url, session_cookie(self._url), as_whom.token, seconds=seconds)
        drop_cookie(response, self._url, sign_in_cookie.cookie_name(self._url))
        return response

    def signed_out(self, response: Response) -> Response:
        """Have the browser forget whoever was here."""
        drop_cookie(response, self._url, session_cookie(self._url))
        drop_cookie(response, self._url, sign_in_cookie.cookie_name(self._url))
        return response
