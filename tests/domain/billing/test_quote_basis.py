"""A quote is stale when any part of the state that it is for has changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contracts.vocabulary import BillingCycle, SeatType
from services.billing.domain.quote_basis import quote_basis_of
from services.billing.domain.snapshots import (
    PendingProration,
    StripeCustomerSnapshot,
    StripeItemSnapshot,
    StripeSubscriptionSnapshot,
)

BASE = StripeItemSnapshot("si_1", 2, (), "price_1", 100, 200)
VOICE = StripeItemSnapshot("si_2", 1, (), "price_2", 100, 200)
SEEN = StripeSubscriptionSnapshot(
    "sub_1",
    "active",
    BillingCycle.MONTHLY,
    {SeatType.BASE: BASE, SeatType.VOICE: VOICE},
    None,
    None,
    StripeCustomerSnapshot("cus_1", -500, "pm_1"),
)
PENDING = (
    PendingProration("ii_1", 300, "Remaining time", 1, "si_1"),
    PendingProration("ii_2", -100, "Unused time", 1, "si_1"),
)


def with_base(**changed: Any) -> StripeSubscriptionSnapshot:  # noqa: ANN401  any field
    return replace(SEEN, items={**SEEN.items, SeatType.BASE: replace(BASE, **changed)})


def test_the_same_state_has_the_same_basis() -> None:
    turned = replace(SEEN, items={SeatType.VOICE: VOICE, SeatType.BASE: BASE})
    assert quote_basis_of(turned, reversed(PENDING)) == quote_basis_of(SEEN, PENDING)


def test_another_card_or_a_late_payment_does_not_change_the_basis() -> None:
    other = replace(SEEN, status="past_due", operation="other", customer=replace(SEEN.customer, card="pm_2"))
    assert quote_basis_of(other, PENDING) == quote_basis_of(SEEN, PENDING)


@pytest.mark.parametrize(
    "changed",
    [
        lambda: (with_base(quantity=3), PENDING),
        lambda: (with_base(price="price_3"), PENDING),
        lambda: (with_base(id="si_3"), PENDING),
        lambda: (with_base(period_start=150), PENDING),
        lambda: (with_base(period_end=250), PENDING),
        lambda: (replace(SEEN, items={SeatType.BASE: BASE}), PENDING),
        lambda: (replace(SEEN, customer=replace(SEEN.customer, balance=0)), PENDING),
        lambda: (SEEN, PENDING[:1]),
        lambda: (SEEN, (replace(PENDING[0], amount=301), PENDING[1])),
    ],
    ids=["quantity", "price", "item", "start", "end", "an item gone", "balance", "pending gone", "pending changed"],
)
def test_any_other_change_changes_the_basis(
    changed: Callable[[], tuple[StripeSubscriptionSnapshot, tuple[PendingProration, ...]]],
) -> None:
    assert quote_basis_of(*changed()) != quote_basis_of(SEEN, PENDING)


@pytest.mark.parametrize(
    "other",
    [
        replace(SEEN, terms=("discount:di_1",)),
        replace(SEEN, ends_at=200),
        replace(SEEN, is_on_account=True),
        with_base(price="price_negotiated"),
    ],
    ids=["discount", "scheduled end", "on account", "price"],
)
def test_whatever_else_fixes_the_price_changes_the_basis(other: StripeSubscriptionSnapshot) -> None:
    assert quote_basis_of(other, PENDING) != quote_basis_of(SEEN, PENDING)
