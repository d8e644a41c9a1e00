"""An invitation is mailed only while its link is valid."""

from datetime import UTC, datetime, timedelta

from services.notifier.domain.invitation_mail import is_worth_mailing

EXPIRES = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


def test_an_invitation_is_mailed_only_before_its_link_expires() -> None:
    assert is_worth_mailing(EXPIRES, EXPIRES - timedelta(microseconds=1))
    assert not is_worth_mailing(EXPIRES, EXPIRES)
