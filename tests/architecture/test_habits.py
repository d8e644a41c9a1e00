"""The files that tools and contributors read agree with what the project does."""

import re
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]


def recipe_of(target: str) -> list[str]:
    """The commands of a target of the Makefile, as a shell sees them."""
    text = (REPOSITORY / "Makefile").read_text().replace("$(BIN)", ".venv/bin")
    [recipe] = re.findall(rf"^{target}:.*\n((?:\t.+\n)+)", text, re.MULTILINE)
    return [line.strip().removeprefix("@") for line in recipe.splitlines()]


def test_the_hooks_of_pre_commit_are_the_checks_of_make_check() -> None:
    repos = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    assert [hook["entry"] for hook in repos[0]["hooks"]] == recipe_of("check")
