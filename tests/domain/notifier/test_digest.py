from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.digest import Digest, with_blocked

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIRST, SECOND = UUID(int=1), UUID(int=2)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_the_first_blocked_clinician_opens_a_digest_with_the_events_id() -> None:
    assert with_blocked(None, FIRST, START) == Digest(FIRST, START, START)


def test_a_digest_of_one_is_sent_after_five_seconds_of_quiet() -> None:
    digest = with_blocked(None, FIRST, START)
    assert not digest.is_due(after(4.999))
    assert digest.is_due(after(5))


def test_another_blocked_clinician_joins_the_digest_and_restarts_the_quiet() -> None:
    digest = with_blocked(with_blocked(None, FIRST, START), SECOND, after(4))
    assert digest == Digest(FIRST, START, after(4))
    assert digest.due_at == after(9)


def test_a_burst_without_quiet_is_sent_after_sixty_seconds() -> None:
    digest = with_blocked(None, FIRST, START)
    for second in range(1, 60):
        digest = with_blocked(digest, SECOND, after(second))
    assert digest.due_at == after(60)


def test_an_event_with_an_earlier_time_never_shortens_the_quiet() -> None:
    digest = with_blocked(with_blocked(None, FIRST, after(3)), SECOND, START)
    assert digest.due_at == after(8)


@given(st.lists(st.floats(0, 20), max_size=60))
def test_invariant_every_digest_is_sent_within_sixty_seconds_and_after_five_of_quiet(pauses: list[float]) -> None:
    """INVARIANT: for any arrivals, each is mailed within 60 s, and no digest is sent in the middle of a burst."""
    now, digest = START, None
    opened: list[datetime] = []
    for pause in pauses:
        now += timedelta(seconds=pause)
        if digest is not None and digest.is_due(now):
            assert digest.due_at - digest.opened_at <= timedelta(seconds=60)
            quiet = digest.due_at - digest.last_at
            assert quiet == timedelta(seconds=5) or digest.due_at - digest.opened_at == timedelta(seconds=60)
            digest = None
        before, digest = digest, with_blocked(digest, uuid4(), now)
        if before is None:
            opened.append(now)
        else:
            assert digest.id == before.id
    if digest is not None:
        assert digest.opened_at == opened[-1]
