from datetime import timedelta

import pytest

from services.notifier.domain.after_sending import (
    Delivery,
    NotNow,
    Over,
    PerhapsTaken,
    Refused,
    Taken,
    TryAgain,
    after_sending,
    after_sending_a_code,
)

JUST_NOW, DAYS = timedelta(0), timedelta(days=4)


@pytest.mark.parametrize(
    ("delivery", "follows"),
    [
        (Taken(), Over()),
        (Refused("550 no such mailbox"), Over("550 no such mailbox")),
        (NotNow("answer_451"), TryAgain("answer_451")),
        (PerhapsTaken("lost_after_data"), TryAgain("lost_after_data", unknown=True)),
    ],
)
def test_only_a_taken_or_refused_mail_is_not_tried_again(delivery: Delivery, follows: Over | TryAgain) -> None:
    assert after_sending(delivery, JUST_NOW) == follows


@pytest.mark.parametrize("delivery", [NotNow("not_connected"), PerhapsTaken("not_connected")])
def test_a_mail_is_given_up_after_four_days(delivery: Delivery) -> None:
    assert isinstance(after_sending(delivery, DAYS - timedelta(seconds=1)), TryAgain)
    assert after_sending(delivery, DAYS) == Over("given up after 4 days: not_connected")


def test_a_mail_taken_after_four_days_was_taken() -> None:
    assert after_sending(Taken(), DAYS) == Over()


@pytest.mark.parametrize(
    ("delivery", "follows"),
    [
        (Taken(), Over()),
        (Refused("550"), Over("550")),
        (NotNow("answer_451"), TryAgain("answer_451")),
        (PerhapsTaken("lost_after_data"), Over("lost_after_data")),
    ],
)
def test_a_code_that_may_have_been_taken_is_over(delivery: Delivery, follows: Over | TryAgain) -> None:
    assert after_sending_a_code(delivery) == follows
