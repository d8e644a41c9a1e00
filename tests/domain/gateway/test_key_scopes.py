"""A key makes the calls of its scopes and no others; admin opens every call."""

import pytest

from contracts.vocabulary import KeyScope
from services.gateway.domain.key_scopes import missing_scope, scope_of
from services.gateway.domain.session_rights import Need

OF_ADMINS = (Need.READ, Need.MEMBERS, Need.BILLING, Need.ADMIN)


def test_every_need_has_its_scope_or_is_open_to_any_key() -> None:
    assert {need: scope_of(need) for need in Need if scope_of(need) is not None} == {
        Need.STREAM: KeyScope.READ,
        Need.READ: KeyScope.READ,
        Need.MEMBERS: KeyScope.MEMBERS,
        Need.USAGE: KeyScope.USAGE,
        Need.BILLING: KeyScope.BILLING,
        Need.ADMIN: KeyScope.ADMIN,
    }


@pytest.mark.parametrize("scope", [KeyScope.READ, KeyScope.MEMBERS, KeyScope.BILLING])
def test_a_scope_opens_its_own_calls_alone(scope: KeyScope) -> None:
    opened = {need for need in OF_ADMINS if missing_scope(need, {scope}) is None}
    assert opened == {need for need in OF_ADMINS if scope_of(need) is scope}


def test_admin_opens_every_call() -> None:
    assert [need for need in Need if missing_scope(need, {KeyScope.ADMIN}) is not None] == []


def test_all_other_scopes_together_make_no_admin_and_no_key() -> None:
    assert missing_scope(Need.ADMIN, set(KeyScope) - {KeyScope.ADMIN}) is KeyScope.ADMIN


def test_a_key_without_any_scope_reads_its_own_admin_and_nothing_else() -> None:
    assert {need for need in Need if missing_scope(need, ()) is None} == {
        Need.OWN,
        Need.SESSION,
        Need.ACTIVE,
    }
