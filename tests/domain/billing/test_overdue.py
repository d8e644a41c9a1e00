"""A sent invoice is overdue past its due date, give or take the difference of two clocks."""

from datetime import UTC, datetime

import pytest

from services.billing.domain.overdue import is_overdue


@pytest.mark.parametrize(("due_at", "overdue"), [(None, False), (5000, True), (5060, True), (5061, False)])
def test_a_sent_invoice_is_overdue_from_its_due_date_on(due_at: int | None, overdue: bool) -> None:
    assert is_overdue(due_at, datetime.fromtimestamp(5000, UTC)) is overdue
