"""The one runner: `nox` runs lint and the tests on every CPython of the machine; `nox -l` lists the sessions."""

from __future__ import annotations

import os

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "tests", "dogfood"]
nox.needs_version = ">=2025.5"

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
PROJECT = nox.project.load_toml("pyproject.toml")


def _install(session: nox.Session, group: str) -> None:
    if session.virtualenv.is_sandboxed:
        session.install("-e", ".", *nox.project.dependency_groups(PROJECT, group))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The whole suite; arguments after `--` go to pytest."""
    _install(session, "test")
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session(python=PYTHONS)
def smoke(session: nox.Session) -> None:
    """What depends on the Python that runs venvdoctor: the pure part, the readers, the command line."""
    _install(session, "test")
    session.run("pytest", "-n", "auto", "-q", "-m", "not real and not slow", *session.posargs)
    session.run("venvdoctor", "scan", session.virtualenv.location, "--no-cache")


@nox.session
@nox.parametrize("python,ansible", [nox.param("3.11", "2.19", id="oldest"), nox.param("3.12", "2.21", id="newest")])
def fleet(session: nox.Session, ansible: str) -> None:
    """The collection, on real hosts too, with the oldest ansible-core that is still supported or with today's."""
    _install(session, "test")
    session.install(f"ansible-core=={ansible}.*", "ansible-lint", "pip")  # pip packs the single file
    place = {"FLEET_ROOTS": os.path.abspath(".nox/debian"), "VENVDOCTOR_TEST_SLOW": "1"}
    files = [f"tests/integrations/test_{name}.py" for name in ("fleet_hosts", "collection", "ansible")]
    session.run("pytest", "-q", *(session.posargs or files), env=place)


@nox.session
def lint(session: nox.Session) -> None:
    """Format, lint and types."""
    _install(session, "lint")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("mypy")


@nox.session
def dogfood(session: nox.Session) -> None:
    """The doctor looks at its own environment."""
    _install(session, "test")
    session.run("venvdoctor", "scan", session.virtualenv.location, "--no-cache")
