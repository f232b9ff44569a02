# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is stored of a lab: the files for each init and each one that looks after links, and what is refused."""

from __future__ import annotations

import configparser
import contextlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.boot import stored as persistence
from ansible_collections.netns.lab.plugins.module_utils._engine.boot.stored import Init, Result, Stored
from ansible_collections.netns.lab.plugins.module_utils._engine.host_files import HostFile
from ansible_collections.netns.lab.plugins.module_utils._engine.lab import formats
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict, InvalidArgument
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda part: st.one_of(st.lists(part, max_size=4), st.dictionaries(st.text(), part, max_size=4)),
    max_leaves=12,
)
LINKS = ("v-net-0", "veth-red-br")
UNITS = "/etc/systemd/system"
OWN = {persistence.PROGRAM, f"{persistence.FOLDER}/star.json"}
UNIT, OPENRC = f"{UNITS}/netns-lab@star.service", "/etc/init.d/netns-lab.star"
TIMER = {f"{UNITS}/netns-lab-drift@star.timer", f"{UNITS}/netns-lab-drift@star.service"}
MANAGER, NETWORKD = (
    "/etc/NetworkManager/conf.d/90-netns-lab-star.conf",
    "/etc/systemd/network/05-netns-lab-star.network",
)
AGAIN = {f"{UNITS}/netns-lab-{firewall}@star.service": firewall for firewall in ("nftables", "firewalld")}
BOOT = {UNIT, *AGAIN}
SYSTEMD = Init(systemd=True)


def rendered(init: Init, links: tuple[str, ...] = LINKS, **options: Any) -> dict[str, str]:
    """The files that are to be there, as text."""
    found = persistence.files(Stored("star", **options), links, init, b"#!/usr/bin/python3\n")
    return {path: content.decode() for path, content in found.items() if content is not None}


def directives(text: str) -> dict[str, dict[str, list[str]]]:
    """A unit's, or a configuration's, words by section and name."""
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return {name: {key: value.split() for key, value in parser[name].items()} for name in parser.sections()}


# -- which files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("init", "options", "wanted"),
    [
        (Init(), {}, set()),
        (SYSTEMD, {}, BOOT),
        (SYSTEMD, {"drift": "report"}, {*BOOT, *TIMER}),
        (SYSTEMD, {"drift": "repair"}, {*BOOT, *TIMER}),
        (Init(openrc=True), {"drift": "repair"}, {OPENRC}),
        (Init(systemd=True, networkd=True), {}, {*BOOT, NETWORKD}),
        (Init(systemd=True, networkd=True, network_manager=True), {}, {*BOOT, NETWORKD, MANAGER}),
        (Init(openrc=True, network_manager=True), {}, {OPENRC, MANAGER}),
        # a lab without a link on the host: nobody is told of nothing
        (Init(systemd=True, networkd=True, network_manager=True), {"links": ()}, BOOT),
    ],
)
def test_each_init_has_its_files_and_all_others_are_to_go(
    init: Init, options: dict[str, Any], wanted: set[str]
) -> None:
    assert set(rendered(init, **options)) == OWN | wanted
    found = persistence.files(Stored("star"), LINKS, init, b"")
    every = OWN | {*BOOT, OPENRC, MANAGER, NETWORKD, *TIMER}
    assert set(found) == every
    assert set(persistence.nothing("star")) == every - {persistence.PROGRAM}
    assert set(persistence.nothing("star").values()) == {None}


def test_a_definition_is_for_root_alone_and_programs_run() -> None:
    files = rendered(Init(True, True, True, True), drift="report")
    modes = {path: oct(persistence.mode(path)) for path in files}
    assert modes.pop(f"{persistence.FOLDER}/star.json") == "0o600"
    assert (modes.pop(persistence.PROGRAM), modes.pop(OPENRC)) == ("0o755", "0o755")
    assert set(modes.values()) == {"0o644"}


# -- systemd -----------------------------------------------------------------------------------------------------------


def test_the_unit_follows_the_network_and_firewalls_and_precedes_what_needs_it() -> None:
    unit = directives(rendered(SYSTEMD, before=("mysql@red.service", "web.target"))[UNIT])
    firewalls = {"nftables.service", "firewalld.service"}
    assert {"network.target", "systemd-sysctl.service", "ufw.service", "docker.service", *firewalls} == set(
        unit["Unit"]["After"]
    )
    assert unit["Unit"]["Before"] == ["mysql@red.service", "web.target"]
    assert unit["Install"]["WantedBy"] == ["multi-user.target"]
    apply = [persistence.PROGRAM, "apply", "star"]
    assert unit["Service"]["ExecStart"] == unit["Service"]["ExecReload"] == apply
    assert "ExecStop" not in unit["Service"], "services use the lab to their end"
    assert (unit["Service"]["Type"], unit["Service"]["RemainAfterExit"]) == (["oneshot"], ["yes"])


@pytest.mark.parametrize(("path", "name"), AGAIN.items())
def test_a_unit_goes_with_each_firewall(path: str, name: str) -> None:
    """A restart draws it along, a reload is handed on, and a start wants it."""
    unit, firewall = directives(rendered(SYSTEMD)[path]), [f"{name}.service"]
    assert unit["Unit"]["PartOf"] == unit["Unit"]["ReloadPropagatedFrom"] == unit["Install"]["WantedBy"] == firewall
    assert set(unit["Unit"]["After"]) == {*firewall, "netns-lab@star.service"}
    assert unit["Service"]["ExecStart"] == unit["Service"]["ExecReload"] == [persistence.PROGRAM, "apply", "star"]


def test_a_lab_that_nothing_waits_for_has_no_empty_order() -> None:
    assert "Before" not in directives(rendered(SYSTEMD)[UNIT])["Unit"]


@pytest.mark.parametrize(("drift", "verb"), [("report", "plan"), ("repair", "apply")])
def test_the_timer_looks_or_repairs(drift: str, verb: str) -> None:
    files = rendered(SYSTEMD, drift=drift, interval="1h 30min")
    timer = directives(files[f"{UNITS}/netns-lab-drift@star.timer"])
    assert timer["Timer"] == {"OnActiveSec": ["1h", "30min"], "OnUnitActiveSec": ["1h", "30min"]}
    assert timer["Install"]["WantedBy"] == ["timers.target"]
    service = directives(files[f"{UNITS}/netns-lab-drift@star.service"])
    assert service["Service"]["ExecStart"] == [persistence.PROGRAM, verb, "star"]
    assert service["Unit"]["After"] == ["netns-lab@star.service"]


# -- OpenRC ------------------------------------------------------------------------------------------------------------


def depend(script: str) -> set[str]:
    """The lines of ``depend``, with single spaces."""
    (body,) = re.findall(r"^depend\(\) \{\n(.*?)^\}", script, re.MULTILINE | re.DOTALL)
    return {" ".join(line.split()) for line in body.splitlines()}


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ((), set()),
        (("mysql.service",), {"before mysql"}),
        (("mysql@red.service", "web.target"), {"before mysql@red web"}),
    ],
)
def test_a_script_of_openrc_is_one_for_any_shell(tmp_path: Path, before: tuple[str, ...], wanted: set[str]) -> None:
    script = rendered(Init(openrc=True), before=before)[OPENRC]
    assert script.startswith("#!/sbin/openrc-run\n")
    assert 'extra_started_commands="reload"' in script.splitlines(), "OpenRC knows no reload of its own"
    assert depend(script) == {"need localmount", "after net sysctl docker ufw firewalld iptables nftables", *wanted}
    path = tmp_path / "script"
    path.write_text(script, encoding="utf-8")
    subprocess.run(["sh", "-n", path], check=True)
    # SC2034: openrc-run reads what the script seems not to use
    shellcheck = [str(Path(sys.executable).with_name("shellcheck")), "--shell=sh", "--exclude=SC2034", str(path)]
    if Path(shellcheck[0]).exists():
        done = subprocess.run(shellcheck, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("code", [0, 3])
def test_a_script_of_openrc_says_how_the_build_ended(tmp_path: Path, code: int) -> None:
    program = tmp_path / "netns-lab"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >>{tmp_path}/said\nexit {code}\n', encoding="utf-8")
    program.chmod(0o755)
    script = rendered(Init(openrc=True))[OPENRC].replace(persistence.PROGRAM, str(program))
    around = f"ebegin() {{ :; }}\neend() {{ return $1; }}\n{script}\n"
    for call, wanted in (("start", code), ("reload", code), ("stop", 0)):
        done = subprocess.run(["sh", "-c", around + call], check=False)
        assert done.returncode == wanted, call
    assert (tmp_path / "said").read_text().splitlines() == [f"{program} apply star"] * 2


# -- who looks after links ---------------------------------------------------------------------------------------------


def test_links_are_named_to_those_who_look_after_links() -> None:
    files = rendered(Init(systemd=True, networkd=True, network_manager=True))
    assert directives(files[NETWORKD]) == {"Match": {"Name": list(LINKS)}, "Link": {"Unmanaged": ["yes"]}}
    assert directives(files[MANAGER]) == {
        "keyfile": {"unmanaged-devices+": ["interface-name:=v-net-0,interface-name:=veth-red-br"]}
    }


# -- the definition ----------------------------------------------------------------------------------------------------


def test_what_is_stored_is_read_again() -> None:
    options = {"namespaces": [{"name": "red"}], "firewall_exceptions": "auto"}
    text = rendered(SYSTEMD, options=options)[f"{persistence.FOLDER}/star.json"]
    assert persistence.options_of("star", text) == {**options, "name": "star", "state": "present"}


#: what a stored lab has at the least
STORED = {**formats.head(), "name": "star", "options": {"namespaces": [{"name": "red"}]}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "Expecting value"),
        ('{"version": 1, "opt', "Unterminated string"),
        ("[]", "not names and values, but []"),
        ("[" * 100_000, "recursion"),
        ("{}", "version None"),
        *(
            (json.dumps({**STORED, **parts}), found)
            for parts, found in (
                ({"options": 7}, "options of 7"),
                ({"options": []}, "options of []"),
                ({"options": {}}, "without any"),
                ({"options": {"namespaces": []}}, "without any"),
                ({"options": {"namespaces": [{"name": "red"}], "no_such": 1}}, "the unknown option 'no_such'"),
                ({"name": "other"}, "that of lab 'other'"),
                ({"version": "1"}, "version '1'"),
                ({"minimum": None}, "minimum None"),
                ({"version": 9, "minimum": 9, "release": "9.9.9"}, "release '9.9.9'"),
            )
        ),
        *((json.dumps({key: STORED[key] for key in STORED if key != name}), name) for name in ("options", "name")),
    ],
)
def test_a_file_that_is_none_of_ours_is_named_with_the_way_out(text: str, found: str) -> None:
    with pytest.raises(Conflict) as caught:
        persistence.options_of("star", text)
    told = caught.value.as_dict()
    assert told["object"] == f"{persistence.FOLDER}/star.json" and found in told["found"]
    assert told["remedy"].endswith("Run the play that stores it again.")


def test_a_lab_of_a_later_release_is_read_where_that_says_so() -> None:
    """As long as every option in it is known: one that is dropped would make another lab."""
    later = {**STORED, "version": formats.VERSION + 1, "release": "9.9.9", "added": 7}
    assert persistence.options_of("star", json.dumps(later))["namespaces"] == [{"name": "red"}]


@given(st.one_of(JSON, st.dictionaries(st.sampled_from(list(STORED)), JSON).map(lambda parts: {**STORED, **parts})))
def test_anything_is_read_or_is_a_conflict(data: Any) -> None:
    with contextlib.suppress(Conflict):
        persistence.options_of("star", json.dumps(data))


@pytest.mark.parametrize(
    "link", ["*", "!lo", "e*", "[k]", "br?", "a,b", "a;b", "#a", "a\\b", 'a"b', "a'b", "a=b", "ü", "a~b"]
)
def test_a_link_that_others_would_read_as_a_pattern_is_refused(link: str) -> None:
    for init in (Init(networkd=True), Init(network_manager=True)):
        with pytest.raises(InvalidArgument, match="read literally"):
            rendered(init, (link,))
    assert rendered(SYSTEMD, (link,)), "nobody is told of it"


def test_units_are_named_to_the_shell_in_quotes() -> None:
    """systemd's own escapes are backslashes, which a shell takes away."""
    script = rendered(Init(openrc=True), before=(r"mnt\x2dx.mount",))[OPENRC]
    assert r"before 'mnt\x2dx'" in script


@pytest.mark.parametrize(
    "before",
    ["mysql", "mysql.service web", "my sql.service", "x.service\nExecStart=/bin/sh", "", ".service", "a/b.path"],
)
def test_what_is_no_unit_is_refused(before: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        persistence.check(Stored("star", before=("good.target", before)))
    assert caught.value.as_dict()["object"] == "before[1]" and caught.value.as_dict()["found"] == repr(before)


@pytest.mark.parametrize("interval", ["soon", "", "15", "-1h", "15min\nOnCalendar=*", "1 fortnight", "0min", "0s 0h"])
def test_what_is_no_time_is_refused(interval: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        persistence.check(Stored("star", interval=interval))
    assert caught.value.as_dict()["object"] == "drift_interval"


@pytest.mark.parametrize(
    "interval", ["15min", "1h", "1h 30min", "90 s", "2days", "1w", "500sec", "15minutes", "1 hour", "0h 5m"]
)
def test_times_of_systemd_are_taken(interval: str) -> None:
    persistence.check(Stored("star", before=("mysql@red.service", r"dev-disk\x2d1.mount"), interval=interval))


# -- the plan ----------------------------------------------------------------------------------------------------------


def test_the_plan_names_each_file_and_unit_with_its_reason() -> None:
    written = [
        HostFile("/etc/new", None, b"12"),
        HostFile("/etc/edited", b"1", b"12"),
        HostFile("/etc/loose", b"1", b"1", loose=True),
        HostFile("/etc/old", b"1234", None),
    ]
    result = Result(written, ["netns-lab@star.service"])
    assert result.changed and not Result([]).changed and Result([], ["x.timer"]).changed
    assert [(step["action"], step["object"], step["reason"]) for step in result.plan()] == [
        ("create", "/etc/new", "does not exist"),
        ("change", "/etc/edited", "has other content"),
        ("change", "/etc/loose", "has another owner or mode"),
        ("delete", "/etc/old", "is no longer needed"),
        ("change", "netns-lab@star.service", "is not enabled and active"),
    ]
    assert result.diff() == {
        "before": "/etc/edited 1 bytes\n/etc/loose 1 bytes\n/etc/old 4 bytes\n",
        "after": "/etc/new 2 bytes\n/etc/edited 2 bytes\n/etc/loose 1 bytes\n",
    }
