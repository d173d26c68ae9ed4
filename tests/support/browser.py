"""Chromium, driven over its debugging pipe: pages are opened, keys pressed, media emulated, the console read.

The pipe (file descriptors 3 and 4, messages that end with NUL) needs neither a port nor a library.
Protocol: chromedevtools.github.io/devtools-protocol.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
PATIENCE = 120.0  # seconds for one answer, on a busy machine


class Browser:
    """A headless browser with one page."""

    def __init__(self, profile: Path) -> None:
        down, up = os.pipe(), os.pipe()
        command = [
            str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
            f"--user-data-dir={profile}", "--no-first-run", "--disable-extensions", "about:blank",
        ]  # fmt: skip
        theirs = [fcntl.fcntl(number, fcntl.F_DUPFD, 10) for number in (down[0], up[1])]
        place = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execvp(sys.argv[3], sys.argv[3:])"
        starter = [sys.executable, "-c", place, *map(str, theirs), *command]
        self.process = subprocess.Popen(starter, pass_fds=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for number in (down[0], up[1], *theirs):
            os.close(number)
        self.write, self.read = down[1], up[0]
        self.rest, self.number, self.session = b"", 0, ""
        self.console: list[str] = []
        page = next(item for item in self.call("Target.getTargets")["targetInfos"] if item["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        """Send one command and return its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def _message(self) -> dict[str, Any]:
        """Return the next message; what the page says on the way is kept."""
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.read], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            data = os.read(self.read, 1 << 20)
            assert data, "the browser has ended"
            self.rest += data
        raw, _, self.rest = self.rest.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        if message.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.console.append(json.dumps(message["params"])[:500])
        return message

    def open(self, page: Path, *, scheme: str = "light", width: int = 1280, height: int = 1000) -> None:
        """Open a file and wait until its scripts have run."""
        self.console.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=page.as_uri())
        deadline = time.monotonic() + PATIENCE
        while self.run("document.readyState + location.protocol") != "completefile:":
            assert time.monotonic() < deadline, "the page does not load"
            time.sleep(0.05)

    def run(self, code: str) -> Any:
        """Return the value of an expression in the page, awaited."""
        found = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str, *, code: str = "", text: str = "") -> None:
        """Press one key."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}
        given = {"key": key, "code": code or key, "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper()))}
        self.call("Input.dispatchKeyEvent", type="keyDown", **given, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **given)

    def violations(self) -> list[tuple[str, list[str]]]:
        """Return what axe-core has to say against the page: rules, and the first elements that break each."""
        self.call("Runtime.evaluate", expression=axe())
        found: list[dict[str, Any]] = self.run("axe.run().then((done) => done.violations)")
        return [(item["id"], [node["html"][:120] for node in item["nodes"]][:3]) for item in found]

    def close(self) -> None:
        """End it."""
        self.session = ""
        try:
            os.write(self.write, json.dumps({"id": 0, "method": "Browser.close"}).encode() + b"\0")
            self.process.wait(20)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.write)
        os.close(self.read)


def axe() -> str:
    """Return the source of axe-core, fetched once."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm to fetch axe-core with")

    def fetch(place: Path) -> None:
        place.mkdir()
        quiet = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts")
        command = [npm, "install", *quiet, "--prefix", str(place), "axe-core@4"]
        environ = {**os.environ, "HOME": str(place)}
        if subprocess.run(command, capture_output=True, timeout=300, check=False, env=environ).returncode:
            pytest.skip("axe-core cannot be fetched here")

    return (session.once("axe", fetch) / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for the tests of one module."""
    if BROWSER is None:
        pytest.skip("there is no Chromium")
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()
