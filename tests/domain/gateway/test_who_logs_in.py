"""For whom a login would be the first one."""

import pytest

from contracts.seats_simulations import LoginResult, SimulatedLogin
from contracts.vocabulary import BlockedReason, MemberStatus
from services.gateway.domain.who_logs_in import NEEDS_SEAT, Entrance, entrance_of
from services.gateway.texts.dry_runs import outcome


@pytest.mark.parametrize(
    ("status", "on_domain", "entrance"),
    [
        (None, True, Entrance.FIRST_LOGIN),
        (None, False, Entrance.OTHER_DOMAIN),
        (MemberStatus.PENDING_LOGIN, False, Entrance.FIRST_LOGIN),
        (MemberStatus.INVITED, False, Entrance.INVITATION),
        (MemberStatus.ACTIVE, True, Entrance.HAS_SEAT),
        (MemberStatus.BLOCKED, True, Entrance.STAYS_BLOCKED),
        (MemberStatus.REMOVED, True, Entrance.REMOVED),
    ],
)
def test_a_person_comes_in_by_their_status_or_by_the_auto_join_domain(
    status: MemberStatus | None, on_domain: bool, entrance: Entrance
) -> None:
    assert entrance_of(status, waits_for_seat=False, on_domain=on_domain) is entrance


def test_whoever_waits_for_a_seat_already_logs_in_for_nothing_new() -> None:
    for status in (MemberStatus.PENDING_LOGIN, MemberStatus.INVITED):
        assert entrance_of(status, waits_for_seat=True, on_domain=True) is Entrance.IN_LINE


def test_each_outcome_has_its_own_sentence() -> None:
    logins = [SimulatedLogin(result=result) for result in LoginResult if result is not LoginResult.BLOCKED]
    logins += [SimulatedLogin(result=LoginResult.BLOCKED, reason=reason) for reason in BlockedReason]
    sentences = [outcome(Entrance.FIRST_LOGIN, login) for login in logins]
    sentences += [outcome(entrance, None) for entrance in Entrance if entrance not in NEEDS_SEAT]
    assert len(set(sentences)) == len(sentences)
