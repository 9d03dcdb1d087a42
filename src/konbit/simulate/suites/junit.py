"""The results of tests as JUnit XML, for CI systems: a suite for each flowchart, a case for each scenario and for coverage."""

import re
import xml.etree.ElementTree as ET

from konbit.simulate.suites.suite import ChartResult, Outcome, SuiteResult, counted

FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def junit(result: SuiteResult) -> bytes:
    """The XML in UTF-8."""
    root = ET.Element("testsuites", name="konbit test")
    for chart in result.charts:
        _suite(root, chart)
    if result.strays:
        suite = ET.SubElement(root, "testsuite", name="scenarios without a flowchart")
        for one in result.strays:
            _scenario(suite, one, "scenarios")
        _count(suite)
    _count(root)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _suite(root: ET.Element, chart: ChartResult) -> None:
    suite = ET.SubElement(root, "testsuite", name=chart.flowchart)
    if chart.covered is not None:
        steps, outcomes = counted(chart.covered.reached, chart.covered.all)
        properties = ET.SubElement(suite, "properties")
        for name, value in (
            ("coverage", f"{chart.covered.share * 100:.1f}"),
            ("steps", steps),
            ("outcomes", outcomes),
        ):
            ET.SubElement(properties, "property", name=name, value=value)
    for one in chart.scenarios:
        _scenario(suite, one, chart.flowchart)
    _coverage(suite, chart)
    _count(suite)


def _scenario(suite: ET.Element, one: Outcome, classname: str) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=classname,
        name=_clean(one.name),
        file=_clean(one.file),
        time=f"{one.seconds:.3f}",
    )
    if one.problem:
        _fault(case, "error", "it could not be played", one.problem)
    elif one.unmet:
        met = len(one.checks) - len(one.unmet)
        lines = [f"{check.expected} (found: {check.found})" for check in one.unmet]
        _fault(case, "failure", f"{met} of {len(one.checks)} expectations met", "\n".join(lines))


def _coverage(suite: ET.Element, chart: ChartResult) -> None:
    if chart.minimum is None and not chart.problem:
        return
    case = ET.SubElement(suite, "testcase", classname=chart.flowchart, name="coverage", time="0.000")
    if chart.problem:
        _fault(case, "error", "the flowchart has errors", chart.problem)
    elif not chart.enough and chart.covered is not None:
        said = f"{chart.covered.share * 100:.1f} % of steps and outcomes, at least {chart.minimum} % are asked for"
        _fault(case, "failure", said, "\n".join(f"not covered: {one}" for one in chart.uncovered))


def _fault(case: ET.Element, kind: str, message: str, text: str) -> None:
    ET.SubElement(case, kind, message=_clean(message), type=kind).text = _clean(text)


def _count(element: ET.Element) -> None:
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    element.set("failures", str(sum(1 for case in cases if case.find("failure") is not None)))
    element.set("errors", str(sum(1 for case in cases if case.find("error") is not None)))
    element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)
