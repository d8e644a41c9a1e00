"""The operator is mailed about the first ten agencies that wait for one cause, and told with the tenth."""

from services.notifier.domain.operator_mails import MOST_MAILED, is_last, is_mailed


def test_the_first_ten_are_mailed() -> None:
    assert [is_mailed(others) for others in (0, MOST_MAILED - 1, MOST_MAILED)] == [True, True, False]


def test_the_tenth_says_that_no_mail_follows() -> None:
    assert [others for others in range(20) if is_last(others)] == [MOST_MAILED - 1]
