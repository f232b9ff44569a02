# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is text knows every list of a description too; where one is forgotten, the failure says in which file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.table import KINDS as OBJECTS
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kind import (
    ALL,
    ENDS,
    LINK,
    PORTS,
    REACHING,
    SPREAD,
    nothing,
)
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.plugin_utils.drawing.kinds import KINDS_DRAWN

ROOT = Path(__file__).resolve().parents[3]
#: what steps call objects whose kind has another name, or several
STEPS = {
    "forward": ["port_forward"],
    "hairpin": ["port_forward"],
    "link": ["link", "bridge_port", *(kind.module for kind in KINDS.values() if kind.ends is not nothing)],
}

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


def _returned(module: str) -> Any:
    """The RETURN block of a module."""
    text = (ROOT / f"plugins/modules/{module}.py").read_text(encoding="utf-8")
    return yaml.safe_load(text.partition('RETURN = r"""')[2].partition('"""')[0])


@pytest.mark.parametrize("module", ["topology", *(kind.module for kind in KINDS.values())])
def test_a_module_says_of_what_kinds_its_steps_may_be(module: str) -> None:
    """A module removes, and puts back, what depends on its object too: so each may return steps of any kind."""
    said = set(re.findall(r"V\((\w+)\)", " ".join(_returned(module)["plan"]["contains"]["kind"]["description"])))
    steps = {word for sort in OBJECTS for word in STEPS.get(sort, [sort])}
    text = f"plugins/modules/{module}.py, RETURN, plan[].kind"
    assert not steps - said, f"{text} does not say {', '.join(sorted(steps - said))}"
    assert not said - steps, f"{text} says {', '.join(sorted(said - steps))}, which no step is"


@pytest.mark.parametrize("option", KINDS)
def test_what_is_drawn_is_looked_for_where_topology_info_has_it(option: str) -> None:
    told = _returned("topology_info")["labs"]["contains"]
    assert KINDS_DRAWN[option].told in told, f"plugins/plugin_utils/drawing/kinds.py: {option}"


def _given_to_topology(part: Any) -> set[str]:
    """The options that tasks give ``topology``, wherever they stand in a file."""
    if isinstance(part, dict):
        inner = {name for value in part.values() for name in _given_to_topology(value)}
        return inner | set(part.get("netns.lab.topology") or ())
    return {name for item in part for name in _given_to_topology(item)} if isinstance(part, list) else set()


def test_playbooks_and_roles_hand_on_a_definition_and_name_no_list() -> None:
    """A list that they named would be one more place to forget."""
    files = [*ROOT.glob("playbooks/*.yml"), *ROOT.glob("playbooks/tasks/*.yml"), *ROOT.glob("roles/*/*/*.yml")]
    given = {path.relative_to(ROOT): _given_to_topology(yaml.safe_load(path.read_text("utf-8"))) for path in files}
    assert sum("definition" in names for names in given.values()) >= 1
    assert {str(path): sorted(names & set(KINDS)) for path, names in given.items() if names & set(KINDS)} == {}
