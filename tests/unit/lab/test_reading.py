# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options as users write them: names for entries, texts for numbers, and what YAML makes of a word without quotes."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.request import topology_request
from ansible_collections.netns.lab.plugins.module_utils._model import spec
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab import spec as lab_spec
from ansible_collections.netns.lab.plugins.module_utils._model.reading import module_options
from ansible_collections.netns.lab.plugins.module_utils._model.test_hosts.group import TEST_HOSTS
from ansible_collections.netns.lab.plugins.module_utils._runner import LabModule
from ansible_collections.netns.lab.plugins.plugin_utils.drawing import scene as drawing
from ansible_collections.netns.lab.plugins.plugin_utils.drawing import text
from ansible_collections.netns.lab.plugins.plugin_utils.span.inventory import span_lab

BLUE = {"name": "eth0", "netns": "blue", "peer": {"name": "vb", "bridge": "br0"}}
LONG = {
    "namespaces": [{"name": "red"}, {"name": "blue"}],
    "bridges": [{"name": "br0"}],
    "veths": [{"name": "eth0", "netns": "red", "peer": {"name": "vr"}}, BLUE],
}
SHORT = {
    "namespaces": ["red", "blue"],
    "bridges": ["br0"],
    "veths": [{"name": "eth0", "netns": "red", "peer": "vr"}, BLUE],
}
INVENTORY = {"hostvars": {"h1": {"ansible_host": "192.0.2.1"}}, "groups": {"all": ["h1"]}}


def read(lab: dict[str, Any]) -> dict[str, Any]:
    return module_options(lab, lab_spec.topology_spec())


def test_names_are_entries_wherever_a_definition_is_read() -> None:
    assert read(SHORT) == read(LONG)
    assert topology_request(SHORT) == topology_request(LONG)
    assert topology_request(read(SHORT)).definition["namespaces"][0]["name"] == "red"
    drawn = [text.text(drawing.scene(lab), "lab") for lab in (SHORT, LONG)]
    assert drawn[0] == drawn[1]
    parts = [span_lab("lab", lab, {"hosts": ["h1"]}, INVENTORY).part("h1") for lab in (SHORT, LONG)]
    assert parts[0] == parts[1] and parts[0]["namespaces"] == LONG["namespaces"]
    hosts = [
        module_options({"hosts": given}, TEST_HOSTS)["hosts"] for given in (["a", "b"], [{"name": "a"}, {"name": "b"}])
    ]
    assert hosts[0] == hosts[1]


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"namespaces": "red,blue"}, {"namespaces": ["red", "blue"]}),
        ({"namespaces": '["red", {"name": "blue"}]'}, {"namespaces": ["red", "blue"]}),
        ({"veths": ['{"name": "a", "peer": "b"}']}, {"veths": [{"name": "a", "peer": {"name": "b"}}]}),
        ({"veths": ["name=a peer='name=b bridge=br0'"]}, {"veths": [{"name": "a", "peer": {"name": "b", "bridge": "br0"}}]}),
        ({"bridges": [{"name": "a", "mtu": "1500", "stp": "yes"}]}, {"bridges": [{"name": "a", "mtu": 1500, "stp": True}]}),
        ({"bridges": [{"name": "a", "addresses": "10.0.0.1/8, 10.1.0.1/8"}]},
         {"bridges": [{"name": "a", "addresses": ["10.0.0.1/8", "10.1.0.1/8"]}]}),
        ({"bridges": [{"name": "a", "mtu": 1500.0, "up": 1}]}, {"bridges": [{"name": "a", "mtu": 1500, "up": True}]}),
        ({"rules": [{"priority": "9", "table": 100}]}, {"rules": [{"priority": 9, "table": "100"}]}),
        ({"port_forwards": [{"protocol": "tcp", "port": 80, "to": "10.0.0.1"}]},
         {"port_forwards": [{"protocol": "tcp", "port": "80", "to": "10.0.0.1"}]}),
    ],
)  # fmt: skip
def test_texts_stand_for_what_they_say(given: dict[str, Any], taken: dict[str, Any]) -> None:
    assert read(given) == read(taken)


def test_yamls_off_is_the_choice_off() -> None:
    assert module_options({"drift": False}, spec.PERSISTENCE)["drift"] == "off"


@pytest.mark.parametrize(
    ("given", "where", "words"),
    [
        ({"bridges": [{"name": True}]}, "bridges[0].name", "in quotes"),
        ({"bridges": [{"name": 1.5}]}, "bridges[0].name", "in quotes"),
        ({"bridges": [{"name": 8}]}, "bridges[0].name", "in quotes"),
        ({"bridges": [{"name": ["a"]}]}, "bridges[0].name", "a text"),
        ({"veths": [{"name": "a", "peer": {"name": True}}]}, "veths[0].peer.name", "in quotes"),
        ({"veths": [{"name": "a", "peer": {"nam": "b"}}]}, "veths[0].peer.nam", "addresses, addrgenmode"),
        ({"vxlans": [{"name": "a", "id": 1, "local": "10.0.0.1", "fdb": [{"mac": 5}]}]}, "vxlans[0].fdb[0].mac", "quotes"),
        ({"veths": ["a"]}, "veths[0]", "a dictionary"),
        ({"namespaces": 5}, "namespaces[0]", "a dictionary"),
        ({"namespaces": {"red": {}}}, "namespaces", "a list"),
        ({"bridges": [{"name": "a", "mtu": "1e3"}]}, "bridges[0].mtu", "a whole number"),
        ({"bridges": [{"name": "a", "addresses": [10]}]}, "bridges[0].addresses[0]", "in quotes"),
        ({"lock_timeout": "soon"}, "lock_timeout", "a whole number"),
        ({"state": "gone"}, "state", "present, absent"),
        ({"adopt": 2}, "adopt", "true or false"),
    ],
)  # fmt: skip
def test_a_wrong_type_is_named_with_its_entry(given: dict[str, Any], where: str, words: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read(given)
    assert caught.value.obj == where and words in str(caught.value)


def test_ansible_still_calls_what_a_module_reads_its_options_in() -> None:
    """A newer ansible-core without it would read the options first, and tell of wrong ones in its own words."""
    (own,) = vars(LabModule).keys() & {name for name in vars(AnsibleModule) if name.startswith("_set_internal")}
    assert f"self.{own}(" in inspect.getsource(AnsibleModule.__init__)
