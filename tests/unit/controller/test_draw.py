# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawings: what they show, what they mark, and that Graphviz takes them."""

from __future__ import annotations

import copy
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.netns.lab.plugins.action import draw as draw_action
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.plugin_utils.bridge_nat import definition, read
from ansible_collections.netns.lab.plugins.plugin_utils.drawing import scene as drawing
from ansible_collections.netns.lab.plugins.plugin_utils.drawing.dot import dot
from ansible_collections.netns.lab.plugins.plugin_utils.drawing.text import text
from hypothesis import given
from hypothesis import strategies as st

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
LABS = sorted(path.stem for path in (PLAYBOOKS / "labs").glob("*.yml"))
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


def from_file(name: str) -> dict[str, Any]:
    """The definition in a vars file of the playbooks."""
    variables = yaml.safe_load((PLAYBOOKS / "labs" / f"{name}.yml").read_text())
    if "lab_topology" in variables:
        return variables["lab_topology"]
    prefix = read.PREFIX
    return definition.topology({key[len(prefix) :]: value for key, value in variables.items() if prefix in key})


def star(count: int, **options: Any) -> dict[str, Any]:
    """A bridge with so many namespaces."""
    names = [f"ns{number:04}" for number in range(1, count + 1)]
    return definition.topology({"subnet": "10.0.0.0/16", "namespaces": names, **options})


def seen(definition: dict[str, Any]) -> dict[str, Any]:
    """What topology_info would return of a lab that stands as it is defined."""
    links, addresses = [], []
    for end in [*definition.get("bridges", []), *definition["veths"], *(veth["peer"] for veth in definition["veths"])]:
        netns = end.get("netns", "")
        links.append({"netns": netns, "name": end["name"], "up": True})
        addresses += [{"netns": netns, "dev": end["name"], "address": one} for one in end.get("addresses", [])]
        addresses.append({"netns": netns, "dev": end["name"], "address": "fe80::1/64"})
    return {
        "name": "lab",
        "definition": definition,
        "namespaces": [{"name": entry["name"]} for entry in definition["namespaces"]],
        "links": links,
        "addresses": addresses,
        "sysctls": [{"netns": "", **entry} for entry in definition.get("sysctls", [])],
        "routes": [{"table": 254, "metric": 0, "type": "unicast", **one} for one in definition.get("routes", [])],
        "masquerades": [{"netns": "", "out_interface": None, **one} for one in definition.get("masquerades", [])],
        "port_forwards": [{"listen": None, **one} for one in definition.get("port_forwards", [])],
    }


def lines(lab: dict[str, Any]) -> list[str]:
    """The drawing as text."""
    return text(drawing.scene(lab), "lab on here")


def graph(lab: dict[str, Any]) -> str:
    """The drawing as a graph."""
    return dot(drawing.scene(lab), "lab on here")


def picture(lab: dict[str, Any]) -> ET.Element:
    """The drawing as Graphviz lays it out; a warning of Graphviz fails the test."""
    done = subprocess.run(["dot", "-Tsvg"], input=graph(lab), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return ET.fromstring(done.stdout)


def words(svg: ET.Element) -> str:
    """All that can be read in a picture."""
    return " ".join("".join(element.itertext()) for element in svg.iter("{http://www.w3.org/2000/svg}text"))


def test_the_bridge_lab_as_text():
    assert lines(from_file("bridge_nat")) == [
        "lab on here: 2 namespaces, 1 bridge, 2 veth pairs",
        "",
        "  ( outside )",
        "       │",
        "┌─ host ───────────────────────────────┐",
        "│ masquerade 192.168.15.0/24           │",
        "│ tcp port 80 → 192.168.15.2:80 (blue) │",
        "│                                      │",
        "│ bridge v-net-0  192.168.15.5/24      │",
        "│                                      │      ┌─ red ───────────────────────────┐",
        "│   veth-red-br ───────────────────────┼──────┤ veth-red  192.168.15.1/24       │",
        "│                                      │      └─────────────────────────────────┘",
        "│                                      │      ┌─ blue ──────────────────────────┐",
        "│   veth-blue-br ──────────────────────┼──────┤ veth-blue  192.168.15.2/24      │",
        "│                                      │      │ default via 192.168.15.5        │",
        "│                                      │      │ 192.168.1.0/24 via 192.168.15.5 │",
        "│                                      │      └─────────────────────────────────┘",
        "│                                      │",
        "│ net.ipv4.ip_forward = 1              │",
        "└──────────────────────────────────────┘",
    ]


def test_the_veth_pair_as_text():
    assert lines(from_file("veth_pair"))[2:] == [
        "┌─ red ─────────────────────┐",
        "│                           │      ┌─ blue ─────────────────────┐",
        "│ veth-red  192.168.15.1/24 ┼──────┤ veth-blue  192.168.15.2/24 │",
        "│                           │      └────────────────────────────┘",
        "└───────────────────────────┘",
    ]


ROUTED: dict[str, Any] = {
    "namespaces": [
        {"name": "left"},
        {"name": "middle", "sysctls": {"net.ipv4.ip_forward": "1"}},
        {"name": "switch"},
        {"name": "a"},
        {"name": "alone"},
    ],
    "bridges": [{"name": "br0", "netns": "switch"}],
    "veths": [
        {
            "name": "eth0",
            "netns": "left",
            "addresses": ["10.1.0.2/24"],
            "peer": {"name": "m0", "netns": "middle", "addresses": ["10.1.0.1/24"]},
        },
        {
            "name": "m1",
            "netns": "middle",
            "addresses": ["10.2.0.1/24"],
            "peer": {"name": "p1", "netns": "switch", "bridge": "br0"},
        },
        {"name": "eth0", "netns": "a", "up": False, "peer": {"name": "p2", "netns": "switch", "bridge": "br0"}},
        {"name": "up", "netns": "middle", "peer": {"name": "down", "addresses": ["10.3.0.1/24"]}},
    ],
    "addresses": [{"netns": "middle", "dev": "up", "address": "10.3.0.2/24"}],
    "bridge_ports": [{"dev": "tap0", "netns": "switch", "bridge": "br0"}],
    "routes": [
        {"netns": "left", "dst": "default", "gateway": "10.1.0.1"},
        {"netns": "middle", "dst": "192.0.2.0/24", "type": "blackhole", "table": "100"},
        {"dst": "10.0.0.0/8", "gateway": "10.3.0.2", "dev": "down", "src": "10.3.0.1", "metric": 5},
    ],
    "rules": [{"netns": "middle", "priority": 7, "from": "10.1.0.0/24", "to": "10.9.0.0/16", "table": "100"}],
    "masquerades": [{"netns": "middle", "source": "10.1.0.0/24", "out_interface": "m1"}],
    "port_forwards": [
        {"protocol": "udp", "port": "5000-5001", "to": "10.2.0.1:6000", "netns": "middle", "listen": ["10.3.0.2"]}
    ],
}


def test_a_lab_with_a_router_in_the_middle_shows_all_that_is_defined():
    drawn = "\n".join(lines(ROUTED))
    for phrase in (
        "down  10.3.0.1/24 ",
        "middle: up  10.3.0.2/24",
        "10.0.0.0/8 via 10.3.0.2 dev down src 10.3.0.1 metric 5",
        "┤ eth0  10.1.0.2/24",
        "default via 10.1.0.1",
        "blackhole 192.0.2.0/24 table 100",
        "rule 7: from 10.1.0.0/24 to 10.9.0.0/16 lookup 100",
        "masquerade 10.1.0.0/24 out m1",
        "udp 10.3.0.2:5000-5001 → 10.2.0.1:6000-6001 (middle)",
        "net.ipv4.ip_forward = 1",
        "bridge br0",
        "middle: m1  10.2.0.1/24",
        "eth0 (down)",
        "tap0",
        "┌─ alone ",
    ):
        assert phrase in drawn, phrase
    assert "outside" not in drawn  # the host itself translates nothing
    for title in ("host", "left", "middle", "switch", "a", "alone"):
        assert drawn.count(f"┌─ {title} ─") == 1


@pytest.mark.parametrize("name", LABS)
def test_every_lab_of_the_playbooks_can_be_drawn(name):
    definition = from_file(name)
    drawn = "\n".join(lines(definition))
    for entry in definition["namespaces"]:
        assert f"┌─ {entry['name']} " in drawn
    for veth in definition["veths"]:
        for end in (veth, veth["peer"]):
            assert all(one in drawn for one in [end["name"], *end.get("addresses", [])])


@given(st.integers(1, 130), st.integers(1, 12))
def test_boxes_are_closed(count, many):
    drawn = text(drawing.scene(star(count), many=many), "x")[2:]
    drawn = [line for line in drawn if line.startswith(("│", "┌", "└"))]
    width = drawn[0].index("┐")
    for line in drawn[1:-1]:
        assert line[0] == "│"
        assert line[width] in "│┼"
    assert drawn[-1] == f"└{'─' * (width - 1)}┘"


def test_fifty_namespaces_have_a_line_each_and_one_for_their_common_route():
    drawn = lines(star(50, port_forwards=[{"protocol": "tcp", "port": "80", "to": "ns0007"}]))
    assert drawn[1] == "each namespace has: default via 10.0.0.1"
    pairs = [line for line in drawn if "┼" in line]
    assert [re.findall(r"ns\d{4}  ", line)[0].strip() for line in pairs] == [f"ns{n:04}" for n in range(1, 51)]
    assert not any("default" in line for line in drawn[2:])
    assert max(map(len, drawn)) < 100


def test_a_route_that_not_all_have_stays_with_those_that_have_it():
    names = [{"name": f"n{number}", "default_route": number > 0} for number in range(12)]
    built = definition.topology({"subnet": "10.0.0.0/24", "namespaces": names})
    drawn = lines(built)
    assert not any(line.startswith("each") for line in drawn)
    assert sum("default via 10.0.0.1" in line for line in drawn) == 11


def test_of_a_thousand_the_middle_is_counted_and_a_fault_is_shown():
    lab = seen(star(1000))
    lab["links"] = [link for link in lab["links"] if link["netns"] != "ns0500"]
    drawn = lines(lab)
    assert len(drawn) < 90
    assert sum("┼" in line for line in drawn) == 60 + 1 + 5
    assert any("ns0500" in line and "missing" in line for line in drawn)
    hidden = [int(count) for line in drawn for count in re.findall(r"… (\d+) more", line)]
    assert sum(hidden) == 1000 - 66


@pytest.mark.parametrize("name", LABS)
def test_what_stands_as_defined_is_drawn_as_its_definition(name):
    definition = from_file(name)
    for forward in definition.get("port_forwards", []):
        forward["to"] = "192.168.15.2:80"  # in full, as the record has it
    assert lines(seen(definition)) == lines(definition)
    assert graph(seen(definition)) == graph(definition)


def test_what_stands_otherwise_is_marked():
    lab = seen(from_file("bridge_nat"))
    for link in lab["links"]:
        link["up"] = link["name"] != "veth-red"
    lab["links"] = [link for link in lab["links"] if link["name"] != "veth-blue-br"]
    lab["addresses"] = [one for one in lab["addresses"] if one["address"] != "192.168.15.5/24"]
    lab["addresses"].append({"netns": "red", "dev": "veth-red", "address": "10.9.9.9/24"})
    lab["namespaces"] = [one for one in lab["namespaces"] if one["name"] != "blue"]
    lab["routes"] = [one for one in lab["routes"] if one["dst"] != "default"]
    lab["sysctls"][0]["value"] = "0"
    lab["masquerades"] = lab["port_forwards"] = []
    drawn = "\n".join(lines(lab))
    for phrase in (
        "veth-red (down)  192.168.15.1/24  10.9.9.9/24 (not the lab's)",
        "veth-blue-br (missing)",
        "bridge v-net-0  192.168.15.5/24 (missing)",
        "┌─ blue (missing) ─",
        "│ default via 192.168.15.5 (missing) ",
        "│ 192.168.1.0/24 via 192.168.15.5 ",
        "│ net.ipv4.ip_forward = 1 (is 0) ",
        "│ masquerade 192.168.15.0/24 (missing) ",
        "│ tcp port 80 → 192.168.15.2:80 (blue) (missing) ",
    ):
        assert phrase in drawn, phrase
    alarm = "#c81e1e"
    assert graph(from_file("bridge_nat")).count(alarm) == 0
    assert graph(lab).count(alarm) >= 9


def test_of_a_range_of_ports_all_must_be_there():
    forward = {"protocol": "tcp", "port": "8000-8001", "to": "192.168.15.2:9000", "listen": ["192.168.15.5"]}
    lab = seen({**from_file("bridge_nat"), "port_forwards": [forward]})
    line = "│ tcp 192.168.15.5:8000-8001 → 192.168.15.2:9000-9001 (blue) "
    found = {"protocol": "tcp", "listen": "192.168.15.5"}
    lab["port_forwards"] = [{**found, "port": "8000-8001", "to": "192.168.15.2:9000", "whole": True}]
    assert any(drawn.startswith(f"{line}│") for drawn in lines(lab))
    lab["port_forwards"][0]["whole"] = False
    assert any(drawn.startswith(f"{line}(missing) │") for drawn in lines(lab))


def test_drawing_leaves_the_lab_as_it_is():
    lab = seen(from_file("bridge_nat"))
    before = copy.deepcopy(lab)
    lines(lab)
    graph(lab)
    assert lab == before


@pytest.mark.parametrize("lab", [{}, {"name": "lab"}, [], None, "lab"])
def test_something_else_is_refused(lab):
    with pytest.raises(InvalidArgument, match="a lab or a definition"):
        drawing.scene(lab)


def test_a_definition_with_a_mistake_is_refused_by_its_name():
    with pytest.raises(InvalidArgument, match=r"veths\[0\]\.peer: expected a value"):
        drawing.scene({"veths": [{"name": "veth-red"}]})


def test_every_list_of_topology_makes_a_definition():
    for option in KINDS:
        assert drawing.scene({option: []}).summary == ""


@needs_dot
@pytest.mark.parametrize("definition", [*map(from_file, LABS), ROUTED, star(1), star(10), star(50)])
def test_graphviz_draws_every_name_and_address(definition):
    read = words(picture(definition))
    for entry in definition["namespaces"]:
        assert entry["name"] in read
    for veth in definition["veths"]:
        for end in (veth, veth["peer"]):
            assert all(one in read for one in [end["name"], *end.get("addresses", [])])


@needs_dot
def test_fifty_namespaces_stay_on_one_page():
    """Half of them on each side, so the picture is about as wide as high, at a size that is read without zoom."""
    svg = picture(star(50))
    width, height = (float(svg.attrib[side].removesuffix("pt")) for side in ("width", "height"))
    assert width < 1100
    assert height < 1500


@needs_dot
def test_veth_pairs_of_a_star_do_not_cross():
    """The ports of the bridge lie beside the namespaces: every line is level, or nearly."""
    svg = picture(star(50))
    lines = [
        path.attrib["d"]
        for group in svg.iter("{http://www.w3.org/2000/svg}g")
        if group.attrib.get("class") == "edge"
        for path in group.iter("{http://www.w3.org/2000/svg}path")
        if "stroke-dasharray" not in path.attrib
    ]
    assert len(lines) == 50
    for path in lines:
        heights = [float(number) for number in re.findall(r",(-?[\d.]+)", path)]
        assert max(heights) - min(heights) < 12


@needs_dot
def test_names_that_mean_something_to_graphviz_are_only_names():
    names = ["a&b", 'quote"', "<b>", "back\\slash", "node", "outside"]
    read = words(picture(definition.topology({"subnet": "10.0.0.0/24", "namespaces": names})))
    assert all(name in read for name in names)


def test_a_colour_is_drawn_in_its_colour():
    drawn = graph(from_file("veth_pair"))
    assert "#c53030" in drawn
    assert "#2b6cb0" in drawn
    assert "#c53030" not in graph(star(2))


PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: look
      netns.lab.draw: &one {graph: "graph { red -- blue }", path: a/b.svg}
      check_mode: true
      register: look
    - {name: nothing, ansible.builtin.stat: {path: a}, register: nothing}
    - {name: draw, register: draw, netns.lab.draw: *one}
    - {name: again, register: again, netns.lab.draw: *one}
    - {name: other, register: other, netns.lab.draw: {graph: "graph { green }", path: a/b.svg}}
    - {name: mistake, register: mistake, ignore_errors: true, netns.lab.draw: {graph: "graph {", path: a/c.svg}}
    - name: show
      netns.lab.show:
        lines: ["┌─ \\"box\\" ─┐", "{{ draw.msg }}", "{{ look.msg }}"]
    - name: hold
      ansible.builtin.assert:
        that:
          - look is changed and draw is changed and again is not changed and other is changed
          - not nothing.stat.exists
          - draw.path == look.path and draw.path is abs
          - mistake is failed and 'syntax error' in mistake.msg
"""
NO_DOT = """
- hosts: localhost
  gather_facts: false
  tasks:
    - {name: draw, register: draw, netns.lab.draw: {graph: "graph { red -- blue }", path: b.svg}}
    - {name: hold, ansible.builtin.assert: {that: [draw is not changed, not draw.drawn, "'graphviz' in draw.msg"]}}
"""


def play(folder: Path, playbook: str, **env: str) -> str:
    """What ansible-playbook prints, run in a folder; it must succeed."""
    (folder / "play.yml").write_text(playbook)
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", "play.yml"]
    settings = {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "HOME": str(folder),
        "ANSIBLE_COLLECTIONS_PATH": str(PLAYBOOKS.parent / ".build"),
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_NOCOLOR": "true",
        **env,
    }
    done = subprocess.run(command, check=False, cwd=folder, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_dot
def test_draw_writes_only_what_differs_and_show_prints_what_it_is_given(tmp_path):
    printed = play(tmp_path, PLAY)
    file = tmp_path / "a" / "b.svg"
    assert "green" in words(ET.fromstring(file.read_text()))
    assert [path.name for path in file.parent.iterdir()] == ["b.svg"]
    lines_ = printed.splitlines()
    first = lines_.index('┌─ "box" ─┐')
    assert lines_[first + 1 : first + 3] == [f"Picture: {file}", f"Picture: {file} (check mode: not written)"]


def test_a_picture_is_not_written_through_a_link_that_somebody_put_in_its_place(tmp_path, monkeypatch):
    other, picture = tmp_path / "other", tmp_path / "b.svg"
    other.write_text("of somebody else")
    monkeypatch.setattr(draw_action.secrets, "token_hex", lambda _size: "foreseen")
    for half in (f".b.svg.{os.getpid()}", ".b.svg.foreseen"):
        (tmp_path / half).symlink_to(other)
    with pytest.raises(FileExistsError):
        draw_action._write(picture, b"a picture")
    assert other.read_text() == "of somebody else"
    (tmp_path / ".b.svg.foreseen").unlink(missing_ok=True)
    draw_action._write(picture, b"a picture")
    assert picture.read_bytes() == b"a picture" and not picture.is_symlink()


def test_without_graphviz_nothing_is_drawn_and_the_package_is_named(tmp_path):
    play(tmp_path, NO_DOT, PATH="/nonexistent")
    assert not (tmp_path / "b.svg").exists()


def test_nothing_is_printed_where_the_output_is_for_programs(tmp_path):
    plugins = tmp_path / "callbacks"
    plugins.mkdir()
    (plugins / "my_json.py").write_text(
        "from ansible.plugins.callback import CallbackBase\n"
        "class CallbackModule(CallbackBase):\n"
        "    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, 'stdout', 'my_json'\n"
        "    def v2_runner_on_ok(self, result): print('{}')\n"
    )
    show = "- {hosts: localhost, gather_facts: false, tasks: [{netns.lab.show: {lines: [not to be seen]}}]}"
    printed = play(tmp_path, show, ANSIBLE_CALLBACK_PLUGINS=str(plugins), ANSIBLE_STDOUT_CALLBACK="my_json")
    assert printed == "{}\n"
