"""The billing portal's page: all that its configuration allows a customer to do there, and nothing else."""

import csv
import hmac
import io

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.local.stripe_standin import cancellation, cards, customers, preview, subscriptions
from deploy.local.stripe_standin.desk import SEE_OTHER, Desk
from deploy.local.stripe_standin.errors import StripeError, invalid, no_such
from deploy.local.stripe_standin.items_shown import items_shown, quantities_asked
from deploy.local.stripe_standin.pages import moment, money
from deploy.local.stripe_standin.portal import SESSION_SECONDS, USE_SECONDS
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.service import Service
from deploy.local.stripe_standin.world import Draft, Obj

_SAID = {
    "card": "The card was changed.",
    "email": "The e-mail address was changed.",
    "quantities": "The subscription was changed.",
    "cancel": "The subscription ends.",
}


class PortalPages:
    """Serves it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the table of pages."""
        portal = "/portal/{id}/{token}"
        return [
            self._desk.route("GET", portal, self._portal),
            self._desk.route("POST", f"{portal}/{{action}}", self._act),
            self._desk.route("GET", f"{portal}/invoices.csv", self._csv),
        ]

    async def _portal(self, request: Request) -> Response:
        draft, _ = self._desk.draft()
        session = _session(draft, request)
        if session.get("_opened") is None:
            draft.edit("portal_sessions", session["id"])["_opened"] = draft.now
            draft.take_over()
        return self._show(session, said=_SAID.get(request.query_params.get("done", "")))

    async def _act(self, request: Request) -> Response:
        draft, renderer = self._desk.draft()
        session = _session(draft, request)
        action = request.path_params["action"]
        if not _allowed(draft, session).get(action):
            raise StripeError(403, "The portal's configuration does not allow this.")
        form = await request.form()
        try:
            _do(draft, renderer, session, action, form)
        except StripeError as refusal:
            return self._show(session, problem=refusal)
        draft.take_over()
        flow = session["flow"]
        if flow is not None and flow["after_completion"]["redirect"]:
            return RedirectResponse(flow["after_completion"]["redirect"]["return_url"], SEE_OTHER)
        return RedirectResponse(f"{session['url']}?done={action}", SEE_OTHER)

    async def _csv(self, request: Request) -> Response:
        draft, _ = self._desk.draft()
        session = _session(draft, request)
        if not _allowed(draft, session)["invoices"]:
            raise StripeError(403, "The portal's configuration does not allow this.")
        file = io.StringIO()
        rows = csv.writer(file)
        rows.writerow(["number", "date", "state", "total", "paid"])
        for one in draft.every("invoices"):
            if one["customer"] == session["customer"]:
                told = (money(one["total"]), money(one["amount_paid"]))
                rows.writerow([one["number"], moment(one["created"]), one["status"], *told])
        headers = {"Content-Disposition": 'attachment; filename="invoices.csv"'}
        return Response(file.getvalue(), media_type="text/csv", headers=headers)

    def _show(self, session: Obj, *, said: str | None = None, problem: StripeError | None = None) -> Response:
        draft, renderer = self._desk.draft()
        customer = renderer.show(draft.get("customers", session["customer"]))
        default = customer["invoice_settings"]["default_payment_method"]
        held = [renderer.show(one) for one in draft.every("invoices") if one["customer"] == customer["id"]]
        live = _living(draft, customer["id"])
        return self._desk.pages.show(
            "portal.html",
            status=problem.status if problem else 200,
            customer=customer,
            allowed=_allowed(draft, session),
            page=session["url"],
            back=session["return_url"],
            # The deep link leads to the card alone; once that is done, to the rest.
            card_only=session["flow"] is not None and said is None,
            card=_named(draft.get("payment_methods", default)) if default else "No card",
            upcoming=_upcoming(draft, live, self._desk.service),
            subscriptions=[{"id": one["id"], "lines": items_shown(draft.world, one)} for one in live],
            invoices=held[::-1],
            owed=[one for one in held if one["status"] == "open"],
            said=said,
            problem=problem.message if problem else None,
        )


def _session(draft: Draft, request: Request) -> Obj:
    """Return the session, while its address is good."""
    session = draft.find("portal_sessions", request.path_params["id"])
    if session is None or not hmac.compare_digest(session["url"].rsplit("/", 1)[1], request.path_params["token"]):
        raise no_such("session", request.path_params["id"], in_path=True)
    opened = session.get("_opened")
    until = session["created"] + SESSION_SECONDS if opened is None else opened + USE_SECONDS
    if draft.now > until:
        raise StripeError(410, "This link has expired. Open the portal again.")
    return session


def _allowed(draft: Draft, session: Obj) -> dict[str, bool]:
    """Return what the session's configuration allows, by the name of the action."""
    features = draft.get("portal_configurations", session["configuration"])["features"]
    update, seats = features["customer_update"], features["subscription_update"]
    return {
        "card": features["payment_method_update"]["enabled"],
        "email": update["enabled"] and "email" in update["allowed_updates"],
        "invoices": features["invoice_history"]["enabled"],
        "quantities": seats["enabled"] and "quantity" in seats["default_allowed_updates"],
        "cancel": features["subscription_cancel"]["enabled"],
    }


def _do(draft: Draft, renderer: Renderer, session: Obj, action: str, form: FormData) -> None:
    """Do what was allowed."""
    features = draft.get("portal_configurations", session["configuration"])["features"]
    match action:
        case "card":
            cards.enter(draft, renderer, session["customer"], str(form.get("kind")))
        case "email":
            email = str(form.get("email") or "").strip()
            if "@" not in email:
                raise invalid("Please enter an e-mail address.", param="email")
            customers.update(draft, renderer, session["customer"], {"email": email})
        case "quantities":
            for one in _living(draft, session["customer"]):
                given = {
                    "items": quantities_asked(one, form),
                    "proration_behavior": features["subscription_update"]["proration_behavior"],
                    "payment_behavior": "error_if_incomplete",
                }
                subscriptions.update(draft, renderer, one["id"], given)
        case "cancel":
            for one in _living(draft, session["customer"]):
                if features["subscription_cancel"]["mode"] == "immediately":
                    cancellation.cancel(draft, renderer, one["id"], {})
                else:
                    subscriptions.update(draft, renderer, one["id"], {"cancel_at_period_end": True})
        case _:
            raise StripeError(404, "There is nothing here.")


def _living(draft: Draft, customer_id: str) -> list[Obj]:
    """Return the subscriptions that will bill again."""
    return [
        one
        for one in draft.every("subscriptions")
        if one["customer"] == customer_id and one["status"] != "canceled" and not one["cancel_at_period_end"]
    ]


def _named(method: Obj) -> str:
    return f"{method['card']['brand'].capitalize()} ending in {method['card']['last4']}"


def _upcoming(draft: Draft, living: list[Obj], service: Service) -> list[Obj]:
    shown = []
    for one in living:
        # Each preview is a draft of its own, thrown away.
        dry = Draft(draft.world, draft.now)
        shown.append(preview.create(dry, Renderer(dry, service.address), {"subscription": one["id"]}))
    return shown
