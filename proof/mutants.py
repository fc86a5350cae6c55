"""Break the code in small ways, one at a time, and see whether a test notices.

What stays unnoticed is no proof of a fault: it is a place to look at, or a way of
writing the same. `docs/mutants.md` has the figures. The tests of each part are
chosen in pyproject.toml: the quick ones that are about it.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from configparser import ConfigParser
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LAID_OUT = ROOT / ".mutants"

LEAST = 90
"""The percentage of each part's mutants that have to be noticed."""

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


def share(told: Mapping[str, int]) -> float:
    """The percentage of a part's mutants that tests noticed; one that hangs is noticed."""
    return 100 * (told["killed"] + told["timeout"]) / told["total"]


def main() -> int:
    """Run what is wanted and print a table; 1 if the tool fails, or too much of a part lives."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    chosen = settings["tool"]["batchgate"]["mutants"]
    wanted = sys.argv[1:] or list(chosen["tests"])
    tool = shutil.which("mutmut", path=str(Path(sys.executable).parent))
    if tool is None:
        print("mutmut is missing: `make mutants` brings it.", file=sys.stderr)
        return 1
    came: dict[str, dict[str, int]] = {}
    for part in wanted:
        folder = lay_out(part, chosen)
        # Finding plugins takes longer than most tests, and is done for each of the mutants.
        quick = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        for act in ("run", "results", "export-cicd-stats"):
            ran = subprocess.run([tool, act], cwd=folder, env=quick, check=False)
            if ran.returncode:
                return 1
        came[part] = json.loads((folder / "mutants" / "mutmut-cicd-stats.json").read_text())
    print(f"{'part':26} mutants  killed timeout untested    live       %")
    for part, told in came.items():
        counts = [told[name] for name in ("total", "killed", "timeout", "no_tests", "survived")]
        print(f"{part:26}", *(f"{one:7}" for one in counts), f"{share(told):7.1f}")
    return int(any(share(told) < LEAST for told in came.values()))


if __name__ == "__main__":
    raise SystemExit(main())
