"""The tables that `docs/scale.md` and the chapter on retention in `docs/operations.md` take from the measurement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from deploy.local.paths import REPOSITORY
from tests.scale.arithmetic import MONTH, Size, kept_months, measured

SIZES = tuple(Size(agencies) for agencies in (1_000, 50_000, 1_000_000))
YEAR = 12
SMALL = 1_000_000
"""Bytes a month of 1,000 agencies below which a table is not worth a line."""
_PLACE = "<!-- {name}: written by `make scale` -->\n"
_END = "<!-- end -->"


def resources() -> str:
    """What each number of agencies needs."""
    rows: list[tuple[str, Callable[[Size], str]]] = [
        ("sign-ins a second, busiest hour", lambda size: f"{size.sign_ins:,.1f}"),
        ("records a second on the bus, then", lambda size: f"{size.messages:,.0f}"),
        ("partitions of a topic", lambda _: "24"),
        ("replicas of each service", lambda size: f"{size.replicas}"),
        ("CPUs of the services", lambda size: f"{size.service_cpu:,.1f}"),
        ("CPUs of Postgres", lambda size: f"{size.postgres_cpu:,.1f}"),
        ("connections to Postgres", lambda size: f"{size.connections:,}"),
        ("Postgres after a month", lambda size: _bytes(size.stored(1))),
        ("Postgres after a year", lambda size: _bytes(size.stored(12))),
        ("brokers, three copies", lambda size: _bytes(size.bus)),
        ("mails a month", lambda size: f"{size.mails:,}"),
        ("calls to Stripe a month", lambda size: f"{size.stripe_calls:,}"),
        ("nightly comparison with Stripe", lambda size: f"{size.sweep:,.2f} h"),
    ]
    head = ("Agencies", *(f"{size.agencies:,}" for size in SIZES))
    return _table(head, ((name, *(of(size) for size in SIZES)) for name, of in rows))


def one_month() -> str:
    """What was measured of one agency."""
    found = measured()
    rows = [
        ("sign-ins", f"{found['sign_ins']:,}"),
        ("records on the bus", f"{found['messages']:,.0f}, {_bytes(found['bus_bytes'])}"),
        ("mails", f"{found['mails']:,.0f}"),
        ("calls to Stripe", f"{found['stripe_calls']:,.1f}"),
        ("rows at its opening, with 12 people in", _bytes(sum(opening for opening, _ in found["tables"].values()))),
        ("rows in a month", _bytes(sum(month for _, month in found["tables"].values()))),
        ("of these, rows that stay", _bytes(sum(month for name, month in _months() if kept_months(name) > YEAR))),
    ]
    return _table(("Of one agency, in a month", "Measured"), rows)


def growth() -> str:
    """The tables that grow most."""
    most = sorted(_months(), key=lambda row: -row[1])
    shown = [(name, month) for name, month in most if month * 1000 >= SMALL]
    rows = [(f"`{name}`", _bytes(month * 1000), _kept(name)) for name, month in shown]
    rest = sum(month for name, month in most) - sum(month for _, month in shown)
    return _table(("Table", "A month", "Kept"), [*rows, ("all others", _bytes(rest * 1000), "")])


def _months() -> Iterator[tuple[str, int]]:
    for name, (_, month) in measured()["tables"].items():
        yield name, month


def _kept(name: str) -> str:
    months = kept_months(name)
    days = "for ever" if months > YEAR else f"{round(months * MONTH)} days"
    return "a day" if days == "1 days" else days


def _bytes(count: float) -> str:
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count / 1e3:,.0f} kB"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


PAGES = {
    REPOSITORY / "docs" / "scale.md": {"resources": resources, "one month": one_month},
    REPOSITORY / "docs" / "operations.md": {"growth": growth},
}


def written() -> Iterator[tuple[str, str, str]]:
    """Each page: its path, its text, and what its text is with the tables of now."""
    for path, tables in PAGES.items():
        text = now = path.read_text()
        for name, table in tables.items():
            place = _PLACE.format(name=name)
            before, found, rest = now.partition(place)
            _, end, after = rest.partition(_END)
            now = f"{before}{place}{table()}{_END}{after}"
            if not (found and end):
                raise ValueError(f"{path} has no place for {name}")
        yield str(path), text, now


def write_pages() -> None:
    """Write the tables into the pages."""
    for path, _, now in list(written()):
        with open(path, "w") as page:  # noqa: PTH123
            page.write(now)
