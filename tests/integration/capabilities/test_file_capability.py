# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capabilities of real files, held against libcap and against what the kernel lets a program do."""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._kernel.capabilities.file import last_capability
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities import sets as capabilities
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities import xattr as file_caps
from ansible_collections.netns.lab.plugins.module_utils._model.errors import LabError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..support.sandbox import Sandbox

ATTRIBUTE = "security.capability"
LAST = last_capability()


class Libcap:
    """cap_from_text(3) and cap_set_file(3)."""

    def __init__(self) -> None:
        self._lib = ctypes.CDLL("libcap.so.2", use_errno=True)
        self._lib.cap_from_text.restype = ctypes.c_void_p
        self._lib.cap_from_text.argtypes = [ctypes.c_char_p]
        self._lib.cap_free.argtypes = [ctypes.c_void_p]
        self._lib.cap_set_file.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
        self._lib.cap_set_nsowner.argtypes = [ctypes.c_void_p, ctypes.c_uint32]

    def write(self, text: str, rootid: int, path: Path) -> bytes | None:
        """What setcap would have the file hold; None if it refuses."""
        found = self._lib.cap_from_text(text.encode())
        if not found:
            return None
        try:
            self._lib.cap_set_nsowner(found, rootid)
            if self._lib.cap_set_file(os.fsencode(path), found) != 0:
                return None
            return os.getxattr(path, ATTRIBUTE)
        finally:
            self._lib.cap_free(found)


def ours(text: str, rootid: int) -> bytes | None:
    """What the collection would have it hold; None if it refuses."""
    try:
        return file_caps.to_bytes(file_caps.from_sets(capabilities.from_text(text, LAST), rootid))
    except LabError:
        return None


NAMES = [f"cap_{name}" for name in capabilities.NAMES]
ITEMS = st.sampled_from([*NAMES, *map(str.upper, NAMES), "Cap_Net_Raw", "all", "ALL", "13", "0x1f", "017", "63", "0"])
FLAGS = st.text("eip", min_size=1, max_size=4)
#: right for the most part: a list, an operator, flags, further operators
CLAUSES = st.builds(
    lambda items, operator, flags, more: ",".join(items) + operator + flags + "".join(more),
    st.lists(ITEMS, max_size=4),
    st.sampled_from(["=", "+", "-", "=+", "=-", "="]),
    st.one_of(FLAGS, FLAGS, FLAGS, st.just("")),
    st.lists(st.builds(str.__add__, st.sampled_from("+-"), FLAGS), max_size=2),
)
SPACES = st.text(" \t\n\v\f\r", max_size=2)
RIGHT = st.builds(lambda clauses, spaces: spaces + " ".join(clauses) + spaces, st.lists(CLAUSES, max_size=4), SPACES)
#: what people write: one effective bit for all
SOUND = st.builds(
    lambda lists, flags, sign, off: " ".join(f"{','.join(items)}{sign}{flags}" for items in lists) + off,
    st.lists(st.lists(ITEMS, min_size=1, max_size=4), min_size=1, max_size=3),
    st.sampled_from(["ep", "pe", "eip", "p", "i", "ip", "ei", "eepp"]),
    st.sampled_from("=+"),
    st.sampled_from(["", "", " cap_kill-eip", " cap_net_raw=", "\tcap_chown=-i", " \n"]),
)
#: wrong for the most part: anything that occurs in texts, in any order
PIECES = [
    "cap_kill",
    "cap_foo",
    "all",
    "64",
    "08",
    "0x",
    "9" * 30,
    ",",
    "=",
    "+",
    "-",
    "e",
    "i",
    "p",
    " ",
    "_",
    "é",
    "x",
]
WRONG = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
#: right texts with a letter exchanged
DAMAGED = st.builds(
    lambda text, at, letter: text[: at % (len(text) + 1)] + letter + text[at % (len(text) + 1) + 1 :],
    RIGHT,
    st.integers(0, 200),
    st.sampled_from("aeip_=+-, 09xA;"),
)


def _compare(folder: Path, cases: int) -> None:
    """Hold texts made at random, right and wrong ones, against libcap."""
    libcap = Libcap()
    target = folder / "program"
    shutil.copy("/bin/true", target)
    said = {"equal": 0, "refused": 0}

    @settings(max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(SOUND, SOUND, RIGHT, WRONG, DAMAGED), st.sampled_from([0, 0, 0, 1000]))
    def compare(text: str, rootid: int) -> None:
        theirs, mine = libcap.write(text, rootid, target), ours(text, rootid)
        assert theirs == mine, (text, theirs, mine)
        said["refused" if mine is None else "equal"] += 1
        if mine is not None:
            caps = file_caps.from_bytes(mine)
            printed = capabilities.to_text(caps.sets(), LAST)
            assert ours(printed, rootid) == file_caps.to_bytes(caps) or (caps.effective and not any(caps[:2])), printed

    compare()
    assert said["equal"] + said["refused"] >= cases
    assert min(said.values()) > cases // 4, said


@pytest.mark.root
def test_every_text_gives_the_bytes_that_libcap_gives(tmp_path: Path) -> None:
    _compare(tmp_path, 2_000)


@pytest.mark.soak
@pytest.mark.root
def test_many_texts_give_the_bytes_that_libcap_gives(tmp_path: Path) -> None:
    _compare(tmp_path, 10_000)


@pytest.mark.root
def test_setcap_agrees_with_a_sample(tmp_path: Path) -> None:
    chance = random.Random(3)
    target = tmp_path / "program"
    shutil.copy("/bin/true", target)
    for _turn in range(60):
        sets = [0, 0]
        for number in chance.sample(range(LAST + 1), chance.randint(1, 6)):
            for which in chance.choice([(0,), (1,), (0, 1)]):
                sets[which] |= 1 << number
        caps = file_caps.FileCapabilities(*sets, chance.random() < 0.5)
        text = caps.text(LAST)
        os.setxattr(target, ATTRIBUTE, file_caps.to_bytes(caps))
        done = subprocess.run(["setcap", "-v", text, target], check=False, stdout=subprocess.PIPE, text=True)
        assert done.returncode == 0 and done.stdout.strip().endswith(": OK"), (text, done.stdout)
        shown = subprocess.run(["getcap", target], stdout=subprocess.PIPE, text=True, check=True).stdout
        read = capabilities.from_text(shown.split(" ", 1)[1].strip(), LAST)
        assert read == caps.sets(), (text, shown)


def getcap(path: Path) -> str:
    """What getcap shows of a file."""
    done = subprocess.run(["getcap", path], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.removeprefix(str(path)).strip()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of the test's own."""
    target = tmp_path / "program"
    shutil.copy("/bin/true", target)
    return target


def module(sandbox: Sandbox, program: Path, check: bool = False, diff: bool = False, **options: Any) -> dict[str, Any]:
    return sandbox.module("file_capability", {"path": str(program), **options}, check=check, diff=diff)


#: ways to write the same set
SAME: list[dict[str, Any]] = [
    {"capabilities": "cap_net_raw,cap_kill=ep"},
    {"capabilities": "CAP_KILL+pe CAP_NET_RAW+pe"},
    {"capabilities": "13,5=ep"},
    {"capabilities": "all=ep all-ep cap_kill,cap_net_raw=pe"},
    {"permitted": ["net_raw", "cap_kill"], "effective": ["KILL", "13"]},
    {"capabilities": "cap_kill=ep", "mode": "merge"},
]


@pytest.mark.root
def test_however_it_is_written_a_second_run_changes_nothing(sandbox: Sandbox, program: Path) -> None:
    check = module(sandbox, program, **SAME[0], check=True, diff=True)
    assert check["changed"] and getcap(program) == ""
    first = module(sandbox, program, **SAME[0], diff=True)
    assert {key: first[key] for key in ("changed", "plan", "files", "diff")} == {
        key: check[key] for key in ("changed", "plan", "files", "diff")
    }
    assert first["diff"] == {"before": f"{program} none\n", "after": f"{program} cap_kill,cap_net_raw=ep\n"}
    for options in SAME:
        again = module(sandbox, program, **options)
        assert not again["changed"] and again["plan"] == [], options
        assert getcap(program) == "cap_kill,cap_net_raw=ep"


@pytest.mark.root
def test_what_was_added_by_hand_goes_and_is_shown(sandbox: Sandbox, program: Path) -> None:
    module(sandbox, program, capabilities="cap_net_raw=ep")
    subprocess.run(["setcap", "cap_net_raw,cap_sys_admin=ep", program], check=True)
    found = module(sandbox, program, capabilities="cap_net_raw=ep", diff=True)
    assert "cap_sys_admin" in found["diff"]["before"] and "cap_sys_admin" not in found["diff"]["after"]
    assert getcap(program) == "cap_net_raw=ep"
    assert module(sandbox, program, state="absent")["changed"]
    assert ATTRIBUTE not in os.listxattr(program)
    assert not module(sandbox, program, state="absent")["changed"]
    program.unlink()
    assert not module(sandbox, program, state="absent")["changed"]


@pytest.mark.root
def test_several_files_or_none(sandbox: Sandbox, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a", "b", "c")]
    for path in paths[:2]:
        shutil.copy("/bin/true", path)
    names = [str(path) for path in paths]
    failed = sandbox.module("file_capability", {"paths": names, "capabilities": "cap_kill=p"})
    assert failed["failed"] and failed["error"]["object"] == names[2]
    assert [getcap(path) for path in paths[:2]] == ["", ""]
    shutil.copy("/bin/true", paths[2])
    done = sandbox.module("file_capability", {"paths": [*names, names[0]], "capabilities": "cap_kill=p"})
    assert [file["path"] for file in done["files"]] == names and len(done["plan"]) == 3
    assert [getcap(path) for path in paths] == ["cap_kill=p"] * 3
    assert not sandbox.module("file_capability", {"paths": names, "capabilities": "cap_kill=p"})["changed"]


@pytest.mark.root
def test_what_is_no_program_is_refused(sandbox: Sandbox, program: Path, tmp_path: Path) -> None:
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(program)
    os.mkfifo(pipe)
    for path, words in (
        (link, f"a symbolic link to {program}"),
        (tmp_path, "a directory"),
        (pipe, "a device, pipe or socket"),
        (tmp_path / "missing", "no such file"),
        (Path("program"), "a relative one"),
        (Path("/proc/version"), "proc on /proc, which does not support security attributes"),
    ):
        result = module(sandbox, path, capabilities="cap_kill=p")
        assert result.get("failed") and words in result["msg"], (path, result)
        assert result["error"]["remedy"]
    assert getcap(program) == ""
    assert module(sandbox, link, capabilities="cap_kill=p", follow=True)["changed"]
    assert getcap(program) == "cap_kill=p" and link.is_symlink()


@pytest.mark.root
def test_a_file_that_cannot_be_written_is_named_before(sandbox: Sandbox, program: Path) -> None:
    sandbox.sh(f"mount -t tmpfs tmpfs /mnt && cp {program} /mnt/x && mount -o remount,ro /mnt")
    result = module(sandbox, Path("/mnt/x"), capabilities="cap_kill=p", check=True)
    assert result.get("failed") and "read-only" in result["msg"], result
    marked = subprocess.run(["chattr", "+i", program], check=False, stderr=subprocess.PIPE, text=True)
    if marked.returncode != 0:
        pytest.skip(f"this filesystem has no immutable files: {marked.stderr}")
    try:
        result = module(sandbox, program, capabilities="cap_kill=p", check=True)
        assert result.get("failed") and "chattr -i" in result["msg"], result
    finally:
        subprocess.run(["chattr", "-i", program], check=True)


@pytest.mark.root
def test_a_user_namespace_of_its_own(sandbox: Sandbox, program: Path) -> None:
    assert module(sandbox, program, capabilities="cap_net_raw=ep", rootid=1000)["changed"]
    shown = subprocess.run(["getcap", "-n", program], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "cap_net_raw=ep [rootid=1000]" in shown
    assert not module(sandbox, program, capabilities="cap_net_raw=ep", rootid=1000)["changed"]
    again = module(sandbox, program, capabilities="cap_net_raw=ep", mode="merge")
    assert not again["changed"] and again["files"][0]["rootid"] == 1000
    assert module(sandbox, program, capabilities="cap_net_raw=ep")["changed"]
    assert len(os.getxattr(program, ATTRIBUTE)) == 20


WRITER = """
import sys
from contextlib import closing
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import file as file_capability
from ansible_collections.netns.lab.plugins.module_utils._kernel.capabilities.file import CapabilityFile
requests = [file_capability.request({"capabilities": text}, 40) for text in sys.argv[2:]]
print("begun", flush=True)
while True:
    for asked in requests:
        with closing(CapabilityFile(sys.argv[1], False)) as file:
            file_capability.run(asked, [file], check=False)
"""


@pytest.mark.root
def test_killed_at_any_moment_the_file_has_one_set_or_the_other(program: Path) -> None:
    texts = ("cap_kill=p", "cap_net_raw,cap_sys_admin=eip")
    right = {ours(text, 0) for text in texts}
    seen = set()
    chance = random.Random(5)
    for _turn in range(40):
        argv = [sys.executable, "-c", WRITER, str(program), *texts]
        with subprocess.Popen(
            argv, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": ":".join(sys.path)}
        ) as one:
            assert one.stdout is not None and one.stdout.readline() == b"begun\n"
            while ATTRIBUTE not in os.listxattr(program):
                pass
            for _look in range(chance.randint(1, 300)):
                assert os.getxattr(program, ATTRIBUTE) in right
            one.kill()
        seen.add(os.getxattr(program, ATTRIBUTE))
        assert seen <= right
    assert seen == right


#: what an unprivileged user's program does, and the capability that it needs
ACTS = {
    "cap_net_bind_service": "import socket; socket.create_server(('127.0.0.1', 80)); print('done')",
    "cap_net_raw": "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); print('done')",
    "cap_sys_admin": (
        "import ctypes, os; file = os.open('/run/netns/red', os.O_RDONLY); "
        "print('done' if ctypes.CDLL(None).setns(file, 0x40000000) == 0 else 'refused')"
    ),
}


@pytest.mark.root
@pytest.mark.parametrize("capability", ACTS)
def test_the_program_may_and_then_may_not(sandbox: Sandbox, tmp_path: Path, capability: str) -> None:
    """A port below 1024, a raw socket, another namespace: for an unprivileged user, and after an upgrade."""
    python, new = tmp_path / "python", tmp_path / "new"
    shutil.copy(os.path.realpath("/usr/bin/python3"), python)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and len(folder.parts) > 2:
            folder.chmod(0o755)

    def done() -> bool:
        argv = [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            str(python),
            "-I",
            "-c",
            ACTS[capability],
        ]
        return "done" in sandbox.run(argv, check=False).stdout

    sandbox.sh("sysctl -q -w net.ipv4.ip_unprivileged_port_start=1024; ip netns add red")
    assert not done()
    module(sandbox, python, capabilities=f"{capability}=ep")
    assert done()
    shutil.copy(os.path.realpath("/usr/bin/python3"), new)
    new.replace(python)  # as an upgrade of its package does
    assert not done()
    module(sandbox, python, capabilities=f"{capability}=ep")
    assert done()
    module(sandbox, python, state="absent")
    assert not done()


@pytest.mark.root
def test_a_scan_finds_what_has_capabilities(sandbox: Sandbox, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    paths = {name: tree / name for name in ("a/ping", "a/b/deep", "a/plain", "skipped/ping", "other/x")}
    for path in paths.values():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", path)
    for name, text in (("a/ping", "cap_net_raw=ep"), ("a/b/deep", "cap_kill=p"), ("skipped/ping", "cap_chown=ep")):
        subprocess.run(["setcap", text, paths[name]], check=True)
    (tree / "link").symlink_to(tree / "a" / "ping")
    (tree / "loop").symlink_to(tree)
    sandbox.sh(f"mount -t tmpfs tmpfs {tree}/other && cp /bin/true {tree}/other && setcap cap_kill=p {tree}/other/true")

    def scan(**options: Any) -> dict[str, Any]:
        return sandbox.module("file_capability_info", {"paths": [str(tree)], **options})

    found = scan(exclude=[str(tree / "skipped")])
    assert [(file["path"], file["capabilities"]) for file in found["files"]] == [
        (str(paths["a/b/deep"]), "cap_kill=p"),
        (str(paths["a/ping"]), "cap_net_raw=ep"),
    ]
    assert found["scanned"] == 3 and found["unread"] == {} and not found["changed"] and "unexpected" not in found
    assert len(scan(exclude=["*/ping"])["files"]) == 1
    everywhere = scan(one_filesystem=False, threads=1)["files"]
    assert [Path(file["path"]).relative_to(tree).as_posix() for file in everywhere] == [
        "a/b/deep",
        "a/ping",
        "other/true",
        "skipped/ping",
    ]

    allow = [
        {"path": str(paths["a/ping"]), "capabilities": "CAP_NET_RAW+pe"},
        {"path": str(paths["a/plain"]), "capabilities": "cap_kill=ep"},
        {"path": str(paths["a/b/deep"]), "capabilities": "cap_kill=ep"},
        {"path": "/missing", "capabilities": "cap_kill=ep"},
        {"path": f"{tree}/other/true", "capabilities": "cap_kill=p"},
    ]
    audit = scan(allow=allow)
    assert audit["unexpected"] == [{"path": str(paths["skipped/ping"]), "found": "cap_chown=ep", "expected": ""}]
    assert [(entry["path"], entry["found"], entry["expected"]) for entry in audit["missing"] + audit["different"]] == [
        (str(paths["a/plain"]), "", "cap_kill=ep"),
        ("/missing", "", "cap_kill=ep"),
        (str(paths["a/b/deep"]), "cap_kill=p", "cap_kill=ep"),
    ]
    only = sandbox.module("file_capability_info", {"allow": allow[:1]})
    assert [file["path"] for file in only["files"]] == [str(paths["a/ping"])] and only["unexpected"] == []


@pytest.mark.root
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"paths": ["/missing"]}, "No such file"),
        ({"paths": ["usr"]}, "an absolute path"),
        ({"allow": [{"path": "/bin/ls", "capabilities": "cap_nothing=p"}]}, "allow[0].capabilities"),
        ({"allow": [{"path": "/a", "capabilities": "="}, {"path": "/a", "capabilities": "="}]}, "allow[1].path"),
    ],
)
def test_a_scan_that_makes_no_sense_is_refused(sandbox: Sandbox, options: dict[str, Any], words: str) -> None:
    result = sandbox.module("file_capability_info", options)
    assert result.get("failed") and words in result["msg"] and result["error"]["remedy"], result
