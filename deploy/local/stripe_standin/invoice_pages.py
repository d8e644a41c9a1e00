"""The hosted page of an invoice: what it bills, its PDF, and paying it, with the cardholder there to authenticate."""

import hmac

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.local.stripe_standin import invoices
from deploy.local.stripe_standin.desk import SEE_OTHER, Desk
from deploy.local.stripe_standin.errors import WANTS_AUTHENTICATION, StripeError, no_such
from deploy.local.stripe_standin.pages import moment, money
from deploy.local.stripe_standin.pdf import one_page
from deploy.local.stripe_standin.world import Draft, Obj


class InvoicePages:
    """Serves them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the table of pages."""
        invoice = "/hosted/invoices/{id}/{token}"
        return [
            self._desk.route("GET", invoice, self._invoice),
            self._desk.route("GET", f"{invoice}/pdf", self._pdf),
            self._desk.route("POST", f"{invoice}/pay", self._pay),
        ]

    async def _invoice(self, request: Request) -> Response:
        return self._show(request)

    async def _pay(self, request: Request) -> Response:
        draft, renderer = self._desk.draft()
        invoice = _held(draft, request)
        present = (await request.form()).get("authenticated") == "yes"
        try:
            invoices.pay(draft, renderer, invoice["id"], {}, present=present)
        except StripeError as refusal:
            if refusal.changed:
                draft.take_over()
            return self._show(request, refusal)
        draft.take_over()
        return RedirectResponse(invoice["hosted_invoice_url"], SEE_OTHER)

    async def _pdf(self, request: Request) -> Response:
        draft, _ = self._desk.draft()
        invoice = _held(draft, request)
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

    def _show(self, request: Request, problem: StripeError | None = None) -> Response:
        draft, renderer = self._desk.draft()
        invoice = _held(draft, request)
        authenticate = problem is not None and problem.code == WANTS_AUTHENTICATION
        return self._desk.pages.show(
            "invoice.html",
            status=problem.status if problem else 200,
            invoice=renderer.show(invoice),
            lines=invoice["_lines"],
            balance=_balance(invoice),
            page=invoice["hosted_invoice_url"],
            pdf=invoice["invoice_pdf"],
            problem=problem.message if problem and not authenticate else None,
            authenticate=authenticate,
        )


def _balance(invoice: Obj) -> Obj | None:
    """Return what the customer's balance adds to the total to make what is due, and what to call it."""
    moved = invoice["starting_balance"] - (invoice["ending_balance"] or 0)
    if moved < 0:
        label = "Paid from the balance" if invoice["starting_balance"] < 0 else "Left for the next invoice"
    else:
        label = "Credited to the balance" if invoice["total"] < 0 else "Owed from before"
    return {"label": label, "cents": moved} if moved else None


def _held(draft: Draft, request: Request) -> Obj:
    """Return the invoice, for whoever has its whole address."""
    invoice = draft.get("invoices", request.path_params["id"], in_path=True)
    page = invoice["hosted_invoice_url"] or ""
    if not hmac.compare_digest(page.rsplit("/", 1)[-1], request.path_params["token"]):
        raise no_such("invoice", request.path_params["id"], in_path=True)
    return invoice
