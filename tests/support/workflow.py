"""A small runner of GitHub workflows: expressions, conditions, `run` steps, composite actions; other actions are given.

Semantics: docs.github.com, "Workflow syntax", "Evaluate expressions in workflows and actions", "Metadata syntax for
GitHub Actions"; actions/runner. A step without a status function in its `if` runs only while all went well.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TOKEN = re.compile(r"\s*(?:(&&|\|\||==|!=|!|\(|\)|,)|'((?:[^']|'')*)'|([A-Za-z_][\w.-]*)|(\d+))")
STATUS = ("success", "always", "cancelled", "failure")


@dataclass
class Step:
    """What became of one step."""

    name: str
    ran: bool
    code: int = 0
    out: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


class Expression:
    """One expression, evaluated by descent: `||` below `&&` below comparison below `!`."""

    def __init__(self, text: str, look: Callable[[str], str], call: Callable[[str, list[Any]], Any]) -> None:
        self.tokens, at = [], 0
        while text[at:].strip():
            found = TOKEN.match(text, at)
            assert found, f"no expression: {text[at:]!r}"
            self.tokens.append(found.groups())
            at = found.end()
        self.look, self.call = look, call

    def value(self) -> Any:
        found = self._either()
        assert not self.tokens, f"left over: {self.tokens}"
        return found

    def _take(self, *signs: str) -> str | None:
        if self.tokens and self.tokens[0][0] in signs:
            return str(self.tokens.pop(0)[0])
        return None

    def _either(self) -> Any:
        left = self._both()
        while self._take("||"):
            right = self._both()
            left = left or right
        return left

    def _both(self) -> Any:
        left = self._compared()
        while self._take("&&"):
            right = self._compared()
            left = left and right
        return left

    def _compared(self) -> Any:
        left = self._single()
        while sign := self._take("==", "!="):
            same = str(left).lower() == str(self._single()).lower()
            left = same if sign == "==" else not same
        return left

    def _single(self) -> Any:
        if self._take("!"):
            return not self._single()
        if self._take("("):
            inner = self._either()
            assert self._take(")")
            return inner
        _, text, name, number = self.tokens.pop(0)
        if name is None:
            return text.replace("''", "'") if text is not None else int(number)
        if self._take("("):
            given = [] if self._take(")") else [self._either()]
            while given and self._take(","):
                given.append(self._either())
            assert not given or self._take(")")
            return self.call(name, given)
        return {"true": True, "false": False, "null": None}.get(name, self.look(name) if "." in name else name)


class Workflow:
    """Runs steps in a working directory; `actions` carries out each `uses` that is no composite of ours."""

    def __init__(self, work: Path, temp: Path, actions: Mapping[str, Callable[..., dict[str, str]]]) -> None:
        self.work, self.temp, self.actions = work, temp, actions
        self.path = os.environ["PATH"]
        self.summary = ""

    def run(self, steps: list[dict[str, Any]], inputs: Mapping[str, str], place: Path | None = None) -> list[Step]:
        """Run steps, in an action's `place` where they are its own, and return what became of each."""
        done: list[Step] = []
        known: dict[str, str] = {"runner.temp": str(self.temp), "github.action_path": str(place or "")}
        known |= {f"inputs.{name}": value for name, value in inputs.items()}
        for number, step in enumerate(steps):
            failed = any(item.code for item in done)
            one = Step(step.get("name") or step.get("uses") or f"step {number}", ran=False)
            condition = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", str(step.get("if", "success()")).strip())
            if not re.search(rf"\b({'|'.join(STATUS)})\(", condition):
                condition = f"success() && ({condition})"
            if self._value(condition, known, failed=failed):
                one.ran = True
                self._carry_out(step, one, partial(self._filled, known=dict(known), failed=failed))
                known |= {f"steps.{step.get('id')}.outputs.{key}": value for key, value in one.outputs.items()}
            done.append(one)
        return done

    def _value(self, text: str, known: Mapping[str, str], *, failed: bool) -> Any:
        def call(name: str, given: list[Any]) -> Any:
            if name == "hashFiles":
                return hashlib.sha256(b"".join((self.work / path).read_bytes() for path in given)).hexdigest()
            return {"success": not failed, "always": True, "cancelled": False, "failure": failed}[name]

        return Expression(text, lambda name: known.get(name, ""), call).value()

    def _filled(self, text: str, *, known: Mapping[str, str], failed: bool) -> str:
        return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(self._value(found[1], known, failed=failed)), text)

    def _carry_out(self, step: dict[str, Any], one: Step, fill: Callable[[str], str]) -> None:
        if "uses" in step:
            given = {key: fill(str(value)) for key, value in step.get("with", {}).items()}
            name = step["uses"].partition("@")[0]
            one.outputs = self.actions[name](**given)
            return
        files = {name: self.work.parent / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        environ = {"PATH": self.path, "HOME": str(self.work.parent), "LC_ALL": "C.UTF-8", "CI": "true"}
        environ |= {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(self.work)}
        environ |= {key: str(value) for key, value in files.items()}
        environ |= {key: fill(str(value)) for key, value in step.get("env", {}).items()}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", fill(step["run"])]
        done = subprocess.run(command, cwd=self.work, env=environ, capture_output=True, text=True, check=False)
        one.code, one.out = done.returncode, done.stdout + done.stderr
        one.outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text()
