"""The first admin of a new agency gets one welcome mail."""

from itertools import product

import pytest

from contracts.vocabulary import MemberStatus, Role
from services.notifier.domain.welcome import is_welcomed

EVERYBODY = list(product(Role, MemberStatus))
FIRST_ADMIN = (Role.ADMIN, MemberStatus.PENDING_LOGIN)


def test_the_first_admin_is_welcomed() -> None:
    assert is_welcomed(*FIRST_ADMIN)


@pytest.mark.parametrize(("role", "before"), [person for person in EVERYBODY if person != FIRST_ADMIN])
def test_nobody_else_who_becomes_active_is_welcomed(role: Role, before: MemberStatus) -> None:
    assert not is_welcomed(role, before)
