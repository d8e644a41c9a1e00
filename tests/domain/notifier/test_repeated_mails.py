"""The same news is mailed again only after a while."""

from datetime import UTC, datetime, timedelta

from services.notifier.domain.repeated_mails import ADVICE_EVERY, is_repeated

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_news_is_repeated_until_its_time_is_over() -> None:
    assert not is_repeated(None, ADVICE_EVERY, NOW)
    assert is_repeated(NOW, ADVICE_EVERY, NOW)
    assert is_repeated(NOW, ADVICE_EVERY, NOW + ADVICE_EVERY - timedelta(seconds=1))
    assert not is_repeated(NOW, ADVICE_EVERY, NOW + ADVICE_EVERY)
