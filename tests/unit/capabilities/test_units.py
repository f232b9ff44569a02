# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a unit with its drop-ins says of its program and the capabilities, as systemd.exec(5) reads it."""

from __future__ import annotations

import pytest
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities import units
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities.sets import number_of
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities.units import Command
from hypothesis import given
from hypothesis import strategies as st

EVERY = (1 << 64) - 1


def caps(names: str) -> int:
    members = 0
    for name in names.split():
        number = number_of(name)
        assert number is not None
        members |= 1 << number
    return members


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([], None),
        (["CAP_NET_RAW"], caps("net_raw")),
        (["cap_net_raw CAP_KILL"], caps("net_raw kill")),
        (["CAP_NET_RAW", "CAP_KILL"], caps("net_raw kill")),
        (["CAP_NET_RAW CAP_KILL", "~CAP_KILL"], caps("net_raw")),
        (["~CAP_NET_RAW"], EVERY & ~caps("net_raw")),
        (["~CAP_NET_RAW", "~CAP_KILL"], EVERY & ~caps("net_raw kill")),
        (["~CAP_NET_RAW CAP_KILL", "CAP_KILL"], EVERY & ~caps("net_raw")),
        ([""], 0),
        (["CAP_NET_RAW", ""], 0),
        (["CAP_NET_RAW", "", "CAP_KILL"], caps("kill")),
        (["CAP_NET_RAW", "~"], None),
        (["CAP_NET_RAW", "~", "CAP_KILL"], caps("kill")),
        (["CAP_NET_RAW CAP_NONSENSE net_admin"], caps("net_raw")),
        (["13 99 ² cap_²"], caps("net_raw")),
    ],
)
def test_bounding_set(lines: list[str], wanted: int | None) -> None:
    text = "[Service]\n" + "".join(f"CapabilityBoundingSet={line}\n" for line in lines)
    assert units.service([text]).bounding == wanted
    drop_ins = [f"[Service]\nCapabilityBoundingSet = {line} \n" for line in lines]
    assert units.service(["[Service]\n", *drop_ins]).bounding == wanted


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([], 0),
        (["CAP_NET_RAW", "CAP_KILL"], caps("net_raw kill")),
        (["CAP_NET_RAW", ""], 0),
        (["~CAP_KILL"], EVERY & ~caps("kill")),
        (["CAP_NET_RAW CAP_KILL", "~CAP_KILL"], caps("net_raw")),
    ],
)
def test_ambient_set(lines: list[str], wanted: int) -> None:
    text = "[Service]\n" + "".join(f"AmbientCapabilities={line}\n" for line in lines)
    assert units.service([text]).ambient == wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["/usr/bin/a -x"], [Command("/usr/bin/a")]),
        (["-/usr/bin/a", "@/usr/bin/b argv0", ":/c"], [Command("/usr/bin/a"), Command("/usr/bin/b"), Command("/c")]),
        (["+/usr/bin/a"], []),
        (["-+/usr/bin/a"], []),
        (["!/usr/bin/a", "!!/usr/bin/b"], [Command("/usr/bin/a", True), Command("/usr/bin/b", True)]),
        (["|/usr/bin/a"], [Command("/usr/bin/a")]),
        (["/usr/bin/a", "", "/usr/bin/b"], [Command("/usr/bin/b")]),
        (["/usr/bin/a", ""], []),
        (['"/opt/my programs/a" -x'], [Command("/opt/my programs/a")]),
        (["/bin/a x ; /bin/b y"], [Command("/bin/a"), Command("/bin/b")]),
        (["/bin/find . \\; /bin/b"], [Command("/bin/find")]),
        (["/bin/a \\\n  -x \\\n# a remark\n  -y"], [Command("/bin/a")]),
        (["\\\n  /bin/a"], [Command("/bin/a")]),
        (["/opt/%i/a", "/opt/100%%"], [Command("/opt/100%")]),
        (["sleep 5"], [Command("sleep")]),
        (['/bin/a "'], []),
    ],
)
def test_commands(values: list[str], wanted: list[Command]) -> None:
    text = "[Service]\n" + "".join(f"ExecStart={value}\n" for value in values)
    assert units.service([text]).commands == tuple(wanted)
    drop_ins = [f"[Service]\nExecStart={value}" for value in values]
    assert units.service(drop_ins).commands == tuple(wanted)


@pytest.mark.parametrize(
    ("lines", "no_new_privileges", "root"),
    [
        ("", False, True),
        ("NoNewPrivileges=yes", True, True),
        ("NoNewPrivileges=True", True, True),
        ("NoNewPrivileges=1", True, True),
        ("NoNewPrivileges=no", False, True),
        ("NoNewPrivileges=yes\nNoNewPrivileges=off", False, True),
        ("NoNewPrivileges=yes\nNoNewPrivileges=", False, True),
        ("User=nobody", False, False),
        ("User=0", False, True),
        ("User=nobody\nUser=", False, True),
        ("DynamicUser=on", False, False),
    ],
)
def test_user_and_no_new_privileges(lines: str, no_new_privileges: bool, root: bool) -> None:
    service = units.service([f"[Service]\n{lines}\n"])
    assert (service.no_new_privileges, service.root) == (no_new_privileges, root)
    service = units.service(["[Service]\n", *(f"[Service]\n{line}\n" for line in lines.split("\n"))])
    assert (service.no_new_privileges, service.root) == (no_new_privileges, root)


def test_only_the_section_service_counts() -> None:
    text = "ExecStart=/a\n[Unit]\nExecStart=/b\nNoNewPrivileges=yes\n[Service]\n#ExecStart=/c \\\n; ExecStart=/d \\\nExecStart=/e\n[X-Mine]\nExecStart=/f\n"
    assert units.service([text, "ExecStart=/g\n"]) == units.Service((Command("/e"),))


@given(st.lists(st.text(alphabet="[]Service=\n\\;~+! %\"'cap_net_rawExStUMdBoundingAmbCbl/0é\0"), max_size=4))
def test_any_text(texts: list[str]) -> None:
    service = units.service([f"[Service]\nExecStart={text}\nCapabilityBoundingSet={text}" for text in texts])
    assert service.bounding is None or 0 <= service.bounding < EVERY
    assert all(command.path for command in service.commands)
