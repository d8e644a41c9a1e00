"""A code lives ten minutes, dies at its fifth wrong try; ten wrong ones a day make the link necessary."""

from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.domain.code_guessing import (
    CODE_LIFE,
    WINDOW,
    LinkNeeded,
    NoLiveCode,
    Proven,
    RequestedCode,
    Scope,
    Tries,
    Wrong,
    judge,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALIVE = RequestedCode(NOW + CODE_LIFE, 0, used=False)
NONE = Tries((), None)


def tries(count: int, ago: timedelta = timedelta(minutes=1)) -> tuple[datetime, ...]:
    return (NOW - ago,) * count


def test_the_right_code_proves_the_mailbox() -> None:
    assert judge(ALIVE, NONE, matches=True, now=NOW) == Proven()


def test_a_wrong_code_tells_the_tries_that_are_left() -> None:
    assert judge(ALIVE, NONE, matches=False, now=NOW) == Wrong(4, ())


@pytest.mark.parametrize(
    "requested",
    [
        None,
        RequestedCode(NOW, 0, used=False),
        RequestedCode(NOW + CODE_LIFE, 5, used=False),
        RequestedCode(NOW + CODE_LIFE, 0, used=True),
    ],
)
def test_a_code_that_is_not_this_browsers_or_expired_or_dead_or_used_proves_nothing(
    requested: RequestedCode | None,
) -> None:
    assert judge(requested, NONE, matches=True, now=NOW) == NoLiveCode()


def test_ten_wrong_tries_of_an_address_need_the_link_even_with_the_right_code() -> None:
    assert judge(ALIVE, Tries(tries(10), None), matches=True, now=NOW) == LinkNeeded()


def test_ten_wrong_first_logins_of_an_agency_need_the_link_for_first_logins_only() -> None:
    assert judge(ALIVE, Tries((), tries(10)), matches=True, now=NOW) == LinkNeeded()
    assert judge(ALIVE, Tries((), None), matches=True, now=NOW) == Proven()


def test_a_wrong_try_counts_for_24_hours() -> None:
    assert judge(ALIVE, Tries(tries(10, WINDOW), None), matches=True, now=NOW) == Proven()


def test_the_tenth_wrong_try_names_the_limit_that_it_used_up() -> None:
    assert judge(ALIVE, Tries(tries(9), tries(8)), matches=False, now=NOW) == Wrong(4, (Scope.ADDRESS,))
    both = (Scope.ADDRESS, Scope.FIRST_LOGINS)
    assert judge(ALIVE, Tries(tries(9), tries(9)), matches=False, now=NOW) == Wrong(4, both)


def test_each_wrong_try_leaves_one_less() -> None:
    left = [
        judge(RequestedCode(NOW + CODE_LIFE, wrong, used=False), NONE, matches=False, now=NOW) for wrong in range(5)
    ]
    assert left == [Wrong(4 - wrong, ()) for wrong in range(5)]
