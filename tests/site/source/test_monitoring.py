"""The files of deploy/monitoring/ fit the site's metrics, each other and docs/operations.md."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from itertools import combinations

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from config.csp_reports import ADDRESS
from estimates.registry import predictors
from tests.site.source.test_deploy import DEPLOY, ROOT

MONITORING = DEPLOY / "monitoring"
PAGE = (ROOT / "docs" / "operations.md").read_text()
(GROUP,) = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
ALERTS = {rule["alert"]: rule for rule in GROUP["rules"]}
CASES = yaml.safe_load((MONITORING / "alerts.test.yml").read_text())["tests"]
BOARD = json.loads((MONITORING / "dashboard.json").read_text())
PANELS = {panel["title"]: panel for panel in BOARD["panels"] if panel["type"] != "row"}
SCRAPES = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool here: apt-get install prometheus"
)

# What Prometheus itself and prometheus-node-exporter make, with the labels that are used here.
OF_OTHERS = {
    "up": set(),
    "ALERTS": {"alertname", "alertstate", "component", "predictor"},
    "node_filesystem_avail_bytes": {"fstype", "mountpoint"},
    "node_filesystem_size_bytes": {"fstype", "mountpoint"},
}
# Labels that prometheus.yml and prometheus-agent.yml add to each series.
OF_SCRAPES = {"job", "instance", "host"}
TIMES = {"$__rate_interval": "5m", "$__range": "6h", "$host": ".*"}
WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "offset", "bool"}
# Panels with a line at the limit of an alert.
LINES = {
    "AttuneWindowsOverdue": "Longest wait for a worker",
    "AttuneMailsOverdue": "Oldest email that is due",
    "AttuneClockOff": "Clocks ahead of the database's",
    "AttuneNoBeat": "Time since a beat started a task",
    "AttunePagesSlow": "How long requests take",
    "AttuneProcessBusy": "Processor time of the pages",
    "AttuneFilesNearLimit": "Open files and connections of the sockets",
    "AttuneDiskLow": "Free space of disks",
}
LASTS = {"1m": "a minute", "2m": "two minutes", "5m": "five minutes", "10m": "ten minutes",
         "15m": "a quarter of an hour", "1h": "an hour"}  # fmt: skip


def run_promtool(*arguments, text=None):
    done = subprocess.run(
        ["promtool", *map(str, arguments)], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def expand_query(expression: str) -> str:
    """Replace the variables of Grafana by values that they may have."""
    for name, value in TIMES.items():
        expression = expression.replace(name, value)
    return expression


def list_queries() -> dict[str, str]:
    """Return every query of the dashboard by panel and letter."""
    return {
        f"{title} {target['refId']}": expand_query(target["expr"])
        for title, panel in PANELS.items()
        for target in panel["targets"]
    }


def read_selectors(query: str) -> list[tuple[str, set[str]]]:
    """Return each metric of a query with the labels that its selector names."""
    bare = re.sub(r'"[^"]*"', '""', query)
    bare = re.sub(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)", " ", bare)
    bare = re.sub(r"\[[^]]*\]|\boffset \w+|(?<![\w.])[\d.]+\w*", " ", bare)
    found = re.findall(r"([A-Za-z_:][\w:]*)\s*(\(|\{[^}]*\})?", bare)
    return [
        (name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", labels)))
        for name, labels in found
        if labels != "(" and name not in WORDS
    ]


def read_kept_labels(query: str) -> set[str]:
    """Return the labels by which a query groups; the legend of a panel may name no other ones."""
    return {
        name.strip()
        for names in re.findall(r"\bby\s*\(([^)]*)\)", query)
        for name in names.split(",")
    }


@pytest.fixture
def exported(client, db, now) -> dict[str, set[str]]:
    """The names of every series that `/metrics` returns, with the labels of each."""
    predictors.register_shipped(now=now)
    report = {"csp-report": {"effective-directive": "img-src", "document-uri": "http://x/"}}
    client.post(ADDRESS, json.dumps(report), content_type="application/csp-report")
    with subprocess.Popen(["sleep", "60"]) as stands_for_the_sockets:
        try:
            client.get("/metrics")
            text = client.get("/metrics").content.decode()
        finally:
            stands_for_the_sockets.kill()
    found: dict[str, set[str]] = {name: set(labels) for name, labels in OF_OTHERS.items()}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def find_unknown(queries: dict[str, str], exported: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """Return every metric or label that a query uses and the site does not export."""
    wrong = []
    for where, query in queries.items():
        known = set(OF_SCRAPES)
        for name, labels in read_selectors(query):
            known |= exported.get(name, set())
            if name not in exported:
                wrong.append((where, name))
            wrong += [
                (where, name, each) for each in labels - OF_SCRAPES - exported.get(name, set())
            ]
        wrong += [(where, each) for each in read_kept_labels(query) - known]
    return wrong


def test_the_dashboard_uses_only_what_the_site_exports(exported):
    assert len(list_queries()) > 25
    assert find_unknown(list_queries(), exported) == []


def test_the_alerts_use_only_what_the_site_exports(exported):
    assert find_unknown({name: rule["expr"] for name, rule in ALERTS.items()}, exported) == []


def test_the_unit_tests_of_alerts_feed_only_what_the_site_exports(exported):
    fed = {series["series"] for case in CASES for series in case["input_series"]}
    assert find_unknown({series: series for series in fed}, exported) == []


def test_the_dashboard_shows_every_figure_of_the_site(exported):
    shown = {name for query in list_queries().values() for name, _ in read_selectors(query)}
    ours = {name for name in exported if name.startswith("attune_")}
    parts = {name for name in ours if name.endswith(("_created", "_sum"))}
    assert len(ours) > 12
    assert ours - parts - shown == set()


def test_a_renamed_metric_or_label_is_found(exported):
    assert read_selectors('max(a_b) > 10 and rate(c{d="e", f!~"g"}[5m] offset 1d) > 0.5') == [
        ("a_b", set()), ("c", {"d", "f"}),
    ]  # fmt: skip
    queries = {
        "p": 'sum by (kind) (attune_sittings{job="attune"}) + attune_windows_skipped{kind="x"}'
    }
    assert find_unknown(queries, exported) == [
        ("p", "attune_sittings"), ("p", "attune_windows_skipped", "kind"), ("p", "kind"),
    ]  # fmt: skip


@needs_promtool
def test_every_query_of_the_dashboard_is_promql(tmp_path):
    rules = [{"record": f"panel:{number}", "expr": query}
             for number, query in enumerate(list_queries().values())]  # fmt: skip
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    run_promtool("check", "rules", file)


@needs_promtool
def test_the_configurations_and_rules_are_valid():
    run_promtool("check", "rules", MONITORING / "alerts.yml")
    run_promtool("check", "config", MONITORING / "prometheus.yml")
    run_promtool("check", "config", MONITORING / "prometheus-central.yml")
    run_promtool("check", "config", "--agent", MONITORING / "prometheus-agent.yml")


@needs_promtool
def test_the_metrics_are_in_the_format_of_prometheus(client, db):
    with subprocess.Popen(["sleep", "60"]) as one, subprocess.Popen(["sleep", "60"]) as other:
        try:
            text = client.get("/metrics").content.decode()
        finally:
            one.kill()
            other.kill()
    run_promtool("check", "metrics", text=text)


@needs_promtool
def test_the_alerts_fire_when_they_should():
    run_promtool("test", "rules", MONITORING / "alerts.test.yml")


def test_every_alert_is_tried_once_firing_and_once_not():
    asked = [each for case in CASES for each in case["promql_expr_test"]]
    for name in ALERTS:
        ours = [each for each in asked if f'alertname="{name}"' in each["expr"]]
        assert any(each["exp_samples"] for each in ours), name
        assert any(not each["exp_samples"] for each in ours), name
    told = {name for each in asked for name in re.findall(r'alertname="(\w+)"', each["expr"])}
    assert told == ALERTS.keys()


def test_the_healthy_site_has_every_figure_that_an_alert_reads():
    fed = {name for each in CASES[0]["input_series"] for name, _ in read_selectors(each["series"])}
    read = {name for rule in ALERTS.values() for name, _ in read_selectors(rule["expr"])}
    assert read - fed == set()


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_grave_it_is_and_what_to_do(name):
    rule = ALERTS[name]
    told = rule["annotations"]
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["for"] in LASTS
    page, anchor = told["runbook"].split("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.M)
    assert anchor in [heading.lower().replace(" ", "-") for heading in headings]
    assert len(told["summary"]) < 80
    assert len(told["description"]) > 80


def test_the_page_lists_each_alert_with_its_severity_and_summary():
    (table,) = re.findall(r"^### Alerts\n(.+?)^(?:### |## )", PAGE, re.M | re.S)
    rows = [[cell.strip() for cell in row.split("|")[1:-1]]
            for row in table.splitlines() if row.startswith("| `")]  # fmt: skip
    assert [(row[0].strip("`"), row[1], row[3]) for row in rows] == [
        (name, rule["labels"]["severity"], rule["annotations"]["summary"])
        for name, rule in ALERTS.items()
    ]
    for row in rows:
        rule = ALERTS[row[0].strip("`")]
        assert row[2].endswith(f"for {LASTS[rule['for']]}"), row
        for limit in re.findall(r"[<>] (\d+)", row[2]):
            assert re.search(rf"[<>] {limit}$", rule["expr"].strip()), row


def test_prometheus_reads_the_web_processes_that_the_site_starts():
    target = (DEPLOY / "systemd" / "attune.target").read_text()
    ports = re.findall(r"attune-web@(\d+)", target)
    (ours, hosts) = SCRAPES
    assert ours["static_configs"] == [{"targets": [f"127.0.0.1:{port}" for port in ports]}]
    agent = yaml.safe_load((MONITORING / "prometheus-agent.yml").read_text())
    assert agent["scrape_configs"] == SCRAPES
    jobs = set(re.findall(r'job="([\w-]+)"', " ".join(rule["expr"] for rule in ALERTS.values())))
    assert jobs == {ours["job_name"], hosts["job_name"]}
    assert (
        "127.0.0.1"
        in re.search(r"^ATTUNE_HOSTS=(.+)$", (DEPLOY / "attune.env.example").read_text(), re.M)[1]
    )


def test_panels_have_their_own_ids_and_places():
    everything = BOARD["panels"]
    assert len({panel["id"] for panel in everything}) == len(everything)
    assert len(PANELS) == sum(panel["type"] != "row" for panel in everything)
    for one, other in combinations([panel["gridPos"] for panel in everything], 2):
        assert (
            one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        ), (one, other)  # fmt: skip
    for place in (panel["gridPos"] for panel in everything):
        assert place["x"] + place["w"] <= 24


@pytest.mark.parametrize("title", PANELS)
def test_a_panel_says_what_it_shows_and_reads_the_chosen_source(title):
    panel = PANELS[title]
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["description"]
    assert defaults["unit"]
    assert defaults["thresholds"]["steps"][0]["value"] is None
    for each in (panel, *panel["targets"]):
        assert each["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    for target in panel["targets"]:
        named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        kept = read_kept_labels(target["expr"]) or OF_SCRAPES | {"mountpoint"}
        assert named <= kept


def test_lines_of_panels_are_the_limits_of_the_alerts():
    for name, title in LINES.items():
        last = PANELS[title]["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"]
        assert re.search(rf"[<>] {last}\b", ALERTS[name]["expr"]), name
    assert "MemoryHigh=600M" in (DEPLOY / "systemd" / "attune-web@.service").read_text()
    assert "600 MiB" in PANELS["Memory"]["description"]
