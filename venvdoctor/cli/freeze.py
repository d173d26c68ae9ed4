"""Write an environment's packages as requirements or pylock.toml, without starting its interpreter."""

from __future__ import annotations

import sys
from typing import Any

from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output
from venvdoctor.cli._parameters import Parameter

FORM = Parameter(str, "--format", "-f", default="requirements", text="requirements or pylock")


@options.takes("sysroot", "color", "config_file", "isolated", env=options.PLACE, form=FORM)
def command(**given: Any) -> int:
    """Write an environment's packages as requirements or pylock.toml, read statically: it works when nothing starts."""
    from venvdoctor import freeze, inquiry  # noqa: PLC0415 - the help does without

    options.one_of("--format", given["form"], ("requirements", "pylock"))
    config = options.configure(given)
    env = inquiry.examine_one(options.absolute(given["env"], given["sysroot"]), config, sysroot=given["sysroot"])
    dists = freeze.frozen(env.library) if env.library else []
    if given["form"] == "requirements":
        output.emit([freeze.requirements_text(dists)])
        return 0
    from venvdoctor import __version__  # noqa: PLC0415

    version = env.interpreter.version.series if env.interpreter and env.interpreter.version else None
    known = inquiry.known_files(env, dists, sysroot=given["sysroot"])
    data, unlocked = freeze.lock(dists, f"=={version}.*" if version else None, f"venvdoctor {__version__}", known)
    output.emit([freeze.toml_text(data)])
    if unlocked:
        note = f"{len(unlocked)} packages came from an index that left no hash: they are under tool.venvdoctor.unlocked"
        sys.stderr.write(f"venvdoctor: {note}\n")
    return 0
