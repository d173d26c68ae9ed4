"""Runs on the host: verifies the single file, runs it as each user, prints what came out, leaves nothing behind.

It travels as text (see action/doctor.py) and is started by the Python that was found on the host; it needs nothing
but the standard library. What it prints between two marks is JSON, deflated and in base64, so that neither a login
banner nor a terminal's line ends can garble it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pwd
import re
import signal
import subprocess
import sys
import tempfile
import zlib

BEGIN, END = "-----BEGIN VENVDOCTOR-----", "-----END VENVDOCTOR-----"
SECTION = re.compile(r"^# (/.*) \((?:installed|not installed)\)$")
STATES = ("environments", "healthy", "degraded", "broken", "unknown")
LEVELS = ("error", "warning", "note")
NO_LOGIN = ("nologin", "false", "sync", "halt", "shutdown")


def main(spec):
    """Do what the controller asks; always print an answer."""
    answer = {"error": "", "checksum": "", "runs": []}
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        answer["checksum"] = checksum(spec["pyz"])
        if answer["checksum"] == spec["sha256"]:
            os.nice(spec["nice"])
            answer["runs"] = treat(spec) if spec["find"] else [run(spec, user) for user in accounts(spec["users"])]
            if spec["textfile"]:
                answer["runs"] += metrics(spec, answer["runs"])
    except (OSError, KeyError) as error:
        answer["error"] = "{0}: {1}".format(type(error).__name__, error)
    finally:
        if not spec["keep"]:
            remove(spec["pyz"])
    packed = base64.b64encode(zlib.compress(json.dumps(answer).encode(), 6)).decode()
    lines = [packed[at : at + 120] for at in range(0, len(packed), 120)]
    sys.stdout.write("\n".join(["", BEGIN, *lines, END, ""]))
    sys.stdout.flush()


def _stop(number, frame):
    raise SystemExit(128 + number)


def checksum(path):
    """Return the SHA-256 of a file, in hexadecimal; the empty string when it is not there."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


def remove(path):
    """Remove the file, and its directory when nothing else is in it."""
    try:
        os.unlink(path)
        os.rmdir(os.path.dirname(path))
    except OSError:
        pass


def accounts(users):
    """Return the accounts to run as; None is the one that we are."""
    if not users:
        return [None]
    if users != ["all"]:
        return [pwd.getpwnam(name) for name in users]
    found = {}
    for entry in sorted(pwd.getpwall(), key=lambda item: item.pw_uid):
        person = (entry.pw_uid == 0 or 1000 <= entry.pw_uid < 65534) and os.path.isdir(entry.pw_dir)
        if person and os.path.basename(entry.pw_shell) not in NO_LOGIN:
            found.setdefault(entry.pw_uid, entry)
    return list(found.values())


def run(spec, account):
    """Run the single file once and return what it said."""
    name = account.pw_name if account else None
    given, fault = None, ""
    if spec["feed"]:
        fed = subprocess.run(spec["feed"], stdin=subprocess.DEVNULL, capture_output=True, timeout=600, check=False)
        given, fault = fed.stdout, fed.stderr.decode(errors="replace")[-2000:] if fed.returncode else ""
    if fault:
        return {"user": name, "code": None, "out": "", "err": fault}
    if spec["task"] == "install_hook":
        return hook(spec, name)
    if spec["task"] == "snapshot":
        return snapshot(spec, account)
    return search(spec, account, given)


def treat(spec):
    """Repair as root: look for what is ill, and let each owner's own account repair it."""
    found = search(dict(spec, argv=spec["find"]), None, None)
    if found.get("nothing"):
        return []
    try:
        seen = json.loads(found["out"])["environments"] if found["code"] in (0, 1, 3) else None
    except (ValueError, KeyError, TypeError):
        seen = None
    if seen is None:
        return [dict(found, code=None)]
    ill = {}
    for env in seen:
        if any(item["severity"] != "note" for item in env["findings"]):
            ill.setdefault(os.lstat(env["path"]).st_uid, []).append(env["path"])
    return [repair(spec, uid, paths) for uid, paths in sorted(ill.items())]


def repair(spec, uid, paths):
    """Repair one owner's environments with that owner's rights, and no more."""
    try:
        account = pwd.getpwuid(uid)
    except KeyError:
        left = ["{0}: it belongs to uid {1}, which is nobody here".format(path, uid) for path in paths]
        return {"user": str(uid), "code": 1, "out": json.dumps({"unanswered": left}), "err": ""}
    return start(spec, [*spec["argv"], "--", *paths], account)


def metrics(spec, runs):
    """Write the metrics of what several users saw; return the run when it did not end well."""
    parts = [json.loads(done["out"]) for done in runs if done["code"] in (0, 1, 3) and done["out"]]
    if not parts:
        return []
    with tempfile.NamedTemporaryFile("w", suffix=".json") as stream:
        json.dump(united(parts), stream)
        stream.flush()
        done = start(spec, ["report", stream.name, "--output", "prometheus:" + spec["textfile"]])
    return [] if done["code"] in (0, 3) else [dict(done, code=None)]


def gone(spec, words):
    """Return the words for predict without what this host has not anyway, and which that is; None: nothing is left."""
    absent = [path for path in spec["without"] if not os.path.lexists(path)]
    for path in absent:
        at = words.index(path)
        words = words[: at - 1] + words[at + 1 :]
    changes = ("--without", "--python", "--os-root", "--apt")
    return (words if any(word in changes for word in words) else None), absent


def search(spec, account, given):
    """Look below the paths that this host has; a host may lack some, and some may hold no environment."""
    words, paths = list(spec["argv"]), []
    if "--" in words:
        at = words.index("--")
        words, paths = words[:at], words[at + 1 :]
    words, absent = gone(spec, words) if spec["without"] else (words, [])
    done = below(spec, words, paths, account, given)
    return dict(done, absent=absent)


def below(spec, words, paths, account, given):
    """Run below those of the paths that are there and hold an environment."""
    asked = bool(paths) and not spec["sysroot"]
    paths = [path for path in paths if not asked or os.path.lexists(path)]
    while True:
        if words is None or (asked and not paths):
            return {"user": account.pw_name if account else None, "code": 0, "out": "", "err": "", "nothing": True}
        done = start(spec, [*words, *(["--", *paths] if paths else [])], account, given)
        bare = [path for path in paths if "there is no environment in {0}\n".format(path) in done["err"] + "\n"]
        if done["code"] != 2 or not bare or not asked:
            return done
        paths.remove(bare[0])


def snapshot(spec, account):
    """Take a snapshot and tell whether it differs from the one before."""
    before = recorded(spec, account)
    done = start(spec, spec["argv"], account)
    return {**done, "changed": before is None or before != recorded(spec, account)}


def recorded(spec, account):
    """Return the environments of the last snapshot; None when there is none."""
    shown = start(spec, ["snapshot", "show"], account)
    try:
        return json.loads(shown["out"])["environments"]
    except (ValueError, KeyError):
        return None


def start(spec, argv, account=None, given=None):
    """Start the single file with one account's rights and surroundings."""
    environment = {
        key: os.environ[key] for key in ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ") if key in os.environ
    }
    environment.setdefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    own = pwd.getpwuid(os.geteuid()) if account is None else account
    environment.update(
        HOME=home_of(own, environment.get("HOME", "")), USER=own.pw_name, LOGNAME=own.pw_name, LC_ALL="C.UTF-8"
    )
    rights = {}
    if account is not None and account.pw_uid != os.geteuid():
        groups = os.getgrouplist(account.pw_name, account.pw_gid)
        rights = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": groups}
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", spec["pyz"], *argv],
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd="/",
        start_new_session=True,
        **rights,
    )
    try:
        out, err = process.communicate(given, timeout=spec["timeout"])
    except BaseException as error:  # also when we are told to stop: nothing may stay behind
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        return {"user": own.pw_name, "code": None, "out": "", "err": "no end after {0} s".format(spec["timeout"])}
    return {
        "user": own.pw_name,
        "code": process.returncode,
        "out": out.decode(errors="backslashreplace"),
        "err": err.decode(errors="replace")[-2000:],
    }


def home_of(account, given):
    """Return the account's home; another one that was given only when it is the account's too (sudo may keep HOME)."""
    try:
        return given if os.stat(given).st_uid == account.pw_uid else account.pw_dir
    except OSError:
        return account.pw_dir


def hook(spec, name):
    """Install the hook where what stands there is not what would be written."""
    shown = start(spec, ["hook", "show", *spec["argv"]])
    if shown["code"] != 0:
        return shown
    stale = [path for path, text in sections(shown["out"]) if read(path).rstrip() != text.rstrip()]
    if not stale or spec["check"]:
        return {"user": name, "code": 0, "out": json.dumps({"stale": stale}), "err": ""}
    done = start(spec, ["hook", "install", *spec["argv"]])
    return {**done, "out": json.dumps({"stale": stale})}


def sections(text):
    """Return the files that `hook show` prints, with what they are to hold."""
    found = []
    for line in text.splitlines():
        head = SECTION.match(line)
        if head:
            found.append((head.group(1), []))
        elif found:
            found[-1][1].append(line)
    return [(path, "\n".join(lines)) for path, lines in found]


def read(path):
    """Return a file's text; the empty string when it is not there."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read(1 << 20)
    except OSError:
        return ""


def united(parts):
    """Return one host's reports, made by several users, as one: what several of them saw is in it once."""
    if len(parts) == 1:
        return parts[0]
    known = {}
    for env in (env for part in parts for env in part["environments"]):
        if env["path"] not in known or known[env["path"]]["status"] == "unknown":
            known[env["path"]] = env
    envs = [known[path] for path in sorted(known)]
    findings = _distinct(parts, "findings", lambda item: (item["code"], item["path"]))
    interpreters = _distinct(parts, "interpreters", lambda item: item["path"])
    for item in interpreters:
        item["environments"] = sum(env["python"]["base_executable"] == item["path"] for env in envs)
    causes = _distinct(parts, "causes", lambda item: item["id"])
    for cause in causes:
        named = {
            path for part in parts for one in part["causes"] if one["id"] == cause["id"] for path in one["environments"]
        }
        cause["environments"] = sorted(named)
    scan = dict(parts[0]["scan"])
    scan["roots"] = sorted({root for part in parts for root in part["scan"]["roots"]})
    scan["complete"] = all(part["scan"]["complete"] for part in parts)
    scan["duration_s"] = round(sum(part["scan"]["duration_s"] for part in parts), 3)
    return {
        **parts[0],
        "scan": scan,
        "summary": _counted(envs, findings),
        "environments": envs,
        "causes": sorted(causes, key=lambda item: (-len(item["environments"]), item["id"])),
        "interpreters": interpreters,
        "findings": findings,
        "errors": _distinct(parts, "errors", lambda item: (item["path"], item["message"])),
    }


def _distinct(parts, name, key):
    found = {}
    for item in (item for part in parts for item in part[name]):
        found.setdefault(key(item), item)
    return list(found.values())


def _counted(envs, findings):
    whole = {**dict.fromkeys(STATES, 0), "findings": dict.fromkeys(LEVELS, 0)}
    whole["environments"] = len(envs)
    for env in envs:
        whole[env["status"]] += 1
    for item in [item for env in envs for item in env["findings"]] + findings:
        whole["findings"][item["severity"]] += 1
    return whole
