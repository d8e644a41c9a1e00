from dataclasses import dataclass
from itertools import product
from uuid import UUID

from contracts.vocabulary import MemberStatus, Role
from services.notifier.domain.recipients import active_admins


@dataclass(frozen=True)
class Member:
    member_id: UUID
    role: Role
    status: MemberStatus


def test_all_active_admins_get_the_mail_and_nobody_else() -> None:
    people = [Member(UUID(int=n), *role_and_status) for n, role_and_status in enumerate(product(Role, MemberStatus))]
    people += [Member(UUID(int=99), Role.ADMIN, MemberStatus.ACTIVE)]
    admins = active_admins(reversed(people))
    assert [(admin.role, admin.status) for admin in admins] == [(Role.ADMIN, MemberStatus.ACTIVE)] * 2
    assert admins == sorted(admins, key=lambda admin: admin.member_id)
