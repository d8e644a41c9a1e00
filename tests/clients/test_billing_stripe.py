"""Billing's Stripe client: Stripe accepts each of its calls, and each failure has its meaning."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import stripe
from stripe.params import InvoiceItemListParams

from contracts.payment_vocabulary import InvoiceState
from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.catalogue import CataloguePrice
from services.billing.catalogue_prices import sync
from services.billing.clients.stripe import API_VERSION, Patience, StripeApi, StripeFailedError
from services.billing.clients.stripe_base import every
from services.billing.clients.stripe_http import CALL_SECONDS
from services.billing.clients.stripe_invoices import ItemFate
from services.billing.clients.stripe_reading import subscription_snapshot
from services.billing.domain.card import StripeCardSnapshot
from services.billing.domain.item_change import Billed, ItemChange, item_changes
from services.billing.domain.outcome_of import (
    ActionRequired,
    Declined,
    InvoiceLimit,
    KeptFault,
    KeyMismatch,
    Missing,
    Misused,
    NotDone,
    Outcome,
    Unauthorised,
    Unknown,
)
from services.billing.domain.plan_total import Tier
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from tests.support.clock import HandClock
from tests.support.stripe_side import KEY, StripeSide, stripe_side

Call = Callable[[StripeApi], Awaitable[object]]
CHANGES = (ItemChange("si_base", 3), ItemChange("si_voice", 0))
SWITCH = (ItemChange("si_base", 3, "price_1"), ItemChange("si_voice", 0, "price_2"))
PRICE = CataloguePrice(
    "headcount_base_monthly",
    "headcount_base",
    SeatType.BASE,
    BillingCycle.MONTHLY,
    "usd",
    (Tier(1, Decimal(3100)), Tier(None, Decimal(2999))),
)
IN_DOLLARS = {"id": "price_1", "object": "price", "currency": "usd", "billing_scheme": "per_unit"}

# Every call that billing makes, as Stripe's own mock is shown it.
CALLS: dict[str, Call] = {
    "create_customer": lambda api: api.create_customer(
        name="Clinic", email="a@clinic.example", payment_method="pm_1", agency_id="a", operation_id="o", key="k"
    ),
    "customer_of": lambda api: api.customer_of("a@clinic.example", "o"),
    "delete_customer": lambda api: api.delete_customer("cus_1"),
    "create_subscription": lambda api: api.create_subscription(
        customer_id="cus_1",
        price_ids={SeatType.BASE: "price_1", SeatType.VOICE: "price_2"},
        quantities=Quantities(1, 0),
        agency_id="a",
        operation_id="o",
        key="k",
    ),
    "subscription": lambda api: api.subscription("sub_1"),
    "subscription_made_by": lambda api: api.subscription_made_by("cus_1", "opening"),
    "subscriptions_of": lambda api: api.subscriptions_of("cus_1"),
    "change_items": lambda api: api.change_items("sub_1", CHANGES, operation_id="o", key="k"),
    "change_items at a quote's price": lambda api: api.change_items(
        "sub_1", CHANGES, operation_id="o", key="k", proration_date=1_798_761_600
    ),
    "change_items with a new item": lambda api: api.change_items(
        "sub_1", (ItemChange(None, 1, "price_1", SeatType.VOICE),), operation_id="o", key="k"
    ),
    "change_items to another cycle": lambda api: api.change_items("sub_1", SWITCH, operation_id="o", key="k"),
    "preview": lambda api: api.preview("sub_1", CHANGES, "next"),
    "preview of every cycle": lambda api: api.preview("sub_1", SWITCH, "recurring"),
    "pending_of": lambda api: api.pending_of("cus_1", "sub_1"),
    "invoices_of": lambda api: api.invoices_of("sub_1"),
    "open_invoices_of": lambda api: api.open_invoices_of("sub_1"),
    "invoice": lambda api: api.invoice("in_1"),
    "change_items later": lambda api: api.change_items(
        "sub_1", CHANGES, operation_id="o", key="k", billed=Billed.LATER
    ),
    "change_items for the renewal": lambda api: api.change_items(
        "sub_1", CHANGES, operation_id="o", key="k", billed=Billed.AT_RENEWAL
    ),
    "payment": lambda api: api.payment("ch_1"),
    "payment of a dispute": lambda api: api.payment("dp_1"),
    "invoice_paid_by": lambda api: api.invoice_paid_by("sub_1", "pi_1"),
    "payments_of": lambda api: api.payments_of("sub_1"),
    "refund": lambda api: api.refund("pi_1", "k"),
    "fate_of_item": lambda api: api.fate_of_item("ii_1"),
    "items_of_invoice": lambda api: api.items_of_invoice("in_1"),
    "void_invoice": lambda api: api.void_invoice("in_1", "k"),
    "delete_proration": lambda api: api.delete_proration("ii_1"),
    "set_back": lambda api: api.set_back("sub_1", CHANGES, operation_id="o", key="k"),
    "set_cycle_back": lambda api: api.set_cycle_back(
        "sub_1", CHANGES, operation_id="o", key="k", bills_at=1_798_761_600
    ),
    "change_when_confirmed": lambda api: api.change_when_confirmed(
        "sub_1", CHANGES, operation_id="o", key="k", proration_date=1
    ),
    "create_invoice": lambda api: api.create_invoice(
        customer_id="cus_1", subscription_id="sub_1", operation_id="o", key="k"
    ),
    "finalize_invoice": lambda api: api.finalize_invoice("in_1", "k"),
    "pay_invoice": lambda api: api.pay_invoice("in_1", "k"),
    "newest_event": lambda api: api.newest_event(),
    "events_after": lambda api: api.events_after("evt_1"),
    "subscriptions_after": lambda api: api.subscriptions_after(None),
    "subscriptions_after another": lambda api: api.subscriptions_after("sub_1"),
    "portal_configuration": lambda api: api.portal_configuration(),
    "create_portal_configuration": lambda api: api.create_portal_configuration(),
    "open_portal": lambda api: api.open_portal(
        customer_id="cus_1", configuration="bpc_1", return_url="https://seats.example/admin", to_card=False
    ),
    "open_portal at the card": lambda api: api.open_portal(
        customer_id="cus_1", configuration="bpc_1", return_url="https://seats.example/admin", to_card=True
    ),
    "prices": lambda api: api.prices(["headcount_base_monthly", "headcount_voice_monthly"]),
    "prices in a currency": lambda api: api.prices(["headcount_base_monthly"], "eur"),
    "price_in": lambda api: api.price_in(stripe.Price.construct_from(IN_DOLLARS, "sk"), "eur"),
    "ensure_product": lambda api: api.ensure_product("headcount_base", "Base seat", SeatType.BASE),
    "create_product": lambda api: api.create_product("headcount_base", "Base seat", SeatType.BASE),
    "create_price": lambda api: api.create_price(PRICE),
}


@pytest.fixture
async def side() -> AsyncIterator[StripeSide]:
    """A stand-in with the catalogue, and a clock that does not move."""
    async with stripe_side(HandClock()) as running:
        yield running


@pytest.fixture
async def subscribed(side: StripeSide) -> StripeSubscriptionSnapshot:
    """A paid subscription to 2 Base and 1 Voice."""
    _, subscription = await subscribe(side, Quantities(2, 1))
    return subscription


async def subscribe(side: StripeSide, quantities: Quantities) -> tuple[str, StripeSubscriptionSnapshot]:
    """Create a customer and a subscription."""
    customer_id = await side.api.create_customer(
        name="Clinic",
        email="a@clinic.example",
        payment_method="pm_card_visa",
        agency_id="a",
        operation_id="opening",
        key="customer",
    )
    held = await side.api.prices([price.lookup_key for price in side.catalogue.prices()])
    subscription = await side.api.create_subscription(
        customer_id=customer_id,
        price_ids={seat_type: held[side.catalogue.offer(seat_type).monthly].id for seat_type in SeatType},
        quantities=quantities,
        agency_id="a",
        operation_id="opening",
        key="subscription",
    )
    return customer_id, subscription


async def change(
    side: StripeSide, held: StripeSubscriptionSnapshot, quantities: Quantities, key: str
) -> StripeSubscriptionSnapshot:
    """Change the quantities under this key and operation."""
    return await side.api.change_items(held.id, item_changes(held.item_ids, quantities), operation_id=key, key=key)


async def failure(call: Awaitable[object]) -> Outcome:
    """The meaning of the call's failure."""
    with pytest.raises(StripeFailedError) as failed:
        await call
    return failed.value.outcome


def test_every_call_of_the_client_is_made_to_stripes_own_mock() -> None:
    public = {name for name in dir(StripeApi) if not name.startswith("_")}
    assert {name.split(" ")[0] for name in CALLS} == public - {"close", "on"}


@pytest.mark.parametrize("name", CALLS)
async def test_stripes_own_mock_accepts_the_parameters_of(name: str, stripe_mock: str) -> None:
    api = StripeApi("sk_test_123", stripe_mock)
    try:
        await CALLS[name](api)
    finally:
        await api.close()


async def test_stripes_own_mock_rejects_a_parameter_that_stripe_does_not_know(stripe_mock: str) -> None:
    api = StripeApi("sk_test_123", stripe_mock)
    unknown: Any = {"quantity_of_base": 3}
    with pytest.raises(Exception, match="additional properties are not allowed"):
        await api._stripe.v1.subscriptions.update_async("sub_1", unknown)
    await api.close()


async def test_the_api_version_is_pinned(side: StripeSide, subscribed: StripeSubscriptionSnapshot) -> None:
    answer = await side.api._stripe.v1.subscriptions.retrieve_async(subscribed.id)
    assert answer.last_response is not None
    assert dict(answer.last_response.headers)["stripe-version"] == API_VERSION == "2026-08-26.dahlia"


async def test_a_subscription_is_read_with_quantities_tiers_cycle_operation_and_invoice(side: StripeSide) -> None:
    _, made = await subscribe(side, Quantities(2, 1))
    assert await side.api.subscription(made.id) == made
    assert (made.quantities, made.cycle, made.operation) == (Quantities(2, 1), BillingCycle.MONTHLY, "opening")
    assert made.items[SeatType.BASE].tiers == side.catalogue.base.priced(BillingCycle.MONTHLY)
    assert made.latest_invoice is not None
    assert (made.latest_invoice.amount_paid, made.latest_invoice.operation) == (11997, "opening")


async def test_an_update_writes_the_operation_into_the_subscription_and_its_invoice(
    side: StripeSide, subscribed: StripeSubscriptionSnapshot
) -> None:
    changed = await change(side, subscribed, Quantities(1, 3), "change")
    assert (changed.quantities, changed.operation) == (Quantities(1, 3), "change")
    newest, first = await side.api.invoices_of(subscribed.id)
    assert (newest.operation, newest.reason, newest.amount_paid) == ("change", "subscription_update", 7000)
    assert first.operation == "opening"


async def test_a_seat_type_without_seats_keeps_its_item(side: StripeSide) -> None:
    _, made = await subscribe(side, Quantities(1, 0))
    emptied = await change(side, made, Quantities(0, 2), "change")
    assert emptied.items.keys() == {SeatType.BASE, SeatType.VOICE}
    assert emptied.quantities == Quantities(0, 2)


async def test_an_update_at_a_quotes_price_is_calculated_for_the_quotes_second(
    side: StripeSide, subscribed: StripeSubscriptionSnapshot
) -> None:
    side.clock.advance(10 * 86_400)
    changes = item_changes(subscribed.item_ids, Quantities(1, 3))
    foreseen = await side.api.preview(subscribed.id, changes, "next")
    assert foreseen.proration_date == int(side.clock().timestamp())
    side.clock.advance(599)
    changed = await side.api.change_items(
        subscribed.id, changes, operation_id="change", key="change", proration_date=foreseen.proration_date
    )
    assert changed.latest_invoice is not None
    assert changed.latest_invoice.total == foreseen.total
    assert [line.amount for line in changed.latest_invoice.lines] == [line.amount for line in foreseen.lines]


async def test_a_subscription_is_read_with_its_customer_and_card(side: StripeSide) -> None:
    customer_id, made = await subscribe(side, Quantities(2, 1))
    assert (made.customer.id, made.customer.balance, made.customer.is_deleted) == (customer_id, 0, False)
    assert (made.customer.card or "").startswith("pm_")
    await side.control(f"customers/{customer_id}/card", kind="good")
    assert (await side.api.subscription(made.id)).customer.card != made.customer.card
    await side.api.delete_customer(customer_id)
    assert (await side.api.subscription(made.id)).customer.is_deleted


async def test_the_card_on_file_is_read_with_its_brand_its_last_digits_and_its_expiry(side: StripeSide) -> None:
    customer_id, made = await subscribe(side, Quantities(2, 1))
    assert made.customer.details == StripeCardSnapshot("card", "visa", "4242", 12, 2034)
    await side.control(f"customers/{customer_id}/card", kind="renewed", expires="2026-03")
    read = await side.api.subscription(made.id)
    assert read.customer.details == StripeCardSnapshot("card", "visa", "4242", 3, 2026)
    await side.control(f"customers/{customer_id}/card", kind="bank_debit")
    read = await side.api.subscription(made.id)
    assert read.customer.details == StripeCardSnapshot("us_bank_account", None, "6789")
    await side.control(f"customers/{customer_id}/card", kind="none")
    assert (await side.api.subscription(made.id)).customer.details is None


async def test_pending_prorations_are_read_to_the_last_page(
    side: StripeSide, subscribed: StripeSubscriptionSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.billing.clients.stripe_invoices.PAGE", 3)
    for base in range(3, 8):
        await side.control(f"dashboard/subscriptions/{subscribed.id}", base=base)
    pending = await side.api.pending_of(subscribed.customer.id, subscribed.id)
    assert len(pending) == 10
    assert {proration.item for proration in pending} == {subscribed.item_ids[SeatType.BASE]}
    assert sum(proration.amount for proration in pending) == 5 * 2999
    assert await side.api.pending_of(subscribed.customer.id, "sub_another") == ()


async def test_a_list_is_read_up_to_its_bound_in_stripes_order_and_says_whether_there_is_more(
    side: StripeSide, subscribed: StripeSubscriptionSnapshot
) -> None:
    for base in range(3, 6):
        await side.control(f"dashboard/subscriptions/{subscribed.id}", base=base)
    client = stripe.StripeClient(KEY, base_addresses={"api": side.url}, http_client=side.http)

    async def listing(most: int) -> tuple[int, bool]:
        params: InvoiceItemListParams = {"customer": subscribed.customer.id, "limit": 2}
        listed = await every(client.v1.invoice_items.list_async(params), most)
        assert [item.id for item in listed.objects] == pending[:most]
        return len(listed.objects), listed.is_whole

    pending = [proration.id for proration in await side.api.pending_of(subscribed.customer.id, subscribed.id)]
    assert [await listing(most) for most in (2, 3, 4, 5, 6, 7)] == [
        (2, False), (3, False), (4, False), (5, False), (6, True), (6, True),
    ]  # fmt: skip


async def test_prorations_left_pending_are_invoiced_later_with_their_operation(
    side: StripeSide, subscribed: StripeSubscriptionSnapshot
) -> None:
    changes = item_changes(subscribed.item_ids, Quantities(3, 1))
    changed = await side.api.change_items(
        subscribed.id, changes, operation_id="change", key="change", billed=Billed.LATER
    )
    assert changed.latest_invoice == subscribed.latest_invoice
    customer_id = subscribed.customer.id
    (proration, other) = await side.api.pending_of(customer_id, subscribed.id)
    assert await side.api.fate_of_item(proration.id) == ItemFate(None)
    invoice_id = await side.api.create_invoice(
        customer_id=customer_id, subscription_id=subscribed.id, operation_id="settling", key="invoice"
    )
    draft = await side.api.invoice(invoice_id)
    assert draft is not None
    assert (draft.state, draft.settles, draft.operation) == (InvoiceState.DRAFT, True, "settling")
    assert (draft.total, await side.api.fate_of_item(other.id)) == (2999, ItemFate(invoice_id))
    assert set(await side.api.items_of_invoice(invoice_id)) == {proration.id, other.id}
    assert (await side.api.finalize_invoice(invoice_id, "finalize")).state is InvoiceState.OPEN
    paid = await side.api.pay_invoice(invoice_id, "pay")
    assert (paid.state, paid.amount_paid) == (InvoiceState.PAID, 2999)
    assert await side.api.fate_of_item("ii_never_there") == ItemFate(None, is_gone=True)
    await side.api.delete_proration("ii_never_there")
    nothing_more = side.api.create_invoice(
        customer_id=customer_id, subscription_id=subscribed.id, operation_id="again", key="again"
    )
    assert await failure(nothing_more) == Misused("invoice_no_subscription_line_items", None)


async def test_events_are_listed_in_the_order_in_which_they_happened(
    side: StripeSide, subscribed: StripeSubscriptionSnapshot
) -> None:
    newest = await side.api.newest_event()
    assert newest is not None
    assert await side.api.events_after(newest) == ((), newest, False)
    await change(side, subscribed, Quantities(3, 1), "change")
    await side.control(f"dashboard/subscriptions/{subscribed.id}", base=5)
    events, last, more = await side.api.events_after(newest)
    assert (last, more) == (await side.api.newest_event(), False)
    assert {event.customer_id for event in events} == {subscribed.customer.id}
    updates = [event for event in events if event.type == "customer.subscription.updated"]
    assert [event.idempotency_key for event in updates] == ["change", None]
    assert {event.object_id for event in updates} == {subscribed.id}
    assert await failure(side.api.events_after("evt_forgotten")) == Misused("resource_missing", "ending_before")


async def test_subscriptions_are_listed_with_everything_that_the_sweep_compares(side: StripeSide) -> None:
    _, made = await subscribe(side, Quantities(2, 1))
    await side.control(f"dashboard/subscriptions/{made.id}", cancel=True)
    (listed,), more = await side.api.subscriptions_after(None)
    assert (listed.id, listed.status, more) == (made.id, "canceled", False)
    assert (listed.quantities, listed.cycle, listed.items) == (made.quantities, made.cycle, made.item_ids)
    assert listed.renews_at == made.items[SeatType.BASE].period_end
    assert made.latest_invoice is not None
    assert listed.latest_invoice == made.latest_invoice.id
    assert await side.api.subscriptions_after(made.id) == ((), False)


async def test_a_missing_invoice_is_none(side: StripeSide, subscribed: StripeSubscriptionSnapshot) -> None:
    assert subscribed.latest_invoice is not None
    assert await side.api.invoice(subscribed.latest_invoice.id) == subscribed.latest_invoice
    assert await side.api.invoice("in_never_there") is None


async def test_the_objects_of_an_operation_are_found_again(side: StripeSide) -> None:
    customer_id, made = await subscribe(side, Quantities(2, 1))
    assert await side.api.customer_of("a@clinic.example", "opening") == customer_id
    assert await side.api.customer_of("a@clinic.example", "another") is None
    assert await side.api.subscription_made_by(customer_id, "opening") == made
    assert await side.api.subscription_made_by(customer_id, "another") is None


async def test_a_deleted_customer_is_not_billed_and_can_be_deleted_again(side: StripeSide) -> None:
    customer_id, made = await subscribe(side, Quantities(2, 1))
    await side.api.delete_customer(customer_id)
    await side.api.delete_customer(customer_id)
    await side.api.delete_customer("cus_never_there")
    assert (await side.api.subscription(made.id)).is_over
    assert await side.api.subscriptions_of(customer_id) == ()


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"kind": "decline", "code": "insufficient_funds"}, Declined("insufficient_funds")),
        ({"kind": "action_required"}, ActionRequired()),
        ({"kind": "rate_limit"}, NotDone("rate_limit")),
        ({"kind": "error", "code": "500"}, Unknown("stripe_fault")),
        ({"kind": "error", "code": "503"}, Unknown("stripe_fault")),
        ({"kind": "error", "code": "401"}, Unauthorised()),
        ({"kind": "error", "code": "409"}, Unknown("same_call_under_way")),
        ({"kind": "error", "code": "400"}, Misused(None, None)),
        ({"kind": "drop_answer"}, Unknown("no_answer")),
        ({"kind": "slow", "seconds": 0.8}, Unknown("no_answer")),
    ],
    ids=str,
)
async def test_a_failed_update_raises_its_meaning(
    side: StripeSide, subscribed: StripeSubscriptionSnapshot, fault: dict[str, Any], outcome: Outcome
) -> None:
    await side.fault(path="/v1/subscriptions/*", **fault)
    counted = calls_of_updates()
    call = change(side, subscribed, Quantities(3, 1), "change")
    assert await failure(call) == outcome
    assert sum(calls_of_updates().values()) == sum(counted.values()) + 1
    lost = {name: count - counted.get(name, 0) for name, count in calls_of_updates().items()}.get("no_answer", 0)
    assert lost == (outcome == Unknown("no_answer"))


def calls_of_updates() -> dict[str, float]:
    """How many updates of subscriptions the metrics count, by outcome."""
    [calls] = CALL_SECONDS.collect()
    return {
        sample.labels["outcome"]: sample.value
        for sample in calls.samples
        if sample.name.endswith("_count") and sample.labels["endpoint"] == "POST /v1/subscriptions/{id}"
    }


async def test_a_fault_that_stripe_keeps_for_our_key_has_its_own_meaning(
    side: StripeSide, subscribed: StripeSubscriptionSnapshot
) -> None:
    await side.fault("error", path="/v1/subscriptions/*", code="500")

    def call() -> Awaitable[object]:
        return change(side, subscribed, Quantities(3, 1), "change")

    assert await failure(call()) == Unknown("stripe_fault")
    assert await failure(call()) == KeptFault()


async def test_a_key_used_with_other_parameters_has_its_own_meaning(
    side: StripeSide, subscribed: StripeSubscriptionSnapshot
) -> None:
    await change(side, subscribed, Quantities(3, 1), "change")
    other = change(side, subscribed, Quantities(4, 1), "change")
    assert await failure(other) == KeyMismatch()


async def test_the_invoice_limit_has_its_own_meaning(side: StripeSide, subscribed: StripeSubscriptionSnapshot) -> None:
    for base in range(3, 12):
        await change(side, subscribed, Quantities(base, 1), str(base))
    eleventh = change(side, subscribed, Quantities(12, 1), "12")
    assert await failure(eleventh) == InvoiceLimit()


async def test_a_parameter_that_stripe_rejects_is_named(
    side: StripeSide, subscribed: StripeSubscriptionSnapshot
) -> None:
    item = replace(subscribed.items[SeatType.BASE], id="si_nobodys")
    wrong = replace(subscribed, items={**subscribed.items, SeatType.BASE: item})
    outcome = await failure(change(side, wrong, Quantities(3, 1), "c"))
    assert isinstance(outcome, Misused)
    assert outcome.param is not None


async def test_a_subscription_that_does_not_exist_is_missing(side: StripeSide) -> None:
    assert await failure(side.api.subscription("sub_never_there")) == Missing()


async def test_a_connection_that_fails_leaves_the_outcome_unknown() -> None:
    api = StripeApi(KEY, "http://127.0.0.1:9", Patience(connect=1, read=1))
    assert await failure(api.subscription("sub_1")) == Unknown("no_answer")
    await api.close()


async def test_a_failure_contains_none_of_stripes_text(side: StripeSide) -> None:
    with pytest.raises(StripeFailedError) as failed:
        await side.api.create_customer(
            name="Clinic", email="a@clinic.example", payment_method="pm_x", agency_id="a", operation_id="o", key="k"
        )
    assert str(failed.value) == "Misused"


async def test_the_catalogue_is_created_once_and_then_left_alone(side: StripeSide) -> None:
    report = await sync(side.api, side.catalogue)
    assert report.created == ()
    assert len(report.unchanged) == 6
    assert report.is_true


async def test_a_price_that_differs_is_reported_and_never_touched(side: StripeSide) -> None:
    dearer = side.catalogue.model_copy(
        update={"base": side.catalogue.base.model_copy(update={"tiers": side.catalogue.base.tiers[-1:]})}
    )
    report = await sync(side.api, dearer)
    assert not report.is_true
    assert [line.partition(":")[0] for line in report.differing] == ["headcount_base_monthly", "headcount_base_annual"]
    held = await side.api.prices(["headcount_base_monthly"])
    assert held["headcount_base_monthly"].tiers == side.catalogue.base.priced(BillingCycle.MONTHLY)


async def test_prices_are_looked_up_in_a_currency_by_their_options(side: StripeSide) -> None:
    form = {"recurring[interval]": "month", "product": "headcount_base", "currency": "usd", "unit_amount": 100}
    await side.post("prices", **form, lookup_key="flat", **{"currency_options[eur][unit_amount]": 90})
    tiered = {"billing_scheme": "tiered", "tiers_mode": "volume", "recurring[interval]": "month", "currency": "usd"}
    tiers = {"tiers[0][up_to]": "inf", "tiers[0][unit_amount]": 100}
    euros = {"currency_options[eur][tiers][0][up_to]": "inf", "currency_options[eur][tiers][0][unit_amount]": 80}
    await side.post("prices", product="headcount_base", lookup_key="volume", **tiered, **tiers, **euros)
    held = await side.api.prices(["flat", "volume", "headcount_base_monthly"], "eur")
    assert {key: (price.currency, price.tiers[0].unit) for key, price in held.items()} == {
        "flat": ("eur", Decimal(90)),
        "volume": ("eur", Decimal(80)),
    }, "a price without the currency is left out"


async def test_more_prices_are_looked_up_than_stripe_lists_at_once(side: StripeSide) -> None:
    keys = [price.lookup_key for price in side.catalogue.prices()]
    assert set(await side.api.prices([*(f"none_{place}" for place in range(10)), *keys])) == set(keys)


async def test_an_item_without_a_quantity_is_no_seats(side: StripeSide) -> None:
    _, made = await subscribe(side, Quantities(2, 1))
    shown = await side.get(f"subscriptions/{made.id}", **{"expand[]": ["customer", "latest_invoice"]})
    del shown["items"]["data"][1]["quantity"]
    read = subscription_snapshot(stripe.Subscription.construct_from(shown, "sk"))
    assert read.quantities == Quantities(2, 0)
    assert [(item.quantity, item.amount) for item in read.others] == [(None, None)]


async def test_states_of_tomorrow_and_foreign_prices_are_read(side: StripeSide) -> None:
    _, made = await subscribe(side, Quantities(2, 1))
    shown = await side.get(f"subscriptions/{made.id}", **{"expand[]": ["customer", "latest_invoice"]})
    shown["status"], shown["currency"], shown["latest_invoice"]["status"] = "of_tomorrow", "jpy", "of_tomorrow"
    shown["items"]["data"][0]["price"]["recurring"] = {"interval": "week", "interval_count": 2}
    read = subscription_snapshot(stripe.Subscription.construct_from(shown, "sk"))
    assert (read.status, read.currency, read.quantities) == ("of_tomorrow", "jpy", Quantities(2, 1))
    assert read.latest_invoice is not None
    assert read.latest_invoice.state is InvoiceState.DRAFT


async def test_seats_on_a_price_made_by_hand_are_recognized_by_the_product(side: StripeSide) -> None:
    customer_id, _ = await subscribe(side, Quantities(2, 1))
    price = await side.post(
        "prices", currency="usd", unit_amount=2500, product="headcount_base", **{"recurring[interval]": "month"}
    )
    form = {"items[0][price]": price["id"], "items[0][quantity]": 7}
    other = await side.post("subscriptions", customer=customer_id, **form)
    read = await side.api.subscription(other["id"])
    assert (read.quantities, read.total_for(read.quantities)) == (Quantities(7, 0), 7 * 2500)


async def test_of_two_items_of_one_seat_type_the_one_that_we_made_counts(side: StripeSide) -> None:
    _, made = await subscribe(side, Quantities(2, 1))
    price = await side.post(
        "prices", currency="usd", unit_amount=2500, product="headcount_base", **{"recurring[interval]": "month"}
    )
    await side.post(f"subscriptions/{made.id}", **{"items[0][price]": price["id"], "items[0][quantity]": 7})
    read = await side.api.subscription(made.id)
    assert (read.quantities, read.item_ids) == (Quantities(2, 1), made.item_ids)
    assert [(item.name, item.amount) for item in read.others] == [("Base seat", 7 * 2500)]


async def test_the_portal_offers_cards_alone_by_one_configuration_of_payment_methods(side: StripeSide) -> None:
    made = await side.api.create_portal_configuration()
    assert await side.api.create_portal_configuration() == made
    assert await side.api.portal_configuration() == made
    (methods,) = (await side.get("payment_method_configurations"))["data"]
    features = (await side.get(f"billing_portal/configurations/{made}"))["features"]
    assert features["payment_method_update"] == {"enabled": True, "payment_method_configuration": methods["id"]}
    offered = {name for name, method in methods.items() if isinstance(method, dict) and method["available"]}
    assert offered == {"card", "apple_pay", "google_pay"}
