"""Every invoice belongs to one operation or to none."""

from uuid import UUID

from services.billing.domain.invoice_of import invoice_of_answer, invoice_of_operation
from services.billing.domain.snapshots import StripeInvoiceSnapshot

OPERATION = UUID("01990000-0000-7000-8000-000000000001")


def invoice(
    name: str, *, reason: str = "subscription_update", operation: str | None = str(OPERATION)
) -> StripeInvoiceSnapshot:
    return StripeInvoiceSnapshot(name, None, 100, 100, None, reason, operation)


def test_the_newest_invoice_belongs_to_the_update_if_it_is_new() -> None:
    made = invoice("in_2")
    assert invoice_of_answer(made, "in_1") == made


def test_an_update_that_bills_nothing_has_no_invoice() -> None:
    assert invoice_of_answer(invoice("in_1"), "in_1") is None
    assert invoice_of_answer(None, None) is None


def test_the_invoice_of_a_lost_response_has_the_operation_in_its_metadata() -> None:
    ours = invoice("in_2")
    newer = invoice("in_3", operation="01990000-0000-7000-8000-000000000002")
    assert invoice_of_operation(OPERATION, [newer, ours]) == ours


def test_a_renewal_after_the_operation_is_not_its_invoice() -> None:
    assert invoice_of_operation(OPERATION, [invoice("in_2", reason="subscription_cycle")]) is None


def test_a_later_invoice_with_the_same_operation_belongs_to_another_update() -> None:
    assert invoice_of_operation(OPERATION, [invoice("in_3"), invoice("in_2")]) == invoice("in_2")
