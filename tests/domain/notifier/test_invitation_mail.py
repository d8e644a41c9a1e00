"""When an invitation is still mailed."""

from datetime import UTC, datetime, timedelta

from services.notifier.domain.invitation_mail import is_worth_mailing

EXPIRES = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


def test_an_invitation_is_mailed_until_its_link_expires_and_not_from_then_on() -> None:
    assert is_worth_mailing(EXPIRES, EXPIRES - timedelta(microseconds=1))
    assert not is_worth_mailing(EXPIRES, EXPIRES)
