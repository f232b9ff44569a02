# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation says is what the modules take: options, examples, pages."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import file as file_capability
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import policy as capability_policy
from ansible_collections.netns.lab.plugins.module_utils._model import spec
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities import spec as capabilities_spec
from ansible_collections.netns.lab.plugins.module_utils._model.errors import LabError
from ansible_collections.netns.lab.plugins.module_utils._model.lab import spec as lab_spec
from ansible_collections.netns.lab.plugins.module_utils._model.lab.definition import typed_lists_of
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.module_utils._model.lab.links.table import LINKS
from ansible_collections.netns.lab.plugins.module_utils._model.lab.topology import parse, parse_entry
from ansible_collections.netns.lab.plugins.module_utils._model.reading import module_options
from ansible_collections.netns.lab.plugins.module_utils._model.test_hosts import group as hosts
from ansible_collections.netns.lab.plugins.module_utils._runner import left
from ansible_collections.netns.lab.plugins.plugin_utils.span.inventory import span_lab
from ansible_collections.netns.lab.plugins.plugin_utils.span.span import is_spanning

ROOT = Path(__file__).resolve().parents[3]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))
ON_HOSTS = [module for module in MODULES if "run_module(" in (ROOT / f"plugins/modules/{module}.py").read_text("utf-8")]
RESOURCE_OF = {kind.module: option for option, kind in KINDS.items()}
CHANGERS = [*RESOURCE_OF, "topology"]
WITH_DIFF = [*CHANGERS, "file_capability", "file_capability_policy", "persistence", "test_hosts"]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
READMES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "roles").glob("*/README.md"))]

#: the inventory that examples of labs over several hosts speak of
INVENTORY = {
    "hostvars": {f"host{number}": {"ansible_host": f"192.0.2.{10 + number}"} for number in (1, 2, 3)},
    "groups": {"all": ["host1", "host2", "host3"], "lab_hosts": ["host1", "host2", "host3"]},
}

Doc = dict[str, Any]


@pytest.fixture(scope="session")
def docs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Doc]:
    """What ansible-doc reads of every module, by name: ``doc``, ``examples``, ``return``."""
    parent = tmp_path_factory.mktemp("collections")
    (parent / "ansible_collections" / "netns").mkdir(parents=True)
    (parent / "ansible_collections" / "netns" / "lab").symlink_to(ROOT)
    names = [f"netns.lab.{module}" for module in MODULES]
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "doc", "--json", "-t", "module", *names],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(parent), "ANSIBLE_LOCAL_TEMP": str(parent)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return {name.rpartition(".")[2]: doc for name, doc in json.loads(done.stdout).items()}


class Refused(Exception):
    """Ansible itself refuses the options of a task."""


def module_arguments(module: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a module gives to AnsibleModule, which is not entered: its argument spec and its rules."""
    asked: list[str] = []
    loaded = importlib.import_module(f"ansible_collections.netns.lab.plugins.modules.{module}")
    monkeypatch.setattr(loaded, "run_module", lambda *task: asked.extend(task))
    loaded.main()
    name, *of = asked
    made_of = importlib.import_module(f"ansible_collections.netns.lab.plugins.module_utils._tasks.{name}")
    task = made_of.task(*of) if of else made_of.TASK
    return {"argument_spec": task.spec, **task.rules}


def documented(options: Doc) -> dict[str, Any]:
    """Documented options in the form of :func:`specified`."""
    return {
        name: {
            "type": option["type"],
            "elements": option.get("elements"),
            "required": option.get("required", False),
            "default": option.get("default"),
            "choices": option.get("choices"),
            "aliases": option.get("aliases", []),
            "options": documented(option.get("suboptions", {})),
        }
        for name, option in options.items()
    }


def specified(argument_spec: Doc) -> dict[str, Any]:
    """An argument spec with every field that documentation may have."""
    return {
        name: {
            "type": option.get("type", "str"),
            "elements": option.get("elements"),
            "required": option.get("required", False),
            "default": option.get("default"),
            "choices": option.get("choices"),
            "aliases": option.get("aliases", []),
            "options": specified(option.get("options", {})),
        }
        for name, option in argument_spec.items()
    }


def expanded(task: Doc) -> Iterator[Doc]:
    """A task once for each item of its loop, with ``{{ item }}`` filled in."""
    items = task.get("loop")
    for item in items if isinstance(items, list) else [None]:
        yield yaml.safe_load(yaml.safe_dump(task).replace("{{ item }}", str(item)))


def check_task(task: Doc) -> None:
    """Hold the options of a task of this collection against its argument spec and against the model.

    :raises LabError: as the module would, for what is wrong before anything is read.
    """
    for module in [key.rpartition(".")[2] for key in task if key.startswith("netns.lab.")]:
        for one in expanded(task):
            options = one[f"netns.lab.{module}"] or {}
            if module in RESOURCE_OF:
                resource = RESOURCE_OF[module]
                clean = _validated(options, lab_spec.module_spec(resource), lab_spec.required_if(resource))
                parse_entry(resource, clean, clean["state"] == "present")
            elif module == "topology":
                clean = _validated(options, lab_spec.topology_spec(), [])
                lists = typed_lists_of({**clean, "src": None})  # no example has the file that it names
                if is_spanning(lists, clean["span"]):
                    span_lab(clean["name"], lists, clean["span"], INVENTORY)
                else:
                    parse(lists)
            elif module == "file_capability":
                file_capability.request(_validated(options, capabilities_spec.FILE_CAPABILITY, []), last=40)
            elif module == "file_capability_policy":
                clean = _validated(
                    options, capabilities_spec.FILE_CAPABILITY_POLICY, [("state", "present", ("files",))]
                )
                capability_policy.entries(clean["files"] or (), last=40)
            elif module == "file_capability_info":
                clean = _validated(options, capabilities_spec.FILE_CAPABILITY_INFO, [])
                capability_policy.allowed(clean["allow"] or (), last=40)
            elif module == "test_hosts":
                hosts.host_group(_validated(options, hosts.TEST_HOSTS, [("state", "present", ("hosts",))]))
            else:
                assert module in MODULES


def _validated(options: Doc, argument_spec: Doc, required_if: list[Any]) -> Doc:
    read = module_options(options, argument_spec)
    remaining = {name: left(form) for name, form in argument_spec.items()}
    result = ArgumentSpecValidator(remaining, required_if=required_if).validate(read)
    if result.error_messages:
        raise Refused(result.error_messages[0])
    return result.validated_parameters


@pytest.mark.parametrize("module", ON_HOSTS)
def test_options_are_those_of_the_argument_spec(
    module: str, docs: dict[str, Doc], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = module_arguments(module, monkeypatch)
    found, wanted = documented(docs[module]["doc"]["options"]), specified(arguments["argument_spec"])
    for name in sorted({*found, *wanted}):
        told = f"option {name} of {module}: plugins/doc_fragments (or the module) has {found.get(name, 'nothing')}"
        assert found.get(name) == wanted.get(name), f"{told}, the code {wanted.get(name, 'nothing')}"


@pytest.mark.parametrize("resource", KINDS)
def test_entries_of_topology_are_the_options_of_the_single_module(resource: str, docs: dict[str, Doc]) -> None:
    single = docs[KINDS[resource].module]["doc"]["options"]
    nested = dict(docs["topology"]["doc"]["options"][resource]["suboptions"])
    assert nested.pop("host")["type"] == "str"
    _same_options(single, nested, f"{resource}[].")
    assert set(single) - set(nested) == {"state", *spec.SWITCHES}


def _same_options(single: Doc, nested: Doc, path: str) -> None:
    for name, option in nested.items():
        assert "#" not in "".join(option["description"])
        for key in ("type", "elements", "default", "choices"):
            assert option.get(key) == single[name].get(key), (path, name, key)
        first = option["description"][0].replace(f"O({path}", "O(")
        assert first == single[name]["description"][0].replace(f"O({path.partition('[].')[2]}", "O(")
        if "suboptions" in option:
            _same_options(single[name]["suboptions"], option["suboptions"], f"{path}{name}.")


@pytest.mark.parametrize("module", ON_HOSTS)
def test_attributes_and_requirements(module: str, docs: dict[str, Doc]) -> None:
    doc = docs[module]["doc"]
    assert doc["attributes"]["check_mode"]["support"] == "full"
    assert doc["attributes"]["platform"]["platforms"] == "linux"
    assert doc["attributes"]["diff_mode"]["support"] == ("full" if module in WITH_DIFF else "N/A")
    text = " ".join(doc["requirements"])
    assert "Linux 5.10" in text
    assert "Python 3.9" in text
    assert ("nft" in text) == (module in ("nat_masquerade", "port_forward", "topology", "topology_info"))
    assert ("pyroute2 0.7.2" in text) == (module in ("link", "topology"))


@pytest.mark.parametrize("module", CHANGERS)
def test_changing_modules_return_the_same_things(module: str, docs: dict[str, Doc]) -> None:
    returned = {name: value for name, value in docs[module]["return"].items() if name not in ("span", "confirm")}
    assert set(returned) == {"changed", "plan", "diff", "error"}
    assert set(returned["plan"]["contains"]) == {"kind", "object", "action", "reason"}
    assert all(set(step) == set(returned["plan"]["contains"]) for step in returned["plan"]["sample"])
    assert set(returned["diff"]["contains"]) == {"before", "after"}
    assert set(returned["error"]["contains"]) == set(LabError("", "", "", "").as_dict())
    assert _without_samples(returned) == _without_samples({name: docs["topology"]["return"][name] for name in returned})


def _without_samples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_samples(part) for key, part in value.items() if key != "sample"}
    return value


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_tasks_that_the_modules_take(module: str, docs: dict[str, Doc]) -> None:
    tasks = yaml.safe_load(docs[module]["examples"])
    assert isinstance(tasks, list)
    assert any(f"netns.lab.{module}" in task for task in tasks)
    for task in tasks:
        assert re.match(r"[A-Z]", task["name"])
        actions = [key for key in task if "." in key]
        assert len(actions) == 1, task
        assert re.fullmatch(r"netns\.lab\.[a-z_]+|ansible\.builtin\.[a-z_]+", actions[0])
        check_task(task)


@pytest.mark.parametrize("module", WITH_DIFF)
def test_examples_show_removal(module: str, docs: dict[str, Doc]) -> None:
    tasks = yaml.safe_load(docs[module]["examples"])
    assert "absent" in [(task.get(f"netns.lab.{module}") or {}).get("state") for task in tasks]


def test_the_action_group_has_the_modules_that_share_the_switches(docs: dict[str, Doc]) -> None:
    """Any default of the group is an option of each member."""
    group = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]["lab"]
    assert group == [module for module in MODULES if set(spec.SWITCHES) <= set(docs[module]["doc"]["options"])]
    assert group == [module for module in MODULES if "action_group" in docs[module]["doc"]["attributes"]]
    common = set.intersection(*(set(docs[module]["doc"]["options"]) for module in group))
    assert common >= set(spec.SWITCHES)


def test_table_of_modules_names_every_module() -> None:
    table = (ROOT / "docs" / "reference" / "modules.md").read_text().partition("| module |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE)) == MODULES


def test_the_table_of_the_list_links_names_every_kind_and_its_options() -> None:
    page = (ROOT / "docs" / "reference" / "definition.md").read_text()
    section = page.partition("\n## links\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([a-z0-9_]+)` \| (.*?)\|", section, re.MULTILINE))
    for kind, options in LINKS.items():
        assert kind in rows, f"docs/reference/definition.md has no row for the kind {kind} of links"
        lacking = set(options.spec) - set(re.findall(r"`(.*?)`", rows[kind]))
        assert not lacking, f"docs/reference/definition.md lacks options of the kind {kind}: {sorted(lacking)}"
    assert set(rows) == set(LINKS)


def blocks(page: Path) -> list[tuple[int, str, str]]:
    """The fenced blocks of a page: line, language, text."""
    text = page.read_text()
    found = re.finditer(r"^```([a-z]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(text.count("\n", 0, block.start()) + 1, block[1], block[2]) for block in found]


def tasks_of(text: str) -> list[Doc]:
    """The tasks in a block of YAML: a list of tasks, or the lists of a topology."""
    data = yaml.safe_load(text)
    return data if isinstance(data, list) else [{"netns.lab.topology": data}]


def _right_and_wrong() -> tuple[list[Any], list[Any]]:
    """The YAML of the pages. What has a ``text`` after it is wrong, and that is its message."""
    right, wrong = [], []
    for page in PAGES:
        found = blocks(page)
        for index, (line, language, text) in enumerate(found):
            if language != "yaml":
                continue
            name = f"{page.name}:{line}"
            after = found[index + 1] if index + 1 < len(found) else (0, "", "")
            if after[1] == "text":
                wrong.append(pytest.param(text, after[2], id=name))
            else:
                right.append(pytest.param(text, id=name))
    return right, wrong


RIGHT, WRONG = _right_and_wrong()


@pytest.mark.parametrize("text", RIGHT)
def test_examples_of_the_pages_are_taken(text: str) -> None:
    tasks = tasks_of(text)
    assert any(key.startswith("netns.lab.") for task in tasks for key in task)
    for task in tasks:
        check_task(task)


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_wrong_examples_of_the_pages_give_the_message_shown(text: str, message: str) -> None:
    (task,) = tasks_of(text)
    with pytest.raises((LabError, Refused)) as caught:
        check_task(task)
    assert str(caught.value) == " ".join(message.split())


def test_pages_show_right_and_wrong() -> None:
    assert len(RIGHT) >= len(KINDS)
    assert len(WRONG) >= 4


@pytest.mark.parametrize("page", [*PAGES, *READMES], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_the_pages_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", page.read_text()):
        if "://" not in target:
            linked = page.parent / target if target else page
            assert linked.exists(), target
            assert not anchor or anchor in anchors(linked), f"{target}#{anchor}"


def anchors(page: Path) -> list[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
