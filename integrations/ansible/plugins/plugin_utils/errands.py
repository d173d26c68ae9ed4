"""The tasks: the words that venvdoctor is started with on the host, and what its answer means for Ansible."""

from __future__ import annotations

import json

from ansible_collections.venvdoctor.fleet.plugins.plugin_utils import reports, runner

BREAKING = ("lost", "rebuilds", "relinks")
SIMULATED = ["apt-get", "-s", "-q", "-o", "Debug::NoLocking=true", "full-upgrade"]
EXPECTED = {"scan": (0, 1, 3), "predict": (0, 1, 3), "fix": (0, 1), "snapshot": (0,), "install_hook": (0,)}


def words(args, root, check):
    """Return the arguments of venvdoctor for a task."""
    return {"scan": _scan, "predict": _predict, "fix": _fix, "snapshot": _snapshot, "install_hook": _hook}[
        args["task"]
    ](args, root, check)


def users(args, root):
    """Return the users to run as: root looks at the whole system at once, and records as each user."""
    everybody = root and args["task"] == "snapshot" and not args["paths"]
    return args["users"] or (["all"] if everybody else [])


def find(args, root):
    """Return the words that tell what there is to repair; root lets each owner do so, also one without a login."""
    alone = args["task"] != "fix" or args["users"] or not root
    return [] if alone else _scan({**args, "sysroot": None, "textfile": None}, root, False)


def _each(option, values):
    return [word for value in values for word in (option, value)]


def _where(args):
    return [*_each("--exclude", args["exclude"]), *(["--one-file-system"] if args["one_file_system"] else [])]


def _scan(args, root, check):
    found = ["scan", "--format", "json", "--no-cache", "--color", "never"]
    found += ["--sysroot", args["sysroot"]] if args["sysroot"] else []
    found += _each("--select", args["select"]) + _where(args)
    found += ["--output", "prometheus:" + args["textfile"]] if args["textfile"] and not (check or args["users"]) else []
    whole_host = root and not args["users"] and not args["sysroot"]
    return found + (["--", *args["paths"]] if args["paths"] else ["--system"] if whole_host else [])


def _predict(args, root, check):
    found = ["predict", "--format", "json", *_each("--python", args["change"]), *_each("--without", args["without"])]
    found += ["--os-root", args["os_root"]] if args["os_root"] else []
    found += (["--apt"] if args["apt"] else []) + _where(args)
    return found + (["--", *args["paths"]] if args["paths"] else ["--system"] if root and not args["users"] else [])


def _fix(args, root, check):
    found = ["fix", "--format", "json", "--dry-run" if check else "--yes"]
    found += _each("--select", args["select"]) + (["--cause", args["cause"]] if args["cause"] else [])
    found += ["--python", args["new_python"]] if args["new_python"] else []
    found += ["--offline"] if args["offline"] else []
    if find(args, root):
        return found
    return found + (["--", *args["paths"]] if args["paths"] else [] if args["cause"] or args["select"] else ["--all"])


def _snapshot(args, root, check):
    return ["snapshot", *_each("--path", args["paths"])]


def _hook(args, root, check):
    return [args["manager"]] if args["manager"] else []


def fault(args, run):
    """Return why a run is no answer, or the empty string."""
    if run["code"] in EXPECTED[args["task"]]:
        return ""
    who = f" as {run['user']}" if run["user"] else ""
    tail = " ".join(run["err"].split())[-600:] or " ".join(run["out"].split())[-600:]
    return f"venvdoctor {args['task']}{who} did not end well (code {run['code']}): {tail}"


def outcome(args, runs, check):
    """Return what Ansible is told of runs that came to their end."""
    return {"predict": _predicted, "fix": _fixed, "snapshot": _taken, "install_hook": _hooked}[args["task"]](
        args, runs, check
    )


def _predicted(args, runs, check):
    parts = [json.loads(run["out"]) for run in runs if not run.get("nothing")]
    seen = {}  # what several users see is counted once
    for entry in (entry for part in parts for entry in part["environments"]):
        if seen.get(entry["path"], "unknown") == "unknown":
            seen[entry["path"]] = entry["outcome"]
    names = sorted(path for path, outcome in seen.items() if outcome in BREAKING)
    undecided = sum(outcome == "unknown" for outcome in seen.values())
    result = {"breaking": len(names), "would_break": names[:1000], "undecided": undecided, "environments": len(seen)}
    result["absent"] = sorted({path for run in runs for path in run.get("absent", ())})
    result["msg"] = f"{len(names)} of {len(seen)} environments would break"
    if args["max_breaking"] is not None and len(names) > args["max_breaking"]:
        result.update(failed=True, msg=f"{result['msg']}; at most {args['max_breaking']} may")
    return result


def _fixed(args, runs, check):
    count = {"repaired": 0, "failed_verification": 0, "planned": 0}
    left, failed = [], []
    for run in runs:
        said = json.loads(run["out"] or "{}")
        treated = said.get("results", ())
        count["planned"] += len(said.get("plans", ()))
        count["repaired"] += sum(bool(item["repaired"]) for item in treated)
        failed += ["{environment}: {failure}".format(**item) for item in treated if item["failure"]]
        left += ["{environment}: {message}".format(**item) for item in said.get("refusals", ())]
        left += said.get("unanswered", ())
        partly = [item for item in treated if not (item["repaired"] or item["failure"])]
        left += ["{0}: {1}".format(item["environment"], _rest(item)) for item in partly]
    count["failed_verification"] = len(failed)
    result = {**count, "not_fixable": left, "changed": bool(count["planned"] if check else _did(runs))}
    tail = f", {len(left)} cannot be fixed here" if left else ""
    verb = f"{count['planned']} would be repaired" if check else f"{count['repaired']} repaired"
    result["msg"] = f"{verb}{tail}"
    if failed:
        words = "; ".join(failed[:3]) + (f" and {len(failed) - 3} more" if len(failed) > 3 else "")
        result.update(failed=True, msg=f"{len(failed)} failed their verification ({words}), {result['msg']}")
        result["log"] = "\n".join(run["out"][-4000:] for run in runs)
    return result


def _rest(item):
    """Return what is still wrong with an environment that was repaired in part."""
    return "; ".join(rest["message"] for rest in item["left"] if rest["severity"] != "note") or "not whole"


def _did(runs):
    """Return whether anything was changed, be it only a part of what was to be."""
    return any(item["done"] for run in runs for item in json.loads(run["out"] or "{}").get("results", ()))


def _taken(args, runs, check):
    return {"changed": any(run["changed"] for run in runs), "msg": "; ".join(run["out"].strip() for run in runs)}


def _hooked(args, runs, check):
    stale = sorted({path for run in runs for path in json.loads(run["out"])["stale"]})
    verb = "would be written" if check else "written"
    return {
        "changed": bool(stale),
        "files": stale,
        "msg": f"{len(stale)} files {verb}" if stale else "installed already",
    }


def collected(args, runs, host, version):
    """Write the report of a scan and return what Ansible is told."""
    nothing = reports.nothing(host, version, args["paths"])
    parts = [nothing if run.get("nothing") else json.loads(run["out"]) for run in runs]
    if any(part.get("schema_version") != 1 for part in parts):
        raise ValueError("it is a report of another schema version")
    report = reports.named(runner.united(parts), host, [run["user"] for run in runs])
    path = reports.file_for(args["dest"], host)
    reports.write(path, report)
    summary, complete = report["summary"], report["scan"]["complete"]
    status = reports.state_of(summary, complete)
    tail = "" if complete else "; not everything could be looked at"
    return {"status": status, "summary": summary, "report": path, "msg": reports.in_words(summary) + tail}
