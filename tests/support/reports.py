"""Reports for the tests of formats: built from facts through the real assembler, so that their shape is the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor import reporting
from venvdoctor.finding import Cause, Finding, Remedy
from venvdoctor.model.chain import Chain, Hop
from venvdoctor.model.environment import Environment, Startup
from venvdoctor.model.interpreter import Interpreter, PythonVersion

if TYPE_CHECKING:
    from venvdoctor.finding import Impact, Severity, Status
    from venvdoctor.report import Report, ScanData

GONE = Cause(id="interpreter-gone:/usr/bin/python3.11", summary="/usr/bin/python3.11 is gone")
REBUILD = Remedy(kind="rebuild", summary="rebuild the environment with its packages", command="venvdoctor fix")


def finding(
    code: str = "VD101",
    path: str = "/home/ann/app/.venv/bin/python",
    message: str = "",
    *,
    severity: Severity = "error",
    impact: Impact = "degraded",
    cause: Cause | None = None,
    remedy: Remedy = REBUILD,
    distribution: str | None = None,
    evidence: dict[str, str | int | bool | list[str] | None] | None = None,
) -> Finding:
    return Finding(
        code=code,
        rule="dangling-interpreter",
        severity=severity,
        message=message or f"{path} is a link to /usr/bin/python3.11, which does not exist",
        path=path,
        remedy=remedy,
        impact=impact if severity == "error" else "none",
        cause=cause,
        distribution=distribution,
        evidence=evidence or {"target": "/usr/bin/python3.11", "expected": "an interpreter"},
    )


def environment(
    path: str, *, version: str | None = "3.13.5", manager: str | None = None, gone: bool = False
) -> Environment:
    base = (
        None
        if gone
        else Interpreter(
            executable="/usr/bin/python3.13",
            version=PythonVersion(3, 13, 5),
            implementation="cpython",
            provider="debian",
        )
    )
    target = "/usr/bin/python3.11" if gone else "/usr/bin/python3.13"
    chain = Chain(
        hops=(Hop(path=f"{path}/bin/python", target=target), Hop(path=target)),
        end="missing" if gone else "file",
        missing=target if gone else None,
        real=None if gone else target,
    )
    return Environment(
        path=path,
        real=path,
        identity=(1, hash(path)),
        manager=manager,
        python=chain,
        interpreter=base,
        base=base,
        startup=Startup(starts=not gone, reason="dangling" if gone else ""),
        recorded_version="3.11.2" if gone else version,
        created_by="venv",
    )


def add(parts: reporting.Assembler, env: Environment, status: Status, *findings: Finding) -> None:
    path = reporting.base_path(env)
    base = reporting.interpreter_data(path, env.base, []) if path else None
    codes = {item.code for item in findings}
    parts.add(reporting.examined(env, list(findings), status, codes, base))


def scan_data(**changes: object) -> ScanData:
    data: ScanData = {
        "roots": ["/home/ann"],
        "started_at": "2026-11-22T12:00:00Z",
        "duration_s": 0.5,
        "host": "box",
        "os": {"id": "debian", "version": "13"},
        "sysroot": None,
        "ignored": {},
        "complete": True,
    }
    data.update(changes)  # type: ignore[typeddict-item]
    return data


def sample() -> Report:
    """Return a report with one of everything."""
    parts = reporting.Assembler()
    for name in ("app", "blog", "crawler"):
        path = f"/home/ann/{name}/.venv"
        add(
            parts,
            environment(path, gone=True),
            "broken",
            finding(path=f"{path}/bin/python", impact="broken", cause=GONE),
        )
    path = "/home/ann/.local/pipx/venvs/black"
    look = Remedy(
        kind="repair-packages",
        summary="install click again",
        command=f"{path}/bin/python -m pip install --force-reinstall click",
    )
    text = "click 8.1.7 is recorded as installed and its package click is not there, so importing it fails"
    place = f"{path}/lib/python3.13/site-packages/click-8.1.7.dist-info/RECORD"
    add(
        parts,
        environment(path, manager="pipx"),
        "degraded",
        finding(
            "VD504",
            place,
            text,
            remedy=look,
            distribution="click",
            evidence={"missing": ["click/__init__.py", "click/core.py"]},
        ),
        finding("VD117", f"{path}/pyvenv.cfg", "made for Python 3.13.1, and 3.13.5 answers now", severity="note"),
    )
    add(
        parts,
        environment("/home/ann/fine"),
        "healthy",
        finding("VD512", "/home/ann/fine/bin/x", "bin/x is not executable", severity="warning"),
    )
    add(parts, environment("/home/ann/finer"), "healthy")
    parts.add(reporting.unexamined("/root/secret", None, "", "Permission denied"))
    forget = Remedy(kind="forget", summary="remove the kernel", command="jupyter kernelspec remove old")
    kernel = finding(
        "VD702",
        "/home/ann/.local/share/jupyter/kernels/old/kernel.json",
        "the kernel 'old' starts /gone/bin/python",
        remedy=forget,
    )
    parts.attach(reporting.outside(kernel, "/gone"))
    return parts.report({"name": "venvdoctor", "version": "0.1.0"}, scan_data())


def hostile(name: str) -> Report:
    """Return a report in which every text that a disk can influence holds `name`."""
    parts = reporting.Assembler()
    path = f"/home/{name}/env"
    evil = Cause(
        id=f"gone:{name}", summary=f"{name} is gone", remedy=Remedy(kind="look", summary=name, command=f"x {name}")
    )
    bad = finding(
        "VD101",
        f"{path}/bin/{name}",
        f"{name} is a link to {name}",
        impact="broken",
        cause=evil,
        distribution=name,
        evidence={"target": name, "list": [name, name], name: name},
        remedy=Remedy(kind="rebuild", summary=f"rebuild {name}", command=f"venvdoctor fix {name}"),
    )
    env = environment(path, manager=name, gone=True, version=name)
    add(parts, env, "broken", bad)
    add(parts, environment(path + "2", manager=name), "healthy")
    parts.attach(reporting.outside(finding("VD702", f"/k/{name}", f"the kernel {name}", distribution=name), None))
    parts.error(f"/denied/{name}", f"no {name}")
    return parts.report(
        {"name": "venvdoctor", "version": "0.1.0"},
        scan_data(roots=[name], host=name, ignored={name: name}, os={"id": name, "version": name}),
    )


def many(count: int) -> Report:
    """Return a report with many environments on few interpreters: the interpreter of every other one is gone."""
    parts = reporting.Assembler()
    for index in range(count):
        path = f"/home/ann/work/project-{index}/.venv"
        if index % 2:
            own = finding(path=f"{path}/bin/python", impact="broken", cause=GONE)
            add(parts, environment(path, gone=True), "broken", own)
        else:
            add(parts, environment(path, manager=("poetry", "uv", "tox")[index % 3]), "healthy")
    return parts.report({"name": "venvdoctor", "version": "0.1.0"}, scan_data())
