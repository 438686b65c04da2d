"""The API document makes a TypeScript and a Python client, without a warning, and what is made type-checks."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from fastapi import FastAPI

UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "E403", "E404")
TYPESCRIPT = "typescript@5.9"
# A program of a customer: it compiles only if paths, bodies, answers, problems and webhooks are typed as documented.
PROGRAM = """
import type { components, operations, paths, webhooks } from "./interlude";

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : never;
type Started = Json<operations["start_attempt"]["responses"][201]>;
type Page = Json<paths["/v1/sites"]["get"]["responses"][200]>;
type Message = Json<webhooks["attempt.completed"]["post"]["requestBody"]>;

export const site: components["schemas"]["SiteCreate"] =
  { code: "BER", name: "Berlin", time_zone: "Europe/Berlin", workday_starts: "00:00" };
export const first = (page: Page): string | undefined => page.items[0]?.code;
export const id = (started: Started): string => started.id;
export const refused = (problem: components["schemas"]["Problem"]): boolean => problem.code === "double_booked";
export const seconds = (message: Message): number => "facts_omitted" in message.data ? 0 : message.data.paid_seconds;
// @ts-expect-error a site has no such field
export const wrong: components["schemas"]["SiteCreate"] = { ...site, color: "red" };
"""


@pytest.fixture(scope="module")
def document(app: FastAPI) -> Iterator[Path]:
    """The API document in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "openapi.json"
        path.write_bytes(orjson.dumps(app.openapi()))
        yield path


def npx(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A tool from npm; skips where there is no node, or no registry to get it from."""
    found = shutil.which("npx")
    if found is None:
        pytest.skip("node is not installed here")
    ran = subprocess.run(
        [found, "--yes", *command], cwd=folder, capture_output=True, text=True, timeout=240, check=False, stdin=subprocess.DEVNULL
    )
    if ran.returncode and any(sign in ran.stderr for sign in UNREACHABLE):
        pytest.skip(f"npm's registry does not answer: {ran.stderr.strip().splitlines()[-1]}")
    return ran


@pytest.mark.slow
def test_a_typescript_client_is_made_without_a_warning_and_type_checks(document: Path) -> None:
    folder = document.parent
    made = npx("openapi-typescript@7", document.name, "-o", "interlude.d.ts", folder=folder)
    told = [line for line in (made.stdout + made.stderr).splitlines() if line.strip() and not line.startswith("npm ")]
    assert made.returncode == 0, told
    # Its name and version, and what it wrote.
    assert [line for line in told if not line.startswith(("✨", "🚀"))] == []
    (folder / "program.ts").write_text(PROGRAM)
    checked = npx("-p", TYPESCRIPT, "tsc", "--noEmit", "--strict", "--target", "es2022", "program.ts", folder=folder)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.slow
def test_a_python_client_is_made_without_a_warning_and_imports(document: Path) -> None:
    folder = document.parent
    bin_folder = Path(sys.executable).parent
    config = Path(__file__).resolve().parents[2] / "docs" / "python-client.yaml"
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    made = subprocess.run(
        [bin_folder / "openapi-python-client", "generate", "--path", document, "--config", config, "--meta", "none",
         "--output-path", folder / "interlude_client", "--fail-on-warning"],
        cwd=folder, capture_output=True, text=True, timeout=240, check=False, env=environment,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    assert "arning" not in made.stdout + made.stderr
    program = (
        "from interlude_client import AuthenticatedClient\n"
        "from interlude_client.api.places import create_site, list_sites\n"
        "from interlude_client.models import AttemptCompletedMessage, Problem, SiteCreate\n"
        "site = SiteCreate(code='BER', name='Berlin', time_zone='Europe/Berlin')\n"
        "assert SiteCreate.from_dict(site.to_dict()) == site\n"
        "assert AuthenticatedClient(base_url='http://127.0.0.1', token='x') and create_site.sync and list_sites.asyncio\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
