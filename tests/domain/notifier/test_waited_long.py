from datetime import UTC, datetime, timedelta

import pytest

from contracts.vocabulary import MemberStatus
from services.notifier.domain.waited_long import deserves_a_mail

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("waited", "mailed"),
    [(10.001, True), (10, False), (None, False)],
)
def test_a_person_who_waited_more_than_ten_seconds_for_a_purchase_gets_a_mail(
    waited: float | None, mailed: bool
) -> None:
    since = NOW - timedelta(seconds=waited) if waited is not None else None
    assert deserves_a_mail(MemberStatus.PENDING_LOGIN, since, NOW) is mailed


def test_a_blocked_person_gets_a_mail_however_short_the_wait() -> None:
    assert deserves_a_mail(MemberStatus.BLOCKED, None, NOW)
