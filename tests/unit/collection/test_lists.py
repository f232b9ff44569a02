# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is text knows every list of a description too; where one is forgotten, the failure says in which file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kind import ALL, ENDS, LINK, PORTS, REACHING, SPREAD
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.plugin_utils.drawing.kinds import KINDS_DRAWN

ROOT = Path(__file__).resolve().parents[3]

#: file -> what stands in it for each list (``option``) and for its single module (``module``)
SAYS = {
    "plugins/modules/{module}.py": "\nmodule: {module}\n",
    "plugins/modules/topology.py": "\n  - module: netns.lab.{module}\n",
    "plugins/doc_fragments/topology.py": '\n    "{option}": (',
    "plugins/plugin_utils/drawing/kinds.py": '\n    "{option}": Drawn(',
    "meta/runtime.yml": "\n    - {module}\n",
    "docs/reference/definition.md": "\n## {option}\n",
    "docs/reference/modules.md": "| `{option}` |",
    "tests/unit/lab/test_topology.py": '\n    "{option}": {{',
    "tests/unit/support/topologies.py": '"{option}"',
    "tests/unit/support/oracle.py": '"{option}"',
    "tests/integration/support/drifting.py": '"{option}"',
}


@pytest.mark.parametrize("file", SAYS)
def test_each_place_knows_every_list(file: str) -> None:
    lacking = []
    for option, kind in KINDS.items():
        names = {"option": option, "module": kind.module}
        path = ROOT / file.format(**names)
        if not path.is_file() or SAYS[file].format(**names) not in path.read_text(encoding="utf-8"):
            lacking.append(f"{option} ({path.relative_to(ROOT)}: {SAYS[file].format(**names).strip()})")
    assert not lacking, f"{file} says nothing of {', '.join(lacking)}"


@pytest.mark.parametrize("option", KINDS)
def test_a_list_says_how_its_entries_find_their_hosts(option: str) -> None:
    kind = KINDS[option]
    ways = (SPREAD, ENDS, REACHING, PORTS, LINK, ALL)
    assert kind.placed in ways or kind.placed in kind.spec, f"_model/lab: placed of {option} is {kind.placed!r}"


@pytest.mark.parametrize("option", KINDS)
def test_what_is_drawn_is_looked_for_where_topology_info_has_it(option: str) -> None:
    text = (ROOT / "plugins/modules/topology_info.py").read_text(encoding="utf-8")
    told = yaml.safe_load(text.partition('RETURN = r"""')[2].partition('"""')[0])["labs"]["contains"]
    assert KINDS_DRAWN[option].told in told, f"plugins/plugin_utils/drawing/kinds.py: {option}"
