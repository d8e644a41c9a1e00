"""A limit that is raised when people are let in leaves room for as many again. A limit is never lowered by it."""

from __future__ import annotations

from services.gateway.domain.auto_add_limits import Limit, TypeInUse


def raised_limit(of_type: TypeInUse, purchased: int, let_in: int) -> Limit:
    """The limit with which Auto-Add can buy as many seats as people are let in. `purchased` is the count after that."""
    limit, bought = of_type.limit, of_type.this_month.seats
    if not let_in:
        return limit
    return Limit(
        seats=_raised(limit.seats, purchased + let_in),
        month_seats=_raised(limit.month_seats, bought + let_in),
        month_amount=_raised(limit.month_amount, (bought + let_in) * (of_type.price or 0)),
    )


def _raised(limit: int | None, needed: int) -> int | None:
    return None if limit is None else max(limit, needed)
