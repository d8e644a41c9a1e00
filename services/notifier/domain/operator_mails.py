"""One cause that makes very many agencies wait is mailed for the first of them; the operator's list has them all."""

MOST_MAILED = 10
"""So many agencies that wait for the broker show that the cause is none of theirs."""


def is_mailed(others: int) -> bool:
    """Whether the operator is mailed about an agency, when `others` wait for the broker already."""
    return others < MOST_MAILED


def is_last(others: int) -> bool:
    """Whether no mail follows about agencies that wait after this one."""
    return others == MOST_MAILED - 1
