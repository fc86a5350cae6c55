"""Break the code in small ways, one at a time, and see whether a test notices.

What stays unnoticed is no proof of a fault: it is a place to look at, or a way of
writing the same. `docs/mutants.md` has the figures. The tests of each part are
chosen in pyproject.toml: the quick ones that are about it.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LAID_OUT = ROOT / ".mutants"

SEEN = ("docs", "events", "functions", "local", "ops", "tests", "pyproject.toml", "template.yaml")
"""What the tests need beside the package."""


def lay_out(part: str, chosen: dict[str, Any]) -> Path:
    """A new folder in which a part is broken: mutmut knows code only under a name like `src`."""
    folder = LAID_OUT / part
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, target in {"src": "layers/batchgate", **{name: name for name in SEEN}}.items():
        (folder / name).symlink_to(ROOT / target)
    package = (folder / "src" / "batchgate" / part).is_dir()
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/batchgate/{part}{'/*' if package else '.py'}"],
        "also_copy": SEEN,
        "do_not_mutate_patterns": chosen["left_alone"],
        "pytest_add_cli_args": chosen["options"],
        "pytest_add_cli_args_test_selection": chosen["tests"][part],
    }
    config = ConfigParser(interpolation=None)
    config["mutmut"] = {name: "\n".join(("", *values)) for name, values in settings.items()}
    with (folder / "setup.cfg").open("w", encoding="utf-8") as file:
        config.write(file)
    return folder


def main() -> int:
    """Run what is wanted, one process at a time; 1 if the tool could not."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    chosen = settings["tool"]["batchgate"]["mutants"]
    wanted = sys.argv[1:] or list(chosen["tests"])
    tool = shutil.which("mutmut", path=str(Path(sys.executable).parent))
    if tool is None:
        print("mutmut is missing: `make mutants` brings it.", file=sys.stderr)
        return 1
    for part in wanted:
        folder = lay_out(part, chosen)
        # Finding plugins takes longer than most tests, and is done for each of the mutants.
        quick = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        ran = subprocess.run(
            [tool, "run", "--max-children", "1"], cwd=folder, env=quick, check=False
        )
        if ran.returncode:
            return ran.returncode
        subprocess.run([tool, "results"], cwd=folder, check=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
