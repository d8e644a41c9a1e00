"""A form that needs a fresh code: a question asks for the code, keeps all that was typed, and sends the form again."""

from __future__ import annotations

from starlette.responses import Response

from services.gateway.api.schemas.sign_in import ProofIn
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.gateway.pages.alerts import Alert
from services.gateway.pages.page_request import PageRequest

_PAGE = "fresh_code.html"
_CODE = "fresh_code"
_MAIL_AGAIN = "fresh_code_again"
_ADMIN_PAGES = "/admin/agency/"
_PARTS_OF_A_TAB = 4
"""The address of a tab is /admin/agency/<tab>: split at its slashes it has an empty part and three more."""


async def take(request: PageRequest) -> Response | None:
    """Prove the session with the code that the form carries; return the question again, or None to go on."""
    if request.request.method != "POST" or not request.request.url.path.startswith(_ADMIN_PAGES):
        return None
    fields = await request.form()
    if _MAIL_AGAIN in fields:
        return await ask(request, mailed_again=True)
    if _CODE not in fields:
        return None
    admin = await request.admin()
    if request.app.step_up.is_fresh(admin):
        return None
    try:
        form = forms.parse(ProofIn, {"code": "".join(fields[_CODE].split())})
        with forms.outages_raised():
            await request.app.sign_in.prove(admin, form.code, request.caller)
    except RejectedError as rejected:
        return await _question(request, rejected)
    return None


async def ask(request: PageRequest, *, mailed_again: bool = False) -> Response:
    """Mail the person a code, and ask for it."""
    admin = await request.admin()
    try:
        with forms.outages_raised():
            browser = await request.app.codes.ask(admin.member.email, request.caller)
    except RejectedError as rejected:
        return await _question(request, rejected)
    return request.with_browser(await _question(request, mailed_again=mailed_again), browser)


async def _question(
    request: PageRequest, rejected: RejectedError | None = None, *, mailed_again: bool = False
) -> Response:
    admin = await request.admin()
    url = request.request.url
    alert = None if rejected is None else Alert.of(rejected)
    query = f"?{url.query}" if url.query else ""
    return request.dialog(
        _PAGE,
        principal=admin,
        position=await request.app.position(admin),
        status=403 if alert is None else alert.status,
        action=f"{url.path}{query}",
        tab="/".join(url.path.split("/")[:_PARTS_OF_A_TAB]) + query,
        carried=[(name, value) for name, value in await request.fields() if name not in {_CODE, _MAIL_AGAIN}],
        mailed_again=mailed_again,
        alert=alert,
        errors={} if rejected is None else rejected.errors,
    )
