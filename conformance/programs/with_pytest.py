"""The driver of the tests that the makers of the Python client have of its API, as its source distribution
has them. A method is a file of tests; it is in order if all tests in it are."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "python"))

import cartesia  # noqa: E402
import driver  # noqa: E402

SOURCE = Path(os.environ["CONFORMANCE_SOURCE"])
API_VERSION = "2026-08-14"
# Why a test is left out: it replaces the network below a client that has another one.
EXCUSES = {"aiohttp client is not compatible with respx_mock"}


def files():
    found = sorted((SOURCE / "tests" / "api_resources").rglob("test_*.py"))
    # Some have a head and no tests.
    found = [path for path in found if "def test_" in path.read_text(encoding="utf-8")]
    return [path.relative_to(SOURCE).as_posix() for path in found]


def outcomes(file):
    """Runs a file of tests. Returns how each of them went: (name, what, why)."""
    report = Path("report.json").absolute()
    report.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "TEST_API_BASE_URL": driver.BASE_URL,
        "CONFORMANCE_REPORT": str(report),
        "PYTHONPATH": str(HERE),
    }
    # One process: what tests do to objects of the same name must not overlap.
    command = [sys.executable, "-m", "pytest", "-p", "every_test", "-p", "no:cacheprovider"]
    subprocess.run([*command, "-o", "addopts=", "-q", "--tb=short", file], cwd=SOURCE, env=environment, stdout=2)
    if not report.exists():
        raise driver.Wrong("pytest came to no end; driver.log tells why")
    return json.loads(report.read_text(encoding="utf-8"))


async def run(use):
    told = outcomes(use.call)
    failed = [f"{name}: {why}" for name, what, why in told if what == "failed"]
    passed = [name for name, what, _ in told if what == "passed"]
    left_out = {why for _, what, why in told if what == "skipped"} - EXCUSES
    if failed:
        first = " ".join(failed[0].split())
        raise driver.Wrong(f"{len(failed)} of {len(told)} tests failed, the first: {first}")
    use.equal(left_out, set(), "reasons why tests are left out")
    use.check(passed, f"{len(passed)} tests")


async def close(use):
    """Every test closes what it opened."""


if __name__ == "__main__":
    scripts = driver.Scripts()
    scripts(*files())(run)
    methods = [{"name": name, "modes": ["sync"]} for name in scripts.by_call]
    name = "cartesia-python-tests"
    driver.serve(name, cartesia.__version__, API_VERSION, methods, lambda mode: None, close, scripts)
