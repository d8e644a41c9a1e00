"""Refused changes of seats and cycle, in words."""

import time

import pytest

from contracts.payment_vocabulary import Debt
from contracts.vocabulary import RejectionCode
from services.gateway.texts import billing
from services.gateway.texts.messages import message
from services.gateway.texts.problems import problem


def test_below_active_says_how_many_are_active_and_to_remove_members_first() -> None:
    five = problem(RejectionCode.BELOW_ACTIVE).detail(
        {"seat_type": "voice", "purchased": 5, "active": 5, "requested": 4}
    )
    assert five == "You have 5 Active Voice members. Remove members first to free seats."
    single = problem(RejectionCode.BELOW_ACTIVE).detail(
        {"seat_type": "base", "purchased": 1, "active": 1, "requested": 0}
    )
    assert single == "You have 1 Active Base member. Remove members first to free seats."


def test_below_active_while_converting_names_the_steps_in_the_order_that_works() -> None:
    figures: dict[str, int | str | None] = {
        "seat_type": "base",
        "purchased": 2,
        "active": 2,
        "requested": 0,
        "add_seat_type": "voice",
    }
    assert problem(RejectionCode.BELOW_ACTIVE).detail({**figures, "add": 2, "switch": 2}) == (
        "You have 2 Active Base members. To convert seats, add 2 Voice seats first,"
        " then switch 2 members to Voice in Members, then reduce Base to 0."
    )
    assert "add 1 Voice seat first, then switch 1 member to Voice" in problem(RejectionCode.BELOW_ACTIVE).detail(
        {**figures, "requested": 1, "add": 1, "switch": 1}
    )


def test_below_active_of_both_types_names_both() -> None:
    figures: dict[str, int | str | None] = {
        "seat_type": "base",
        "active": 2,
        "other_seat_type": "voice",
        "other_active": 1,
    }
    assert problem(RejectionCode.BELOW_ACTIVE).detail(figures) == (
        "You have 2 Active Base members and 1 Active Voice member. Remove members first to free seats."
    )


def test_below_active_without_figures_still_says_what_to_do() -> None:
    assert problem(RejectionCode.BELOW_ACTIVE).detail({}).endswith("Remove members first to free seats.")


@pytest.mark.parametrize(
    ("frozen", "what"),
    [
        ("subscription_canceled", "The subscription was canceled at Stripe, so nothing can be bought"),
        ("customer_deleted", "The account was deleted at Stripe, so nothing can be bought"),
        (None, "Stripe does not answer at the moment"),
    ],
)
def test_a_subscription_that_is_gone_has_another_sentence_than_a_stripe_that_does_not_answer(
    frozen: str | None, what: str
) -> None:
    assert problem(RejectionCode.BILLING_UNAVAILABLE).detail({"frozen": frozen}).startswith(what)


def test_the_invoice_limit_names_the_time_when_it_ends() -> None:
    published = problem(RejectionCode.INVOICE_LIMIT).detail({"available_at": "2026-03-03T10:05:00+01:00"})
    assert published == "Stripe takes no more invoices for your plan until 09:05 UTC on 3 March. Try again then."
    assert problem(RejectionCode.INVOICE_LIMIT).detail({"available_at": "soon"}).endswith("Try again tomorrow.")


def test_a_declined_card_has_its_reason_when_stripe_allows_to_say_it() -> None:
    published = problem(RejectionCode.PAYMENT_DECLINED).detail({"decline_code": "insufficient_funds"})
    assert published.startswith(
        "The card was declined. There is not enough money or credit left on the card. Nothing was charged"
    )
    lost = problem(RejectionCode.PAYMENT_DECLINED).detail({"decline_code": "lost_card"})
    assert lost.startswith("The card was declined; nothing was charged")


def test_the_sentence_of_a_declined_card_names_the_call_that_helps() -> None:
    assert problem(RejectionCode.PAYMENT_DECLINED).detail({"decline_code": "expired_card"}) == (
        "The card was declined. The card has expired. Nothing was charged and nothing has changed. Open the billing"
        " portal (POST /api/v1/billing/portal-sessions), put the card right, then try again."
    )


@pytest.mark.parametrize(
    "missing", [{"add": None}, {"switch": None}, {"add_seat_type": None}, {"add": None, "switch": None}]
)
def test_incomplete_figures_of_a_conversion_count_as_missing(missing: dict[str, None]) -> None:
    figures: dict[str, int | str | None] = {
        "seat_type": "base", "active": 2, "requested": 0, "add_seat_type": "voice", "add": 2, "switch": 2,
    }  # fmt: skip
    published = problem(RejectionCode.BELOW_ACTIVE).detail({**figures, **missing})
    assert published == "You have 2 Active Base members. Remove members first to free seats."


@pytest.mark.parametrize("half", [{"other_seat_type": "voice"}, {"other_active": 3}])
def test_incomplete_figures_of_the_other_type_count_as_missing(half: dict[str, int | str | None]) -> None:
    published = problem(RejectionCode.BELOW_ACTIVE).detail({"seat_type": "base", "active": 2, **half})
    assert published == "You have 2 Active Base members. Remove members first to free seats."


def test_the_time_at_which_stripe_makes_invoices_again_is_utc_wherever_the_gateway_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as external_change:
        external_change.setenv("TZ", "America/New_York")
        time.tzset()
        published = problem(RejectionCode.INVOICE_LIMIT).detail({"available_at": "2026-03-02T23:30:00+00:00"})
    time.tzset()
    assert "until 23:30 UTC on 2 March" in published


def test_what_is_owed_stands_in_the_answer_with_the_call_that_pays_it() -> None:
    figures: dict[str, int | str | None] = {"amount": 538260, "currency": "usd", "invoices": 1}
    sentence = problem(RejectionCode.PAST_DUE).detail(figures)
    assert sentence.startswith(
        "The agency owes $5,382.60 for an unpaid invoice, so nothing has changed. Pay it with POST"
    )
    two = {**figures, "invoices": 2, "currency": "eur", "decline_code": "expired_card"}
    assert message(RejectionCode.PAST_DUE, two).sentence == (
        "The agency owes €5,382.60 for 2 unpaid invoices, so nothing has changed. The card was declined. The card"
        " has expired. Pay it under Seats & Billing, then try again."
    )
    assert problem(RejectionCode.PAST_DUE).detail({}).startswith("An earlier invoice is unpaid")


def test_a_page_gives_the_banks_reason_too() -> None:
    sentence = message(RejectionCode.PAYMENT_DECLINED, {"decline_code": "expired_card"}).sentence
    assert sentence.startswith("The card was declined. The card has expired.")
    assert billing.save_again("expired_card").startswith("The card has expired. Nothing was charged")
    assert billing.paused(RejectionCode.PAYMENT_DECLINED, None, "expired_card").startswith("The card has expired.")
    assert billing.debt(Debt(2, 500, "usd", "expired_card")).startswith(
        "You owe $5.00 for 2 unpaid invoices. The card has expired. Until it is paid"
    )
    assert billing.debt_title(Debt(2, 500)) == "2 invoices are unpaid"
