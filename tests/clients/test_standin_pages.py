"""The stand-in's dashboard with its forms, and an invoice as page, PDF and CSV."""

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, HALF_OF_JANUARY, StandIn
from tests.clients.test_standin_failures import quantities
from tests.clients.test_standin_portal import open_portal
from tests.clients.test_standin_proration import change, invoice_of


async def test_the_dashboard_shows_the_objects(standin: StandIn, agency: Agency) -> None:
    empty = await standin.control.get("/")
    assert empty.status_code == 200
    await standin.card(agency.customer, "declining")
    page = (await standin.control.get("/")).text
    for shown in ("admin@clinic.example", "$119.97", "subscription create", "declining", "invoice.paid", "1 Jan 2027"):
        assert shown in page


async def test_the_dashboard_moves_the_clock_and_changes_cards(standin: StandIn, agency: Agency) -> None:
    await standin.control.post("/clock", data={"seconds": str(DAY)})
    assert (await standin.control.get("/_control/clock")).json()["now"] == 1_798_848_000
    await standin.control.post(f"/customers/{agency.customer}/card", data={"kind": "declining"})
    with pytest.raises(stripe.CardError):
        await change(standin, agency, base=3, voice=1)


async def test_invoices_are_served_as_page_as_pdf_and_as_csv(standin: StandIn, agency: Agency) -> None:
    (invoice,) = (await standin.stripe.v1.invoices.list_async({"customer": agency.customer})).data
    assert invoice.hosted_invoice_url is not None
    assert invoice.invoice_pdf is not None
    page = await standin.control.get(invoice.hosted_invoice_url)
    assert "$119.97" in page.text
    pdf = await standin.control.get(invoice.invoice_pdf)
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-1.4")
    assert b"$119.97" in pdf.content
    csv = await standin.control.get(await open_portal(standin, agency) + "/invoices.csv")
    assert f'{invoice.number},"1 Jan 2027, 00:00",paid,$119.97,$119.97' in csv.text


async def test_an_open_invoice_can_be_paid_on_its_page(standin: StandIn, agency: Agency) -> None:
    await standin.card(agency.customer, "declining")
    owed = invoice_of(await change(standin, agency, base=3, voice=1, payment_behavior="allow_incomplete"))
    assert owed.hosted_invoice_url is not None
    refused = await standin.control.post(f"{owed.hosted_invoice_url}/pay")
    assert "Your card was declined" in refused.text
    await standin.card(agency.customer, "good")
    assert (await standin.control.post(f"{owed.hosted_invoice_url}/pay")).status_code == 303
    assert (await standin.stripe.v1.invoices.retrieve_async(owed.id)).status == "paid"


async def test_the_invoices_page_requests_the_authentication_that_a_card_needs(
    standin: StandIn, agency: Agency
) -> None:
    await standin.card(agency.customer, "action_required")
    owed = invoice_of(await change(standin, agency, base=3, voice=1, payment_behavior="allow_incomplete"))
    page = f"{owed.hosted_invoice_url}/pay"
    response = await standin.control.post(page)
    assert (response.status_code, "Authenticate and pay" in response.text) == (402, True)
    assert (await standin.stripe.v1.invoices.retrieve_async(owed.id)).status == "open"
    assert (await standin.control.post(page, data={"authenticated": "yes"})).status_code == 303
    assert (await standin.stripe.v1.invoices.retrieve_async(owed.id)).status == "paid"
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status == "active"


async def test_authentication_does_not_help_a_card_that_is_declined(standin: StandIn, agency: Agency) -> None:
    await standin.card(agency.customer, "declining")
    owed = invoice_of(await change(standin, agency, base=3, voice=1, payment_behavior="allow_incomplete"))
    refused = await standin.control.post(f"{owed.hosted_invoice_url}/pay", data={"authenticated": "yes"})
    assert (refused.status_code, "Your card was declined" in refused.text) == (402, True)


@pytest.mark.parametrize(
    ("first", "then", "label_shown"),
    [
        (None, (2, 2), None),
        ((1, 1), None, "Credited to the balance"),
        ((1, 1), (1, 2), "Paid from the balance"),
    ],
)
async def test_an_invoices_page_shows_the_effect_of_the_balance(
    standin: StandIn,
    agency: Agency,
    first: tuple[int, int] | None,
    then: tuple[int, int] | None,
    label_shown: str | None,
) -> None:
    await standin.advance(HALF_OF_JANUARY)
    for counts in (first, then):
        if counts is not None:
            newest = invoice_of(await change(standin, agency, *counts))
    assert newest.hosted_invoice_url is not None
    page = (await standin.control.get(newest.hosted_invoice_url)).text
    labels = {"Credited to the balance", "Paid from the balance", "Left for the next invoice", "Owed from before"}
    assert {label for label in labels if label in page} == ({label_shown} if label_shown else set())


async def test_quantities_edited_on_the_dashboard_leave_the_proration_pending(standin: StandIn, agency: Agency) -> None:
    """At the half: 1 Voice more is -3000 + 5999."""
    await standin.advance(HALF_OF_JANUARY)
    answer = await standin.control.post(
        f"/subscriptions/{agency.subscription}/quantities", data={agency.base: "2", agency.voice: "2"}
    )
    assert answer.status_code == 303
    assert await quantities(standin, agency) == [2, 2]
    (theirs,) = await standin.webhooks.until("customer.subscription.updated")
    assert theirs["request"] == {"id": None, "idempotency_key": None}
    assert "$29.99 pending" in (await standin.control.get("/")).text


@pytest.mark.parametrize("nonsense", ["", "-1", "many", "9999999"])
async def test_an_invalid_number_changes_nothing_and_gets_an_error_page(
    standin: StandIn, agency: Agency, nonsense: str
) -> None:
    answer = await standin.control.post(
        f"/subscriptions/{agency.subscription}/quantities", data={agency.base: nonsense}
    )
    assert (answer.status_code, "whole number" in answer.text) == (400, True)
    assert await quantities(standin, agency) == [2, 1]


async def test_the_dashboard_ends_a_subscription_and_then_the_customer(standin: StandIn, agency: Agency) -> None:
    await standin.control.post(f"/subscriptions/{agency.subscription}/cancel")
    await standin.webhooks.until("customer.subscription.deleted")
    again = await standin.control.post(f"/subscriptions/{agency.subscription}/cancel")
    assert (again.status_code, "<h1>" in again.text) == (404, True)
    await standin.control.post(f"/customers/{agency.customer}/delete")
    await standin.webhooks.until("customer.deleted")
    assert (await standin.control.get("/")).status_code == 200


async def test_no_page_shows_markup_from_a_customers_data(standin: StandIn, agency: Agency) -> None:
    await standin.stripe.v1.customers.update_async(agency.customer, {"name": "<b>x</b>"})
    assert "<b>x</b>" not in (await standin.control.get("/")).text
