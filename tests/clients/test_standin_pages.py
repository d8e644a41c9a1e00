"""The stand-in's pages: what it holds, the billing portal, an invoice as page and PDF."""

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, StandIn
from tests.clients.test_standin_proration import change, invoice_of


async def open_portal(standin: StandIn, agency: Agency, *, card_only: bool = False) -> str:
    """Open the portal as billing does: card, e-mail and invoices, no quantities, no end."""
    configuration = await standin.stripe.v1.billing_portal.configurations.create_async(
        {
            "features": {
                "customer_update": {"enabled": True, "allowed_updates": ["email"]},
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {"enabled": False},
                "subscription_update": {"enabled": False},
            },
        }
    )
    session = await standin.stripe.v1.billing_portal.sessions.create_async(
        {
            "customer": agency.customer,
            "configuration": configuration.id,
            "return_url": "https://clinic.example/billing",
            **({"flow_data": {"type": "payment_method_update"}} if card_only else {}),
        }
    )
    return session.url


async def test_the_first_page_shows_what_is_held(standin: StandIn, agency: Agency) -> None:
    empty = await standin.control.get("/")
    assert empty.status_code == 200
    await standin.card(agency.customer, "declining")
    page = (await standin.control.get("/")).text
    for shown in ("admin@clinic.example", "$119.97", "subscription create", "declining", "invoice.paid", "1 Jan 2027"):
        assert shown in page


async def test_the_first_page_moves_the_clock_and_changes_cards(standin: StandIn, agency: Agency) -> None:
    await standin.control.post("/clock", data={"seconds": str(DAY)})
    assert (await standin.control.get("/_control/clock")).json()["now"] == 1_798_848_000
    await standin.control.post(f"/customers/{agency.customer}/card", data={"kind": "declining"})
    with pytest.raises(stripe.CardError):
        await change(standin, agency, base=3, voice=1)


async def test_the_portal_shows_card_mail_upcoming_and_invoices_and_no_end(standin: StandIn, agency: Agency) -> None:
    page = (await standin.control.get(await open_portal(standin, agency))).text
    for shown in ("visa ending in 4242", "admin@clinic.example", "Upcoming invoice", "$119.97", "PDF", "CSV"):
        assert shown in page
    assert "End the subscription" not in page


async def test_a_card_entered_in_the_portal_is_said_and_pays(standin: StandIn, agency: Agency) -> None:
    await standin.card(agency.customer, "declining")
    url = await open_portal(standin, agency, card_only=True)
    page = (await standin.control.get(url)).text
    assert "Billing e-mail" not in page
    assert (await standin.control.post(f"{url}/card", data={"kind": "good"})).status_code == 303
    await standin.mailbag.until("payment_method.attached", 2)
    await change(standin, agency, base=3, voice=1)


async def test_a_mail_address_changed_in_the_portal_is_said_without_a_key(standin: StandIn, agency: Agency) -> None:
    url = await open_portal(standin, agency)
    await standin.control.post(f"{url}/email", data={"email": "new@clinic.example"})
    (said,) = await standin.mailbag.until("customer.updated")
    assert said["data"]["previous_attributes"] == {"email": "admin@clinic.example"}
    assert said["request"]["idempotency_key"] is None


async def test_the_portal_does_only_what_its_configuration_allows(standin: StandIn, agency: Agency) -> None:
    url = await open_portal(standin, agency)
    assert (await standin.control.post(f"{url}/cancel")).status_code == 403
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status == "active"


async def test_the_portal_opens_for_minutes_and_only_by_its_whole_address(standin: StandIn, agency: Agency) -> None:
    url = await open_portal(standin, agency)
    assert (await standin.control.get(url[:-4] + "0000")).status_code == 404
    await standin.advance(301)
    assert (await standin.control.get(url)).status_code == 410


async def test_invoices_come_as_page_as_pdf_and_as_csv(standin: StandIn, agency: Agency) -> None:
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


async def test_no_page_shows_markup_that_a_customer_brought(standin: StandIn, agency: Agency) -> None:
    await standin.stripe.v1.customers.update_async(agency.customer, {"name": "<b>x</b>"})
    assert "<b>x</b>" not in (await standin.control.get("/")).text
