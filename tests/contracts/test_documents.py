"""Facts, reports and the audit: kept as they were put, found by what they are about."""

from konbit.store.database import Store
from konbit.store.records import AuditRecord, Fact, Report
from tests.contracts.cases import MINUTE, NOW, a_run


def _fact(id: str, cluster: str = "WSH", place: str = "HT0711", **document: object) -> Fact:
    return Fact(
        id=id,
        run_id="run-1",
        document=document,  # type: ignore[arg-type]  # plain JSON
        request="needs",
        cluster=cluster,
        place=place,
        person="p1",
    )


def test_facts_are_found_by_request_cluster_and_place_in_the_order_they_were_put(store: Store) -> None:
    a_run(store)
    facts = [_fact("b", people=4), _fact("a", "HEA"), _fact("c", place="HT0712")]
    with store.begin() as tx:
        tx.facts.put("observations", facts[:2])
        tx.facts.put("observations", facts[2:])
        tx.facts.put("observations", [])
        assert tx.facts.list("observations", "run-1") == facts
        assert tx.facts.list("observations", "run-1", request="needs", cluster="WSH") == [facts[0], facts[2]]
        assert tx.facts.list("observations", "run-1", place="HT0712") == [facts[2]]
        assert tx.facts.list("observations", "run-1", request="other") == []
        assert tx.facts.list("needs", "run-1") == []


def test_a_fact_put_again_is_replaced_in_its_place(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        tx.facts.put("offers", [_fact("a", people=1), _fact("b", people=2)])
        tx.facts.put("offers", [_fact("a", people=9)])
        documents = [(fact.id, fact.document) for fact in tx.facts.list("offers", "run-1")]
        assert documents == [("a", {"people": 9}), ("b", {"people": 2})]


def test_facts_of_two_runs_do_not_meet(store: Store) -> None:
    a_run(store, "run-1")
    a_run(store, "run-2")
    other = Fact(id="a", run_id="run-2", document={"other": True})
    with store.begin() as tx:
        tx.facts.put("activities", [_fact("a"), other])
        assert tx.facts.list("activities", "run-2") == [other]


def test_a_report_is_drafted_approved_and_sent(store: Store) -> None:
    a_run(store)
    report = Report(
        id="situation#1",
        run_id="run-1",
        step="situation",
        kind="situation_report",
        number=1,
        title="Situation report 1",
        markdown="# Haiti\n\n\0 tout moun",
        created_at=NOW,
        csv="#sector\nWSH",
        quarantined=2,
    )
    with store.begin() as tx:
        assert tx.reports.next_number("run-1", "situation_report") == 1
        tx.reports.put(report)
        tx.reports.put(report)
        assert tx.reports.next_number("run-1", "situation_report") == 2
        assert tx.reports.next_number("run-1", "who_does_what_where") == 1
        tx.reports.approved("run-1", "situation#1", NOW + MINUTE)
        tx.reports.sent("run-1", "situation#1", NOW + 2 * MINUTE)
        kept = tx.reports.get("run-1", "situation#1")
        assert kept is not None
        assert (kept.approved_at, kept.sent_at, kept.quarantined) == (NOW + MINUTE, NOW + 2 * MINUTE, 2)
        assert kept.markdown == "# Haiti\n\n\ufffd tout moun"
        assert tx.reports.list("run-1") == tx.reports.list("run-1", "situation_report") == [kept]
        assert tx.reports.list("run-1", "other") == []
        assert tx.reports.get("run-1", "other") is None


def test_the_audit_says_who_did_what_and_why(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        tx.audit.add(
            NOW, "operator:night-shift", "stand_down", run_id="run-1", reason="false alarm", details={"n": 1}
        )
        tx.audit.add(NOW + MINUTE, "operator:night-shift", "import_directory")
        act = AuditRecord(
            at=NOW,
            actor="operator:night-shift",
            action="stand_down",
            run_id="run-1",
            reason="false alarm",
            details={"n": 1},
        )
        assert tx.audit.list("run-1") == [act]
        assert [record.action for record in tx.audit.list()] == ["stand_down", "import_directory"]
        assert [record.action for record in tx.audit.list(limit=1)] == ["import_directory"]
