# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code that tasks bring to a host: it is kept while a lab stands, for root alone, and goes with the last one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ..support.dumps import assert_same
from ..support.sandbox import PlaybookRun, Sandbox

FOLDER = "/run/netns-lab-code"
NETNS = "netns.lab.netns: {name: red}"
GONE = "netns.lab.netns: {name: red, state: absent}"
LOOK = f"{{ansible.builtin.shell: 'ls -A {FOLDER} 2>/dev/null || true', changed_when: false}}"


def _play(sandbox: Sandbox, *tasks: str, **options: object) -> PlaybookRun:
    text = "- hosts: all\n  gather_facts: false\n  tasks:\n" + "".join(f"    - {task}\n" for task in tasks)
    return sandbox.playbook(text, **options)


def _listed(run: PlaybookRun) -> list[list[str]]:
    results = [task["result"] for task in run.tasks]
    return [result["stdout_lines"] for result in results if FOLDER in str(result.get("cmd")) and "ls " in result["cmd"]]


def test_it_stands_on_a_host_from_the_first_lab_to_the_last(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    sandbox.sh(f"mkdir -p -m 755 {FOLDER}/of-another-release")
    checked = f"{{{NETNS}, check_mode: true}}"
    doctor = "netns.lab.doctor:"
    run = _play(sandbox, checked, doctor, LOOK, NETNS, LOOK, NETNS, doctor, LOOK, GONE, LOOK)
    nothing, *first, last = _listed(run)
    assert nothing == [], run.output  # doctor removes what no lab needs; nothing is kept in check mode
    assert last == [] and first[0] == first[1] and len(first[0]) == 1 and len(first[0][0]) == 64, run.output
    assert [task["result"]["changed"] for task in run.tasks if "plan" in task["result"]] == [True, True, False, True]
    assert not any(key.startswith("_code") for task in run.tasks for key in task["result"]), run.output
    assert_same(before, sandbox.dump())


def test_a_host_that_lost_it_is_sent_it_again(sandbox: Sandbox) -> None:
    lose = f"ansible.builtin.command: rm -r {FOLDER}"
    beside = f"{{{NETNS}, async: 60, poll: 1}}"
    jobs = str(sandbox.scratch / "jobs")
    run = _play(sandbox, NETNS, lose, NETNS, LOOK, lose, beside, LOOK, GONE, ANSIBLE_ASYNC_DIR=jobs)
    assert run.changed.count("netns.lab.netns") == 2, run.output
    assert [len(each) for each in _listed(run)] == [1, 1], run.output


def test_what_others_could_have_written_is_not_used(sandbox: Sandbox) -> None:
    _play(sandbox, NETNS)
    kept = sandbox.sh(f"ls {FOLDER}").strip()
    spoil = f"for file in {FOLDER}/{kept}/*; do echo spoilt >$file; done"
    for harm in (f"chmod o+w {FOLDER}", f"chmod o+w {FOLDER}/{kept}", f"chown 1000 {FOLDER}/{kept}"):
        sandbox.sh(f"{spoil}; {harm}")
        assert _play(sandbox, NETNS, NETNS).changed == []
        sandbox.sh(f"chmod 755 {FOLDER} {FOLDER}/{kept}; chown 0 {FOLDER}/{kept}")
    sandbox.sh(f"rm -r {FOLDER}; ln -s /tmp {FOLDER}")
    assert _play(sandbox, NETNS, NETNS).changed == []
    assert sandbox.sh(f"readlink {FOLDER}") == "/tmp\n"


def test_no_run_removes_what_another_one_uses(sandbox: Sandbox) -> None:
    _play(sandbox, NETNS)
    kept = f"{FOLDER}/{sandbox.sh(f'ls {FOLDER}').strip()}"
    user = sandbox.background(["flock", "--shared", kept, "sh", "-c", "echo held; exec cat"])
    user.wait_for("held")
    _play(sandbox, GONE)
    assert sandbox.sh(f"ls {kept}").strip()
    user.stop()
    _play(sandbox, "netns.lab.doctor:")
    sandbox.sh(f"[ ! -e {FOLDER} ]")


def test_a_module_can_be_laid_out_changed_and_run(sandbox: Sandbox, tmp_path: Path) -> None:
    remote = tmp_path / "remote"
    _play(sandbox, NETNS, ANSIBLE_KEEP_REMOTE_FILES="1", ANSIBLE_REMOTE_TMP=str(remote))
    (module,) = remote.glob("*/AnsiballZ_netns.py")
    sandbox.run([sys.executable, str(module), "explode"])
    home = module.parent / "debug_dir/ansible_collections/netns/lab/plugins/module_utils"
    assert sorted(path.name for path in home.glob("_*.py")) == ["__init__.py", "_kept_code.py", "_start.py"]

    def execute() -> dict[str, object]:
        return dict(json.loads(sandbox.run([sys.executable, str(module), "execute"], check=False).stdout))

    assert execute()["changed"] is False
    runner = home / "_tasks/resource.py"
    text = runner.read_text(encoding="utf-8")
    raised = "raise InvalidArgument('a', 'b', 'c', 'Edited.')"
    runner.write_text(
        text.replace(
            "    return carry_out(",
            f"    from .._model.errors import InvalidArgument\n    {raised}\n    return carry_out(",
        ),
        encoding="utf-8",
    )
    assert "Edited." in str(execute()["msg"])
