"""audit: exit code 1 and the first broken line if a record was changed; the record as a file."""

import json
import sqlite3
from pathlib import Path

from tests.unit.cli.conftest import Call, one_line_error


def test_a_sound_record_ends_with_0_and_a_changed_one_with_1(call: Call, home: Path, run: str) -> None:
    assert call("audit", "verify").exit_code == 0
    assert call("audit", "verify", run[:8]).exit_code == 0
    with sqlite3.connect(home / "konbit.sqlite") as connection:
        connection.execute("UPDATE journal SET event = replace(event, 'drill', 'actual') WHERE seq = 1")
    connection.close()

    done = call("audit", "verify", run)

    assert done.exit_code == 1
    assert "line 1 of the journal" in done.stdout
    found = json.loads(call("audit", "verify", "--json").stdout)
    assert [(one["run"], one["entry"]) for one in found["findings"]] == [(run, 1)]


def test_a_record_is_exported_and_proves_itself(call: Call, tmp_path: Path, run: str) -> None:
    path = tmp_path / "record.zip"
    assert call("audit", "export", run, "--out", str(path)).exit_code == 0
    assert call("audit", "verify", "--file", str(path)).exit_code == 0
    path.write_bytes(path.read_bytes()[:100])
    one_line_error(call("audit", "verify", "--file", str(path)), "konbit audit export")
