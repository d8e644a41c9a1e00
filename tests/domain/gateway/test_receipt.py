"""The receipt of a change, and the next invoice."""

from services.gateway.domain.receipt import NextInvoice, Receipt, ReceiptLine, next_invoice, receipt


def test_the_parts_of_a_receipt_add_up_to_what_is_charged_today() -> None:
    lines = [
        ReceiptLine("Remaining time on 4 x Voice", 5_000),
        ReceiptLine("Unused time on 2 x Voice", -2_500),
        ReceiptLine("Discount", -250),
        ReceiptLine("Tax", 190),
    ]
    made = receipt(lines, [ReceiptLine("Remaining time on 1 x Base", 300)], due_now=2_240, credit=0, from_balance=500)
    assert made == Receipt(seats=2_500, earlier=300, discount=-250, tax=190, balance=-500, today=2_240)
    assert made.seats + made.earlier + made.discount + made.tax + made.balance == made.today


def test_a_credit_is_a_negative_total() -> None:
    made = receipt([ReceiptLine("Unused time", -900)], [], due_now=0, credit=900, from_balance=0)
    assert (made.seats, made.today) == (-900, -900)


def test_a_balance_pays_the_next_invoice_first() -> None:
    assert next_invoice(10_000, 0) == NextInvoice(10_000, 0)
    assert next_invoice(10_000, 4_000) == NextInvoice(6_000, 4_000)
    assert next_invoice(10_000, 15_000) == NextInvoice(0, 10_000)
    assert next_invoice(10_000, -500) == NextInvoice(10_500, -500)
