from datetime import timedelta

import pytest

from services.notifier.domain.after_sending import (
    Accepted,
    Delivery,
    Finished,
    PermanentFailure,
    TransientFailure,
    TryAgain,
    UnknownOutcome,
    after_sending,
    after_sending_a_code,
)

JUST_NOW, DAYS = timedelta(0), timedelta(days=4)


@pytest.mark.parametrize(
    ("delivery", "decision"),
    [
        (Accepted(), Finished()),
        (PermanentFailure("550 no such mailbox"), Finished("550 no such mailbox")),
        (TransientFailure("answer_451"), TryAgain("answer_451")),
        (UnknownOutcome("lost_after_data"), TryAgain("lost_after_data", unknown=True)),
    ],
)
def test_a_mail_is_sent_again_unless_it_was_accepted_or_failed_permanently(
    delivery: Delivery, decision: Finished | TryAgain
) -> None:
    assert after_sending(delivery, JUST_NOW) == decision


@pytest.mark.parametrize("delivery", [TransientFailure("not_connected"), UnknownOutcome("not_connected")])
def test_a_mail_is_given_up_after_four_days(delivery: Delivery) -> None:
    assert isinstance(after_sending(delivery, DAYS - timedelta(seconds=1)), TryAgain)
    assert after_sending(delivery, DAYS) == Finished("given up after 4 days: not_connected")


def test_a_mail_accepted_after_four_days_is_finished_without_a_failure() -> None:
    assert after_sending(Accepted(), DAYS) == Finished()


@pytest.mark.parametrize(
    ("delivery", "decision"),
    [
        (Accepted(), Finished()),
        (PermanentFailure("550"), Finished("550")),
        (TransientFailure("answer_451"), TryAgain("answer_451")),
        (UnknownOutcome("lost_after_data"), Finished("lost_after_data")),
    ],
)
def test_a_code_is_sent_again_only_after_a_transient_failure(delivery: Delivery, decision: Finished | TryAgain) -> None:
    assert after_sending_a_code(delivery) == decision
