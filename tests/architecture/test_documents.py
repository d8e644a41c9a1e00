"""The documents agree with the code: settings, metrics, files, names and links."""

import importlib
import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from pydantic import AliasChoices
from pydantic_settings import BaseSettings

from contracts.vocabulary import Service
from tests.support.packages import GENERIC

REPOSITORY = Path(__file__).resolve().parents[2]
OPERATIONS = REPOSITORY / "docs" / "operations.md"
CONTRIBUTING = REPOSITORY / "CONTRIBUTING.md"
DOCUMENTS = [
    *sorted(REPOSITORY.glob("*.md")),
    *sorted((REPOSITORY / "docs").rglob("*.md")),
    *(REPOSITORY / package / "README.md" for package in (*GENERIC, "contracts")),
    *sorted((REPOSITORY / "services").glob("*/README.md")),
]
# Read by commands, tests and the local world, not by a service.
BESIDE = {
    "HEADCOUNT_OPERATOR",
    "HEADCOUNT_LOCAL",
    "HEADCOUNT_OPERATOR_URL",
    *(f"HEADCOUNT_PASSWORD_{service.upper()}" for service in Service),
}


def settings_of(service: Service) -> type[BaseSettings]:
    """The settings class of a service."""
    kind: type[BaseSettings] = importlib.import_module(f"services.{service}.app").Settings
    return kind


def names_of(kind: type[BaseSettings]) -> set[str]:
    """The environment variables that a settings class reads."""
    names = set()
    for name, field in kind.model_fields.items():
        alias = field.validation_alias
        names |= (
            {str(choice) for choice in alias.choices}
            if isinstance(alias, AliasChoices)
            else {f"HEADCOUNT_{name.upper()}"}
        )
    return names


def test_the_operations_page_lists_every_setting_and_no_other() -> None:
    read = set().union(*(names_of(settings_of(service)) for service in Service))
    rows = [line.split("|")[1] for line in OPERATIONS.read_text().splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`((?:HEADCOUNT|STRIPE)_[A-Z_]+)`", row)}
    assert listed == read


def test_no_document_names_a_setting_that_nobody_reads() -> None:
    read = BESIDE.union(*(names_of(settings_of(service)) for service in Service), {"STRIPE_WEBHOOK_SECRET"})
    named = {
        name for path in DOCUMENTS for name in re.findall(r"`((?:HEADCOUNT|STRIPE)_[A-Z_]*[A-Z])`", path.read_text())
    }
    assert named <= read


def test_the_operations_page_lists_every_metric_and_no_other() -> None:
    for service in Service:
        importlib.import_module(f"services.{service}.app")
    kept = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("headcount_")}
    listed = {name.removesuffix("_total") for name in re.findall(r"\| `(headcount_\w+)", OPERATIONS.read_text())}
    assert listed == kept


@pytest.mark.parametrize("package", GENERIC)
def test_the_readme_of_a_package_lists_its_files(package: str) -> None:
    text = (REPOSITORY / package / "README.md").read_text()
    files = {path.name for path in (REPOSITORY / package).glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"^\| `(\w+\.py)`", text, re.MULTILINE)) == files


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_what_a_document_points_to_is_there(document: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", document.read_text()) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


def paths_named_in(document: Path) -> set[str]:
    """The paths from the top of the repository that a document names in backquotes; `*` is a pattern."""
    tops = {path.name for path in REPOSITORY.iterdir() if path.is_dir() and path.name != ".local"}
    quoted: list[str] = re.findall(r"`([\w./*-]+/[\w./*-]*|\w+\.md)`", document.read_text())
    return {name for name in quoted if name.split("/")[0] in tops or "/" not in name}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    assert [name for name in sorted(paths_named_in(document)) if not any(REPOSITORY.glob(name.rstrip("/")))] == []


def test_the_contributing_guide_names_paths() -> None:
    assert paths_named_in(CONTRIBUTING)


def test_every_name_that_the_contributing_guide_gives_to_a_file_is_in_it() -> None:
    named = re.findall(r"`([\w/]+\.py)`\s+\(`(\w+)`\)", CONTRIBUTING.read_text())
    assert named
    defined = r"^\s*(?:async )?(?:def |class )?{}\b\s*[(:=]"
    files = {path: (REPOSITORY / path).read_text() for path, _ in named if (REPOSITORY / path).exists()}
    missing = [
        f"{path} has no {name}"
        for path, name in named
        if not re.search(defined.format(name), files.get(path, ""), re.MULTILINE)
    ]
    assert missing == []


def test_every_decision_stands_in_the_list_with_its_line() -> None:
    folder = REPOSITORY / "docs" / "adr"
    listed = (folder / "README.md").read_text()
    for path in sorted(folder.glob("0*.md")):
        text = path.read_text()
        decision = re.search(r"^> (.+)$", text, re.MULTILINE)
        assert decision is not None
        assert f"]({path.name})" in listed
        assert decision.group(1) in listed
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "What would make us revisit it"]
