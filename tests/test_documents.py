"""What the documents name is there: links, paths, commands, options, recipe fields, make's targets."""

import argparse
import importlib
import re
import tomllib
from pathlib import Path

import pytest

from plants.contests import contest
from plants.recipes import catalog
from plants.recipes.overrides import override

ROOT = Path(__file__).parents[1]
OF_COLAB = {"--env", "--keep", "--timeout"}  # of `colab`, which is not ours
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PATH = re.compile(r"(plants|studies|tests|docs|benchmarks|results|notebooks|submission)/[\w./-]*")
COMMAND = re.compile(r"python[\d.]* (?:-m )?((?:\w+/)*\w+\.py|(?:plants|studies)[\w.]*)(?=\s|$)([^|;&#]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def read(path):
    return path.read_text(encoding="utf-8")


def code(text):
    """Code in a document: each line of a block, fenced or indented, and each span."""
    fenced = re.split(r"^```.*$", text, flags=re.MULTILINE)
    lines = [line for block in fenced[1::2] for line in block.splitlines()]
    rest = "\n".join(fenced[::2])
    lines += re.findall(r"^ {4,}(.*)$", rest, re.MULTILINE)
    return lines + [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", rest)]


def commands(text):
    """(command, what follows it) of each call of a command of ours: "train.py", " --seed 1"."""
    return [found.groups() for line in code(text) for found in COMMAND.finditer(line)]


def module_of(command):
    """train.py -> train, benchmarks/speed.py -> benchmarks.speed, studies.techniques as it is"""
    return command.removesuffix(".py").replace("/", ".")


class Parsed(Exception):
    """Raised in place of parsing; its argument is the parser."""


def options_of(command, monkeypatch):
    """The options of a command, from its own parser."""

    def stop(parser, *_):
        raise Parsed(parser)

    name = module_of(command)
    module = importlib.import_module(name if command.endswith(".py") else f"{name}.__main__")
    main = module.STUDY.main if hasattr(module, "STUDY") else module.main
    with monkeypatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", stop)
        with pytest.raises(Parsed) as parsed:
            main([])
    return set(parsed.value.args[0]._option_string_actions)


def headings(path):
    """The anchors of a document, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", read(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_readme_is_short():
    assert len(read(ROOT / "README.md").splitlines()) <= 150


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_paths_lead_somewhere(document):
    for link in re.findall(r"\]\(([^)\s]+)\)", read(document)):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link
    missing = {span for span in code(read(document)) if PATH.fullmatch(span) and not (ROOT / span).exists()}
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_and_targets_are_there(document):
    for command, _ in commands(read(document)):
        path = ROOT / command if command.endswith(".py") else ROOT / command.replace(".", "/") / "__main__.py"
        assert path.exists(), command
    targets = set(re.findall(r"^([a-z0-9-]+):", read(ROOT / "Makefile"), re.MULTILINE))
    said = re.findall(r"\bmake (?:\w+=\S+ )*([a-z][a-z0-9-]*)", "\n".join(code(read(document))))
    assert set(said) <= targets


def test_every_option_in_the_documents_is_one_of_the_command_it_stands_with(monkeypatch):
    calls = {call for path in DOCUMENTS for call in commands(read(path)) if OPTION.search(call[1])}
    names = {command for command, _ in calls}
    assert {"train.py", "build_submission.py", "score.py", "compare.py", "search.py"} <= names
    options = {command: options_of(command, monkeypatch) for command in names}
    for command, rest in calls:
        assert set(OPTION.findall(rest)) <= options[command], f"{command}{rest}"
    known = set().union(OF_COLAB, *options.values())
    for path in DOCUMENTS:  # alone, or on the second line of a call
        alone = [line for line in code(read(path)) if re.match(r"\[?--", line.strip())]
        assert set(OPTION.findall(" ".join(alone))) <= known, path.name


def test_recipes_fields_and_contests_in_the_documents_are_there():
    lines = [line for path in DOCUMENTS for line in code(read(path)) if OPTION.search(line)]
    assert len(lines) > 20
    for line in lines:
        named = dict(re.findall(r"(--recipe|--contest) ([a-z][\w-]*)(?=\s|$)", line))
        recipe = catalog.by_name(named.get("--recipe", "default"))
        contest.by_name(named.get("--contest"))
        assigned = re.findall(r"[\w.]+=[^\s,)]+", (re.findall(r"--set ([^\[\]#]*)", line) or [""])[0])
        override(recipe, *(each for each in assigned if each != "field=value"))


def test_the_project_file_names_what_is_there():
    files = PROJECT["tool"]["setuptools"]["dynamic"]["dependencies"]["file"]
    assert files == ["requirements.txt"]
    named = [*files, PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]]
    assert all((ROOT / name).exists() for name in named)
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\]", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert newest and newest[1] == PROJECT["project"]["version"]
