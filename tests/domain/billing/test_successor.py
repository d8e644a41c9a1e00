"""A replacement of an ended subscription is found by our metadata, never as the newest active one."""

from dataclasses import replace

import pytest

from contracts.vocabulary import BillingCycle, SeatType
from services.billing.domain.snapshots import OtherItem, StripeItemSnapshot, StripeSubscriptionSnapshot
from services.billing.domain.successor import successor

AGENCY = "01990000-0000-7000-8000-00000000000a"
ITEMS = {seat_type: StripeItemSnapshot(f"si_{seat_type}", 3, ()) for seat_type in SeatType}
OURS = StripeSubscriptionSnapshot("sub_2", "active", BillingCycle.MONTHLY, ITEMS, None, None, created=200)
OTHER = replace(
    OURS, id="sub_3", items={}, others=(OtherItem("si_9", "EHR integration", 1, 9900, "usd", "month"),), created=300
)


def test_a_newer_subscription_of_another_product_does_not_hide_the_replacement() -> None:
    assert successor(AGENCY, [OTHER, OURS]) == OURS


def test_a_subscription_without_our_seats_replaces_nothing() -> None:
    assert successor(AGENCY, [OTHER]) is None
    assert successor(AGENCY, []) is None


@pytest.mark.parametrize("status", ["trialing", "past_due", "unpaid", "incomplete", "paused", "a status of tomorrow"])
def test_a_replacement_counts_in_any_status(status: str) -> None:
    held = replace(OURS, status=status)
    assert successor(AGENCY, [OTHER, held]) == held


@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
def test_a_replacement_that_has_ended_itself_does_not_count(status: str) -> None:
    assert successor(AGENCY, [replace(OURS, status=status)]) is None


def test_a_subscription_that_names_another_agency_is_not_ours() -> None:
    assert successor(AGENCY, [replace(OURS, agency="another")]) is None


def test_a_subscription_that_names_the_agency_comes_first_then_both_types_then_the_newest() -> None:
    named = replace(OURS, id="sub_1", agency=AGENCY, created=100)
    half = replace(OURS, id="sub_4", items={SeatType.BASE: ITEMS[SeatType.BASE]}, created=400)
    newest = replace(OURS, id="sub_5", created=500)
    assert successor(AGENCY, [OURS, newest, half, named]) == named
    assert successor(AGENCY, [OURS, newest, half]) == newest
    assert successor(AGENCY, [half, OURS]) == OURS
    assert successor(AGENCY, [half]) == half
