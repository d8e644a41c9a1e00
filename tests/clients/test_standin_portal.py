"""The billing portal's page does all that its configuration allows, and nothing that it forbids."""

from typing import Any

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, HALF_OF_JANUARY, StandIn
from tests.clients.test_standin_failures import quantities
from tests.clients.test_standin_proration import change

# Billing's configuration: card, email and invoices; no quantities, no cancelling.
OURS: dict[str, Any] = {
    "customer_update": {"enabled": True, "allowed_updates": ["email"]},
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True},
    "subscription_cancel": {"enabled": False},
    "subscription_update": {"enabled": False},
}
SEATS_TOO: dict[str, Any] = {
    **OURS,
    "subscription_update": {
        "enabled": True,
        "default_allowed_updates": ["quantity"],
        "proration_behavior": "always_invoice",
    },
}
SENT = {
    "card": {"kind": "declining"},
    "email": {"email": "new@clinic.example"},
    "quantities": {},
    "cancel": {},
}
SHOWN = {
    "card": "New card",
    "email": "Billing email",
    "quantities": "Quantities",
    "cancel": "End the subscription",
    "invoices": "Download all as CSV",
}


async def open_portal(
    standin: StandIn, agency: Agency, *, card_only: bool = False, features: dict[str, Any] | None = None
) -> str:
    """Open the portal as billing does, or with other features."""
    configuration = await standin.stripe.v1.billing_portal.configurations.create_async(
        {"features": features or OURS}  # type: ignore[typeddict-item]  # features are written as Stripe's JSON
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


async def test_the_portal_shows_the_card_the_email_the_upcoming_invoice_and_the_invoices(
    standin: StandIn, agency: Agency
) -> None:
    page = (await standin.control.get(await open_portal(standin, agency))).text
    for shown in ("Visa ending in 4242", "admin@clinic.example", "Upcoming invoice", "$119.97", "PDF", "CSV"):
        assert shown in page
    assert {name for name, words in SHOWN.items() if words in page} == {"card", "email", "invoices"}


async def test_a_portal_takes_the_payment_methods_of_its_configuration_and_no_others(
    standin: StandIn, agency: Agency
) -> None:
    """Changelog 2025-11-17.clover: without a configuration, it takes any method that is enabled for the account."""
    url = await open_portal(standin, agency)
    assert "a bank account" in (await standin.control.get(url)).text
    cards = await standin.stripe.v1.payment_method_configurations.create_async(
        {"name": "cards", "us_bank_account": {"display_preference": {"preference": "off"}}}
    )
    limited = {**OURS, "payment_method_update": {"enabled": True, "payment_method_configuration": cards.id}}
    url = await open_portal(standin, agency, features=limited)
    assert "a bank account" not in (await standin.control.get(url)).text
    refused = await standin.control.post(f"{url}/card", data={"kind": "bank_debit"})
    assert (refused.status_code, "This payment method is not offered here." in refused.text) == (400, True)
    good = await standin.control.post(f"{url}/card", data={"kind": "good"})
    assert good.status_code == 303


async def test_the_upcoming_invoice_has_the_pending_lines_and_the_balance(standin: StandIn, agency: Agency) -> None:
    """At the half 1 Base less is -1449 of balance; 1 Voice more waits: 2999. February: 3100 + 11998 + 2999 - 1449."""
    await standin.advance(HALF_OF_JANUARY)
    await change(standin, agency, base=1, voice=1)
    await change(standin, agency, base=1, voice=2, proration_behavior="create_prorations")
    page = (await standin.control.get(await open_portal(standin, agency))).text
    for shown in ("1 Feb 2027", "$166.48", "of $180.97", "Credit for later invoices: $14.49", "Remaining time on 2"):
        assert shown in page


async def test_a_card_entered_in_the_portal_is_an_event_and_pays(standin: StandIn, agency: Agency) -> None:
    await standin.card(agency.customer, "declining")
    url = await open_portal(standin, agency)
    assert (await standin.control.post(f"{url}/card", data={"kind": "good"})).status_code == 303
    await standin.webhooks.until("payment_method.attached", 2)
    await change(standin, agency, base=3, voice=1)


@pytest.mark.parametrize(
    ("kind", "code"),
    [("declining", "card_declined"), ("action_required", "subscription_payment_intent_requires_action")],
)
async def test_a_card_that_will_be_declined_can_be_entered_and_is_declined_later(
    standin: StandIn, agency: Agency, kind: str, code: str
) -> None:
    url = await open_portal(standin, agency)
    assert (await standin.control.post(f"{url}/card", data={"kind": kind})).status_code == 303
    with pytest.raises(stripe.CardError) as refused:
        await change(standin, agency, base=3, voice=1)
    assert refused.value.code == code


async def test_the_deep_link_shows_the_card_alone_and_after_the_change_the_whole_portal(
    standin: StandIn, agency: Agency
) -> None:
    url = await open_portal(standin, agency, card_only=True)
    page = (await standin.control.get(url)).text
    assert {name for name, words in SHOWN.items() if words in page} == {"card"}
    entered = await standin.control.post(f"{url}/card", data={"kind": "good"}, follow_redirects=True)
    assert {name for name, words in SHOWN.items() if words in entered.text} == {"card", "email", "invoices"}
    assert "The card was changed." in entered.text


async def test_an_email_changed_in_the_portal_is_an_event_without_a_key(standin: StandIn, agency: Agency) -> None:
    url = await open_portal(standin, agency)
    await standin.control.post(f"{url}/email", data={"email": "new@clinic.example"})
    (event,) = await standin.webhooks.until("customer.updated")
    assert event["data"]["previous_attributes"] == {"email": "admin@clinic.example"}
    assert event["request"]["idempotency_key"] is None


@pytest.mark.parametrize("address", ["", "  ", "nobody"])
async def test_an_invalid_email_gets_an_error_in_the_page(standin: StandIn, agency: Agency, address: str) -> None:
    url = await open_portal(standin, agency)
    answer = await standin.control.post(f"{url}/email", data={"email": address})
    assert (answer.status_code, "enter an email address" in answer.text) == (400, True)
    assert (await standin.stripe.v1.customers.retrieve_async(agency.customer)).email == "admin@clinic.example"


@pytest.mark.parametrize("action", SENT)
async def test_an_action_that_the_configuration_forbids_is_neither_shown_nor_performed(
    standin: StandIn, agency: Agency, action: str
) -> None:
    forbidding: dict[str, dict[str, Any]] = {
        "card": {"payment_method_update": {"enabled": False}},
        # The list of allowed updates has no effect while updates are disabled.
        "email": {"customer_update": {"enabled": False, "allowed_updates": ["email"]}},
        "quantities": {},
        "cancel": {},
    }
    url = await open_portal(standin, agency, features={**OURS, **forbidding[action]})
    before = await everything(standin, agency)
    assert SHOWN[action] not in (await standin.control.get(url)).text
    sent = SENT[action] if action != "quantities" else {agency.base: "9"}
    assert (await standin.control.post(f"{url}/{action}", data=sent)).status_code == 403
    assert await everything(standin, agency) == before


async def everything(standin: StandIn, agency: Agency) -> tuple[object, object]:
    customer = await standin.stripe.v1.customers.retrieve_async(agency.customer)
    return customer, await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)


async def test_without_invoice_history_no_invoice_is_shown_or_downloaded(standin: StandIn, agency: Agency) -> None:
    url = await open_portal(standin, agency, features={**OURS, "invoice_history": {"enabled": False}})
    assert "CSV" not in (await standin.control.get(url)).text
    assert (await standin.control.get(f"{url}/invoices.csv")).status_code == 403


async def test_a_configuration_that_allows_quantities_lets_customers_change_them(
    standin: StandIn, agency: Agency
) -> None:
    url = await open_portal(standin, agency, features=SEATS_TOO)
    assert SHOWN["quantities"] in (await standin.control.get(url)).text
    answer = await standin.control.post(f"{url}/quantities", data={agency.base: "1", agency.voice: "3"})
    assert answer.status_code == 303
    assert await quantities(standin, agency) == [1, 3]
    (theirs,) = await standin.webhooks.until("customer.subscription.updated")
    assert theirs["request"]["idempotency_key"] is None


async def test_a_declined_change_in_the_portal_shows_the_error_and_changes_nothing(
    standin: StandIn, agency: Agency
) -> None:
    await standin.card(agency.customer, "declining")
    url = await open_portal(standin, agency, features=SEATS_TOO)
    answer = await standin.control.post(f"{url}/quantities", data={agency.voice: "3"})
    assert (answer.status_code, "Your card was declined" in answer.text) == (402, True)
    assert await quantities(standin, agency) == [2, 1]


@pytest.mark.parametrize(("mode", "status"), [("immediately", "canceled"), ("at_period_end", "active")])
async def test_a_configuration_that_allows_cancelling_lets_customers_cancel(
    standin: StandIn, agency: Agency, mode: str, status: str
) -> None:
    features = {**OURS, "subscription_cancel": {"enabled": True, "mode": mode}}
    url = await open_portal(standin, agency, features=features)
    assert SHOWN["cancel"] in (await standin.control.get(url)).text
    assert (await standin.control.post(f"{url}/cancel")).status_code == 303
    held = await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)
    # In flexible mode the portal sets `cancel_at` alone (get-engram/engram#335, shorebirdtech/shorebird#3883).
    assert (held.status, held.cancel_at_period_end) == (status, False)
    assert (held.cancel_at is not None) == (mode == "at_period_end")
    assert SHOWN["cancel"] not in (await standin.control.get(url)).text


async def test_a_failed_renewal_is_shown_as_owed_and_can_be_paid_in_the_portal(
    standin: StandIn, agency: Agency
) -> None:
    await standin.card(agency.customer, "declining")
    await standin.advance(31 * DAY + 3600)
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status == "past_due"
    url = await open_portal(standin, agency)
    assert "$119.97 of invoice" in (await standin.control.get(url)).text
    await standin.control.post(f"{url}/card", data={"kind": "good"})
    # A new card alone does not pay an open invoice.
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status == "past_due"
    (owed,) = (await standin.stripe.v1.invoices.list_async({"customer": agency.customer, "status": "open"})).data
    assert (await standin.control.post(f"{owed.hosted_invoice_url}/pay")).status_code == 303
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status == "active"
    assert "is not paid yet" not in (await standin.control.get(url)).text
    paid = await standin.webhooks.until("invoice.paid", 2)
    assert (paid[-1]["data"]["object"]["id"], paid[-1]["data"]["object"]["amount_paid"]) == (owed.id, 11997)
    last = (await standin.webhooks.until("customer.subscription.updated", 3))[-1]
    assert last["data"]["previous_attributes"] == {"status": "past_due"}


async def test_the_portal_opens_only_for_minutes_and_only_with_its_token(standin: StandIn, agency: Agency) -> None:
    url = await open_portal(standin, agency)
    assert (await standin.control.get(url[:-4] + "0000")).status_code == 404
    await standin.advance(301)
    assert (await standin.control.get(url)).status_code == 410


async def test_a_deleted_customers_portal_is_gone(standin: StandIn, agency: Agency) -> None:
    url = await open_portal(standin, agency)
    await standin.stripe.v1.customers.delete_async(agency.customer)
    assert (await standin.control.get(url)).status_code == 400
