"""Opening Stripe's billing portal.

The form's answer leads to a page of ours, and that page on to Stripe: a browser lets no form of ours end at another
site (`form-action 'self'`), also not by a redirect.
"""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from contracts.billing import OpenPortal
from contracts.vocabulary import RejectionCode
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import billing, forms
from services.gateway.pages.billing import BILLING
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes

PAGE = "portal.html"


async def send(request: PageRequest) -> Response:
    """Have a session of the portal made, for this click."""
    admin = await request.admin()
    fix = (await request.form()).get("flow") == "payment_method_update"
    command = OpenPortal(flow="payment_method_update" if fix else "overview")
    try:
        with forms.outages_raised():
            try:
                operation = await request.app.stripe_pages.open_portal(admin, await request.key(), command)
            except RejectedError as rejected:
                if rejected.code not in {RejectionCode.ALREADY_ANSWERED, RejectionCode.IDEMPOTENCY_KEY_REUSED}:
                    raise
                # The page stayed open in its tab, and this is another click on it: it costs nothing.
                operation = await request.app.stripe_pages.open_portal(admin, None, command)
    except RejectedError as rejected:
        return await billing.page(request, admin, rejected=rejected, at="portal")
    return request.redirect(f"{BILLING}/portal/{operation.id}")


async def show(request: PageRequest) -> Response:
    """On to Stripe, as soon as its page is made; the address works once."""
    admin = await request.admin()
    operation = await request.app.operation(_operation_id(request), request.caller, operator=False)
    if operation.kind != OpenPortal.type:
        raise RejectedError(RejectionCode.UNKNOWN_OPERATION)
    if operation.state is OperationState.REJECTED:
        raise RejectedError(operation.code or RejectionCode.INTERNAL_ERROR, operation.figures)
    if operation.state is OperationState.RUNNING:
        return request.page(PAGE, principal=admin, url=None, used=False)
    try:
        url = await request.app.stripe_pages.portal_url(operation)
    except RejectedError:
        return request.page(PAGE, principal=admin, url=None, used=True)
    return request.page(PAGE, principal=admin, url=url, used=False)


def _operation_id(request: PageRequest) -> UUID:
    try:
        return UUID(request.request.path_params["operation"])
    except ValueError as invalid:
        raise RejectedError(RejectionCode.UNKNOWN_OPERATION) from invalid


ROUTES = Routes(get={f"{BILLING}/portal/{{operation}}": show}, post={f"{BILLING}/portal": send})
