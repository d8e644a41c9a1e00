"""What is made at set-up, and ignored by git, is shipped all the same."""

import subprocess
import sys
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_wheel_holds_the_pages_with_the_style_and_the_script_that_were_made(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    made = {f"services/gateway/static/made/{name}" for name in ("app.css", "htmx.js")}
    assert made | {"services/gateway/templates/base.html", "services/gateway/static/agency.js"} <= held
    assert not [name for name in held if "node_modules" in name]


def test_the_image_makes_them_with_the_same_script() -> None:
    lines = (REPOSITORY / "deploy" / "Dockerfile").read_text()
    assert "node assets/build.mjs ." in lines
    assert "COPY --from=assets /src/static/made services/gateway/static/made" in lines
