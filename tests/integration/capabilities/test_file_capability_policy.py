# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of capabilities that are kept granted, with real packages on throwaway hosts."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from ..support.dumps import assert_same
from ..support.sandbox import Sandbox

pytestmark = pytest.mark.root

PROGRAM = "/usr/local/sbin/netns-lab-capabilities"
FOLDER = "/etc/netns-lab/capabilities.d"
HOOK = "/etc/dpkg/dpkg.cfg.d/netns-lab-capabilities"
TOOL = "/usr/bin/netns-lab-tool"
CONTROL = """Package: netns-lab-tool
Version: 1.0
Architecture: all
Maintainer: nobody <nobody@example.invalid>
Description: A program to try capabilities with
"""
BIND = "import socket; socket.create_server(('127.0.0.1', 80)); print('bound')"


@pytest.fixture
def package(host: Sandbox, tmp_path: Path) -> str:
    """A package with a program, installed: its path."""
    if not shutil.which("dpkg-deb"):
        pytest.skip("there is no dpkg on this machine")
    root = tmp_path / "package"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text(CONTROL)
    tool = root / TOOL.lstrip("/")
    tool.parent.mkdir(parents=True)
    shutil.copy(os.path.realpath("/usr/bin/python3"), tool)
    tool.chmod(0o755)
    deb = tmp_path / "tool.deb"
    host.sh(f"chmod -R go-w {root}; dpkg-deb --root-owner-group --build -z1 {root} {deb}; dpkg -i {deb}")
    return str(deb)


def policy(host: Sandbox, *paths: str, text: str = "cap_net_bind_service=ep", **options: Any) -> dict[str, Any]:
    files = [{"path": path, "capabilities": text} for path in paths]
    given = {} if options.get("state") == "absent" else {"files": files}
    found = {key: options.pop(key) for key in ("check", "diff") if key in options}
    return host.module("file_capability_policy", {**given, **options}, **found)


def getcap(host: Sandbox, path: str = TOOL) -> str:
    return host.sh(f"getcap {path}").removeprefix(path).strip()


def may_bind(host: Sandbox) -> bool:
    """Whether an unprivileged user's run of the program may have port 80."""
    argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", TOOL, "-I", "-S", "-c", BIND]
    return "bound" in host.run(argv, check=False).stdout


def again(host: Sandbox, package: str) -> None:
    """Install it again, as an upgrade does."""
    host.sh(f"apt-get -q -y install --reinstall {package}")


def test_a_package_that_is_installed_again_has_its_capability_back(host: Sandbox, package: str) -> None:
    assert not may_bind(host)
    check = policy(host, TOOL, check=True, diff=True)
    assert getcap(host) == "" and check["changed"]
    done = policy(host, TOOL, diff=True)
    assert (done["plan"], done["diff"]) == (check["plan"], check["diff"])
    assert {step["object"] for step in done["plan"]} == {TOOL, PROGRAM, HOOK, f"{FOLDER}/default.json"}
    assert getcap(host) == "cap_net_bind_service=ep" and may_bind(host)
    repeated = policy(host, TOOL)
    assert not repeated["changed"] and repeated["plan"] == []

    inode = host.sh(f"stat -c %i {TOOL}")
    again(host, package)
    assert host.sh(f"stat -c %i {TOOL}") != inode
    assert getcap(host) == "cap_net_bind_service=ep" and may_bind(host)

    assert policy(host, TOOL, keep="none")["changed"]
    again(host, package)
    assert getcap(host) == "" and not may_bind(host)


def test_taken_back_nothing_is_left(host: Sandbox, package: str) -> None:
    before, files = host.dump(), host.sh("find /etc /usr/local -newer /proc/1 -type f; ls /etc /usr/local/sbin")
    policy(host, TOOL)
    policy(host, TOOL, name="other")
    gone = policy(host, state="absent")
    assert [step["object"] for step in gone["plan"]] == [f"{FOLDER}/default.json"]
    assert getcap(host) == "cap_net_bind_service=ep"
    again(host, package)
    assert getcap(host) == "cap_net_bind_service=ep"
    gone = policy(host, state="absent", name="other", prune=True)
    assert {step["object"] for step in gone["plan"]} == {TOOL, PROGRAM, HOOK, f"{FOLDER}/other.json"}
    assert getcap(host) == ""
    assert not policy(host, state="absent", name="other", prune=True)["changed"]
    assert_same(before, host.dump())
    assert host.sh("find /etc /usr/local -newer /proc/1 -type f; ls /etc /usr/local/sbin") == files


def test_what_leaves_the_list_loses_it_if_asked(host: Sandbox) -> None:
    host.sh("cp /bin/true /usr/bin/one; cp /bin/true /usr/bin/two; cp /bin/true /usr/bin/three")
    policy(host, "/usr/bin/one", "/usr/bin/two", "/usr/bin/three")
    policy(host, "/usr/bin/three", name="other")
    policy(host, "/usr/bin/one")
    assert getcap(host, "/usr/bin/two") == "cap_net_bind_service=ep"
    policy(host, "/usr/bin/one", "/usr/bin/two", "/usr/bin/three")
    policy(host, "/usr/bin/one", prune=True)
    assert [getcap(host, f"/usr/bin/{name}") for name in ("one", "two", "three")] == [
        "cap_net_bind_service=ep",
        "",
        "cap_net_bind_service=ep",
    ]


@pytest.mark.parametrize("calls", [40, pytest.param(1000, marks=pytest.mark.soak)])
def test_many_calls_change_nothing(host: Sandbox, calls: int) -> None:
    host.sh(f"cp /bin/true {TOOL}")
    policy(host, TOOL)
    state = host.sh(f"stat -c %z {TOOL}; cat {FOLDER}/*")
    # the program runs in parallel with itself, as it does when packages are installed in a row
    host.sh(f"seq {calls} | xargs -P 4 -n 1 sh -c '{PROGRAM} grant' ")
    assert host.sh(f"stat -c %z {TOOL}; cat {FOLDER}/*") == state


def test_what_is_taken_away_is_not_granted_at_the_same_time(host: Sandbox) -> None:
    host.sh("for n in 1 2 3 4; do cp /bin/true /usr/bin/tool$n; done; mkdir /run/turns")
    tools = [f"/usr/bin/tool{number}" for number in range(1, 5)]
    policy(host, *tools)
    granting = host.background(["sh", "-c", f"while [ -d /run/turns ]; do {PROGRAM} grant 2>/dev/null; done"])
    for _turn in range(10):
        policy(host, *tools)
        policy(host, tools[0], prune=True)
        assert [getcap(host, tool) for tool in tools] == ["cap_net_bind_service=ep", "", "", ""]
    policy(host, state="absent", prune=True)
    assert host.sh(f"getcap {' '.join(tools)}") == ""
    host.sh("rmdir /run/turns; test ! -e /etc/netns-lab")
    granting.stop()


def test_the_program_trusts_root_only(host: Sandbox) -> None:
    host.sh(f"cp /bin/true {TOOL}; mkdir /opt/loose; cp /bin/true /opt/loose/tool")
    policy(host, TOOL, "/opt/loose/tool")

    def refused(words: str) -> None:
        host.sh(f"for path in {TOOL} /opt/loose/tool; do setcap -r $path 2>/dev/null || true; done")
        done = host.run([PROGRAM, "grant"], check=False)
        assert done.returncode == 1 and words in done.stderr, done.stderr

    host.sh("chmod o+w /opt/loose")
    refused(
        "/opt/loose/tool: not granted: /opt/loose: expected to be writable by root only; found writable by everybody"
    )
    assert getcap(host) == "cap_net_bind_service=ep" and getcap(host, "/opt/loose/tool") == ""
    host.sh("chmod o-w /opt/loose; chown 1000 /opt/loose/tool")
    refused("found user 1000")
    host.sh("chown 0 /opt/loose/tool; chmod g+w /opt/loose/tool")
    refused("found writable by its group")
    host.sh("chmod g-w /opt/loose/tool; rm /opt/loose/tool; ln -s /bin/true /opt/loose/tool")
    refused("a symbolic link")
    host.sh("rm /opt/loose/tool")
    refused("no such file")
    host.sh(f"cp /bin/true /opt/loose/tool; chmod o+w {FOLDER}/default.json")
    refused("list default")
    assert getcap(host) == "" and getcap(host, "/opt/loose/tool") == ""
    host.sh(f"chmod o-w {FOLDER}/default.json; echo '{{' >{FOLDER}/torn.json")
    refused("list torn")
    assert getcap(host) == "cap_net_bind_service=ep"
    host.sh(f'echo \'{{"format": 9, "files": []}}\' >{FOLDER}/torn.json')
    refused("another version")
    host.sh(f"rm {FOLDER}/torn.json")
    host.run([PROGRAM, "grant"])
    assert host.run([PROGRAM], check=False).returncode == 2


def test_a_way_through_a_folder_of_somebody_elses_is_refused(host: Sandbox) -> None:
    host.sh("mkdir -p /opt/good /opt/home/user /opt/app; cp /bin/true /opt/good/prog; chown 65534 /opt/home/user")
    host.sh(
        "ln -s /opt/good /opt/home/user/cur; ln -s /opt/home/user/cur /opt/app/there; chown -h 65534 /opt/home/user/cur"
    )
    files = {"files": [{"path": "/opt/app/there/prog", "capabilities": "cap_kill=p"}]}
    result = host.module("file_capability_policy", files)
    assert result.get("failed") and "/opt/home/user" in result["msg"] and "found user 65534" in result["msg"], result
    assert getcap(host, "/opt/good/prog") == "" and host.sh("test ! -e /etc/netns-lab; echo") == "\n"
    for path in ("/opt/app/../good/prog", "//opt//good/./prog", "/bin/true"):
        assert host.module("file_capability_policy", {**files, "files": [{"path": path, "capabilities": "="}]})[
            "changed"
        ]
    assert host.run([PROGRAM, "grant"]).returncode == 0
    host.sh("ln -s /opt/loop /opt/loop")
    result = policy(host, "/opt/loop/x")
    assert result.get("failed") and "a loop of symbolic links" in result["msg"], result


def test_what_others_could_write_is_put_right(host: Sandbox) -> None:
    host.sh(f"cp /bin/true {TOOL}; umask 002")
    policy(host, TOOL)
    assert host.sh("stat -c '%u %a' /etc/netns-lab /etc/netns-lab/capabilities.d").split() == ["0", "755"] * 2
    host.sh(f"chmod 777 {PROGRAM}; chown 65534 {PROGRAM}; chmod 666 {HOOK}")
    result = policy(host, TOOL)
    assert {(step["object"], step["reason"]) for step in result["plan"]} == {
        (PROGRAM, "has another owner or mode"),
        (HOOK, "has another owner or mode"),
    }
    assert host.sh(f"stat -c '%u %a' {PROGRAM} {HOOK}").split() == ["0", "755", "0", "644"]
    assert not policy(host, TOOL)["changed"]
    host.sh("chmod g+w /usr/local/sbin; rm -f /usr/local/sbin/netns*")
    result = policy(host, TOOL)
    assert result.get("failed") and "/usr/local/sbin" in result["msg"], result


def test_a_file_is_the_same_by_any_path(host: Sandbox) -> None:
    host.sh(f"cp /bin/true {TOOL}")
    other = f"/bin/{TOOL.rpartition('/')[2]}"
    policy(host, other)
    assert policy(host, TOOL, prune=True)["changed"]
    assert getcap(host) == "cap_net_bind_service=ep"
    assert not policy(host, TOOL, prune=True)["changed"]
    result = policy(host, TOOL, other)
    assert result.get("failed") and f"the same file as {TOOL}" in result["msg"], result
    result = policy(host, other, name="second", text="cap_kill=p")
    assert result.get("failed") and "in the list default" in result["msg"], result
    assert policy(host, other, name="second")["changed"]
    policy(host, name="second", state="absent", prune=True)
    assert getcap(host) == "cap_net_bind_service=ep"


def test_lists_do_not_take_each_others_hook(host: Sandbox) -> None:
    host.sh(f"cp /bin/true {TOOL}; cp /bin/true {TOOL}2")
    policy(host, TOOL)
    result = policy(host, f"{TOOL}2", name="second", keep="none")
    assert HOOK not in [step["object"] for step in result["plan"]]
    assert not policy(host, TOOL)["changed"]
    policy(host, state="absent")
    assert host.sh(f"test ! -e {HOOK} && test -e {PROGRAM} && echo so") == "so\n"


def test_a_broken_list_can_be_rewritten_and_stops_no_other(host: Sandbox) -> None:
    host.sh(f"cp /bin/true {TOOL}")
    policy(host, TOOL)
    for text in ("{", '{"format": 2}', '{"format": 1, "keep": "none", "files": [{"path": 5}]}', "\\377"):
        host.sh(f"printf '%b' '{text}' >{FOLDER}/default.json; printf '%b' '{text}' >{FOLDER}/a.json")
        refused = policy(host, TOOL, prune=True)
        assert refused.get("failed") and "a.json" in refused["msg"], refused
        result = policy(host, TOOL)
        assert result["changed"] and len(result["warnings"]) == 2, result
        host.sh(f"setcap -r {TOOL}")
        said = host.run([PROGRAM, "grant"], check=False)
        assert said.returncode == 1 and "list a:" in said.stderr and "Traceback" not in said.stderr, said.stderr
        assert getcap(host) == "cap_net_bind_service=ep"
    assert policy(host, name="a", state="absent")["changed"]


def test_what_is_no_program_of_roots_any_more_can_still_be_pruned(host: Sandbox) -> None:
    paths = [f"/usr/bin/lost{number}" for number in range(3)]
    host.sh(f"for path in {' '.join(paths)} {TOOL}; do cp /bin/true $path; done")
    policy(host, *paths, TOOL)
    host.sh(
        f"chown 65534 {paths[0]}; setcap cap_net_bind_service=ep {paths[0]}; rm {paths[1]}; ln -s {TOOL} {paths[1]}"
    )
    assert policy(host, TOOL, prune=True)["changed"]
    assert [getcap(host, path) for path in (*paths, TOOL)] == ["", "", "", "cap_net_bind_service=ep"]


def test_without_root_or_files_it_says_so(host: Sandbox) -> None:
    result = host.module("file_capability_policy", {"files": []})
    assert result.get("failed") and "set state: absent" in result["msg"], result
    host.sh(f"cp /bin/true {TOOL}")
    policy(host, TOOL)
    argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", PROGRAM, "grant"]
    said = host.run(argv, check=False)
    assert said.returncode == 1 and "become: true" in said.stderr and "Traceback" not in said.stderr, said.stderr


#: (entries, further options, words of the error)
WRONG: list[tuple[list[dict[str, Any]], dict[str, Any], str]] = [
    ([{"path": "usr/bin/x", "capabilities": "="}], {}, "files[0].path"),
    ([{"path": "/bin/sh", "capabilities": "cap_nothing=p"}], {}, "files[0].capabilities"),
    ([{"path": "/usr/bin/dash", "capabilities": "="}] * 2, {}, "files[1].path"),
    ([{"path": "/missing", "capabilities": "cap_kill=p"}], {}, "no such file"),
    ([{"path": "/opt/loose/tool", "capabilities": "cap_kill=p"}], {}, "writable by everybody"),
    ([], {"name": "../x"}, "1 to 64 letters"),
    ([], {"name": ""}, "1 to 64 letters"),
]


@pytest.mark.parametrize(("entries", "options", "words"), WRONG)
def test_a_wrong_list_touches_nothing(
    host: Sandbox, entries: list[dict[str, Any]], options: dict[str, Any], words: str
) -> None:
    host.sh(f"cp /bin/true {TOOL}; mkdir -m 777 /opt/loose; cp /bin/true /opt/loose/tool")
    files = [{"path": TOOL, "capabilities": "cap_kill=p"}, *entries] if "name" in options else entries
    result = host.module("file_capability_policy", {"files": files, **options})
    assert result.get("failed") and words in result["msg"] and result["error"]["remedy"], result
    assert getcap(host) == ""
    host.sh(f"test ! -e {FOLDER} && test ! -e {PROGRAM}")


def test_what_may_be_missing_is_granted_once_it_is_there(host: Sandbox) -> None:
    files = [{"path": TOOL, "capabilities": "cap_kill=p", "optional": True, "why": "to try it"}]
    assert host.module("file_capability_policy", {"files": files})["changed"]
    assert not host.module("file_capability_policy", {"files": files})["changed"]
    host.sh(f"cp /bin/true {TOOL}")
    said = host.run([PROGRAM, "grant"]).stderr
    assert said == f"netns-lab-capabilities: {TOOL}: granted cap_kill=p (list default: to try it)\n"
    assert getcap(host) == "cap_kill=p"
    kept = json.loads(host.sh(f"cat {FOLDER}/default.json"))
    assert kept["files"][0]["path"] == TOOL


def test_a_named_pipe_among_the_lists_stops_nothing(host: Sandbox, package: str) -> None:
    assert package
    policy(host, TOOL)
    host.sh(f"mkfifo {FOLDER}/pipe.json; setcap -r {TOOL}")
    granting = host.run([PROGRAM, "grant"], check=False)
    assert granting.returncode == 1 and f"{FOLDER}/pipe.json: expected a list" in granting.stderr
    assert getcap(host) == "cap_net_bind_service=ep"
    again_ = policy(host, TOOL)
    assert not again_["changed"] and "pipe.json" in str(again_["warnings"])


def test_a_program_that_is_diverted_is_named_and_kept(host: Sandbox, package: str) -> None:
    own = f"{TOOL}.distrib"
    host.sh(f"dpkg-divert --local --rename --divert {own} --add {TOOL}; cp /bin/true {TOOL}")
    stands_in = policy(host, TOOL)
    assert f"give the capabilities to {own}" in str(stands_in["warnings"])
    assert "dpkg-divert" not in str(policy(host, own).get("warnings"))
    again(host, package)
    assert getcap(host, own) == "cap_net_bind_service=ep"


def test_a_link_has_a_remedy_that_the_module_knows(host: Sandbox) -> None:
    host.sh("ln -s /bin/true /usr/bin/netns-lab-link")
    refused = policy(host, "/usr/bin/netns-lab-link")
    assert "a symbolic link to" in refused["msg"] and "follow" not in refused["msg"]
