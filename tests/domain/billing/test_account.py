"""What billing keeps of an agency."""

from uuid import UUID

from services.billing.domain.account import Agency


def test_a_signed_baa_is_kept_and_written_once_it_is_heard_of() -> None:
    agency = Agency(UUID(int=1))
    assert (agency.baa_signed, agency.baa_changed) == (False, False)
    agency.sign_baa()
    assert (agency.baa_signed, agency.baa_changed) == (True, True)
