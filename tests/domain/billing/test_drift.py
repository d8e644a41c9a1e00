"""A change whose webhook never arrived is found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.payment_vocabulary import PaymentState
from contracts.vocabulary import BillingCycle, FrozenReason, Quantities, SeatType
from services.billing.domain.account import Account
from services.billing.domain.drift import ListedSubscription, Progress, differs
from services.billing.domain.plan import Plan

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RENEWS = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
ITEMS = {SeatType.BASE: "si_1", SeatType.VOICE: "si_2"}
PLAN = Plan(BillingCycle.MONTHLY, 11997, RENEWS, PaymentState.OK, 0, 0, (), 1, None)
KNOWN = Account("cus_1", "sub_1", Quantities(2, 1), BillingCycle.MONTHLY, 11997, ITEMS, plan=PLAN)
LISTED = ListedSubscription(
    "sub_1", "active", BillingCycle.MONTHLY, Quantities(2, 1), ITEMS, int(RENEWS.timestamp()), "in_1"
)


def test_a_subscription_listed_as_we_know_it_is_not_read() -> None:
    assert not differs(KNOWN, LISTED, is_invoice_known=True)


@pytest.mark.parametrize(
    "changed",
    [
        {"quantities": Quantities(3, 1)},
        {"cycle": BillingCycle.ANNUAL},
        {"items": {SeatType.BASE: "si_1"}},
        {"renews_at": int(RENEWS.timestamp()) + 1},
        {"renews_at": None},
        {"status": "past_due"},
        {"status": "canceled"},
        {"ends_at": int(RENEWS.timestamp())},
    ],
    ids=str,
)
def test_a_subscription_listed_with_a_difference_is_read(changed: dict[str, Any]) -> None:
    assert differs(KNOWN, replace(LISTED, **changed), is_invoice_known=True)


def test_an_end_that_was_taken_back_is_a_difference() -> None:
    ending = replace(KNOWN, ends_at=RENEWS)
    assert differs(ending, LISTED, is_invoice_known=True)
    assert not differs(ending, replace(LISTED, ends_at=int(RENEWS.timestamp())), is_invoice_known=True)


def test_an_unknown_invoice_is_a_difference() -> None:
    assert differs(KNOWN, LISTED, is_invoice_known=False)


def test_an_account_without_a_published_plan_is_read() -> None:
    assert differs(replace(KNOWN, plan=None), LISTED, is_invoice_known=True)


def test_a_known_end_is_not_read_again() -> None:
    ended = replace(KNOWN, ended=FrozenReason.SUBSCRIPTION_CANCELED)
    assert not differs(ended, replace(LISTED, status="canceled"), is_invoice_known=False)


def test_another_subscription_of_the_customer_is_read_only_if_it_may_replace_one_that_has_ended() -> None:
    ended = replace(KNOWN, ended=FrozenReason.SUBSCRIPTION_CANCELED)
    other = replace(LISTED, id="sub_2")
    assert not differs(KNOWN, other, is_invoice_known=False)
    assert differs(ended, other, is_invoice_known=True)
    assert not differs(ended, replace(other, status="canceled"), is_invoice_known=True)


def test_a_sweep_is_due_once_each_night() -> None:
    assert Progress().is_due(NOW, 3)
    began = Progress().begun(NOW)
    assert began.is_sweeping
    ended = began.moved("sub_9", 40, NOW, is_last=True)
    assert (ended.is_sweeping, ended.swept, ended.swept_to) == (False, 40, "sub_9")
    assert not ended.is_due(NOW + timedelta(hours=17), 3)
    assert ended.is_due(NOW + timedelta(hours=18), 3)


def test_before_the_hour_the_night_before_counts() -> None:
    yesterday = Progress().begun(NOW - timedelta(hours=22))
    assert not yesterday.is_due(NOW, 10)
    assert yesterday.is_due(NOW, 9)


def test_an_interrupted_sweep_goes_on_at_its_place() -> None:
    half = Progress().begun(NOW).moved("sub_5", 20, NOW, is_last=False)
    assert (half.is_sweeping, half.swept_to, half.swept) == (True, "sub_5", 20)


def test_a_sweep_that_began_at_the_hour_is_not_due_before_the_next_night() -> None:
    struck = NOW.replace(hour=3)
    began = Progress(sweep_began=struck)
    assert not began.is_due(struck, 3)
    assert not began.is_due(struck + timedelta(hours=23, minutes=59), 3)
    assert began.is_due(struck + timedelta(days=1), 3)
    assert Progress(sweep_began=struck - timedelta(hours=1)).is_due(struck, 3)
    assert not Progress(sweep_began=struck - timedelta(hours=1)).is_due(struck - timedelta(minutes=1), 3)


def test_before_the_hour_last_nights_sweep_counts() -> None:
    early = NOW.replace(hour=1)
    assert Progress(sweep_began=early - timedelta(days=1, minutes=1)).is_due(early, 3)
    assert not Progress(sweep_began=early - timedelta(hours=21)).is_due(early, 3)


def test_a_new_sweep_begins_at_the_first_subscription() -> None:
    again = Progress("evt_1", NOW, NOW, "sub_9", 7).begun(NOW + timedelta(days=1))
    assert again == Progress("evt_1", NOW + timedelta(days=1), None, None, 0)


def test_an_end_known_to_one_side_only_is_a_difference() -> None:
    ended = replace(KNOWN, ended=FrozenReason.SUBSCRIPTION_CANCELED)
    assert differs(ended, LISTED, is_invoice_known=True), "it lives again"
    assert not differs(ended, replace(LISTED, status="canceled"), is_invoice_known=False)
    assert differs(KNOWN, replace(LISTED, status="incomplete_expired"), is_invoice_known=True)
