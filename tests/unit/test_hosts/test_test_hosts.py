# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throwaway hosts: entries, addresses, plans, the inventory, and the program that a host group runs."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.netns.lab.plugins.module_utils._engine.test_hosts import plan as engine
from ansible_collections.netns.lab.plugins.module_utils._engine.test_hosts.plan import Found, Standing
from ansible_collections.netns.lab.plugins.module_utils._kernel.system import zipapp
from ansible_collections.netns.lab.plugins.module_utils._kernel.test_hosts import supervisor
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab import topology
from ansible_collections.netns.lab.plugins.module_utils._model.test_hosts import group as model
from ansible_collections.netns.lab.plugins.module_utils._model.test_hosts.group import TEST_HOSTS
from ansible_collections.netns.lab.plugins.plugin_utils import test_hosts as plugin

ROLE = Path(__file__).resolve().parents[3] / "roles" / "test_hosts"
DEFAULTS = {name: form.get("default") for name, form in TEST_HOSTS.items()}


def host_group(*hosts: Any, **options: Any) -> model.HostGroup:
    entries = [{"name": host} if isinstance(host, str) else host for host in hosts]
    return model.host_group({**DEFAULTS, "hosts": entries, **options})


def addresses(placed: model.HostGroup) -> dict[str, str]:
    return {host.name: host.address for host in placed.hosts}


@pytest.mark.parametrize(
    ("options", "at", "found"),
    [
        ({"name": "a/b"}, "name", "'a/b'"),
        ({"hosts": []}, "hosts", "none"),
        ({"hosts": [{"name": "-x"}]}, "hosts[0].name", "'-x'"),
        ({"hosts": [{"name": "a"}, {"name": "a"}]}, "hosts[1].name", "'a'"),
        ({"hosts": [{"name": "all"}]}, "hosts[0].name", "'all'"),
        ({"hosts": [{"name": "a", "tree": "b"}]}, "hosts[0].tree", "'b'"),
        ({"hosts": [{"name": "a", "tree": "/b,c"}]}, "hosts[0].tree", "'/b,c'"),
        ({"hosts": [{"name": "a", "tree": "/run/b"}]}, "hosts[0].tree", "'/run/b'"),
        ({"hosts": [{"name": "a", "init": "systemd"}]}, "hosts[0].tree", "this machine's own root"),
        ({"hosts": [{"name": "a", "address": "10.254.0.1"}]}, "hosts[0].address", "10.254.0.1"),
        ({"hosts": [{"name": "a", "address": "10.253.0.9"}]}, "hosts[0].address", "10.253.0.9"),
        ({"hosts": [{"name": "a", "address": "x"}]}, "hosts[0].address", "'x'"),
        ({"hosts": [{"name": n, "address": "10.254.0.9"} for n in "ab"]}, "hosts[1].address", "'10.254.0.9'"),
        ({"subnet": "10.254.0.1/16"}, "subnet", "has host bits set"),
        ({"subnet": "fd00::/64"}, "subnet", "fd00::/64"),
        ({"subnet": "10.0.0.0/30"}, "subnet", "10.0.0.0/30"),
        ({"subnet": "10.0.0.0/29", "hosts": [{"name": f"h{n}"} for n in range(6)]}, "hosts", "6"),
        ({"directory": "x"}, "directory", "'x'"),
        ({"directory": "/a/../b"}, "directory", "'/a/../b'"),
        ({"directory": "/" + "a" * 80}, "directory", "81 of"),
        ({"size": "lots"}, "size", "'lots'"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], at: str, found: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        model.host_group({**DEFAULTS, "hosts": [{"name": "a"}], **options})
    assert caught.value.obj == at
    assert found in caught.value.found
    assert caught.value.remedy


def test_addresses_are_given_out_in_order_and_stay() -> None:
    wanted = host_group("a", {"name": "b", "address": "10.254.0.2"}, "c")
    first = addresses(model.placed(wanted, {}))
    assert first == {"a": "10.254.0.3", "b": "10.254.0.2", "c": "10.254.0.4"}
    later = addresses(model.placed(host_group("new", "c", "b"), first))
    assert later == {"new": "10.254.0.3", "c": "10.254.0.4", "b": "10.254.0.2"}
    # one that another host pins now, or that is outside, is not kept
    pinned = host_group("a", {"name": "d", "address": "10.254.0.3"})
    assert addresses(model.placed(pinned, first)) == {"a": "10.254.0.2", "d": "10.254.0.3"}
    elsewhere = host_group("a", subnet="192.0.2.0/29")
    assert addresses(model.placed(elsewhere, first)) == {"a": "192.0.2.2"}
    full = model.placed(host_group(*(f"h{n}" for n in range(5)), subnet="192.0.2.0/29"), {})
    assert addresses(full)["h4"] == "192.0.2.6"


def test_labs_are_topologies() -> None:
    (host,) = model.placed(host_group({"name": "x.example", "address": "10.254.3.4"}), {}).hosts
    lab = model.host_lab(host, "10.254.0.0/16")
    assert lab["veths"][0]["mac"] == "02:74:0a:fe:03:04"
    assert lab["veths"][0]["peer"]["name"] == "h772"
    for each in (lab, model.group_lab("10.254.0.0/16")):
        topology.parse({key: value for key, value in each.items() if key != "name"})


def standing(*entries: model.HostEntry, state: str = "up") -> dict[str, Standing]:
    return {entry.name: Standing(state, entry, 1, 100) for entry in entries}


def steps(plan: engine.Plan) -> list[tuple[str, str, str]]:
    return [(step["kind"], step["object"], step["action"]) for step in plan.steps]


def test_a_plan_says_what_to_do_and_why() -> None:
    wanted = model.placed(host_group("a", "b", "c"), {})
    a, b, c = wanted.hosts
    fresh = engine.plan(wanted, Found(), {"/i": "text"})
    assert steps(fresh) == [("host_group", "test-hosts", "create"), *(("host", name, "create") for name in "abc")]
    assert fresh.rebuild and fresh.up == [a, b, c]
    same = {"alive": True, "traces": True, "subnet": wanted.subnet, "size": wanted.size, "files": {"/i": "text"}}
    assert engine.plan(wanted, Found(**same, hosts=standing(a, b, c)), {"/i": "text"}).steps == []
    other = b._replace(tree="/other")
    gone = c._replace(name="gone")
    plan = engine.plan(wanted, Found(**same, hosts=standing(a, other, gone)), {"/i": "new"})
    assert steps(plan) == [
        ("host", "gone", "delete"), ("host", "b", "change"), ("host", "c", "create"), ("file", "/i", "change"),
    ]  # fmt: skip
    assert plan.down == ["gone", "b"] and plan.up == [b, c] and not plan.rebuild
    assert [step["reason"] for step in plan.steps[:2]] == ["no longer in the definition", "has another tree"]
    assert "tree=/other" in plan.diff()["before"] and "tree=/other" not in plan.diff()["after"]
    off = engine.plan(wanted, Found(**same, hosts=standing(a, b, c, state="off")), {"/i": "text"})
    assert off.up == [a, b, c] and off.down == [] and {step["reason"] for step in off.steps} == {"is shut down"}
    begun = Found(**same, hosts=standing(a, b, c, state="starting"))
    assert engine.plan(wanted, begun, {"/i": "text"}).steps == []
    assert engine.to_wait_for(wanted, begun) == [a, b, c]
    larger = engine.plan(wanted._replace(size="1g"), Found(**same, hosts=standing(a, b, c)), {"/i": "text"})
    assert larger.rebuild and larger.up == [a, b, c] and larger.steps[0]["reason"] == "has another size"
    killed = engine.plan(wanted, Found(traces=True), {})
    assert killed.rebuild and killed.steps[0]["reason"] == "its process was killed"
    removal = engine.removal("test-hosts", Found(**same, hosts=standing(a)))
    assert steps(removal) == [("host", "a", "delete"), ("host_group", "test-hosts", "delete")]
    assert engine.removal("test-hosts", Found()).steps == []


def test_the_inventory_is_yaml() -> None:
    wanted = model.placed(host_group("a", {"name": "b", "tree": "/t"}, name="my-lab.1"), {})
    found = model.inventory(wanted, {"/": "/usr/bin/python3", "/t": ""})
    assert yaml.safe_load(model.to_yaml(found)) == found
    group = found["all"]["children"]["my_lab_1"]
    assert group["hosts"]["a"] == {"ansible_host": "10.254.0.2", "ansible_python_interpreter": "/usr/bin/python3"}
    assert group["hosts"]["b"] == {"ansible_host": "10.254.0.3"}
    assert model.group("1st") == "_1st"


def test_a_wrapper_enters_only_the_process_that_it_was_made_for(tmp_path: Path) -> None:
    """It is the process itself that it compares, not only its number."""
    stat = Path("/proc/self/stat").read_text(encoding="utf-8")
    started = int(stat.rpartition(")")[2].split()[19])
    path = tmp_path / "ssh"
    path.write_text(model.wrapper("ssh", "lab", os.getpid(), started + 1), encoding="utf-8")
    done = subprocess.run(["sh", path], capture_output=True, text=True, check=False)
    assert done.returncode == 255 and "lab are gone" in done.stderr
    # what it would run is put in place of nsenter
    fake = tmp_path / "nsenter"
    fake.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    fake.chmod(0o755)
    path.write_text(model.wrapper("ssh", "lab", os.getpid(), started), encoding="utf-8")
    run = subprocess.run(
        ["sh", path, "-p", "a b"], capture_output=True, text=True, check=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}
    )
    assert run.stdout == f"--net=/proc/{os.getpid()}/ns/net -- ssh -p a b\n"


def test_the_program_of_a_host_group_is_whole(tmp_path: Path) -> None:
    """Every part of the engine that it can come to need is in it: each is imported alone, without the collection."""
    packed = zipapp.whole(supervisor.__name__)
    assert packed == zipapp.whole(supervisor.__name__)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("__init__.py")]
    assert {
        "netns_lab/_engine/lab/run.py",
        "netns_lab/_kernel/lab/writer.py",
        "netns_lab/_kernel/lab/links/phases.py",
    } <= set(names)
    path = tmp_path / "program"
    path.write_bytes(packed)
    modules = [name[: -len(".py")].replace("/", ".") for name in names if name != "__main__.py"]
    text = f"import sys; sys.path[:] = [{str(path)!r}, *sys.path]; [__import__(name) for name in {modules!r}]"
    subprocess.run([sys.executable, "-I", "-c", text], check=True, cwd="/")


def test_names_become_entries() -> None:
    given = ["a", {"name": "b", "address": "10.254.0.9"}, {"name": "c", "init": "systemd"}, {"name": "d", "tree": "/t"}]
    assert plugin.entries(given, "sshd", "", "/debian") == [
        {"name": "a", "init": "sshd", "tree": "/"},
        {"name": "b", "init": "sshd", "tree": "/", "address": "10.254.0.9"},
        {"name": "c", "init": "systemd", "tree": "/debian"},
        {"name": "d", "init": "sshd", "tree": "/t"},
    ]
    assert [each["tree"] for each in plugin.entries(["a"], "sshd", "debian", "/debian")] == ["/debian"]
    with pytest.raises(InvalidArgument, match=r"test_hosts_hosts\[0\]: expected a name"):
        plugin.entries([1])


def test_the_role_has_the_defaults_that_it_documents_and_those_of_the_module() -> None:
    specs = yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    options = specs["main"]["options"]
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text(encoding="utf-8"))
    assert defaults == {name: option["default"] for name, option in options.items() if "default" in option}
    for name in ("name", "subnet", "size", "state"):
        assert options[f"test_hosts_{name}"]["default"] == TEST_HOSTS[name]["default"]
    readme = (ROLE / "README.md").read_text(encoding="utf-8")
    assert [name for name in options if f"`{name}`" not in readme] == []
