"""The vocabulary of repair: steps from a closed list, and the plan that they make.

A plan is a value; printing it is the dry run.
Every path in a step is relative to the plan's root (an environment's directory), has no `..`, and is reached
without following a link. What a step replaces is kept beside it until `undo --prune`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from venvdoctor.model.fact import fact, field, record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Workshop


@fact
class ReplaceLink:
    """Let `path` be a symbolic link holding the text `target`, atomically."""

    path: str
    target: str


@fact
class ReplaceFile:
    """Let `path` be a file with this content, atomically; it keeps its old mode unless `mode` is given."""

    path: str
    content: bytes
    mode: int | None = None


@fact
class CopyIn:
    """Let `path` be a copy of the file `source` outside, atomically, with its permission bits."""

    path: str
    source: str


@fact
class SetAside:
    """Move `path` out of the way, whatever it is; nothing happens where it does not exist."""

    path: str


@fact
class ChangeMode:
    """Give the file or directory `path` these permission bits."""

    path: str
    mode: int


@fact
class BringBack:
    """Copy what an earlier `SetAside` moved: `source` of the old tree to `path` in the new one, unless it is there.

    Files are second names of the old ones (hard links). What is to be installed anew is therefore left out (`without`,
    paths below the new one): no installer ever gets a file to write that another name, or another environment, shares.
    """

    source: str
    path: str
    without: tuple[str, ...] = ()


@fact
class Transplant:
    """Install a distribution of the old tree into the new one from its own files, as if from its wheel.

    Attributes:
        metadata: its dist-info directory in the old tree, relative to the root.
        files: the rows of its RECORD, relative to the directory that holds `metadata`.
        site_dir: the new site-packages, relative to the root.
        headers: where headers go, relative to the root.
        interpreter: what its scripts are to start; with `relocatable`, the one that lies beside them instead.
        label: name and version, for people.
    """

    metadata: str
    files: tuple[str, ...]
    site_dir: str
    headers: str
    interpreter: str
    relocatable: bool = False
    label: str = ""


@fact
class Run:
    """Run a builder (venv, virtualenv, uv, pip); never anything from the sick environment.

    Attributes:
        argv: the words; `{root}` and `{stage}` stand for the environment and the staging folder.
        creates: paths that it may create, relative to the root, for undoing it when it is killed half-way.
        fills: folders in which it may create names that nobody knows before.
        network: it may download; said before and refused with `--offline`.
        purpose: one clause for the plan and for the error.
        supplies: (name, file outside) of what is laid ready as `{stage}/wheels/NAME` before; `papers`: (name, text).
    """

    argv: tuple[str, ...]
    purpose: str
    creates: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    network: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)
    supplies: tuple[tuple[str, str], ...] = ()
    papers: tuple[tuple[str, str], ...] = ()


@fact
class KeepKeys:
    """Add these settings to a new `pyvenv.cfg` where its builder did not write them."""

    path: str
    keys: tuple[tuple[str, str], ...]


@fact
class Resemble:
    """Give `path`, and the directories below it, what `source` had of group, bits, access lists and attributes.

    `source` is a path of the old tree; both are a file, or a directory: then those of the same names in it, too.
    """

    source: str
    path: str


@fact
class Verify:
    """Run the repaired environment and compare: it starts, is itself, imports these names, and its scripts load.

    Attributes:
        python: the interpreter, relative to the root.
        version: series that must answer (`3.11`), or None.
        imports: top-level names that must import.
        entry_points: `module:attribute` of scripts that must load.
        isolated: sys.prefix must be the environment.
        spared: modules that were left out because nothing declares that it needs them; nothing may ask for them.
    """

    python: str
    version: str | None = None
    imports: tuple[str, ...] = ()
    entry_points: tuple[str, ...] = ()
    isolated: bool = True
    spared: tuple[str, ...] = ()


@fact
class Attest:
    """Give a newly installed distribution the provenance files of the old one, and name them in its RECORD.

    Attributes:
        source: the old dist-info directory, as it lay before it was set aside, relative to the root.
        site_dir: where the new dist-info is, relative to the root; found there by its normalised name and version.
        files: names of the files to carry: `direct_url.json`, `REQUESTED`, `INSTALLER`, …
    """

    source: str
    site_dir: str
    files: tuple[str, ...]


Step = (
    ReplaceLink
    | ReplaceFile
    | CopyIn
    | SetAside
    | ChangeMode
    | BringBack
    | Transplant
    | Run
    | Attest
    | KeepKeys
    | Resemble
    | Verify
)


@fact
class Plan:
    """What will be done to one environment.

    Attributes:
        root: canonical path of the environment; `identity` its (device, inode) when the plan was made.
        fixer: which fixer proposes it.
        summary: one sentence: what will be there afterwards.
        steps: in order; a `Verify` ends them.
        answers: codes of the findings it answers.
        carried, cached, downloads, unavailable: labels of distributions by where they come from (rebuild only).
        notes: what a person should know before saying yes.
        space: bytes that must be free on the root's file system.
        asks: (normalised name, requirement) of what is to be installed and nobody asked yet where to get it;
            `asks_for` the interpreter that it is for.
        guards: (path relative to the root, what it must still be): `link:TEXT`, `sha256:HEX`, `absent`, `present`.
    """

    root: str
    identity: tuple[int, int]
    fixer: str
    summary: str
    steps: tuple[Step, ...]
    answers: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    cached: tuple[str, ...] = ()
    downloads: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    space: int = 0
    asks: tuple[tuple[str, str], ...] = ()
    asks_for: str = ""
    guards: tuple[tuple[str, str], ...] = ()

    @property
    def network(self) -> bool:
        """Whether carrying it out may reach for the network."""
        return any(isinstance(step, Run) and step.network for step in self.steps)


@fact
class Refusal:
    """Why an environment cannot be repaired by this fixer, in one sentence, and what a person can do."""

    root: str
    message: str
    hint: str = ""


Propose = Callable[["Environment", "Sequence[Finding]", "Workshop"], "Plan | Refusal | None"]


@record
class Fixer:
    """One rung of the ladder.

    Attributes:
        name: of the file; `rank`: its place on the ladder, the least destructive lowest.
        summary: one line for the documentation.
        propose: given the facts, its findings and what is there to repair with: a plan, a refusal with its reason,
            or None where this is not a case for it.
    """

    name: str
    rank: int
    summary: str
    propose: Propose | None = field(default=None, init=False)

    def proposer(self, function: Propose) -> Propose:
        """Register the function that proposes."""
        self.propose = function
        return function
