"""Reason texts become kinds, in the languages in which lines write them."""

import pytest

from app.downtime.domain.classify import StoppageKind, StoppageSize, classified, is_planned, sized


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Batch change", StoppageKind.CHANGEOVER),
        ("CHANGE-OVER to 2 L", StoppageKind.CHANGEOVER),
        ("Tool change", StoppageKind.CHANGEOVER),
        ("Cambio de formato", StoppageKind.CHANGEOVER),
        ("Umrüsten Presse", StoppageKind.CHANGEOVER),
        ("CIP", StoppageKind.CLEANING),
        ("Product spill", StoppageKind.CLEANING),
        ("Limpieza", StoppageKind.CLEANING),
        ("Preventive maintenance", StoppageKind.MAINTENANCE),
        ("Calibration error", StoppageKind.MAINTENANCE),
        ("Inventory shortage", StoppageKind.MATERIAL),
        ("starved", StoppageKind.MATERIAL),
        ("waiting for material after changeover", StoppageKind.MATERIAL),
        ("no_operator", StoppageKind.NO_OPERATOR),
        ("Operator absent", StoppageKind.NO_OPERATOR),
        ("Conveyor belt jam", StoppageKind.BREAKDOWN),
        ("Avería del motor", StoppageKind.BREAKDOWN),
        ("Störung", StoppageKind.BREAKDOWN),
        ("Label switch", StoppageKind.OTHER),
        ("principal", StoppageKind.OTHER),
        ("", StoppageKind.OTHER),
    ],
)
def test_a_reason_names_its_kind(text: str, kind: StoppageKind) -> None:
    assert classified(text) is kind


@pytest.mark.parametrize(
    ("kind", "text", "stated", "planned"),
    [
        (StoppageKind.CHANGEOVER, "Batch change", "", True),
        (StoppageKind.BREAKDOWN, "jam", "", False),
        (StoppageKind.MAINTENANCE, "corrective maintenance", "", False),
        (StoppageKind.MAINTENANCE, "Unplanned maintenance", "", False),
        (StoppageKind.OTHER, "planned meeting", "", True),
        (StoppageKind.CHANGEOVER, "Batch change", "No", False),
        (StoppageKind.BREAKDOWN, "jam", "ja", True),
        (StoppageKind.BREAKDOWN, "jam", "perhaps", False),
    ],
)
def test_what_the_log_states_wins_over_words_and_words_over_kinds(
    kind: StoppageKind, text: str, stated: str, planned: bool
) -> None:
    assert is_planned(kind, text, stated) is planned


def test_sizes_change_where_another_length_of_learning_fits() -> None:
    edges = [119, 120, 299, 300, 599, 600, 1799, 1800]
    assert [sized(seconds) for seconds in edges] == [
        StoppageSize.MICRO, StoppageSize.SHORT, StoppageSize.SHORT, StoppageSize.MEDIUM,
        StoppageSize.MEDIUM, StoppageSize.LONG, StoppageSize.LONG, StoppageSize.BLOCK,
    ]  # fmt: skip
