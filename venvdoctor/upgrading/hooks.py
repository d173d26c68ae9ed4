"""The post-upgrade hooks of package managers, as text: which file goes where, and what it says. Pure.

Every hook calls one small script that always succeeds, starts the work in the background and returns at once: nothing
here can make a package manager fail or wait. Sources: apt.conf(5) (DPkg::Pre-Install-Pkgs, DPkg::Post-Invoke);
dnf5-actions(8) and dnf's post-transaction-actions plugin; alpm-hooks(5); libzypp's commit plugin protocol;
launchd.plist(5).
"""

from __future__ import annotations

from shlex import quote

from venvdoctor.model.fact import fact

MARK = "installed by venvdoctor; `venvdoctor hook remove` takes it away"
SCRIPT = "/usr/local/libexec/venvdoctor-hook"
NOTICE = "/var/lib/venvdoctor/notice"
LOGIN = "/etc/profile.d/venvdoctor.sh"
MANAGERS = ("apt", "dnf", "pacman", "zypper", "brew")
# what tells that a package manager is there: its own configuration directory
PRESENT = {
    "apt": "/etc/apt/apt.conf.d",
    "dnf": "/etc/dnf",
    "pacman": "/etc/pacman.d",
    "zypper": "/etc/zypp",
    "brew": "/opt/homebrew",
}


@fact
class HookFile:
    """One file of a hook: where it goes, what it holds, its permission bits."""

    path: str
    content: str
    mode: int = 0o644


def files_for(manager: str, command: list[str], *, home: str = "/root") -> tuple[HookFile, ...]:
    """Return the files that make one package manager's hook.

    Args:
        manager: one of `MANAGERS`.
        command: the words that start venvdoctor.
        home: for brew, whose hook belongs to a user.

    Raises:
        KeyError: another manager.
    """
    if manager == "brew":
        return (_launch_agent(command, home),)
    special = {"apt": _apt, "dnf": _dnf, "pacman": _pacman, "zypper": _zypper}[manager]()
    return (HookFile(path=SCRIPT, content=script(command), mode=0o755), HookFile(path=LOGIN, content=login()), *special)


def script(command: list[str]) -> str:
    """Return the script that hooks call: it never fails, it never keeps anybody waiting for long, it reads its input.

    `pre` warns, at most half a minute; `post` starts the work in the background; `work` does it. A package manager that
    writes to a hook that has ended may fail, so what is left of the input is read whatever happened.
    """
    words = " ".join(map(quote, command))
    own = (
        "venvdoctor: since the last upgrade venvdoctor itself cannot start. Install it anew, then run: venvdoctor scan"
    )
    return f"""#!/bin/sh
# {MARK}
# It always succeeds: a package manager must never fail because of it.
cd / || exit 0 # wherever root happens to be: Python looks for modules in the directory it is started in
unset PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONUSERBASE VIRTUAL_ENV # and in those that these name
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
case "$1" in
pre)
  timeout -k 5 30 {words} hook warn 2>/dev/null
  cat >/dev/null 2>&1
  ;;
post)
  if command -v setsid >/dev/null 2>&1; then
    setsid "$0" work </dev/null >/dev/null 2>&1 &
  else
    "$0" work </dev/null >/dev/null 2>&1 &
  fi
  ;;
work)
  timeout -k 60 1800 {words} hook run
  case $? in
  0 | 124 | 137) ;;
  *) mkdir -p {NOTICE.rpartition("/")[0]} && echo {quote(own)} >{NOTICE} ;;
  esac
  ;;
esac
exit 0
"""


def login() -> str:
    """Return the lines that tell a user at the next login, once; scripts that log in (scp, rsync) see nothing."""
    return f"""# {MARK}
case $- in
*i*)
  if [ -s {NOTICE} ] && [ -r {NOTICE} ]; then
    venvdoctor_seen="${{XDG_STATE_HOME:-$HOME/.local/state}}/venvdoctor"
    if [ ! -e "$venvdoctor_seen/noticed" ] || [ {NOTICE} -nt "$venvdoctor_seen/noticed" ]; then
      cat {NOTICE}
      {{ mkdir -p "$venvdoctor_seen" && : >"$venvdoctor_seen/noticed"; }} 2>/dev/null || :
    fi
    unset venvdoctor_seen
  fi
  ;;
esac
"""


def _apt() -> tuple[HookFile, ...]:
    """Return apt's part: the first word of a command is what its `Options` section is named after (apt.conf(5))."""
    text = f"""// {MARK}
DPkg::Pre-Install-Pkgs {{ "{SCRIPT} pre || cat >/dev/null || true"; }};
DPkg::Tools::Options::{SCRIPT}::Version "3";
DPkg::Post-Invoke {{ "{SCRIPT} post || true"; }};
"""
    return (HookFile(path="/etc/apt/apt.conf.d/99venvdoctor", content=text),)


def _dnf() -> tuple[HookFile, ...]:
    """Return the actions of both dnf 4 and dnf 5; each reads its own and ignores the other's.

    dnf 4 runs a command that names no package once however many match; dnf 5 runs one without a filter once.
    """
    four = f"# {MARK}\n*:any:{SCRIPT} post\n"
    five = f"# {MARK}\npost_transaction:::enabled=host-only:{SCRIPT} post\n"
    return (
        HookFile(path="/etc/dnf/plugins/post-transaction-actions.d/venvdoctor.action", content=four),
        HookFile(path="/etc/dnf/libdnf5-plugins/actions.d/venvdoctor.actions", content=five),
    )


def _pacman() -> tuple[HookFile, ...]:
    text = f"""# {MARK}
[Trigger]
Operation = Install
Operation = Upgrade
Operation = Remove
Type = Package
Target = python
Target = python3*
Target = openssl
Target = libffi
Target = glibc
Target = icu

[Action]
Description = Looking for Python environments that this upgrade broke
When = PostTransaction
Exec = {SCRIPT} post
"""
    return (HookFile(path="/etc/pacman.d/hooks/99-venvdoctor.hook", content=text),)


def _zypper() -> tuple[HookFile, ...]:
    r"""Return a commit plugin: it acknowledges each frame, and begins its work when the commit has ended.

    A frame is a command, headers, an empty line and a body, ended by NUL and no newline; shells drop the NUL, so that a
    command stands at the end of the line that the last body began.
    """
    text = f"""#!/bin/sh
# {MARK}
while IFS= read -r line; do
  case "$line" in
  *COMMITEND) {SCRIPT} post </dev/null ;;
  esac
  case "$line" in
  *PLUGINBEGIN | *COMMITBEGIN | *COMMITEND) printf 'ACK\\n\\n\\000' ;;
  *PLUGINEND)
    printf 'ACK\\n\\n\\000'
    exit 0
    ;;
  esac
done
exit 0
"""
    return (HookFile(path="/usr/lib/zypp/plugins/commit/venvdoctor", content=text, mode=0o755),)


def _launch_agent(command: list[str], home: str) -> HookFile:
    """Return a launchd agent that watches Homebrew's Cellar: brew itself has no hooks."""
    from xml.sax.saxutils import escape  # noqa: PLC0415 - for one package manager only

    words = "".join(f"    <string>{escape(word)}</string>\n" for word in [*command, "hook", "run", "--notify"])
    cellars = "".join(f"    <string>{prefix}/Cellar</string>\n" for prefix in ("/opt/homebrew", "/usr/local"))
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- {MARK} -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>venvdoctor</string>
  <key>ProgramArguments</key>
  <array>
{words}  </array>
  <key>WatchPaths</key>
  <array>
{cellars}  </array>
  <key>ThrottleInterval</key>
  <integer>60</integer>
</dict>
</plist>
"""
    return HookFile(path=f"{home}/Library/LaunchAgents/venvdoctor.plist", content=text)
