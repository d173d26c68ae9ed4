"""What running a module comes to when imports fail: one environment, many sources, each imported for real."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support import session
from tests.support.envs import make_venv, must, site_packages
from tests.support.library import library
from tests.support.pythons import python
from tests.support.wheels import install

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

SOURCES = {  # what stands in a module; `gone` is nowhere, `there` is; `half.lost` and `half.cut` are damaged
    "plain": "import gone\n",
    "guarded": "try:\n    import gone\nexcept ImportError:\n    gone = None\n",
    "both_gone": "try:\n    import gone\nexcept ImportError:\n    import missing as gone\n",
    "second_there": "try:\n    import gone\nexcept ImportError:\n    import there as gone\n",
    "three": "try:\n    import gone\nexcept ImportError:\n    try:\n        import missing\n    except ImportError:\n"
    "        import absent\n",
    "three_there": "try:\n    import gone\nexcept ImportError:\n    try:\n        import missing\n    except ImportError:\n"
    "        import there\n",
    "other_handler": "try:\n    import gone\nexcept ValueError:\n    pass\n",
    "two_handlers": "try:\n    import gone\nexcept (KeyError, ImportError):\n    pass\n",
    "raised_again": "try:\n    import gone\nexcept ImportError as e:\n    raise RuntimeError('no') from e\n",
    "left": "import sys\ntry:\n    import gone\nexcept ImportError:\n    sys.exit('sorry')\n",
    "finally_only": "try:\n    import gone\nfinally:\n    x = 1\n",
    "in_finally": "try:\n    x = 1\nfinally:\n    import gone\n",
    "in_else": "try:\n    import there\nexcept ImportError:\n    pass\nelse:\n    import gone\n",
    "star": "try:\n    from gone import *\nexcept Exception:\n    from missing import *\n",
    "old_and_new": "import sys\nif sys.version_info[0] == 2:\n    import gone\nelse:\n    import json\n",
    "new_gone": "import sys\nif sys.version_info >= (3,):\n    import gone\nelse:\n    import json\n",
    "by_tuple": "import sys\nif sys.version_info[:2] < (3, 3) or sys.version_info.major < 3:\n    import gone\n",
    "greater": "import sys\nif sys.version_info > (3, 1):\n    import gone\n",
    "setup": "try:\n    __SETUP__\nexcept NameError:\n    __SETUP__ = False\nif __SETUP__:\n    x = 1\nelse:\n"
    "    import gone\n",
    "switch": "USE = False\nif USE:\n    import gone\n",
    "switch_behind_its_back": "FLAG = True\nglobals()['galf'[::-1].upper()] = False\nif FLAG:\n    import gone\n"
    "x = __import__('there')\n",
    "loop_of_globals": "NAMES = ('there', 'gone')\nfor n in NAMES:\n    globals()[n] = __import__(n)\n",
    "switch_by_builtin": "try:\n    __import__\nexcept NameError:\n    __import__ = None\nif not __import__:\n    import gone\n",
    "loop_deleted": "NAMES = ('there', 'gone')\nfor n in NAMES:\n    try:\n        __import__(n)\n    except ImportError as e:\n"
    "        raise ImportError('no') from e\ndel NAMES, n\n",
    "platform": "import sys\nif sys.platform == 'win32':\n    import gone\n",
    "platform_start": "import sys\nif not sys.platform.startswith('win'):\n    import gone\n",
    "checking": "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import gone\n",
    "main": "if __name__ == '__main__':\n    import gone\n",
    "either_way": "import os\nif os.environ.get('NOBODY_KNOWS'):\n    import gone\nelse:\n    import missing\n",
    "one_way": "import os\nif os.environ.get('NOBODY_KNOWS'):\n    import gone\nelse:\n    import there\n",
    "suppressed": "from contextlib import suppress\nwith suppress(ImportError):\n    import gone\n",
    "warnings": "import warnings\nwith warnings.catch_warnings():\n    import gone\n",
    "function": "def f():\n    import gone\n",
    "by_function": "import importlib\nimportlib.import_module('gone')\n",
    "by_function_assigned": "from importlib import import_module\nx = import_module('there')\ny = import_module('gone')\n",
    "builtin": "__import__('gone').declare(__name__)\n",
    "builtin_guarded": "try:\n    __import__('gone').declare(__name__)\nexcept ImportError:\n    x = 1\n",
    "loop": "import importlib\nfor name in ('json', 'there', 'gone'):\n    importlib.import_module(name)\n",
    "loop_named": "NAMES = ['there.inner', 'there.nothing']\nfor name in NAMES:\n    __import__(name)\n",
    "name_of_function": "from importlib import import_module\nNAME = 'gone'\ndef f():\n    NAME = 'there'\n    return NAME\n"
    "import_module(NAME)\n",
    "name_by_function": "from importlib import import_module\nNAME = 'gone'\ndef f():\n    global \\\n        NAME\n"
    "    NAME = 'there'\nf()\nimport_module(NAME)\n",
    "loop_format": "from importlib import import_module\nfor part in ('inner', 'nothing'):\n    import_module(f'there.{part}')\n",
    "loop_guarded": "for name in ('gone', 'missing'):\n    try:\n        __import__(name)\n    except ImportError:\n        pass\n",
    "loop_first": "for name in ('gone', 'there'):\n    try:\n        m = __import__(name)\n        break\n    except ImportError:\n"
    "        continue\nelse:\n    raise ImportError\n",
    "below": "import there.nothing\n",
    "below_from": "from there.nothing import x\n",
    "below_taken": "from there import inner\n",
    "below_module": "import there.inner.deeper\n",
    "namespace": "from space.nothing import x\n",
    "namespace_there": "import space.part\n",
    "from_namespace": "from space import nothing\n",
    "from_namespace_there": "from space import part\n",
    "in_modules": "import sys, types\nsys.modules['made'] = types.ModuleType('made')\nimport made\n",
    "elsewhere_made": "import maker\nimport maker.made\n",
    "lost": "from half import lost\n",
    "lost_or": "try:\n    from half import lost\nexcept ImportError:\n    from half import cut\n",
    "lost_or_there": "try:\n    from half.lost import x\nexcept ImportError:\n    from there import inner\n",
    "lost_not_found": "try:\n    from half import lost\nexcept ModuleNotFoundError:\n    lost = None\n",
    "lost_module_not_found": "try:\n    import half.lost\nexcept ModuleNotFoundError:\n    lost = None\n",
    "cut": "import half.cut\n",
    "cut_guarded": "try:\n    import half.cut\nexcept ImportError:\n    pass\n",
    "cut_all": "try:\n    import half.cut\nexcept Exception:\n    pass\n",
    "cut_syntax": "try:\n    import half.cut\nexcept SyntaxError:\n    pass\n",
    "cut_suppressed": "from contextlib import suppress\nwith suppress(ImportError):\n    import half.cut\n",
    "hollow": "import half.hollow\n",
    "hollow_looked_up": "import half.hollow\ny = half.hollow.x\n",
    "hollow_renamed": "import half.hollow as h\nclass A(h.Base):\n    pass\n",
    "hollow_from": "from half import hollow\n@hollow.wrapped\ndef f():\n    pass\n",
    "hollow_default": "from half import hollow\ndef f(a, *, b=hollow.x):\n    pass\n",
    "hollow_annotated": "from half import hollow\ndef f(a: hollow.x) -> None:\n    pass\n",
    "hollow_annotated_later": "from __future__ import annotations\nfrom half import hollow\ndef f(a: hollow.x):\n    pass\n",
    "hollow_guarded": "import half.hollow\ntry:\n    y = half.hollow.x\nexcept AttributeError:\n    pass\n",
    "hollow_import_guarded": "try:\n    import half.hollow\n    y = half.hollow.x\nexcept ImportError:\n    pass\n",
    "hollow_given": "import half.hollow\ny = half.hollow.__name__, half.hollow.__file__\n",
    "hollow_in_function": "import half.hollow\ndef f():\n    return half.hollow.x\n",
    "hollow_perhaps": "import half.hollow\ny = None and half.hollow.x\nz = [half.hollow.x for _ in ()]\n",
    "hollow_rebound": "import half.hollow as h\nclass h:\n    x = 1\ny = h.x\n",
    "hollow_one_way": "import half.hollow as h, os\nif os.environ.get('NOBODY_KNOWS'):\n    y = 1\nelse:\n    h = os\n"
    "y = h.name\n",
    "hollow_loop": "import half.hollow as h, os\nfor h in (os,):\n    y = h.name\n",
    "short": "import half.short\ny = half.short.kept\n",
    "short_from": "from half.short import kept\n",
    "short_lost": "from half.short import gone\n",
    "short_failing": "import half.failing\n",
    "short_failing_guarded": "try:\n    import half.failing\nexcept ImportError:\n    pass\n",
    "short_looked_up": "from half import short\ny = [1, {2: short.gone()}]\n",
    "unbound": "import half.unbound\n",
    "unbound_guarded": "try:\n    import half.unbound\nexcept ImportError:\n    pass\n",
    "raising": "import json\nraise ValueError('no')\n",
    "raising_at_once": "raise ValueError('no')\n",
    "raising_guarded": "try:\n    raise ValueError('no')\nexcept ValueError:\n    pass\n",
    "raising_perhaps": "import os\nif os.environ.get('NOBODY_KNOWS'):\n    raise ValueError('no')\n",
    "raising_or_lost": "import os\nif os.environ.get('NOBODY_KNOWS'):\n    from half import lost\nelse:\n    raise OSError\n",
    "raising_version": "import sys\nif sys.version_info < (3, 2):\n    raise RuntimeError('old')\n",
    "raising_loop": "for n in range(0):\n    raise ValueError\nfor n in ():\n    raise ValueError\n",
    "raising_class": "class A:\n    def f(self):\n        raise ValueError\n",
    "raising_used": "try:\n    import raising\nexcept ImportError:\n    pass\n",
    "raising_used_guarded": "try:\n    import raising\nexcept ValueError:\n    pass\n",
    "through": "try:\n    import plain\nexcept ImportError:\n    import lost\n",
    "through_there": "try:\n    import plain\nexcept ImportError:\n    import there\n",
}  # fmt: skip
HELPERS = {
    "there/__init__.py": "",
    "there/inner.py": "x = 1\n",
    "space/part.py": "",
    "maker/__init__.py": "import sys, types\nsys.modules[__name__ + '.made'] = types.ModuleType('maker.made')\n",
    "half/__init__.py": "",
    "half/lost.py": "x = 1\n",
    "half/hollow.py": "x = wrapped = 1\nclass Base:\n    pass\n",
    "half/short.py": "kept = 1\ndef gone():\n    pass\n",
    "half/failing.py": "import gone\n\n\ndef answer():\n    return gone\n",
    "half/unbound.py": "kept = 1\n__version__ = '1.0'\n",
    "half/cut.py": "def f():\n    return (1,\n        2)\n",
}
TRY = """
import importlib, json, sys
state = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        state[name] = "imports"
    except BaseException:
        state[name] = "fails"
print(json.dumps(state))
"""


def _build(env: Path) -> None:
    site = site_packages(make_venv(python(), env))
    install(site, "helpers", "1.0", files=HELPERS)
    install(site, "sources", "1.0", files={f"{name}.py": text for name, text in SOURCES.items()})
    (site / "half/lost.py").unlink()
    (site / "half/cut.py").write_text("def f():\n    return (1,\n")
    (site / "half/hollow.py").write_text("")
    (site / "half/short.py").write_text("kept = 1\n")
    (site / "half/failing.py").write_text("import gone\n")
    (site / "half/unbound.py").write_text("kept = 1\n__version__")


@pytest.fixture(scope="module")
def answers() -> dict[str, tuple[str, str]]:
    """Name → what the static reading says, what importing shows."""
    env = session.once("import-statements", _build)
    said = {item.name: item.state for dist in library(env).distributions for item in dist.imports}
    real = json.loads(must([env / "bin/python", "-c", TRY, *SOURCES]).out)
    return {name: (said[name], real[name]) for name in SOURCES}


@pytest.mark.parametrize("name", SOURCES)
def test_reading_says_what_importing_shows(answers: dict[str, tuple[str, str]], name: str) -> None:
    said, real = answers[name]
    assert said == real, SOURCES[name]
