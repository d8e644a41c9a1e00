"""Requests: the API key, the parameters, the idempotency key, expansion, and the paging of lists."""

import pytest
import stripe

from tests.clients.conftest import Agency, Prices
from tests.clients.standin import DAY, StandIn


@pytest.mark.parametrize("authorization", [None, "Basic c2tfdGVzdDo=", "Bearer rk_live_x"])
async def test_a_request_without_a_test_key_gets_a_401(standin: StandIn, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = await standin.control.get("/v1/customers", headers=headers)
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "invalid_request_error")


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ("emial=a", "parameter_unknown", "emial"),
        ("invoice_settings[default_card]=x", "parameter_unknown", "invoice_settings[default_card]"),
        ("balance=ten", "parameter_invalid_integer", "balance"),
        ("metadata=x", "parameter_invalid_string", "metadata"),
        ("preferred_locales=x", "parameter_invalid_string", "preferred_locales"),
    ],
)
async def test_an_unknown_or_invalid_parameter_gets_a_400(standin: StandIn, body: str, code: str, param: str) -> None:
    headers = {"Authorization": "Bearer sk_test_x", "Content-Type": "application/x-www-form-urlencoded"}
    answer = await standin.control.post("/v1/customers", content=body, headers=headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, param)


async def test_a_missing_parameter_is_named(standin: StandIn) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await standin.stripe.v1.subscriptions.create_async({"customer": "cus_x"})
    assert (refused.value.code, refused.value.param) == ("parameter_missing", "items")


async def test_an_unknown_id_is_404_in_the_path_and_400_in_a_parameter(standin: StandIn) -> None:
    with pytest.raises(stripe.InvalidRequestError) as in_address:
        await standin.stripe.v1.subscriptions.retrieve_async("sub_none")
    assert (in_address.value.http_status, in_address.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as in_parameter:
        await standin.stripe.v1.payment_methods.attach_async("pm_card_visa", {"customer": "cus_none"})
    assert (in_parameter.value.http_status, in_parameter.value.param) == (400, "customer")


async def test_an_unknown_path_is_404(standin: StandIn) -> None:
    answer = await standin.control.get("/v1/seats", headers={"Authorization": "Bearer sk_test_x"})
    assert answer.status_code == 404


async def test_the_same_key_replays_the_first_response(standin: StandIn) -> None:
    first = await standin.stripe.v1.customers.create_async({"name": "A"}, {"idempotency_key": "k"})
    second = await standin.stripe.v1.customers.create_async({"name": "A"}, {"idempotency_key": "k"})
    assert second.id == first.id
    assert second.last_response is not None
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert len((await standin.stripe.v1.customers.list_async()).data) == 1


async def test_the_same_key_with_other_parameters_gets_a_400(standin: StandIn) -> None:
    await standin.stripe.v1.customers.create_async({"name": "A"}, {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError) as refused:
        await standin.stripe.v1.customers.create_async({"name": "B"}, {"idempotency_key": "k"})
    assert refused.value.http_status == 400


async def test_a_402_is_replayed_under_its_key_even_when_the_card_is_good_again(
    standin: StandIn, agency: Agency
) -> None:
    await standin.card(agency.customer, "declining")

    async def grow(key: str) -> stripe.Subscription:
        return await standin.stripe.v1.subscriptions.update_async(
            agency.subscription,
            {
                "items": [{"id": agency.base, "quantity": 3}],
                "proration_behavior": "always_invoice",
                "payment_behavior": "error_if_incomplete",
            },
            {"idempotency_key": key},
        )

    with pytest.raises(stripe.CardError):
        await grow("op-1")
    await standin.card(agency.customer, "good")
    with pytest.raises(stripe.CardError):
        await grow("op-1")
    assert (await grow("op-2"))["items"].data[0].quantity == 3


async def test_an_invalid_request_leaves_its_key_unused(standin: StandIn) -> None:
    headers = {"Authorization": "Bearer sk_test_x", "Idempotency-Key": "k"}
    bad = await standin.control.post("/v1/customers", data={"nmae": "A"}, headers=headers)
    good = await standin.control.post("/v1/customers", data={"name": "A"}, headers=headers)
    assert (bad.status_code, good.status_code) == (400, 200)


async def test_a_key_expires_after_a_day(standin: StandIn) -> None:
    first = await standin.stripe.v1.customers.create_async({"name": "A"}, {"idempotency_key": "k"})
    await standin.advance(DAY)
    second = await standin.stripe.v1.customers.create_async({"name": "A"}, {"idempotency_key": "k"})
    assert second.id != first.id


async def test_tiers_are_shown_only_when_expanded(standin: StandIn, prices: Prices) -> None:
    plain = await standin.stripe.v1.prices.list_async({"lookup_keys": ["voice_monthly"]})
    assert plain.data[0].unit_amount is None
    assert "tiers" not in plain.data[0]
    full = await standin.stripe.v1.prices.list_async({"lookup_keys": ["voice_monthly"], "expand": ["data.tiers"]})
    assert full.data[0].id == prices.voice
    assert full.data[0].tiers is not None
    assert [(tier.up_to, tier.unit_amount) for tier in full.data[0].tiers] == [(2, 5999), (None, 5299)]


async def test_a_subscription_can_be_expanded_with_its_tiers_and_its_invoice(standin: StandIn, agency: Agency) -> None:
    read = await standin.stripe.v1.subscriptions.retrieve_async(
        agency.subscription, {"expand": ["latest_invoice", "items.data.price.tiers", "customer"]}
    )
    assert isinstance(read.latest_invoice, stripe.Invoice)
    assert isinstance(read.customer, stripe.Customer)
    tiers = read["items"].data[0].price.tiers
    assert [tier.unit_amount for tier in tiers] == [3100, 2999]


async def test_a_path_that_cannot_be_expanded_gets_a_400(standin: StandIn, agency: Agency) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await standin.stripe.v1.customers.retrieve_async(agency.customer, {"expand": ["seats"]})


async def test_a_lookup_key_belongs_to_one_price_and_can_be_moved(standin: StandIn, prices: Prices) -> None:
    held = await standin.stripe.v1.prices.retrieve_async(prices.base)
    assert isinstance(held.product, str)
    with pytest.raises(stripe.InvalidRequestError):
        await standin.stripe.v1.prices.create_async(
            {"currency": "usd", "product": held.product, "unit_amount": 1, "lookup_key": "base_monthly"}
        )
    moved = await standin.stripe.v1.prices.create_async(
        {
            "currency": "usd",
            "product": held.product,
            "unit_amount": 1,
            "lookup_key": "base_monthly",
            "transfer_lookup_key": True,
        }
    )
    listed = await standin.stripe.v1.prices.list_async({"lookup_keys": ["base_monthly"]})
    assert [price.id for price in listed.data] == [moved.id]


async def test_lists_are_newest_first_and_continue_at_a_cursor(standin: StandIn) -> None:
    created = [(await standin.stripe.v1.customers.create_async({"name": str(n)})).id for n in range(5)]
    first = await standin.stripe.v1.customers.list_async({"limit": 2})
    assert [customer.id for customer in first.data] == [created[4], created[3]]
    assert first.has_more
    rest = await standin.stripe.v1.customers.list_async({"limit": 10, "starting_after": created[3]})
    assert [customer.id for customer in rest.data] == [created[2], created[1], created[0]]
    assert not rest.has_more
    before = await standin.stripe.v1.customers.list_async({"ending_before": created[3]})
    assert [customer.id for customer in before.data] == [created[4]]


async def test_the_log_shows_each_request_with_its_key_and_its_status(standin: StandIn) -> None:
    await standin.stripe.v1.customers.create_async({"name": "A"}, {"idempotency_key": "k"})
    (entry,) = await standin.requests("/v1/customers")
    assert (entry["method"], entry["params"], entry["idempotencyKey"], entry["status"]) == (
        "POST",
        {"name": "A"},
        "k",
        200,
    )
    assert entry["at"].endswith("Z")


async def test_metadata_is_merged_and_emptied_by_name(standin: StandIn) -> None:
    created = await standin.stripe.v1.customers.create_async({"metadata": {"a": "1", "b": "2"}})
    changed = await standin.stripe.v1.customers.update_async(created.id, {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
