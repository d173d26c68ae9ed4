"""VD504: files that RECORD lists and the disk lacks."""

from __future__ import annotations

from tests.support.package_facts import SITE, dist, fails, findings, lost, with_packages
from tests.support.script_facts import script
from venvdoctor.model.distribution import ImportName, RecordFaults
from venvdoctor.model.interpreter import Fault
from venvdoctor.model.script import ScriptFacts

RULE = "vd504_recorded_files_missing"


def test_a_missing_module_is_an_error_that_says_what_fails() -> None:
    broken = dist(faults=lost("demo/core.py"), imports=fails("demo", "missing"))
    (found,) = findings(RULE, with_packages(broken))
    assert (found.severity, found.impact) == ("error", "degraded")
    assert "`import demo` fails" in found.message
    assert found.path.endswith("/demo/core.py")


def test_missing_tests_and_data_are_a_warning() -> None:
    faults = RecordFaults(missing=("demo/tests/test_a.py",), missing_count=1)
    (found,) = findings(RULE, with_packages(dist(faults=faults)))
    assert found.severity == "warning"


def test_conda_prunes_what_its_records_list() -> None:
    (found,) = findings(RULE, with_packages(dist(installer="conda", faults=lost("demo/core.py"))))
    assert found.severity == "note"


def test_an_empty_module_is_an_error_and_an_altered_one_a_warning() -> None:
    (found,) = findings(RULE, with_packages(dist(faults=RecordFaults(truncated=("demo/a.py",)))))
    assert found.severity == "error"
    (found,) = findings(RULE, with_packages(dist(faults=RecordFaults(altered=("demo/a.py",)))))
    assert found.severity == "warning"


def test_a_command_of_nul_bytes_is_an_error_of_its_package_alone() -> None:
    zeros = ScriptFacts(scripts=(script("run-demo", kind="data", problem="zeros", distribution="demo"),))
    (found,) = findings(RULE, with_packages(dist(), dist("other"), scripts=zeros))
    assert (found.severity, found.distribution, found.path) == ("error", "demo", "/srv/app/.venv/bin/run-demo")


def test_silent_for_what_other_rules_tell() -> None:
    assert not findings(RULE, with_packages(dist()))
    assert not findings(RULE, with_packages(dist("pip", faults=lost("pip/__main__.py"))))
    gone = dist(faults=lost("demo/__init__.py", modules_left=0), imports=fails("demo", "empty-namespace"))
    assert not findings(RULE, with_packages(gone))
    bundle = RecordFaults(missing=("certifi/cacert.pem",), missing_count=1)
    assert not findings(RULE, with_packages(dist("certifi", faults=bundle)))


def test_a_library_that_came_with_it_and_that_an_extension_needs_is_an_error() -> None:
    fault = Fault("library-missing", f"{SITE}/demo/_ft.so", "libft-0.so")
    native = (ImportName(name="demo._ft", state="fails", reason="unloadable", faults=(fault,), use="optional"),)
    faults = RecordFaults(missing=("demo.libs/libft-0.so",), missing_count=1)
    (found,) = findings(RULE, with_packages(dist(faults=faults, native=native)))
    assert found.severity == "error"
    (other,) = findings(RULE, with_packages(dist(faults=faults)))
    assert other.severity == "warning"


def test_a_module_that_no_list_mentions() -> None:
    missing = fails("demo", "no-module", path=f"{SITE}/demo/__init__.py", detail="demo.core")
    (found,) = findings(RULE, with_packages(dist(imports=missing, editable="/src/demo")))
    assert (found.severity, found.evidence["looked in"]) == ("error", "/src/demo")
    other = fails("google.storage", "no-module", detail="google.iam")  # of another family member
    assert not findings(RULE, with_packages(dist("google-storage", top_level=("google.storage",), imports=other)))


def test_an_empty_extension_module_is_told_once() -> None:
    place = "demo/_speed.so"
    native = (ImportName(name="demo._speed", state="fails", reason="unloadable", path=f"{SITE}/{place}"),)
    emptied = dist(faults=RecordFaults(truncated=(place,)), native=native)
    assert not findings(RULE, with_packages(emptied))


def test_an_extension_that_the_package_does_without_is_a_warning_gone_or_emptied() -> None:
    file = "demo/_fast.cpython-312-x86_64-linux-gnu.so"
    for use, severity in {"optional": "warning", "required": "error", "unknown": "warning"}.items():
        gone = fails("demo._fast", "missing", path=f"{SITE}/{file}", use=use)
        (found,) = findings(RULE, with_packages(dist(faults=lost(file), native=gone)))
        assert found.severity == severity


def test_an_extension_for_another_python_is_told_once() -> None:
    faults = RecordFaults(missing=("demo/_fast.cpython-312-x86_64-linux-gnu.so", "demo/data.txt"), missing_count=2)
    other = fails("demo._fast", "wrong-tag", path=f"{SITE}/demo/_fast.cpython-39-x86_64-linux-gnu.so")
    (found,) = findings(RULE, with_packages(dist(faults=faults, native=other)))
    assert found.evidence["missing"] == ["demo/data.txt"]
    alone = RecordFaults(missing=faults.missing[:1], missing_count=1)
    assert not findings(RULE, with_packages(dist(faults=alone, native=other)))
