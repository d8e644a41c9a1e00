"""What each policy would have done with last month's first logins."""

import pytest

from contracts.policy_vocabulary import SeatPolicy
from contracts.vocabulary import SeatType
from services.gateway.domain.first_logins import FirstLogins, PolicyInUse, would_have_asked
from services.gateway.texts.seat_policies import last_month, own_rules


@pytest.mark.parametrize(("policy", "asked"), [(SeatPolicy.APPROVE_EACH, 9), (SeatPolicy.ASK, 5), (SeatPolicy.BUY, 0)])
def test_a_policy_makes_those_wait_for_an_admin_whom_it_lets_take_no_seat(policy: SeatPolicy, asked: int) -> None:
    assert would_have_asked(FirstLogins(free=4, bought=3, blocked=2), policy) == asked


def test_the_page_says_what_became_of_last_month() -> None:
    assert last_month(FirstLogins(), SeatType.VOICE) == (
        "Last month nobody logged in for the first time to a Voice seat."
    )
    assert last_month(FirstLogins(free=4, bought=3, blocked=2), SeatType.VOICE) == (
        "Last month 9 people logged in for the first time to a Voice seat: 4 took a free seat, 3 got one that"
        " was bought, and 2 were blocked. “Approve each” would have made 9 wait for an admin,"
        " “use free seats, else ask” 5."
    )


def test_the_switch_names_the_rules_that_it_replaces() -> None:
    base, voice = (PolicyInUse(kind, SeatPolicy.ASK, FirstLogins()) for kind in SeatType)
    assert own_rules((base, voice), auto_add=False) == ""
    own = PolicyInUse(SeatType.VOICE, SeatPolicy.APPROVE_EACH, FirstLogins())
    assert own_rules((base, own), auto_add=False) == (
        "Another rule is set for Voice: approve each. Switching Auto-Add ON replaces it."
    )
