"""The mails about what happened to a subscription at Stripe."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts.vocabulary import BillingCycle, Quantities
from services.notifier.mails.news import DisputeLost, EditOverwritten, End, Repriced
from services.notifier.texts.stripe_notices import notice_words

HARBOR = "Harbor Clinic"
END = datetime(2026, 3, 21, 23, 0, tzinfo=UTC)


def test_a_replaced_edit_names_what_was_set_and_what_counts_now() -> None:
    words = notice_words(EditOverwritten(Quantities(4, 1), Quantities(3, 2)), HARBOR)
    assert words.subject == "An edit of the seats of Harbor Clinic at Stripe was replaced"
    assert [figure for _, figure in words.figures] == ["4 Base and 1 Voice", "3 Base and 2 Voice"]
    assert "save those numbers in Seats & Billing" in words.did


@pytest.mark.parametrize("cycle_before", [None, BillingCycle.MONTHLY])
def test_a_price_that_was_changed_at_stripe_is_named_with_both_totals(cycle_before: BillingCycle | None) -> None:
    words = notice_words(Repriced(11997, cycle_before, 10000, BillingCycle.MONTHLY), HARBOR)
    assert words.subject == "The price of Harbor Clinic was changed at Stripe: $100.00/mo now"
    assert words.figures == (("Total before", "$119.97/mo"), ("New total", "$100.00/mo"))


def test_a_cycle_that_was_switched_at_stripe_is_no_changed_price() -> None:
    words = notice_words(Repriced(11997, BillingCycle.MONTHLY, 129567, BillingCycle.ANNUAL), HARBOR)
    assert words.heading == "The billing cycle was switched at Stripe"
    assert [figure.partition("/")[0] for _, figure in words.figures] == ["$119.97", "$1,295.67"]


def test_a_total_that_was_not_known_before_is_left_out() -> None:
    words = notice_words(Repriced(None, None, 10000, BillingCycle.MONTHLY), HARBOR)
    assert words.figures == (("New total", "$100.00/mo"),)


def test_the_subject_of_a_scheduled_end_has_its_day_and_the_text_its_year() -> None:
    words = notice_words(End(END, "scheduled"), HARBOR)
    assert words.subject == "The subscription of Harbor Clinic ends on 21 March"
    assert words.figures == (("Ends on", "21 March 2026"),)
    assert words.did.startswith("nothing yet. On 21 March 2026, people who are Active keep their access")


def test_an_end_that_is_near_or_taken_back_says_so() -> None:
    near, back = (notice_words(End(END, what), HARBOR) for what in ("near", "taken_back"))
    assert near.subject == "The subscription of Harbor Clinic ends in 7 days, on 21 March"
    assert near.figures == (("Ends on", "21 March 2026"),)
    assert (back.subject, back.figures) == ("The subscription of Harbor Clinic goes on", ())


@pytest.mark.parametrize(("number", "labels"), [("R-0042", ["Invoice", "Returned"]), (None, ["Returned"])])
def test_a_lost_dispute_names_the_amount_and_what_to_do(number: str | None, labels: list[str]) -> None:
    words = notice_words(DisputeLost(number, 3100), HARBOR)
    assert [label for label, _ in words.figures] == labels
    assert words.figures[-1] == ("Returned", "$31.00")
    assert "Try again" in words.did
