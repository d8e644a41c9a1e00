"""Opening Stripe's billing portal.

The form's answer leads to a page of ours, and that page on to Stripe: a browser lets no form of ours end at another
site (`form-action 'self'`), also not by a redirect.
"""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from contracts.billing import OpenPortal
from contracts.vocabulary import Refusal
from services.gateway.application.refused import RefusedError
from services.gateway.domain.idempotency import OperationState
from services.gateway.pages import billing, forms
from services.gateway.pages.billing import BILLING
from services.gateway.pages.visit import Visit

PAGE = "portal.html"


async def send(visit: Visit) -> Response:
    """Have a session of the portal made, for this click."""
    who = await visit.admin()
    fix = (await visit.form()).get("flow") == "payment_method_update"
    order = OpenPortal(flow="payment_method_update" if fix else "overview")
    try:
        with forms.or_refused():
            try:
                operation = await visit.app.open_portal(who, await visit.key(), order)
            except RefusedError as refused:
                if refused.code not in {Refusal.ALREADY_ANSWERED, Refusal.IDEMPOTENCY_KEY_REUSED}:
                    raise
                # The page stayed open in its tab, and this is another click on it: it costs nothing.
                operation = await visit.app.open_portal(who, None, order)
    except RefusedError as refused:
        return await billing.page(visit, who, refused=refused)
    return visit.to(f"{BILLING}/portal/{operation.id}")


async def show(visit: Visit) -> Response:
    """On to Stripe, as soon as its page is made; the address is given once."""
    who = await visit.admin()
    operation = await visit.app.operation(_id(visit), visit.asker, operator=False)
    if operation.kind != OpenPortal.type:
        raise RefusedError(Refusal.UNKNOWN_OPERATION)
    if operation.state is OperationState.REFUSED:
        raise RefusedError(operation.code or Refusal.INTERNAL_ERROR, operation.figures)
    if operation.state is OperationState.RUNNING:
        return visit.page(PAGE, who=who, url=None, used=False)
    try:
        url = await visit.app.portal_url(operation)
    except RefusedError:
        return visit.page(PAGE, who=who, url=None, used=True)
    return visit.page(PAGE, who=who, url=url, used=False)


def _id(visit: Visit) -> UUID:
    try:
        return UUID(visit.request.path_params["operation"])
    except ValueError as wrong:
        raise RefusedError(Refusal.UNKNOWN_OPERATION) from wrong
