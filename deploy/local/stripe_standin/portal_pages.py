"""The billing portal's page, with exactly the actions that its configuration allows."""

import csv
import hmac
import io

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.local.stripe_standin import (
    cancellation,
    cards,
    customers,
    offered_methods,
    preview,
    subscriptions,
)
from deploy.local.stripe_standin.errors import StripeError, invalid, no_such
from deploy.local.stripe_standin.items_shown import items_shown, quantity_changes
from deploy.local.stripe_standin.page_router import SEE_OTHER, PageRouter
from deploy.local.stripe_standin.pages import moment, money
from deploy.local.stripe_standin.portal import SESSION_SECONDS, USE_SECONDS
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.service import Service
from deploy.local.stripe_standin.subscription_parameters import OVER
from deploy.local.stripe_standin.test_methods import named
from deploy.local.stripe_standin.world import Draft, Obj

_DONE_MESSAGES = {
    "card": "The card was changed.",
    "email": "The email address was changed.",
    "quantities": "The subscription was changed.",
    "cancel": "The subscription ends.",
}


class PortalPages:
    """Serves the portal's page, its actions, and the CSV file of invoices."""

    def __init__(self, router: PageRouter) -> None:
        self._router = router

    def routes(self) -> list[Route]:
        """Return the table of pages."""
        portal = "/portal/{id}/{token}"
        return [
            self._router.route("GET", portal, self._portal),
            self._router.route("POST", f"{portal}/{{action}}", self._act),
            self._router.route("GET", f"{portal}/invoices.csv", self._csv),
        ]

    async def _portal(self, request: Request) -> Response:
        draft, _ = self._router.draft()
        session = _session(draft, request)
        if session.get("_opened") is None:
            draft.edit("portal_sessions", session["id"])["_opened"] = draft.now
            draft.commit()
        return self._show(session, message=_DONE_MESSAGES.get(request.query_params.get("done", "")))

    async def _act(self, request: Request) -> Response:
        draft, renderer = self._router.draft()
        session = _session(draft, request)
        action = request.path_params["action"]
        if not _allowed(draft, session).get(action):
            raise StripeError(403, "The portal's configuration does not allow this.")
        form = await request.form()
        try:
            _do(draft, renderer, session, action, form)
        except StripeError as error:
            return self._show(session, problem=error)
        draft.commit()
        flow = session["flow"]
        if flow is not None and flow["after_completion"]["redirect"]:
            return RedirectResponse(flow["after_completion"]["redirect"]["return_url"], SEE_OTHER)
        return RedirectResponse(f"{session['url']}?done={action}", SEE_OTHER)

    async def _csv(self, request: Request) -> Response:
        draft, _ = self._router.draft()
        session = _session(draft, request)
        if not _allowed(draft, session)["invoices"]:
            raise StripeError(403, "The portal's configuration does not allow this.")
        file = io.StringIO()
        rows = csv.writer(file)
        rows.writerow(["number", "date", "state", "total", "paid"])
        for row in draft.every("invoices"):
            if row["customer"] == session["customer"]:
                amounts = (money(row["total"], row["currency"]), money(row["amount_paid"], row["currency"]))
                rows.writerow([row["number"], moment(row["created"]), row["status"], *amounts])
        headers = {"Content-Disposition": 'attachment; filename="invoices.csv"'}
        return Response(file.getvalue(), media_type="text/csv", headers=headers)

    def _show(self, session: Obj, *, message: str | None = None, problem: StripeError | None = None) -> Response:
        draft, renderer = self._router.draft()
        customer = renderer.show(draft.get("customers", session["customer"]))
        default = customer["invoice_settings"]["default_payment_method"]
        held = [renderer.show(row) for row in draft.every("invoices") if row["customer"] == customer["id"]]
        live = _billing_subscriptions(draft, customer["id"])
        return self._router.pages.show(
            "portal.html",
            status=problem.status if problem else 200,
            customer=customer,
            allowed=_allowed(draft, session),
            page=session["url"],
            back=session["return_url"],
            # A deep link shows the card alone; after the change, the whole page.
            card_only=session["flow"] is not None and message is None,
            card=named(draft.get("payment_methods", default)) if default else "No card",
            upcoming=_upcoming(draft, live, self._router.service),
            subscriptions=[{"id": row["id"], "lines": items_shown(draft.world, row)} for row in live],
            invoices=held[::-1],
            owed=[row for row in held if row["status"] == "open"],
            message=message,
            problem=problem.message if problem else None,
        )


def _session(draft: Draft, request: Request) -> Obj:
    """Return the session; a 404 for a wrong token, and a 410 after it has expired."""
    session = draft.find("portal_sessions", request.path_params["id"])
    if session is None or not hmac.compare_digest(session["url"].rsplit("/", 1)[1], request.path_params["token"]):
        raise no_such("session", request.path_params["id"], in_path=True)
    opened = session.get("_opened")
    until = session["created"] + SESSION_SECONDS if opened is None else opened + USE_SECONDS
    if draft.now > until:
        raise StripeError(410, "This link has expired. Open the portal again.")
    return session


def _allowed(draft: Draft, session: Obj) -> dict[str, bool]:
    """Return whether the session's configuration allows each action, by its name."""
    features = draft.get("portal_configurations", session["configuration"])["features"]
    update, seats = features["customer_update"], features["subscription_update"]
    chosen = features["payment_method_update"]["payment_method_configuration"]
    return {
        "card": features["payment_method_update"]["enabled"],
        "bank_account": offered_methods.offers(draft, chosen, "us_bank_account"),
        "email": update["enabled"] and "email" in update["allowed_updates"],
        "invoices": features["invoice_history"]["enabled"],
        "quantities": seats["enabled"] and "quantity" in seats["default_allowed_updates"],
        "cancel": features["subscription_cancel"]["enabled"],
    }


def _do(draft: Draft, renderer: Renderer, session: Obj, action: str, form: FormData) -> None:
    """Perform an allowed action."""
    features = draft.get("portal_configurations", session["configuration"])["features"]
    match action:
        case "card":
            kind, chosen = str(form.get("kind")), features["payment_method_update"]["payment_method_configuration"]
            if not offered_methods.offers(draft, chosen, offered_methods.type_of_kind(kind)):
                raise invalid("This payment method is not offered here.", param="kind")
            cards.enter_new_card(draft, renderer, session["customer"], kind)
        case "email":
            email = str(form.get("email") or "").strip()
            if "@" not in email:
                raise invalid("Please enter an email address.", param="email")
            customers.update(draft, renderer, session["customer"], {"email": email})
        case "quantities":
            for row in _billing_subscriptions(draft, session["customer"]):
                params = {
                    "items": quantity_changes(row, form),
                    "proration_behavior": features["subscription_update"]["proration_behavior"],
                    "payment_behavior": "error_if_incomplete",
                }
                subscriptions.update(draft, renderer, row["id"], params)
        case "cancel":
            for row in _billing_subscriptions(draft, session["customer"]):
                if features["subscription_cancel"]["mode"] == "immediately":
                    cancellation.cancel(draft, renderer, row["id"], {})
                else:
                    subscriptions.update(draft, renderer, row["id"], {"cancel_at_period_end": True}, by_hand=True)
        case _:
            raise StripeError(404, "There is nothing here.")


def _billing_subscriptions(draft: Draft, customer_id: str) -> list[Obj]:
    """Return the subscriptions that will renew."""
    return [
        row
        for row in draft.every("subscriptions")
        if row["customer"] == customer_id and row["status"] not in OVER and row["cancel_at"] is None
    ]


def _upcoming(draft: Draft, billing: list[Obj], service: Service) -> list[Obj]:
    shown = []
    for row in billing:
        # Each preview has a draft of its own, which is dropped.
        dry = Draft(draft.world, draft.now)
        shown.append(preview.create(dry, Renderer(dry, service.address), {"subscription": row["id"]}))
    return shown
