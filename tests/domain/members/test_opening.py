"""An agency whose account is refused does not exist."""

from dataclasses import replace

import pytest

from services.members.domain.agency import Agency
from services.members.domain.opening import NotThere, Withdraw, account_rejected

AGENCY = Agency("Clinic", "clinic.example")


def test_a_refused_account_withdraws_the_agency() -> None:
    assert account_rejected(AGENCY) == Withdraw(replace(AGENCY, rejected=True))


@pytest.mark.parametrize("agency", [None, replace(AGENCY, rejected=True)])
def test_an_agency_that_is_not_there_is_not_withdrawn_again(agency: Agency | None) -> None:
    assert account_rejected(agency) == NotThere()
