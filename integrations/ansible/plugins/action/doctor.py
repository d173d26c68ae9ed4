"""The controller's side of venvdoctor.fleet.doctor: plain shell and one single file, no Python taken for granted."""

from __future__ import annotations

import os
import uuid

from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.venvdoctor.fleet.plugins.plugin_utils import errands, reports, runner, shell

LIST = {"type": "list", "elements": "str", "default": []}
FLAG = {"type": "bool", "default": False}
SPEC = {
    "task": {"choices": ["scan", "predict", "fix", "snapshot", "install_hook"], "default": "scan"},
    "pyz": {"type": "path", "default": "venvdoctor.pyz"},
    "checksum": {"type": "str"},
    "python": {"type": "path"},
    "cache_dir": {"type": "path"},
    "keep": FLAG,
    "users": LIST,
    "paths": LIST,
    "exclude": LIST,
    "one_file_system": FLAG,
    "sysroot": {"type": "path"},
    "select": LIST,
    "dest": {"type": "path", "default": "venvdoctor-reports"},
    "textfile": {"type": "path"},
    "timeout": {"type": "int", "default": 1800},
    "nice": {"type": "int", "default": 10},
    "change": LIST,
    "without": LIST,
    "os_root": {"type": "path"},
    "apt": FLAG,
    "max_breaking": {"type": "int"},
    "cause": {"type": "str"},
    "new_python": {"type": "str"},
    "offline": FLAG,
    "manager": {"type": "str", "choices": ["apt", "dnf", "pacman", "zypper", "brew"]},
}
HOOK_DIR = "/usr/local/lib/venvdoctor"


class UnfitError(AnsibleError):
    """The host answers, and cannot run venvdoctor: its environments stay unknown."""


class ActionModule(ActionBase):
    """Copy, verify, run, collect, clean up."""

    TRANSFERS_FILES = False  # a temporary directory is made only when the single file has to travel
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        """Do the task on one host."""
        result = super().run(tmp, task_vars)
        args = self.validate_argument_spec(SPEC)[1]
        host = task_vars["inventory_hostname"]
        pyz, digest = self._single_file(args)
        version = reports.version_of(pyz)
        self._sent = False
        if args["task"] == "scan":
            self._write_unknown(args, host, "the scan of this host began and did not come to its end", version)
        try:
            result.update(self._answer(args, host, pyz, digest, version))
        except UnfitError as error:
            self._write_unknown(args, host, error.message, version)
            result.update(status="unknown", failed=args["task"] != "scan", msg=error.message)
        except (AnsibleConnectionFailure, AnsibleAuthenticationFailure) as error:
            said = f"the host did not answer, or stopped answering: {_line(error)}".rstrip(": ")
            self._write_unknown(args, host, said, version)
            result.update(status="unknown", unreachable=True, msg=said)
        except AnsibleError as error:
            self._write_unknown(args, host, _line(error), version)
            result.update(status="unknown", failed=True, msg=_line(error))
        finally:
            if self._sent:
                self._remove_tmp_path(self._connection._shell.tmpdir)
        result.setdefault("changed", False)
        return result

    def _write_unknown(self, args, host, message, version):
        if args["task"] == "scan":
            reports.write(reports.file_for(args["dest"], host), reports.unknown(host, message, version))

    def _single_file(self, args):
        """Return the controller's single file and its SHA-256, which is what it has to be."""
        args["dest"] = os.path.abspath(args["dest"])
        pyz = self._find_needle("files", args["pyz"])
        digest = reports.sha256(pyz)
        wanted = (args["checksum"] or digest).rpartition(":")[2].lower()
        if wanted != digest:
            raise AnsibleError(f"{pyz} has the SHA-256 {digest}, not {wanted}: nothing was copied")
        return pyz, digest

    def _answer(self, args, host, pyz, digest, version):
        """Return what the host's own venvdoctor says."""
        check = self._task.check_mode
        if args["task"] == "snapshot" and check:
            return {"changed": True, "msg": "a snapshot would be taken"}
        lasting = args["task"] == "install_hook"
        name = "venvdoctor.pyz" if lasting else f"venvdoctor-{digest[:16]}.pyz"
        known = self._probe(args, name, HOOK_DIR if lasting else "")
        root = known["uid"] == ["0"]
        if args["users"] and not root:
            raise AnsibleError("only root can run venvdoctor as other users: set `become`")
        cached = "cached" in known
        stays = cached or lasting or (args["keep"] and not check)
        # what is removed afterwards has a name of its own: hosts that share a home do not take it from each other
        target = f"{known['cache'][0]}/{name if stays else name.replace('.pyz', f'-{uuid.uuid4().hex[:12]}.pyz')}"
        spec = {
            "task": args["task"],
            "pyz": target,
            "sha256": digest,
            "argv": errands.words(args, root, check),
            "users": errands.users(args, root),
            "find": errands.find(args, root),
            "without": args["without"] if args["task"] == "predict" else [],
            "textfile": args["textfile"] if args["users"] and args["task"] == "scan" and not check else None,
            "feed": errands.SIMULATED if args["apt"] else None,
            "timeout": args["timeout"],
            "nice": args["nice"],
            "sysroot": args["sysroot"],
            "check": check,
            "keep": stays,
        }
        said, copied = self._run(known["python"][0], pyz, spec, cached)
        faults = [text for text in (errands.fault(args, run) for run in said["runs"]) if text]
        if faults:
            raise AnsibleError("; ".join(faults))
        try:
            found = (
                errands.collected(args, said["runs"], host, version)
                if args["task"] == "scan"
                else errands.outcome(args, said["runs"], check)
            )
        except (ValueError, KeyError, TypeError) as error:
            raise AnsibleError(f"the host's answer cannot be read: {error}") from error
        found["changed"] = found.get("changed", False) or (copied and (args["keep"] or lasting))
        return {**found, "python": known["python"][0], "python_version": known["version"][0], "copied": copied}

    def _probe(self, args, name, folder):
        """Return who we are on the host and which Python is there."""
        script = shell.probe(name, folder or args["cache_dir"] or "", args["python"] or "")
        said = self._low_level_execute_command(script, sudoable=True)
        known = shell.answers(said["stdout"])
        if known is None:
            tail = _tail(said)
            become = self._play_context.become or self._task.become
            what = "could not become another user" if become else "could not run a shell"
            raise AnsibleError(f"the host answered, and we {what} there: {tail or 'it said nothing'}")
        if "python" not in known:
            raise UnfitError(_no_python(known))
        return known

    def _run(self, python, pyz, spec, cached):
        """Return the runner's answer and whether the single file had to be copied."""
        with open(runner.__file__, encoding="utf-8") as stream:
            source = stream.read()
        command = shell.command(python, source, spec)
        for copy in (False, True):
            if copy or not cached:
                self._copy(pyz, spec["pyz"])
            said = self._low_level_execute_command(command, sudoable=True)
            answer = shell.unpack(said["stdout"], runner.BEGIN, runner.END)
            if answer is None:
                raise AnsibleError(f"venvdoctor gave no whole answer (code {said['rc']}): {_tail(said)}")
            if answer["error"]:
                raise AnsibleError(f"venvdoctor could not be run: {answer['error']}")
            if answer["checksum"] == spec["sha256"]:
                return answer, self._sent
            if copy or not cached:
                break
        raise AnsibleError(f"{spec['pyz']} arrived with the SHA-256 {answer['checksum'] or '(gone)'}: it was not run")

    def _copy(self, pyz, target):
        """Bring the single file to its place on the host."""
        self._make_tmp_path()
        self._sent = True
        folder = self._connection._shell.tmpdir
        remote = self._connection._shell.join_path(folder, "venvdoctor.pyz")
        self._transfer_file(pyz, remote)
        self._fixup_perms2((folder, remote), execute=False)
        said = self._low_level_execute_command(shell.install(remote, target), sudoable=True)
        if shell.answers(said["stdout"]) is None:
            raise AnsibleError(f"{target} could not be written: {_tail(said)}")


def _no_python(known):
    """Return the answer for a host without a suitable Python: what was found there, and why it does not do."""
    seen = known.get("unfit", []) + [f"{path} (not only root can write it)" for path in known.get("foreign", [])]
    where = "; found: " + ", ".join(item.strip() for item in seen[:8]) if seen else ""
    return f"no CPython 3.10 or later that venvdoctor could run with was found on this host{where}"


def _line(error):
    return " ".join(str(getattr(error, "message", "") or error).split())[:1000]


def _tail(said):
    text = " ".join((said.get("stderr") or "").split()) or " ".join((said.get("stdout") or "").split())
    return text[-600:]
