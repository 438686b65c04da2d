"""The commands of `interlude content`."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.catalog.domain import LoadOptions, LoadVerdict
from app.catalog.pack.load import load_pack
from app.cli import main
from app.content_cli import publish
from app.core.settings import Settings
from tests.builders import Plant
from tests.catalog.packs import QUIZ_FILE, PackFolder

SLUG = text("select slug from organization where organization_id = :organization_id")


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["content", *map(str, arguments)])
    return result.exit_code, result.output


def test_lint_says_nothing_against_a_faultless_pack(folder: PackFolder) -> None:
    status, told = run("lint", folder.path)
    assert (status, told) == (0, f"{folder.path}: 0 errors, 0 warnings\n")


def test_lint_names_file_place_and_fault_and_fails(folder: PackFolder) -> None:
    folder.replace(QUIZ_FILE, "key: [notify]", "key: [nobody]")
    status, told = run("lint", folder.path)
    assert status == 1
    assert "error quizzes/stop-quiz.yaml#/items/first-step/key/0 [unknown_choice]" in told
    assert told.endswith("1 errors, 0 warnings\n")


def test_warnings_do_not_fail_the_lint(folder: PackFolder) -> None:
    folder.remove("modules/stop-the-line/body.es.md")
    status, told = run("lint", folder.path)
    assert status == 0
    assert "[translation_missing]" in told


def test_schemas_are_written_once_and_checked_after(tmp_path: Path) -> None:
    assert run("schema", "--check", "--folder", tmp_path)[0] == 1
    assert run("schema", "--folder", tmp_path)[0] == 0
    assert run("schema", "--check", "--folder", tmp_path) == (0, "")
    changed = tmp_path / "quiz.schema.json"
    changed.write_text(json.dumps({"type": "object"}))
    status, told = run("schema", "--check", "--folder", tmp_path)
    assert status == 1
    assert "quiz.schema.json differs" in told


def test_the_schemas_in_the_repository_are_up_to_date() -> None:
    assert run("schema", "--check", "--folder", Path(__file__).resolve().parents[2] / "content/schema") == (0, "")


def test_a_faulty_pack_is_not_loaded(folder: PackFolder) -> None:
    folder.remove("pack.yaml")
    assert run("load", folder.path, "--organization", "anybody")[0] == 1


async def test_load_publishes_by_the_organizations_short_name(plant: Plant, settings: Settings, folder: PackFolder) -> None:
    async with plant.write() as tx:
        slug = await tx.scalar(SLUG)
    pack = load_pack(folder.path)
    first = await publish(settings, pack, slug, LoadOptions())
    second = await publish(settings, pack, slug, LoadOptions())
    assert len(first.of(LoadVerdict.ADDED)) == 3
    assert len(second.of(LoadVerdict.UNCHANGED)) == 3
    assert (await plant.get("worker", "/v1/modules/stop-the-line")).status_code == 200


async def test_an_organization_that_does_not_exist_is_named(plant: Plant, settings: Settings, folder: PackFolder) -> None:
    import typer

    with pytest.raises(typer.BadParameter, match="no organization nowhere"):
        await publish(settings, load_pack(folder.path), "nowhere", LoadOptions())
