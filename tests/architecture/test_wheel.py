"""The wheel holds what its user needs: the made assets that git ignores, markers of typed packages, the license."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    [path] = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_the_pages_with_the_style_and_the_script_that_were_made(wheel: zipfile.ZipFile) -> None:
    held = set(wheel.namelist())
    made = {f"services/gateway/static/made/{name}" for name in ("app.css", "htmx.js")}
    assert made | {"services/gateway/templates/base.html", "services/gateway/static/agency.js"} <= held
    assert not [name for name in held if "node_modules" in name]
    assert {f"services/gateway/legal/made/{name}" for name in ("dejavu-sans.ttf", "fonts.json")} <= held


def test_the_wheel_says_that_its_packages_are_typed_and_under_which_license(wheel: zipfile.ZipFile) -> None:
    held = set(wheel.namelist())
    assert {"contracts/py.typed", "webserver/py.typed", "chassis/py.typed", "services/py.typed"} <= held
    [license_text] = [name for name in held if name.endswith(".dist-info/licenses/LICENSE")]
    assert wheel.read(license_text) == (REPOSITORY / "LICENSE").read_bytes()
    [metadata] = [name for name in held if name.endswith(".dist-info/METADATA")]
    assert "License-Expression: MIT" in wheel.read(metadata).decode()


def test_the_image_is_built_from_every_file_that_the_metadata_names() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    [line] = re.findall(
        r"^COPY (pyproject\.toml .+) \./$", (REPOSITORY / "deploy" / "Dockerfile").read_text(), re.MULTILINE
    )
    assert {project["readme"], *project["license-files"]} <= set(line.split())


def test_the_image_makes_them_with_the_same_script() -> None:
    lines = (REPOSITORY / "deploy" / "Dockerfile").read_text()
    assert "node assets/build.mjs ." in lines
    assert "COPY --from=assets /src/static/made services/gateway/static/made" in lines
    assert "COPY --from=assets /src/legal/made services/gateway/legal/made" in lines
