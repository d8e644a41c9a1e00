"""The billing portal's page and the hosted page of an invoice: all that a customer may do there."""

import csv
import hmac
import io
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.local.stripe_standin import cards, customers, invoices, preview, subscriptions
from deploy.local.stripe_standin.errors import StripeError, no_such
from deploy.local.stripe_standin.pages import Pages, moment, money
from deploy.local.stripe_standin.pdf import one_page
from deploy.local.stripe_standin.portal import SESSION_SECONDS, USE_SECONDS
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.service import Service
from deploy.local.stripe_standin.world import Draft, Obj

_SEE_OTHER = 303
_SAID = {"card": "The card was changed.", "email": "The e-mail was changed.", "cancel": "The subscription ends."}
_Page = Callable[[Request], Awaitable[Response]]


class PortalPages:
    """Serves them."""

    def __init__(self, service: Service, pages: Pages) -> None:
        self._service = service
        self._pages = pages

    def routes(self) -> list[Route]:
        """Return the table of pages."""
        portal, invoice = "/portal/{id}/{token}", "/hosted/invoices/{id}/{token}"
        table: list[tuple[str, str, _Page]] = [
            ("GET", portal, self._portal),
            ("POST", f"{portal}/{{action}}", self._act),
            ("GET", f"{portal}/invoices.csv", self._csv),
            ("GET", invoice, self._invoice),
            ("GET", f"{invoice}/pdf", self._pdf),
            ("POST", f"{invoice}/pay", self._pay),
        ]
        return [Route(path, self._guarded(page), methods=[method]) for method, path, page in table]

    def _guarded(self, page: _Page) -> _Page:
        async def guarded(request: Request) -> Response:
            try:
                return await page(request)
            except StripeError as refusal:
                return Response(refusal.message, refusal.status)

        return guarded

    def _draft(self) -> tuple[Draft, Renderer]:
        self._service.catch_up()
        draft = Draft(self._service.world, self._service.world.clock.now())
        return draft, Renderer(draft, self._service.address)

    def _session(self, draft: Draft, request: Request) -> tuple[Obj, Obj]:
        """Return the session and its configuration, while its address is good."""
        session = draft.find("portal_sessions", request.path_params["id"])
        if session is None or not hmac.compare_digest(session["url"].rsplit("/", 1)[1], request.path_params["token"]):
            raise no_such("session", request.path_params["id"], in_path=True)
        opened = session.get("_opened")
        until = session["created"] + SESSION_SECONDS if opened is None else opened + USE_SECONDS
        if draft.now > until:
            raise StripeError(410, "This link has expired. Open the portal again.")
        return session, draft.get("portal_configurations", session["configuration"])

    async def _portal(self, request: Request) -> Response:
        draft, _ = self._draft()
        session, configuration = self._session(draft, request)
        if session.get("_opened") is None:
            draft.edit("portal_sessions", session["id"])["_opened"] = draft.now
            draft.take_over()
        return self._show_portal(session, configuration, said=_SAID.get(request.query_params.get("done", "")))

    def _show_portal(self, session: Obj, configuration: Obj, *, said: str | None) -> Response:
        draft, renderer = self._draft()
        customer = renderer.show(draft.get("customers", session["customer"]))
        default = customer["invoice_settings"]["default_payment_method"]
        held = [one for one in draft.every("invoices") if one["customer"] == customer["id"]]
        return self._pages.show(
            "portal.html",
            customer=customer,
            features=configuration["features"],
            page=session["url"],
            back=session["return_url"],
            card_only=session["flow"] is not None,
            card=_named(draft.get("payment_methods", default)) if default else "No card",
            upcoming=_upcoming(draft, customer["id"], self._service),
            invoices=[renderer.show(one) for one in reversed(held)],
            said=said,
        )

    async def _act(self, request: Request) -> Response:
        draft, renderer = self._draft()
        session, configuration = self._session(draft, request)
        form = await request.form()
        features = configuration["features"]
        action = request.path_params["action"]
        match action:
            case "card" if features["payment_method_update"]["enabled"]:
                cards.enter(draft, renderer, session["customer"], str(form.get("kind")))
            case "email" if "email" in features["customer_update"]["allowed_updates"]:
                customers.update(draft, renderer, session["customer"], {"email": str(form.get("email")) or None})
            case "cancel" if features["subscription_cancel"]["enabled"]:
                _cancel(draft, renderer, session["customer"], features["subscription_cancel"]["mode"])
            case _:
                raise StripeError(403, "The portal's configuration does not allow this.")
        draft.take_over()
        flow = session["flow"]
        if flow is not None and flow["after_completion"]["redirect"]:
            return RedirectResponse(flow["after_completion"]["redirect"]["return_url"], _SEE_OTHER)
        return RedirectResponse(f"{session['url']}?done={action}", _SEE_OTHER)

    async def _csv(self, request: Request) -> Response:
        draft, _ = self._draft()
        session, configuration = self._session(draft, request)
        if not configuration["features"]["invoice_history"]["enabled"]:
            raise StripeError(403, "The portal's configuration does not allow this.")
        file = io.StringIO()
        rows = csv.writer(file)
        rows.writerow(["number", "date", "state", "total", "paid"])
        for one in draft.every("invoices"):
            if one["customer"] == session["customer"]:
                rows.writerow(
                    [
                        one["number"],
                        moment(one["created"]),
                        one["status"],
                        money(one["total"]),
                        money(one["amount_paid"]),
                    ]
                )
        headers = {"Content-Disposition": 'attachment; filename="invoices.csv"'}
        return Response(file.getvalue(), media_type="text/csv", headers=headers)

    def _held_invoice(self, draft: Draft, request: Request) -> Obj:
        invoice = draft.get("invoices", request.path_params["id"], in_path=True)
        page = invoice["hosted_invoice_url"] or ""
        if not hmac.compare_digest(page.rsplit("/", 1)[-1], request.path_params["token"]):
            raise no_such("invoice", request.path_params["id"], in_path=True)
        return invoice

    def _show_invoice(self, request: Request, problem: str | None = None) -> Response:
        draft, renderer = self._draft()
        invoice = self._held_invoice(draft, request)
        shown = {**renderer.show(invoice), "lines": {"data": invoice["_lines"]}}
        return self._pages.show(
            "invoice.html",
            status=402 if problem else 200,
            invoice=shown,
            page=invoice["hosted_invoice_url"],
            pdf=invoice["invoice_pdf"],
            problem=problem,
        )

    async def _invoice(self, request: Request) -> Response:
        return self._show_invoice(request)

    async def _pay(self, request: Request) -> Response:
        draft, renderer = self._draft()
        invoice = self._held_invoice(draft, request)
        try:
            invoices.pay(draft, renderer, invoice["id"], {})
        except StripeError as refusal:
            if refusal.changed:
                draft.take_over()
            return self._show_invoice(request, refusal.message)
        draft.take_over()
        return RedirectResponse(invoice["hosted_invoice_url"], _SEE_OTHER)

    async def _pdf(self, request: Request) -> Response:
        draft, _ = self._draft()
        invoice = self._held_invoice(draft, request)
        lines = [
            f"Invoice {invoice['number']}   {moment(invoice['created'])}   {invoice['status']}",
            str(invoice["customer_name"] or invoice["customer_email"] or invoice["customer"]),
            "",
            *(f"{money(line['amount']):>14}   {line['description']}" for line in invoice["_lines"]),
            "",
            f"Total {money(invoice['total'])}   Paid {money(invoice['amount_paid'])}",
        ]
        headers = {"Content-Disposition": f'inline; filename="{invoice["number"]}.pdf"'}
        return Response(one_page(lines), media_type="application/pdf", headers=headers)


def _named(method: Obj) -> str:
    return f"{method['card']['brand']} ending in {method['card']['last4']}"


def _upcoming(draft: Draft, customer_id: str, service: Service) -> list[Obj]:
    live = [
        one["id"]
        for one in draft.every("subscriptions")
        if one["customer"] == customer_id and one["status"] != "canceled" and not one["cancel_at_period_end"]
    ]
    shown = []
    for subscription_id in live:
        # Each preview is a draft of its own, thrown away.
        dry = Draft(draft.world, draft.now)
        shown.append(preview.create(dry, Renderer(dry, service.address), {"subscription": subscription_id}))
    return shown


def _cancel(draft: Draft, renderer: Renderer, customer_id: str, mode: str) -> None:
    for one in list(draft.every("subscriptions")):
        if one["customer"] != customer_id or one["status"] == "canceled":
            continue
        if mode == "immediately":
            subscriptions.cancel(draft, renderer, one["id"], {})
        else:
            subscriptions.update(draft, renderer, one["id"], {"cancel_at_period_end": True})
