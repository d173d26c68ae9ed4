"""The action from its first step to its last, and the recipes of docs/ci.md, carried out as GitHub and GitLab would."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import ROOT, make
from tests.support import session
from tests.support.pythons import pythons
from tests.support.workflow import Expression, Step, Workflow

if TYPE_CHECKING:
    from pathlib import Path

ACTION = ROOT / "integrations/github-action/action.yml"
GITLAB = ROOT / "integrations/gitlab/venvdoctor.yml"
GONE = "/opt/hostedtoolcache/Python/3.11.4/x64/bin/python3.11"
OURS = "venvdoctor/venvdoctor/integrations/github-action"
yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

pytestmark = [pytest.mark.real, pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")]


def snippets(language: str = "yaml") -> list[Any]:
    text = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    return [yaml.safe_load(part) for part in re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]


class Checkout:
    """A checkout on a runner, with the action beside it."""

    def __init__(self, place: Path) -> None:
        self.work = place / "work"
        self.work.mkdir()
        self.action = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
        self.uploaded: list[dict[str, str]] = []
        self.steps: list[Step] = []
        self.python = place / "toolcache"
        temp = session.once("workflow-temp", lambda folder: folder.mkdir())
        stubs = {
            OURS: self.run,
            "github/codeql-action/upload-sarif": self._upload,
            "actions/setup-python": lambda **_: {},
            "actions/cache": lambda **_: {},
        }
        self.workflow = Workflow(self.work, temp, stubs)

    def run(self, **given: str) -> dict[str, str]:
        """Run the whole action with these inputs."""
        inputs = {name: item.get("default", "") for name, item in self.action["inputs"].items()} | {
            "python": sys.executable, **{key.replace("_", "-"): value for key, value in given.items()},
        }  # fmt: skip
        self.uploaded.clear()
        steps = self.action["runs"]["steps"]
        session.once("workflow-installed", lambda place: self._install(place, steps[0], inputs))
        self.steps = self.workflow.run([{**steps[0], "run": "true"}, *steps[1:]], inputs, ACTION.parent)
        (output,) = self.action["outputs"].values()
        (source,) = re.findall(r"steps\.(\w+)\.outputs\.outcome", output["value"])
        step = next(found for found, item in zip(self.steps, steps, strict=True) if item.get("id") == source)
        return {"outcome": step.outputs["outcome"]}

    def _install(self, place: Path, step: dict[str, Any], inputs: dict[str, str]) -> None:
        """Carry out the first step, once for all tests."""
        (done,) = self.workflow.run([step], inputs, ACTION.parent)
        if done.code and re.search(r"No matching distribution|onnection|No module named pip", done.out):
            pytest.skip("venvdoctor's dependencies cannot be fetched here")
        assert done.code == 0, done.out
        place.mkdir()

    def _upload(self, **given: str) -> dict[str, str]:
        self.uploaded.append(given)
        return {}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_expressions_are_githubs() -> None:
    def value(text: str) -> Any:
        return Expression(text, {"inputs.a": "true", "inputs.b": ""}.get, lambda name, given: (name, given)).value()  # type: ignore[arg-type]

    assert value("!cancelled() && inputs.a == 'TRUE'") is False, "what is called is true here"
    assert value("inputs.a == 'true' && inputs.b != ''") is False
    assert value("inputs.b || 'x'") == "x"
    assert value("f('a', 'it''s') == 'no' || !(1 == 2)") is True


@pytest.mark.parametrize(
    ("given", "uploads"),
    [({}, False), ({"upload-sarif": "true"}, True), ({"upload-sarif": "true", "sarif": ""}, False)],
)
def test_every_step_of_the_action(checkout: Checkout, given: dict[str, str], uploads: bool) -> None:
    make(checkout.work, GONE)
    assert checkout.run(**given) == {"outcome": "findings"}
    install, look, upload = checkout.steps
    assert (install.code, look.code) == (0, 1)
    assert "::error file=.venv/bin/python" in look.out
    assert "is gone" in checkout.workflow.summary
    assert upload.ran is uploads, "also after a scan that failed: that is when there is something to upload"
    assert bool(checkout.uploaded) is uploads
    if uploads:
        report = json.loads((checkout.work / checkout.uploaded[0]["sarif_file"]).read_text())
        assert report["version"] == "2.1.0"
        assert [item["ruleId"] for item in report["runs"][0]["results"]] == ["VD101"]
        oasis = ROOT.parent / "shared/schemas/sarif-schema-2.1.0.json"
        if oasis.exists():
            import jsonschema

            jsonschema.Draft4Validator(json.loads(oasis.read_text())).validate(report)


def test_the_uploading_action_takes_what_it_is_given() -> None:
    """github/codeql-action, upload-sarif/action.yml: the inputs that it has."""
    (step,) = (item for item in yaml.safe_load(ACTION.read_text())["runs"]["steps"] if "uses" in item)
    assert step["uses"].startswith("github/codeql-action/upload-sarif@v")
    assert set(step["with"]) <= {
        "sarif_file",
        "checkout_path",
        "ref",
        "sha",
        "token",
        "matrix",
        "category",
        "wait-for-processing",
    }


def test_the_recipe_for_a_cached_environment(checkout: Checkout, tmp_path: Path) -> None:
    """actions/setup-python#182, as docs/ci.md says: the runner's Python moves on, and the step makes .venv anew."""
    base = next(
        (one for one in pythons() if one.implementation == "cpython" and one.ensurepip and one.version >= (3, 10)), None
    )
    if base is None:
        pytest.skip("no Python here has ensurepip")
    (recipe,) = (
        part for part in snippets() if isinstance(part, list) and any(item.get("id") == "venv" for item in part)
    )
    (checkout.work / "requirements.txt").write_text("")
    cached = tmp_path / "opt/hostedtoolcache/Python/3.11.4/x64/bin"
    cached.mkdir(parents=True)
    for name in ("python", "python3"):
        (cached / name).symlink_to(base.path)
    checkout.workflow.path = f"{cached}:{checkout.workflow.path}"

    def job() -> tuple[str, Step]:
        *_, gate, anew = checkout.workflow.run(recipe, {})
        assert gate.code == 0, "a gate never fails"
        return gate.outputs["outcome"], anew

    assert [step.get("uses", "run").partition("@")[0] for step in recipe] == [
        "actions/setup-python",
        "actions/cache",
        OURS,
        "run",
    ]
    outcome, anew = job()
    assert (outcome, anew.ran, anew.code) == ("empty", True, 0), anew.out
    own = checkout.work / ".venv/bin/python"
    assert subprocess.run([own, "-m", "pip", "--version"], check=True, capture_output=True).returncode == 0
    outcome, anew = job()
    assert (outcome, anew.ran) == ("healthy", False), "what the cache brought back is sound, and is used"
    cached.parent.parent.rename(tmp_path / "opt/hostedtoolcache/Python/3.11.5")
    checkout.workflow.path = checkout.workflow.path.replace("3.11.4", "3.11.5")
    with pytest.raises(FileNotFoundError):
        subprocess.run([own, "--version"], check=False)
    outcome, anew = job()
    assert (outcome, anew.ran, anew.code) == ("findings", True, 0), anew.out
    assert "3.11.4" in checkout.steps[1].out, "the log names the interpreter that is gone"
    assert subprocess.run([own, "--version"], check=True, capture_output=True).returncode == 0
    assert job()[0] == "healthy"


def checked(schema: str, *files: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(find_spec("check_jsonschema") is None, reason="check-jsonschema is not installed")
def test_files_keep_to_the_schemas_of_those_who_read_them(tmp_path: Path) -> None:
    checked("github-actions", ACTION)
    checked("gitlab-ci", GITLAB)
    flows, jobs = [], []
    for number, part in enumerate(snippets()):
        place = tmp_path / f"{number}.yml"
        if isinstance(part, list):
            place.write_text(yaml.safe_dump({"on": "push", "jobs": {"a": {"runs-on": "ubuntu-latest", "steps": part}}}))
            flows.append(place)
        elif "include" in part:
            place.write_text(yaml.safe_dump(part))
            jobs.append(place)
        else:
            assert "repos" in part
    assert len(flows) == 2
    checked("github-workflows", *flows)
    checked("gitlab-ci", *jobs)


def test_recipes_name_inputs_and_outputs_that_exist() -> None:
    action = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    steps = [
        step for part in snippets() if isinstance(part, list) for step in part if step.get("uses", "").startswith(OURS)
    ]
    assert len(steps) == 2
    for step in steps:
        assert set(step["with"]) <= set(action["inputs"])
    assert set(re.findall(r"steps\.venv\.outputs\.(\w+)", (ROOT / "docs/ci.md").read_text())) <= set(action["outputs"])
    assert (ROOT / OURS.partition("/")[2].partition("/")[2] / "action.yml").exists()
