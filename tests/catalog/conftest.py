"""What the tests of the catalog start from."""

from pathlib import Path

import pytest

from app.catalog.domain import Module, Quiz
from app.catalog.pack.load import load_pack
from tests.catalog.packs import PackFolder


@pytest.fixture
def folder(tmp_path: Path) -> PackFolder:
    """A pack on disk without faults."""
    return PackFolder(tmp_path)


@pytest.fixture(scope="session")
def quiz(tmp_path_factory: pytest.TempPathFactory) -> Quiz:
    """The quiz of the tiny pack: one item of each type."""
    return load_pack(PackFolder(tmp_path_factory.mktemp("quiz")).path).quizzes[0]


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> Module:
    """The module of the tiny pack: a text, a question and a picture."""
    return load_pack(PackFolder(tmp_path_factory.mktemp("module")).path).modules[0]
