"""The hosted page of an invoice: its lines, its PDF, and a button to pay, where the cardholder can authenticate."""

import hmac

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.local.stripe_standin import invoices
from deploy.local.stripe_standin.errors import INVOICE_AUTHENTICATION_REQUIRED, StripeError, no_such
from deploy.local.stripe_standin.page_router import SEE_OTHER, PageRouter
from deploy.local.stripe_standin.pages import moment, money
from deploy.local.stripe_standin.pdf import one_page
from deploy.local.stripe_standin.world import Draft, Obj


class InvoicePages:
    """Serves the page of each invoice, and its PDF."""

    def __init__(self, router: PageRouter) -> None:
        self._router = router

    def routes(self) -> list[Route]:
        """Return the table of pages."""
        invoice = "/hosted/invoices/{id}/{token}"
        return [
            self._router.route("GET", invoice, self._invoice),
            self._router.route("GET", f"{invoice}/pdf", self._pdf),
            self._router.route("POST", f"{invoice}/pay", self._pay),
        ]

    async def _invoice(self, request: Request) -> Response:
        return self._show(request)

    async def _pay(self, request: Request) -> Response:
        draft, renderer = self._router.draft()
        invoice = _invoice_at(draft, request)
        present = (await request.form()).get("authenticated") == "yes"
        try:
            invoices.pay(draft, renderer, invoice["id"], {}, present=present)
        except StripeError as error:
            if error.changed:
                draft.commit()
            return self._show(request, error)
        draft.commit()
        return RedirectResponse(invoice["hosted_invoice_url"], SEE_OTHER)

    async def _pdf(self, request: Request) -> Response:
        draft, _ = self._router.draft()
        invoice = _invoice_at(draft, request)
        currency = invoice["currency"]
        lines = [
            f"Invoice {invoice['number']}   {moment(invoice['created'])}   {invoice['status']}",
            str(invoice["customer_name"] or invoice["customer_email"] or invoice["customer"]),
            "",
            *(f"{money(line['amount'], currency):>14}   {line['description']}" for line in invoice["_lines"]),
            "",
            f"Total {money(invoice['total'], currency)}   Paid {money(invoice['amount_paid'], currency)}",
        ]
        headers = {"Content-Disposition": f'inline; filename="{invoice["number"]}.pdf"'}
        return Response(one_page(lines), media_type="application/pdf", headers=headers)

    def _show(self, request: Request, problem: StripeError | None = None) -> Response:
        draft, renderer = self._router.draft()
        invoice = _invoice_at(draft, request)
        authenticate = problem is not None and problem.code == INVOICE_AUTHENTICATION_REQUIRED
        return self._router.pages.show(
            "invoice.html",
            status=problem.status if problem else 200,
            invoice=renderer.show(invoice),
            lines=invoice["_lines"],
            balance=_balance(invoice),
            page=invoice["hosted_invoice_url"],
            pdf=invoice["invoice_pdf"],
            problem=problem.message if problem and not authenticate else None,
            authenticate=authenticate,
            processing=invoice["_processing_until"] is not None,
        )


def _balance(invoice: Obj) -> Obj | None:
    """Return the part of the balance between the total and the amount due, with a label; None if it is zero."""
    moved = invoice["starting_balance"] - (invoice["ending_balance"] or 0)
    if moved < 0:
        label = "Paid from the balance" if invoice["starting_balance"] < 0 else "Left for the next invoice"
    else:
        label = "Credited to the balance" if invoice["total"] < 0 else "Owed from before"
    return {"label": label, "cents": moved} if moved else None


def _invoice_at(draft: Draft, request: Request) -> Obj:
    """Return the invoice; a 404 unless the address has its secret token."""
    invoice = draft.get("invoices", request.path_params["id"], in_path=True)
    page = invoice["hosted_invoice_url"] or ""
    if not hmac.compare_digest(page.rsplit("/", 1)[-1], request.path_params["token"]):
        raise no_such("invoice", request.path_params["id"], in_path=True)
    return invoice
