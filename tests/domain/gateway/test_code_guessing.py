"""A code lives ten minutes, dies at its fifth wrong try; ten wrong ones of strangers make the link necessary."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.application.hashing import new_code
from services.gateway.domain.code_guessing import (
    ADDRESS,
    CODE_LIFE,
    CODES,
    FIRST_LOGINS,
    NOTICE_EVERY,
    TRIES_PER_CODE,
    LinkNeeded,
    NoLiveCode,
    Proven,
    RequestedCode,
    Tries,
    Wrong,
    judge,
    notifies_admins,
)
from services.gateway.model.login_codes import WrongTries

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALIVE = RequestedCode(NOW + CODE_LIFE, 0, used=False)
NONE = Tries((), {})
HARBOR, RIVER = UUID(int=1), UUID(int=2)
YEAR = timedelta(days=366)


def tries(count: int, ago: timedelta = timedelta(minutes=1)) -> tuple[datetime, ...]:
    return (NOW - ago,) * count


def test_the_right_code_proves_the_mailbox() -> None:
    assert judge(ALIVE, NONE, matches=True, now=NOW) == Proven()


def test_a_wrong_code_tells_the_tries_that_are_left() -> None:
    assert judge(ALIVE, NONE, matches=False, now=NOW) == Wrong(4)


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
    assert judge(ALIVE, Tries(tries(10), {}), matches=True, now=NOW) == LinkNeeded()
    assert judge(ALIVE, Tries(tries(9), {}), matches=True, now=NOW) == Proven()


def test_a_wrong_try_of_an_address_counts_for_92_days() -> None:
    assert judge(ALIVE, Tries(tries(10, timedelta(days=91)), {}), matches=True, now=NOW) == LinkNeeded()
    assert judge(ALIVE, Tries(tries(10, timedelta(days=92)), {}), matches=True, now=NOW) == Proven()


def test_after_ten_wrong_first_logins_of_an_agency_the_right_code_of_one_is_answered_as_a_wrong_one() -> None:
    """INVARIANT: no response tells an address that waits for its first login from one of an Active member."""
    limited = Tries((), {HARBOR: tries(10)})
    for matches in (True, False):
        answer = judge(ALIVE, limited, matches=matches, now=NOW)
        assert isinstance(answer, Wrong)
        assert answer == judge(ALIVE, NONE, matches=False, now=NOW)
    assert judge(ALIVE, NONE, matches=True, now=NOW) == Proven()


def test_a_wrong_try_on_first_logins_counts_for_24_hours_and_in_each_agency_that_it_would_enter() -> None:
    spent, free = tries(10), tries(9)
    assert judge(ALIVE, Tries((), {HARBOR: free, RIVER: spent}), matches=True, now=NOW) == Wrong(4)
    assert judge(ALIVE, Tries((), {HARBOR: free, RIVER: free}), matches=False, now=NOW) == Wrong(
        4, against=(HARBOR, RIVER), first_logins_used_up=(HARBOR, RIVER)
    )
    old = Tries((), {HARBOR: tries(10, timedelta(hours=24))})
    assert judge(ALIVE, old, matches=True, now=NOW) == Proven()


def test_the_tenth_wrong_try_names_the_limits_that_it_uses_up() -> None:
    nine = Tries(tries(9), {HARBOR: tries(8)})
    assert judge(ALIVE, nine, matches=False, now=NOW) == Wrong(4, against=(HARBOR,), address_used_up=True)
    eight = Tries(tries(8), {HARBOR: tries(9)})
    assert judge(ALIVE, eight, matches=False, now=NOW) == Wrong(4, against=(HARBOR,), first_logins_used_up=(HARBOR,))


def test_each_wrong_try_leaves_one_less() -> None:
    left = [
        judge(RequestedCode(NOW + CODE_LIFE, wrong, used=False), NONE, matches=False, now=NOW) for wrong in range(5)
    ]
    assert left == [Wrong(4 - wrong) for wrong in range(5)]


def test_admins_are_told_of_a_limit_once_a_day() -> None:
    assert notifies_admins(None, NOW)
    assert not notifies_admins(NOW, NOW + NOTICE_EVERY - timedelta(seconds=1))
    assert notifies_admins(NOW, NOW + NOTICE_EVERY)


def test_a_code_has_the_values_that_the_arithmetic_counts_on() -> None:
    assert {len(new_code()) for _ in range(100)} == {len(str(CODES - 1))}


def test_a_stranger_takes_over_a_given_account_with_a_probability_of_at_most_half_a_percent_a_year() -> None:
    """Each window of the budget that a year touches gives a stranger a whole budget of compared codes."""
    windows = ceil(YEAR / ADDRESS.window)
    assert Fraction(ADDRESS.most * windows, CODES) <= Fraction(5, 1000)


def test_a_stranger_forces_a_purchase_at_an_agency_with_a_probability_of_at_most_one_in_a_thousand_a_day() -> None:
    windows = ceil(timedelta(days=1) / FIRST_LOGINS.window)
    assert Fraction(FIRST_LOGINS.most * windows, CODES) <= Fraction(1, 1000)


@dataclass
class Attack:
    """Strangers with any number of browsers, on three addresses of two agencies; owners sign in and mistype between.

    Every code that may be compared is compared, and never right. `compared` has the times by address and agency.
    """

    now: datetime = NOW
    addresses: dict[str, WrongTries] = field(default_factory=dict)
    agencies: dict[UUID, WrongTries] = field(default_factory=dict)
    compared: dict[object, list[datetime]] = field(default_factory=dict)
    memberships = {"ada": (HARBOR,), "noor": (HARBOR, RIVER), "eve": (RIVER,)}  # noqa: RUF012  never changed

    def tries(self, address: str) -> tuple[WrongTries, dict[UUID, WrongTries]]:
        own = self.addresses.setdefault(address, WrongTries(address.encode(), None, []))
        agencies = self.memberships[address]
        return own, {
            agency: self.agencies.setdefault(agency, WrongTries(agency.bytes, None, [])) for agency in agencies
        }

    def guess(self, address: str, tried_by: bytes, *, stranger: bool = True) -> bool:
        """One wrong code; False when no code is taken any more."""
        own, agencies = self.tries(address)
        counted = Tries(own.times, {agency: tries.times for agency, tries in agencies.items()})
        code = RequestedCode(self.now + CODE_LIFE, 0, used=False)
        if stranger and judge(code, counted, matches=True, now=self.now) == Proven():
            for subject in (address, *agencies):
                self.compared.setdefault(subject, []).append(self.now)
        answer = judge(code, counted, matches=False, now=self.now)
        if not isinstance(answer, Wrong):
            return False
        own.add(self.now, tried_by)
        for agency in answer.against:
            agencies[agency].add(self.now, tried_by)
        return bool(answer.against)

    def owner_signs_in(self, address: str, mistyped: int) -> None:
        """The owner mistypes in a browser of their own, and then signs in there: those tries are taken back."""
        tried_by = f"browser of {address}".encode()
        for _ in range(mistyped):
            self.guess(address, tried_by, stranger=False)
        own, agencies = self.tries(address)
        for tries in (own, *agencies.values()):
            tries.take_back(tried_by)

    def most_within(self, subject: object, window: timedelta) -> int:
        times = self.compared.get(subject, [])
        return max((sum(1 for at in times if start <= at < start + window) for start in times), default=0)


MOVES = st.tuples(
    st.sampled_from(["ada", "noor", "eve"]),
    st.sampled_from(["guess", "guess all", "owner"]),
    st.integers(0, 6),
    st.sampled_from([timedelta(), timedelta(minutes=10), timedelta(hours=23), timedelta(hours=24), timedelta(days=92)]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVES, min_size=10, max_size=60))
def test_INVARIANT_no_order_of_guesses_and_sign_ins_compares_more_codes_than_the_arithmetic_says(  # noqa: N802
    moves: list[tuple[str, str, int, timedelta]],
) -> None:
    """INVARIANT: forty compared codes of strangers a year on an address, ten a day on an agency's first logins."""
    attack = Attack()
    for number, (address, move, count, pause) in enumerate(moves):
        if move == "owner":
            attack.owner_signs_in(address, count)
        for guess in range(count if move == "guess" else 30 if move == "guess all" else 0):
            attack.guess(address, b"stranger %d %d" % (number, guess // TRIES_PER_CODE))
        attack.now += pause
    for address in attack.memberships:
        assert attack.most_within(address, YEAR) <= Fraction(5, 1000) * CODES
    for agency in (HARBOR, RIVER):
        assert attack.most_within(agency, timedelta(days=1)) <= Fraction(1, 1000) * CODES


def test_a_sign_in_takes_back_the_wrong_codes_of_its_own_browser_alone() -> None:
    row = WrongTries(b"noor", None, [(NOW, b"old stranger"), (NOW, b"owner")])
    row.add(NOW, b"owner")
    row.add(NOW, b"stranger")
    row.take_back(b"owner")
    assert row.times == [NOW, NOW]
    assert (row.new, row.taken_back) == ([(NOW, b"stranger")], {b"owner"})
