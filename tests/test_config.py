"""Settings: which file counts, what it may hold, and what is said when it holds something else."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from venvdoctor import config, schemas
from venvdoctor.__main__ import main
from venvdoctor.errors import SettingsError
from venvdoctor.registry import member_names

FORMATS = member_names("venvdoctor.formats")


def load(place: Path, **environ: str) -> config.Config:
    return config.load(str(place), environ)


def test_without_any_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path) == config.Config()


def test_the_nearest_file_wins_key_by_key(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "user/venvdoctor").mkdir(parents=True)
    (tmp_path / "user/venvdoctor/venvdoctor.toml").write_text('fail-on = "note"\njobs = 3\nselect = ["VD1"]\n')
    (tmp_path / "a/venvdoctor.toml").write_text('fail-on = "warning"\ndeep = true\n')
    (tmp_path / "a/pyproject.toml").write_text('[tool.venvdoctor]\nfail-on = "never"\n')
    (inner / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    got = load(inner, XDG_CONFIG_HOME=str(tmp_path / "user"))
    assert (got.fail_on, got.deep, got.jobs, got.select) == ("never", True, 3, ("VD1",))
    assert [path.rsplit("/", 1)[1] for path in got.files] == ["pyproject.toml", "venvdoctor.toml", "venvdoctor.toml"]


def test_the_users_own_file_is_found_below_home(tmp_path: Path) -> None:
    (tmp_path / ".config/venvdoctor").mkdir(parents=True)
    (tmp_path / ".config/venvdoctor/venvdoctor.toml").write_text("jobs = 2\n")
    assert load(tmp_path / "nowhere", HOME=str(tmp_path)).jobs == 2
    assert load(tmp_path / "nowhere", HOME=str(tmp_path), XDG_CONFIG_HOME="relative").jobs == 2


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    text = 'paths = ["envs", "/abs"]\nbaseline = "../b.json"\nexclude = ["node_modules", "old/*"]\n'
    (tmp_path / "venvdoctor.toml").write_text(text)
    got = load(tmp_path / "sub")
    assert got.paths == (f"{tmp_path}/envs", "/abs")
    assert got.baseline == f"{tmp_path.parent}/b.json"
    assert got.exclude == ("node_modules", f"{tmp_path}/old/*")


def test_ignore_takes_codes_or_codes_with_reasons(tmp_path: Path) -> None:
    (tmp_path / "venvdoctor.toml").write_text('[ignore]\nVD405 = "links of an old tool, harmless"\n')
    assert load(tmp_path).ignore == {"VD405": "links of an old tool, harmless"}
    (tmp_path / "venvdoctor.toml").write_text('ignore = ["VD405"]\n')
    assert load(tmp_path).ignore == {"VD405": ""}


WRONG = {
    "unknown": ('fail_onn = "error"', "unknown setting 'fail_onn'", "fail-on"),
    "underscore": ('fail_on = "error"', "unknown setting 'fail_on'", "fail-on"),
    "far": ("zzz = 1", "unknown setting 'zzz'", "the settings are"),
    "word": ('fail-on = "errors"', "fail-on in", ""),
    "list": ('select = "VD1"', "must be a list of strings", ""),
    "items": ("select = [1]", "must be a list of strings", ""),
    "flag": ('deep = "yes"', "must be true or false", ""),
    "count": ("jobs = -1", "must be a whole number", ""),
    "boolean count": ("jobs = true", "must be a whole number", ""),
    "reasons": ("ignore = {VD1 = 1}", "must give each code a reason", ""),
    "path": ("baseline = 3", "must be a path", ""),
    "syntax": ("select = [", "is not valid TOML", "--isolated"),
}


@pytest.mark.parametrize(("text", "message", "hint"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_said_with_the_file(tmp_path: Path, text: str, message: str, hint: str) -> None:
    (tmp_path / "venvdoctor.toml").write_text(text + "\n")
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    assert message in caught.value.message
    assert "venvdoctor.toml" in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "venvdoctor.toml").write_bytes(b"select = ['\xff']\n")
    with pytest.raises(SettingsError, match="not valid TOML"):
        load(tmp_path)


def test_somebody_elses_broken_pyproject_is_not_our_business(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("this is [not toml\n")
    assert load(tmp_path) == config.Config()


def test_one_named_file_counts_alone(tmp_path: Path) -> None:
    (tmp_path / "venvdoctor.toml").write_text("jobs = 1\n")
    (tmp_path / "other.toml").write_text("deep = true\n")
    got = config.load(str(tmp_path), {}, file=str(tmp_path / "other.toml"))
    assert (got.jobs, got.deep) == (0, True)
    assert config.load(str(tmp_path), {}, isolated=True) == config.Config()
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(SettingsError, match="no settings"):
        config.load(str(tmp_path), {}, file=str(tmp_path / "pyproject.toml"))


def test_every_setting_is_a_field() -> None:
    assert set(config.known_keys()) == set(config.defaults())


SAMPLES = (
    True, False, 0, 3, -1, 1.5, "error", "text", "never", "auto", "x/y", [], ["VD1"], [1], ["a", 2], {}, {"VD1": "why"}, {"VD1": 1},
)  # fmt: skip


@pytest.mark.parametrize("key", config.known_keys())
def test_the_published_schema_takes_what_is_taken(tmp_path: Path, key: str) -> None:
    schema = json.loads(schemas.read(schemas.FILES["settings"]))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == set(config.known_keys())
    checker = jsonschema.Draft202012Validator(schema)
    for value in SAMPLES:
        inline = (
            "{" + ", ".join(f"{k} = {json.dumps(v)}" for k, v in value.items()) + "}"
            if isinstance(value, dict)
            else json.dumps(value)
        )
        (tmp_path / "venvdoctor.toml").write_text(f"{key} = {inline}\n")
        try:
            named = config.load(str(tmp_path), {}, file=str(tmp_path / "venvdoctor.toml"))
            taken = named.format in FORMATS  # the name of a format is looked at where it is used
        except SettingsError:
            taken = False
        assert checker.is_valid({key: value}) == taken, (key, value)
    assert not checker.is_valid({"fail_on": "error"})


def test_a_schema_for_each_kind_of_document(capsys: pytest.CaptureFixture[str]) -> None:
    for name in schemas.FILES:
        assert main(["schema", name]) == 0
        assert json.loads(capsys.readouterr().out)["$schema"].endswith("2020-12/schema")
    assert main(["schema", "reprot"]) == 2


def test_the_documentation_names_every_setting() -> None:
    page = (Path(__file__).parent.parent / "docs" / "settings.md").read_text(encoding="utf-8")
    for key in config.known_keys():
        assert f"| `{key}` |" in page, key
