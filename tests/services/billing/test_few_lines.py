"""A quote has a largest number of lines, and its lines always add up."""

from contracts.billing_quotes import MOST_LINES, QuoteLine
from services.billing.contract_mapping import few_lines


def lines(count: int) -> list[QuoteLine]:
    return [QuoteLine(description=f"line {number}", amount=number) for number in range(count)]


def test_lines_beyond_the_most_become_one_with_their_sum() -> None:
    assert few_lines(lines(MOST_LINES)) == tuple(lines(MOST_LINES))
    many = lines(MOST_LINES + 50)
    few = few_lines(many)
    assert (len(few), few[-1].description) == (MOST_LINES, "51 further lines")
    assert sum(line.amount for line in few) == sum(line.amount for line in many)
