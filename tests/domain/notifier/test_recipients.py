from dataclasses import dataclass
from itertools import product
from uuid import UUID

from contracts.vocabulary import MemberStatus, Role
from services.notifier.domain.recipients import active_admins


@dataclass(frozen=True)
class Somebody:
    member_id: UUID
    role: Role
    status: MemberStatus


def test_all_active_admins_are_told_and_nobody_else() -> None:
    people = [Somebody(UUID(int=n), *what) for n, what in enumerate(product(Role, MemberStatus))]
    people += [Somebody(UUID(int=99), Role.ADMIN, MemberStatus.ACTIVE)]
    told = active_admins(reversed(people))
    assert [(one.role, one.status) for one in told] == [(Role.ADMIN, MemberStatus.ACTIVE)] * 2
    assert told == sorted(told, key=lambda one: one.member_id)
