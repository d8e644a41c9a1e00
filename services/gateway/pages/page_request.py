"""One request of a page: the person who is signed in, the form that was sent, and the responses it can get."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.gateway.api.request import (
    browser_cookie,
    caller_of,
    drop_cookie,
    gateway_of,
    session_cookie,
    set_browser_cookie,
    set_cookie,
)
from services.gateway.application.sessions import SignedInAs
from services.gateway.domain.idempotency import KEY_MAX
from services.gateway.domain.session_rights import Need
from services.gateway.domain.sign_in_identity import Candidate
from services.gateway.model.agency import Principal
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import sign_in_cookie
from services.gateway.pages.alerts import Alert
from services.gateway.pages.renderer import Renderer
from services.gateway.pages.sign_in_cookie import SignInCookie
from services.gateway.texts import messages

IN_PLACE = "headcount-in-place"
"""The header of a form that `forms.js` sends: a redirect is then answered with its address, for the browser to open."""
LOCATION = "Headcount-Location"
_NO_CONTENT = 204
_FIELDS = 220
_BAD_REQUEST = 400
_COOKIES_REFUSED = "cookies_refused"
_DAY_SECONDS = 24 * 3600
_WORTH_COMPRESSING = 1024
_COMPRESSION = 5
"""gzip's level: the levels above it cost more time than they save bytes."""


class PageRequest:
    """A request of a page, and the application behind it."""

    def __init__(self, request: Request, renderer: Renderer) -> None:
        self.request = request
        self.renderer = renderer
        self.app = gateway_of(request)
        self.caller = caller_of(request)
        self._url = self.app.settings.public_url
        self._form: Sequence[tuple[str, str]] | None = None
        self._elsewhere: Sequence[Candidate] = ()

    async def principal_or_none(self) -> Principal | None:
        """The person who is signed in; None when nobody is."""
        principal = await self.app.callers.principal(self.caller)
        return None if principal is None else await self._with_agencies(principal)

    async def principal(self) -> Principal:
        """The person who is signed in; RejectedError leads to the sign-in page, and back here afterwards."""
        return await self._with_agencies(await self.app.callers.signed_in(self.caller, Need.SESSION))

    async def admin(self) -> Principal:
        """The admin who is signed in; RejectedError when nobody is, or no admin."""
        return await self._with_agencies(await self.app.callers.signed_in(self.caller, Need.ADMIN))

    async def _with_agencies(self, principal: Principal) -> Principal:
        """Look up the person's other agencies, which the head of each page names."""
        self._elsewhere = await self.app.sessions.other_agencies(principal)
        return principal

    async def form(self) -> Mapping[str, str]:
        """The fields that were sent; a file counts as no field."""
        return dict(await self.fields())

    async def values(self, name: str) -> list[str]:
        """All values that were sent under one name: the boxes that were ticked."""
        return [value for sent, value in await self.fields() if sent == name]

    async def fields(self) -> Sequence[tuple[str, str]]:
        """The names and values that were sent, in their order; a name may come several times."""
        if self._form is None:
            async with self.request.form(max_fields=_FIELDS, max_files=0) as fields:
                self._form = [(name, value) for name, value in fields.multi_items() if isinstance(value, str)]
        return self._form

    async def key(self) -> str | None:
        """The form's Idempotency-Key; None when there is no usable one, and the write then gets a new one."""
        key = (await self.form()).get("key", "")
        return key if 0 < len(key) <= KEY_MAX and key.isascii() and key.isprintable() else None

    @property
    def by_script(self) -> bool:
        """Whether a page of ours sent the request by script, and puts the response into itself."""
        return "hx-request" in self.request.headers

    @property
    def in_place(self) -> bool:
        """Whether a script of ours sent the request, and shows a note beside the control when it fails."""
        return self.by_script or IN_PLACE in self.request.headers

    def query(self, name: str) -> str | None:
        """A parameter of the address; None when it is missing or empty."""
        return self.request.query_params.get(name) or None

    def page(
        self, template: str, *, principal: Principal | None = None, status: int = 200, **values: object
    ) -> Response:
        """A page. It is made for this person and moment, so no cache may keep it."""
        values |= {
            "principal": principal,
            "elsewhere": self._elsewhere,
            "key": uuid4().hex,
            "path": self.request.url.path,
        }
        body = self.renderer.render(template, {"alert": None, "errors": {}, **values}).encode()
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        if len(body) > _WORTH_COMPRESSING and "gzip" in self.request.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body, _COMPRESSION, mtime=0), "gzip"
        return HTMLResponse(body, status, headers)

    def dialog(self, template: str, *, principal: Principal, status: int = 200, **values: object) -> Response:
        """A question: a page of its own, or the dialog of the page that sent the request by script."""
        page = self.page(template, principal=principal, status=status, **values)
        if self.by_script:
            page.headers["HX-Retarget"] = "#dialog"
            page.headers["HX-Reselect"] = "#dialog-part"
            page.headers["HX-Reswap"] = "innerHTML"
            page.headers["HX-Replace-Url"] = "false"
        return page

    def rejection_page(
        self, rejected: RejectedError, *, principal: Principal | None = None, code: str | None = None
    ) -> Response:
        """A page of its own for a rejection that no form can show; `code` chooses another way out than its own."""
        return self.notice(Alert.of(rejected), principal=principal, code=code or rejected.code)

    def notice(
        self, alert: Alert, *, code: str, principal: Principal | None = None, ours: str | None = None
    ) -> Response:
        """A page that says something and shows the way out; `ours` is the address of this site."""
        return self.page("rejected.html", principal=principal, status=alert.status, message=alert, code=code, ours=ours)

    @property
    def refuses_cookies(self) -> bool:
        """Whether the browser came here from a page of ours without any of the cookies that it was given there."""
        names = (session_cookie(self._url), browser_cookie(self._url), sign_in_cookie.cookie_name(self._url))
        here = self.request.headers.get("sec-fetch-site") == "same-origin"
        return here and not any(name in self.request.cookies for name in names)

    def cookies_page(self) -> Response:
        """The page for a browser that refuses cookies."""
        return self.notice(Alert.saying(_BAD_REQUEST, messages.cookies_refused(self._url)), code=_COOKIES_REFUSED)

    def redirect(self, address: str) -> Response:
        """On to another page of ours."""
        if IN_PLACE in self.request.headers:
            return Response(status_code=_NO_CONTENT, headers={"Cache-Control": "no-store", LOCATION: address})
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})

    def sign_in_cookie(self) -> SignInCookie | None:
        """The sign-in that this browser has begun; None when there is none."""
        return sign_in_cookie.parse(self.request.cookies.get(sign_in_cookie.cookie_name(self._url)))

    def with_browser(self, response: Response, browser: str) -> Response:
        """Set the cookie of the browser that a code is tied to."""
        set_browser_cookie(response, self._url, browser)
        return response

    def with_sign_in(self, response: Response, cookie: SignInCookie, browser: str) -> Response:
        """Set the cookie of the sign-in, and that of the browser which its code is tied to."""
        self.with_browser(response, browser)
        name, value = sign_in_cookie.cookie_name(self._url), sign_in_cookie.serialize(cookie)
        set_cookie(response, self._url, name, value, seconds=sign_in_cookie.LIFE_SECONDS)
        return response

    def with_session(self, response: Response, session: SignedInAs) -> Response:
        """Set the cookies of the session and of the browser, which is known now; the sign-in is over."""
        seconds = int(session.lasts.total_seconds())
        set_cookie(response, self._url, session_cookie(self._url), session.token, seconds=seconds)
        set_browser_cookie(response, self._url, session.browser)
        begun = self.sign_in_cookie()
        if begun is not None and begun.email == session.principal.member.email:  # not the one of another tab
            drop_cookie(response, self._url, sign_in_cookie.cookie_name(self._url))
        return response

    def without_session(self, response: Response) -> Response:
        """Drop the cookies of the session and of a sign-in."""
        drop_cookie(response, self._url, session_cookie(self._url))
        drop_cookie(response, self._url, sign_in_cookie.cookie_name(self._url))
        return response
