"""A released migration is never edited, and a new one leaves the release before all that it reads and writes."""

from collections import Counter

import pytest

from hosting.migrations import Migration
from tests.support.released_migrations import Record, present, problems, recorded, removals

OLD, NEW = "services/seats/schema/001_old.sql", "services/seats/schema/002_new.sql"
SHIPPED = Migration("001_old.sql", "CREATE TABLE old (n integer);")
RELEASED = {OLD: SHIPPED.checksum}


def test_no_released_migration_is_edited_or_gone_and_each_new_one_only_expands() -> None:
    assert list(problems(recorded(), present())) == []


def test_every_exception_names_a_file_that_is_there() -> None:
    assert set(recorded().contracts) <= set(present())


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({}, "is gone"),
        ({OLD: Migration("001_old.sql", "CREATE TABLE old (n bigint);")}, "is edited"),
        ({OLD: SHIPPED, "services/seats/schema/000_new.sql": Migration("000_new.sql", "SELECT 1;")}, "comes before"),
        ({OLD: SHIPPED, NEW: Migration("002_new.sql", "DROP TABLE old;")}, "expand now, contract later"),
        ({OLD: SHIPPED, NEW: Migration("002_new.sql", "-- contract: old\nDROP TABLE old;")}, "expand now"),
        ({OLD: SHIPPED, NEW: Migration("002_new.sql", "-- contract: old\nSELECT 1;")}, "removes nothing"),
    ],
)
def test_each_breach_is_found(files: dict[str, Migration], problem: str) -> None:
    [found] = problems(Record(RELEASED, {}), files)
    assert problem in found


def test_a_removal_passes_if_the_file_says_so_and_is_listed() -> None:
    files = {OLD: SHIPPED, NEW: Migration("002_new.sql", "-- contract: the table old\nDROP TABLE old;")}
    assert list(problems(Record(RELEASED, {NEW: "1.3.0"}), files)) == []


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE old DROP COLUMN n",
        "ALTER TABLE old RENAME COLUMN n TO m",
        "ALTER TABLE old ALTER COLUMN n TYPE text",
        "ALTER TABLE old ALTER n SET NOT NULL",
        "ALTER TABLE old ADD COLUMN a text, ADD COLUMN b text NOT NULL",
        "DELETE FROM old",
        "drop view old",
    ],
)
def test_what_the_release_before_cannot_bear_is_a_removal(sql: str) -> None:
    assert list(removals(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE new (n integer NOT NULL)",
        "ALTER TABLE old ADD COLUMN a text NOT NULL DEFAULT '', ADD COLUMN b text",
        "DROP INDEX old_n; CREATE INDEX old_n ON old (n)",
        "ALTER TABLE old DROP CONSTRAINT old_n_check",
        "-- DROP TABLE old\nSELECT 1",
    ],
)
def test_what_only_adds_or_widens_is_none(sql: str) -> None:
    assert not list(removals(sql))


def test_no_two_migrations_of_a_folder_have_the_same_number() -> None:
    numbers = Counter((name.rpartition("/")[0], name.rpartition("/")[2][:3]) for name in present())
    assert [number for number, count in numbers.items() if count > 1] == []
