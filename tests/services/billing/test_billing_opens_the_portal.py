"""A click opens Stripe's portal at an address of its own, which is sealed on the bus and waits for no purchase."""

import httpx

from contracts.billing import BillingCommandRejected, OpenPortal, PortalOpened
from contracts.vocabulary import RejectionCode
from tests.services.billing.conftest import Billing

SESSIONS = "/v1/billing_portal/sessions"
CONFIGURATIONS = "/v1/billing_portal/configurations"


async def click(billing: Billing, command: OpenPortal | None = None) -> str:
    """Click, and unseal the address of the reply."""
    await billing.service.handle(command or OpenPortal(), billing.agency_id)
    await billing.service.run_tasks()
    (published,) = await billing.published()
    assert isinstance(published.data, PortalOpened)
    return billing.sealing.open(published.data.sealed)["url"]


async def test_each_click_gets_its_own_address_that_leads_back_to_the_billing_page(billing: Billing) -> None:
    opened = await billing.open()
    first, second = await click(billing), await click(billing)
    assert first != second
    for request in await billing.stripe.requests("POST", SESSIONS):
        assert request["params"]["customer"] == opened.customer_id
        assert request["params"]["return_url"] == "https://seats.example/admin/agency/billing"
        assert "flow_data" not in request["params"]


async def test_the_address_is_sealed_on_the_bus(billing: Billing) -> None:
    await billing.open()
    await billing.service.handle(OpenPortal(), billing.agency_id)
    await billing.service.run_tasks()
    (published,) = await billing.published()
    assert "http" not in published.data.model_dump_json()


async def test_a_click_on_the_card_opens_the_cards_page(billing: Billing) -> None:
    await billing.open()
    await click(billing, OpenPortal(flow="payment_method_update"))
    (request,) = await billing.stripe.requests("POST", SESSIONS)
    assert request["params"]["flow_data"] == {"type": "payment_method_update"}


async def test_all_clicks_share_one_configuration_without_quantities_or_cancellation(
    billing: Billing,
) -> None:
    await billing.open()
    await click(billing)
    await click(billing)
    (made,) = (await billing.stripe.get("billing_portal/configurations"))["data"]
    features = made["features"]
    assert not features["subscription_update"]["enabled"]
    assert not features["subscription_cancel"]["enabled"]
    assert features["payment_method_update"]["enabled"]
    assert features["invoice_history"]["enabled"]
    assert features["customer_update"]["allowed_updates"] == ["email"]
    assert len(await billing.stripe.requests("POST", CONFIGURATIONS)) == 1


async def test_the_opened_page_changes_no_quantity_and_cancels_nothing(billing: Billing) -> None:
    await billing.open(2, 1)
    page = await click(billing)
    async with httpx.AsyncClient(trust_env=False) as browser:
        shown = await browser.get(page)
        assert shown.status_code == 200
        for offered in ("New card", "Billing email", "Upcoming invoice", "Download all as CSV"):
            assert offered in shown.text
        assert (await browser.post(f"{page}/quantities", data={"base": "9"})).status_code == 403
        assert (await browser.post(f"{page}/cancel")).status_code == 403
    assert await billing.stripe.quantities(billing.subscription_id) == (2, 1)


async def test_a_click_does_not_wait_behind_a_purchase_that_does_not_end(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.fault("drop_answer", method="GET", path="/v1/subscriptions/*", times=1000)
    await billing.command((2, 1), (3, 1))
    assert await click(billing)


async def test_one_failed_call_still_opens_the_portal(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.fault("rate_limit", path=SESSIONS, times=2)
    await billing.service.handle(OpenPortal(), billing.agency_id)
    await billing.persist(seconds=1)
    (published,) = await billing.published()
    assert isinstance(published.data, PortalOpened)


async def test_a_portal_that_does_not_open_is_rejected_after_three_attempts(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.fault("error", path=SESSIONS, code="503", times=100)
    command_id = await billing.service.handle(OpenPortal(), billing.agency_id)
    await billing.persist(seconds=1)
    (published,) = await billing.published()
    assert published.data == BillingCommandRejected(
        command_id=str(command_id), command_type=OpenPortal.type, code=RejectionCode.BILLING_UNAVAILABLE
    )
    assert published.envelope.correlation_id == command_id
    assert len(await billing.stripe.requests("POST", SESSIONS)) == 3


async def test_an_agency_without_an_account_has_no_portal(billing: Billing) -> None:
    await billing.service.handle(OpenPortal(), billing.agency_id)
    (published,) = await billing.published()
    assert published.data.code == RejectionCode.BILLING_UNAVAILABLE
