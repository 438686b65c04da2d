"""Imports as one mechanism over HTTP: files and rows, mapping, dry runs, reports, who may do and read what."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from app.core.ids import new_id
from app.core.imports import kinds
from tests.builders import Plant, build_plant

CREWS = text("select code from crew where organization_id = :organization_id order by code")
EVENTS = text("select subject_id, data from event where organization_id = :organization_id and type = 'import.finished'")
CSV = {"Content-Type": "text/csv"}
QUERY = "/v1/imports?kind=crews&source=hr"


def crew(which: int, **more: Any) -> dict[str, Any]:
    """One crew to import."""
    return {"external_id": f"e{which}", "code": f"N{which}", "name": f"Nights {which}", "site": "BER", **more}


def order(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An import of crews."""
    return {"kind": "crews", "source": "hr", "rows": list(rows), **more}


async def crews(plant: Plant) -> list[str]:
    """The stored codes."""
    async with plant.write() as tx:
        return [row.code for row in await tx.rows(CREWS)]


async def sent(plant: Plant, content: bytes, path: str = QUERY, **headers: str) -> Any:
    """A file sent by the admin."""
    return await plant.call("admin", "POST", path, content=content, headers={**CSV, **headers})


async def report(plant: Plant, run_id: str, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await plant.get("admin", f"/v1/imports/{run_id}/rows{query}")).json()["items"]
    return items


async def test_rows_are_imported_and_reported_one_by_one(plant: Plant) -> None:
    made = await plant.post("admin", "/v1/imports", order(crew(1), crew(2, site="XXX")))
    assert made.status_code == 201, made.text
    run = made.json()
    assert (run["status"], run["row_count"], run["created"], run["refused"]) == ("finished", 2, 1, 1)
    rows = await report(plant, run["id"])
    assert [(r["row_number"], r["verdict"]) for r in rows] == [(1, "created"), (2, "refused")]
    assert rows[0]["thing_id"]
    assert rows[1]["reason"].startswith("site:")
    assert "N1" in await crews(plant)


async def test_a_finished_import_is_told_with_its_counts_and_a_dry_run_is_not(plant: Plant) -> None:
    await plant.post("admin", "/v1/imports", order(crew(1), dry_run=True))
    made = await plant.post("admin", "/v1/imports", order(crew(1)))
    async with plant.write() as tx:
        events = await tx.rows(EVENTS)
    assert [str(event.subject_id) for event in events] == [made.json()["id"]]
    assert (events[0].data["kind"], events[0].data["created"], events[0].data["refused"]) == ("crews", 1, 0)


async def test_a_dry_run_is_the_same_import_taken_back(plant: Plant) -> None:
    before = await crews(plant)
    run = (await plant.post("admin", "/v1/imports", order(crew(1), crew(2, site="XXX"), dry_run=True))).json()
    assert (run["dry_run"], run["created"], run["refused"], await crews(plant)) == (True, 1, 1, before)
    assert len(await report(plant, run["id"])) == 2


async def test_their_columns_are_mapped_to_ours(plant: Plant) -> None:
    rows = [{"Nr": "7", "Kurz": "N7", "Bezeichnung": "Nacht 7", "werk": "BER"}]
    mapping = {"external_id": "Nr", "code": "kurz", "name": "BEZEICHNUNG", "site": "Werk"}
    run = (await plant.post("admin", "/v1/imports", order(*rows, mapping=mapping))).json()
    assert (run["created"], "N7" in await crews(plant)) == (1, True)


async def test_a_mapping_of_unknown_columns_is_refused_by_name(plant: Plant) -> None:
    answer = await plant.post("admin", "/v1/imports", order(crew(1), mapping={"shoe_size": "x"}))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/mapping/shoe_size")
    answer = await sent(plant, b"code,site\nN1,BER\n", QUERY + '&mapping={"name":"Titel"}')
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/mapping/name")
    answer = await sent(plant, b"code,name\nN1,Nights\n")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/mapping/site")
    answer = await plant.post("admin", "/v1/imports", order(crew(1), options={"fast": True}))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/options/fast")


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-16-be"])
async def test_files_come_as_spreadsheets_write_them(plant: Plant, delimiter: str, encoding: str) -> None:
    lines = ["Code;Name;Site;Color", 'N1;"Früh; ""Nord""";BER;blue', "", "N2;Spät;XXX;red"]
    text_ = "\r\n".join(line.replace(";", delimiter) for line in lines)
    answer = await sent(plant, text_.encode(encoding))
    assert answer.status_code == 201, answer.text
    run = answer.json()
    assert (run["created"], run["refused"], run["ignored_columns"]) == (1, 1, ["color"])
    assert [row["row_number"] for row in await report(plant, run["id"])] == [2, 4]
    names = [item["name"] for item in (await plant.get("admin", "/v1/crews")).json()["items"]]
    assert f'Früh{delimiter} "Nord"' in names


async def test_unreadable_files_change_nothing(plant: Plant) -> None:
    wrong = (
        b"",
        b"\n\n",
        b"code,code\n1,2\n",
        b",,\n1,2,3\n",
        b"code\n" + b'"' + b"x" * 200_000 + b'"\n',
        b"\xff\xfe\x00",
        b"co\x07de\nx\n",
    )
    for content in wrong:
        answer = await sent(plant, content)
        assert answer.status_code == 422, content[:40]
    assert (await sent(plant, b"code\xff,name\n", **{"Content-Type": "text/csv; charset=utf-8"})).status_code == 422
    assert (await sent(plant, b"code,name\n", **{"Content-Type": "text/csv; charset=klingon"})).status_code == 422
    assert (await plant.get("admin", "/v1/imports")).json()["items"] == []


async def test_a_header_without_rows_is_refused(plant: Plant) -> None:
    answer = await sent(plant, b"code,name,site\n")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no_rows")


async def test_a_bad_row_of_a_file_is_refused_alone(plant: Plant) -> None:
    content = b"code,name,site\nN1,A,BER,extra\nN2,B\x07,BER\nN3,C,BER\nN4," + b"x" * 5000 + b",BER\n"
    rows = await report(plant, (await sent(plant, content)).json()["id"])
    assert [row["verdict"] for row in rows] == ["refused", "refused", "created", "refused"]
    assert "4 cells" in rows[0]["reason"]
    assert "control characters" in rows[1]["reason"]
    assert "longer than" in rows[3]["reason"]


async def test_a_quote_that_is_never_closed_is_told_and_not_taken_for_one_long_cell(plant: Plant) -> None:
    content = b'code,name,site\nN1,A,BER\nN2,"B,BER\nN3,C,BER\nN4,D,BER\n'
    rows = await report(plant, (await sent(plant, content)).json()["id"])
    assert [(row["row_number"], row["verdict"]) for row in rows] == [(2, "created"), (3, "refused")]
    assert "never closed, so the 2 lines below it were not read" in rows[1]["reason"]


@pytest.mark.parametrize("last", [b'N2,"B\nb",BER\n', b'N2,5" pipe,BER\n', b'N2,"B ""b""",BER', b'"N2","B","BER"\n'])
async def test_quotes_that_are_closed_are_no_fault(plant: Plant, last: bytes) -> None:
    rows = await report(plant, (await sent(plant, b"code,name,site\nN1,A,BER\n" + last)).json()["id"])
    assert [row["row_number"] for row in rows] == [2, 3]
    assert not any("never closed" in row["reason"] for row in rows)


async def test_a_damaged_cell_does_not_make_a_file_another_encoding(plant: Plant) -> None:
    rows = await report(plant, (await sent(plant, b"code,name,site\nN1,A\x00,BER\nN2,B,BER\n")).json()["id"])
    assert [row["verdict"] for row in rows] == ["refused", "created"]
    assert "control characters" in rows[0]["reason"]


async def test_json_cells_may_be_numbers_lists_and_null_but_no_objects(plant: Plant) -> None:
    rows = [crew(1, name=77, work_center=None), crew(2, name={"de": "x"}), crew(3, name=["A", "B"]), crew(4, name="a\x01b")]
    found = await report(plant, (await plant.post("admin", "/v1/imports", order(*rows))).json()["id"])
    assert [row["verdict"] for row in found] == ["created", "refused", "created", "refused"]


async def test_a_file_needs_its_kind_and_source_in_the_address(plant: Plant) -> None:
    for path in ("/v1/imports", "/v1/imports?kind=crews", "/v1/imports?source=hr"):
        assert (await sent(plant, b"code\nN1\n", path)).status_code == 422
    for name in ("mapping", "options"):
        for value in ("[]", "{", '{"a":[]}', '{"name":"a\\u0000"}'):
            assert (await sent(plant, b"code\nN1\n", f"{QUERY}&{name}={value}")).status_code == 422


async def test_other_media_types_are_refused(plant: Plant) -> None:
    for kind in ("application/pdf", "multipart/form-data; boundary=x", "text/plain", ""):
        answer = await sent(plant, b"code\nN1\n", **{"Content-Type": kind})
        assert answer.status_code == 415
        assert answer.json()["code"] == "unsupported_media_type"


async def test_bad_json_orders_are_refused(plant: Plant) -> None:
    faults: list[Any] = [[], {}, order(), order(crew(1), kind=7), order(crew(1), surprise=1), {**order(), "rows": ["x"]}]
    for body in [*faults, order(crew(1), id="no"), order(crew(1), dry_run="yes"), order(crew(1), source="a b")]:
        answer = await plant.post("admin", "/v1/imports", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    answer = await plant.post("admin", "/v1/imports", order(crew(1), kind="ghosts"))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/kind")


async def test_an_import_takes_effect_once_for_its_id(plant: Plant) -> None:
    body = order(crew(1), id=str(new_id()))
    first, again = await asyncio.gather(*(plant.post("admin", "/v1/imports", body) for _ in range(2)))
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    other = await plant.post("admin", "/v1/imports", {**body, "source": "erp"})
    stranger = await plant.post("integration", "/v1/imports", body)
    assert [(a.status_code, a.json()["code"]) for a in (other, stranger)] == [(409, "id_taken")] * 2
    assert len((await plant.get("admin", "/v1/imports")).json()["items"]) == 1


async def test_an_idempotency_key_answers_the_same_again(plant: Plant) -> None:
    key = {"Idempotency-Key": str(new_id())}
    first = await plant.post("admin", "/v1/imports", order(crew(1)), headers=key)
    again = await plant.post("admin", "/v1/imports", order(crew(1)), headers=key)
    assert (again.status_code, again.json(), again.headers["idempotency-replayed"]) == (201, first.json(), "true")


async def test_the_report_is_filtered_and_read_page_by_page(plant: Plant) -> None:
    rows = [crew(n, site="BER" if n % 2 else "XXX") for n in range(1, 8)]
    run_id = (await plant.post("admin", "/v1/imports", order(*rows))).json()["id"]
    assert [r["row_number"] for r in await report(plant, run_id, "?verdict=refused")] == [2, 4, 6]
    first = (await plant.get("admin", f"/v1/imports/{run_id}/rows?limit=5")).json()
    second = (await plant.get("admin", f"/v1/imports/{run_id}/rows?limit=5&cursor={first['next_cursor']}")).json()
    assert [r["row_number"] for r in second["items"]] == [6, 7]
    assert second["next_cursor"] is None
    for cursor in ("!", "WyJ4Il0", "W10"):
        assert (await plant.get("admin", f"/v1/imports/{run_id}/rows?cursor={cursor}")).status_code == 400
    assert (await plant.get("admin", f"/v1/imports/{run_id}/rows?verdict=lost")).status_code == 422


async def test_imports_are_listed_page_by_page_and_by_kind(plant: Plant) -> None:
    ids = [(await plant.post("admin", "/v1/imports", order(crew(n)))).json()["id"] for n in range(3)]
    first = (await plant.get("admin", "/v1/imports?limit=2")).json()
    second = (await plant.get("admin", f"/v1/imports?limit=2&cursor={first['next_cursor']}")).json()
    assert [item["id"] for item in first["items"] + second["items"]] == ids
    assert (await plant.get("admin", "/v1/imports?kind=workers")).json()["items"] == []


async def test_who_may_import_is_the_kinds_own_policy(plant: Plant) -> None:
    answers = {
        who: (await plant.post(who, "/v1/imports", order(crew(1)))).status_code for who in ("worker", "supervisor", "payroll")
    }
    assert set(answers.values()) == {403}
    assert (await plant.post("nobody", "/v1/imports", order(crew(1)))).status_code == 401
    assert (await plant.post("integration", "/v1/imports", order(crew(1)))).status_code == 201


async def test_an_import_is_read_by_its_sender_and_by_who_keeps_the_kind_everywhere(plant: Plant) -> None:
    run_id = (await plant.post("integration", "/v1/imports", order(crew(1)))).json()["id"]
    for path in (f"/v1/imports/{run_id}", f"/v1/imports/{run_id}/rows"):
        assert (await plant.get("admin", path)).status_code == 200
        assert (await plant.get("supervisor", path)).status_code == 404
        assert (await plant.get("worker", path)).status_code == 403
    assert (await plant.get("supervisor", "/v1/imports")).json()["items"] == []
    other = await build_plant(plant.runtime, plant.http)
    assert (await other.get("admin", f"/v1/imports/{run_id}")).status_code == 404
    assert (await other.get("admin", f"/v1/imports/{new_id()}")).status_code == 404


async def test_the_kinds_say_what_their_columns_mean(plant: Plant) -> None:
    found = {item["name"]: item for item in (await plant.get("admin", "/v1/import-kinds")).json()["items"]}
    assert {"workers", "sites", "areas", "work_centers", "stations", "crews"} <= set(found)
    assert [c["name"] for c in found["crews"]["columns"] if c["required"]] == ["code", "site"]
    assert all(column["meaning"] for item in found.values() for column in item["columns"])
    assert "workers" not in {item["name"] for item in (await plant.get("supervisor", "/v1/import-kinds")).json()["items"]}


async def test_a_kind_that_forgets_a_row_is_our_mistake_and_changes_nothing(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forgetful(*_: Any) -> list[Any]:
        return []

    kind = kinds.KINDS["crews"]
    broken = kinds.ImportKind("crews", kind.policy, kind.columns, forgetful)
    monkeypatch.setitem(kinds.KINDS, "crews", broken)
    assert (await plant.post("admin", "/v1/imports", order(crew(1)))).status_code == 500
    assert (await plant.get("admin", "/v1/imports")).json()["items"] == []
