#!/usr/bin/python
"""Documentation of the action plugin of the same name; nothing of it runs on the host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: doctor
short_description: Find, predict and repair broken Python environments on a host
version_added: 0.1.0
description:
  - Runs C(venvdoctor.pyz) on the host with any CPython 3.10 or later that is found there, and brings the answer back.
  - The host needs a POSIX shell and such a Python; Ansible's own C(ansible_python_interpreter) is not used at all,
    so hosts whose default Python is too old for Ansible can be examined too.
  - The single file is copied only when it is not there yet, and is run only when its SHA-256 is the expected one.
    A copy is removed afterwards, unless O(keep) is set.
  - A host without a suitable Python, one that does not answer and one where C(become) fails is reported as C(unknown)
    with the reason, in RV(msg) and as a report of its own, so that no host is missing when reports are merged.
  - As root, only interpreters that nobody but root could have put there are started.
author:
  - The venvdoctor authors (@venvdoctor)
options:
  task:
    description:
      - What to do.
      - V(scan) examines and changes nothing. Hosts that cannot be examined do not fail, they are V(unknown).
      - V(predict) says what an upgrade would break and changes nothing.
      - V(fix) repairs; with C(--check) it says what would be repaired.
      - V(snapshot) records every environment so that it can be rebuilt.
      - V(install_hook) installs the hook of the package manager; the single file then stays in
        C(/usr/local/lib/venvdoctor).
    type: str
    choices: [scan, predict, fix, snapshot, install_hook]
    default: scan
  pyz:
    description: The single file on the controller; a relative path is looked for where Ansible looks for files.
    type: path
    default: venvdoctor.pyz
  checksum:
    description:
      - The SHA-256 that the single file has to have, in hexadecimal, C(sha256:) before it allowed.
      - Without it, what arrives on the host has to be what the controller has.
    type: str
  python:
    description: The interpreter on the host to run venvdoctor with; without it, one is looked for.
    type: path
  cache_dir:
    description:
      - Where the single file is put on the host.
      - The default is C(/var/cache/venvdoctor) for root and C(~/.cache/venvdoctor) for others.
    type: path
  keep:
    description: Leave the single file in O(cache_dir), so that the next run copies nothing.
    type: bool
    default: false
  users:
    description:
      - Run once as each of these users, each with their own rights, home and settings. Needs root.
      - V(all) means root and every user with a login shell and a home.
      - When empty, venvdoctor runs once, as the user that Ansible has become; as root it then looks at every local file
        system, repairs each environment as the one who owns it, and records those of V(all) users.
      - What several users can see is in the host's report once.
    type: list
    elements: str
    default: []
  paths:
    description: Environments, or directories to search.
    type: list
    elements: str
    default: []
  exclude:
    description: Patterns of directories not to search.
    type: list
    elements: str
    default: []
  one_file_system:
    description: Stay on the file systems that the search starts on.
    type: bool
    default: false
  sysroot:
    description: Diagnose what is mounted there instead of the host itself.
    type: path
  select:
    description: Only these rules; prefixes are allowed. For V(scan) and V(fix).
    type: list
    elements: str
    default: []
  dest:
    description:
      - The directory on the controller for the reports, one C(HOST.json) for each host.
      - What an earlier run wrote there for the host is replaced.
    type: path
    default: venvdoctor-reports
  textfile:
    description:
      - Also write metrics to this file on the host, for node_exporter's textfile collector; those of all O(users)
        together.
    type: path
  timeout:
    description: After so many seconds a run on the host is ended.
    type: int
    default: 1800
  nice:
    description: How much to step back behind other processes of the host.
    type: int
    default: 10
  change:
    description: For V(predict). Interpreters that change, as V(OLD=NEW), for example V(3.11=3.13).
    type: list
    elements: str
    default: []
  without:
    description: For V(predict). Paths to think away; a host may lack some of them.
    type: list
    elements: str
    default: []
  os_root:
    description: For V(predict). An unpacked image of the next system, on the host.
    type: path
  apt:
    description: For V(predict). Ask C(apt-get -s full-upgrade) on the host what it would do.
    type: bool
    default: false
  max_breaking:
    description: For V(predict). Fail when more environments than this would break on the host.
    type: int
  cause:
    description: For V(fix). Repair what this cause broke, for example V(interpreter-gone:/usr/bin/python3.11).
    type: str
  new_python:
    description: For V(fix). The interpreter, or its version, that repaired environments get.
    type: str
  offline:
    description: For V(fix). Download nothing.
    type: bool
    default: false
  manager:
    description: For V(install_hook). The package manager; the default is the one that is there.
    type: str
    choices: [apt, dnf, pacman, zypper, brew]
attributes:
  check_mode:
    support: full
    description: Nothing that lasts is written; V(scan) and V(predict) do what they always do.
  diff_mode:
    support: none
    description: Returns what has changed, or would.
  platform:
    platforms: posix
    support: full
    description: Operating systems of the hosts.
extends_documentation_fragment: []
notes:
  - Set C(ServerAliveInterval) in the SSH arguments, so that a host that falls silent is noticed.
"""

EXAMPLES = r"""
- name: Scan as root and bring the reports to ./reports
  venvdoctor.fleet.doctor:
    dest: reports
  become: true

- name: Scan as each user who can log in
  venvdoctor.fleet.doctor:
    users: [all]
  become: true

- name: Stop before the upgrade where more than three environments would break
  venvdoctor.fleet.doctor:
    task: predict
    change: ["3.11=3.13"]
    max_breaking: 3

- name: Repair what the removal of python3.11 broke
  venvdoctor.fleet.doctor:
    task: fix
    cause: "interpreter-gone:/usr/bin/python3.11"
"""

RETURN = r"""
msg:
  description: The outcome in a sentence, or why there is none.
  returned: always
  type: str
  sample: "3 environments: 1 broken, 2 healthy"
status:
  description: The worst status of the host's environments; C(unknown) when the host could not be examined (whole).
  returned: for scan, and always when the host could not be examined
  type: str
  sample: broken
summary:
  description: The environments by status, and the findings by severity.
  returned: for scan
  type: dict
  sample: {environments: 3, healthy: 2, degraded: 0, broken: 1, unknown: 0, findings: {error: 1, warning: 0, note: 0}}
report:
  description: The report on the controller.
  returned: for scan
  type: str
  sample: /srv/reports/web1.json
python:
  description: The interpreter that ran venvdoctor on the host.
  returned: when one was found
  type: str
  sample: /usr/bin/python3.13
python_version:
  description: Its version.
  returned: when one was found
  type: str
  sample: 3.13.5
copied:
  description: Whether the single file had to be copied.
  returned: when venvdoctor ran
  type: bool
breaking:
  description: How many environments would break.
  returned: for predict
  type: int
would_break:
  description: Which, at most a thousand.
  returned: for predict
  type: list
  elements: str
undecided:
  description: Of how many environments that cannot be said.
  returned: for predict
  type: int
absent:
  description: Which of O(without) the host does not have.
  returned: for predict
  type: list
  elements: str
environments:
  description: How many environments were looked at.
  returned: for predict
  type: int
planned:
  description: How many repairs there is a plan for.
  returned: for fix
  type: int
repaired:
  description: How many environments were repaired and verified.
  returned: for fix
  type: int
failed_verification:
  description: How many repairs did not stand their verification and were taken back.
  returned: for fix
  type: int
not_fixable:
  description: Environments that venvdoctor cannot repair by itself.
  returned: for fix
  type: list
  elements: str
log:
  description: What venvdoctor said.
  returned: for fix, when a verification failed
  type: str
files:
  description: The hook's files that were written, or would be.
  returned: for install_hook
  type: list
  elements: str
"""
