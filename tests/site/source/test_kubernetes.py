"""The manifests of deploy/kubernetes/ follow the schemas, and name only what the site has."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.urls import resolve

from deployment.processes import MAX_CONNECTIONS
from health.site_metrics import COUNTED

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "deploy" / "kubernetes"
FILES = sorted(FOLDER.glob("*.yaml"))
PAGE = (ROOT / "docs" / "operations.md").read_text()
SETTINGS = (ROOT / "docs" / "env.md").read_text()
OBJECTS = [
    made
    for file in [*FILES, *FOLDER.glob("learned/volume.yaml")]
    if file.name != "kustomization.yaml"
    for made in yaml.safe_load_all(file.read_text())
]
WORKLOADS = {
    made["metadata"]["name"]: made
    for made in OBJECTS
    if made["kind"] in ("Deployment", "StatefulSet", "Job")
}
PODS = {name: made["spec"]["template"]["spec"] for name, made in WORKLOADS.items()}
CONTAINERS = [
    pytest.param(pod, container, id=f"{name}-{container['name']}")
    for name, pod in PODS.items()
    for container in pod.get("initContainers", []) + pod["containers"]
]
# Of Kubernetes; the oldest and the newest of which the manifests were checked.
VERSIONS = ("1.29", "1.37")


def of_kind(kind):
    return {made["metadata"]["name"]: made for made in OBJECTS if made["kind"] == kind}


def settings_of(name, kind="data"):
    return next(made for made in OBJECTS if made["kind"] == name)[kind]


@pytest.mark.parametrize("release", VERSIONS)
def test_each_object_follows_the_schema_of_kubernetes(release):
    checker = pytest.importorskip("kubernetes_validate", reason="fetched by manage.py test")
    for made in OBJECTS:
        assert checker.validate(made, release, strict=True) == release


def test_the_schema_refuses_a_name_that_it_does_not_know():
    checker = pytest.importorskip("kubernetes_validate", reason="fetched by manage.py test")
    wrong = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"nmae": "attune"}}
    with pytest.raises(checker.ValidationError):
        checker.validate(wrong, VERSIONS[-1], strict=True)


def test_the_kustomization_applies_every_file_but_the_example():
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    own = {"kustomization.yaml", "secrets.example.yaml"}
    assert sorted(listed) == sorted({file.name for file in FILES} - own)


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_every_command_and_argument_exists(pod, container):
    name, *arguments = container["args"]
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    parser.parse_args(arguments)
    assert "command" not in container


def test_every_process_of_the_site_is_started_by_one_workload():
    told = [pod["containers"][0]["args"] for pod in PODS.values()]
    served = sorted(" ".join(args[1:4]) for args in told if args[0] == "serve")
    assert served == ["beat", "web --host 0.0.0.0", "worker --queues live", "worker --queues slow"]


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_the_image_is_of_this_release(pod, container):
    assert container["image"] == f"attune:{version('attune')}"


def test_the_release_has_one_version():
    (told,) = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.M)[:1]
    assert version("attune") == told
    assert f"prepare-{told.replace('.', '-')}" in WORKLOADS


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_a_container_has_no_right_that_it_does_not_need(pod, container):
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    (uid,) = re.findall(r"--uid (\d+)", (ROOT / "deploy" / "Containerfile").read_text())
    told = pod["securityContext"]
    assert told["runAsNonRoot"] is True
    assert {told["runAsUser"], told["runAsGroup"], told["fsGroup"]} == {int(uid)}
    assert told["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    # Otherwise the address of each Service of the namespace would be a variable.
    assert pod["enableServiceLinks"] is False


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_a_container_says_what_it_takes(pod, container):
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert container["resources"]["limits"].keys() == {"memory"}


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_what_the_site_writes_is_on_volumes(pod, container, request):
    places = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    assert {"/var/lib/attune", "/var/lib/attune-keys", "/tmp"} < places.keys()
    assert settings_of("ConfigMap")["KEYSTORE_DIR"].startswith("/var/lib/attune-keys/")
    named = {volume["name"] for volume in pod["volumes"]}
    if pod is PODS["slow"]:
        templates = WORKLOADS["slow"]["spec"]["volumeClaimTemplates"]
        named |= {template["metadata"]["name"] for template in templates}
    assert set(places.values()) == named


def test_models_and_the_ledger_of_erasures_are_on_volumes_that_stay():
    slow = WORKLOADS["slow"]["spec"]
    kept = {template["metadata"]["name"] for template in slow["volumeClaimTemplates"]}
    assert kept == {"var", "keys"}
    assert set(slow["persistentVolumeClaimRetentionPolicy"].values()) == {"Retain"}
    assert slow["replicas"] == 1


def test_every_setting_is_documented():
    asked = {*settings_of("ConfigMap"), *settings_of("Secret", "stringData")}
    asked |= {each["name"] for pod in PODS.values() for container in pod["containers"]
              for each in container.get("env", [])}  # fmt: skip
    assert {name for name in asked if f"`{name}`" not in SETTINGS} == set()


def test_the_example_holds_no_secret():
    for name, value in settings_of("Secret", "stringData").items():
        assert value == "" or re.search(r":(OWNER|APP|KEYS)_SECRET@", value), name
    assert of_kind("Secret").keys() == {"attune"}


def test_the_site_starts_with_these_settings(tmp_path):
    secrets = dict.fromkeys(settings_of("Secret", "stringData"), "0123456789abcdef" * 4)
    urls = {name: url for name, url in settings_of("Secret", "stringData").items() if url}
    found = {**settings_of("ConfigMap"), **secrets, **urls}
    found |= {"ATTUNE_VAR": str(tmp_path), "KEYSTORE_DIR": str(tmp_path / "keys")}
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        "from config.checks.deployment_checks import check_deployment, refuse_unsafe_start\n"
        "refuse_unsafe_start(); found = [each.id for each in check_deployment()]\n"
        "assert found == ['config.W011'], found\n"  # the operator names the address
        "assert settings.AUDIT_WITNESS_FILE is None and settings.MEDIA_BUCKET\n"
    )
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    kept["PYTHONPATH"] = f"{ROOT}:{ROOT / 'platform'}:{kept.get('PYTHONPATH', '')}"
    started = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, **found, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr[-3000:]


def test_probes_ask_addresses_that_exist_under_a_name_of_the_site():
    web = PODS["web"]["containers"][0]
    asked = {}
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        command = web[name]["exec"]["command"]
        (asked[name],) = re.findall(r"http://127\.0\.0\.1:8000(/[\w/]+)'", command[2])
        resolve(asked[name])
        assert web[name]["timeoutSeconds"] > 8
    assert asked == {
        "startupProbe": "/health/live",
        "livenessProbe": "/health/live",
        "readinessProbe": "/health/ready",
    }
    assert "127.0.0.1" in settings_of("ConfigMap")["ATTUNE_HOSTS"].split(",")
    assert web["ports"][0]["containerPort"] == int(web["args"][-1]) == 8000


def test_a_pod_has_the_time_to_end_that_a_unit_has():
    units = ROOT / "deploy" / "systemd"
    for name, unit in {"web": "attune-web@", "live": "attune-live@", "slow": "attune-slow",
                       "beat": "attune-beat"}.items():  # fmt: skip
        (patience,) = re.findall(r"TimeoutStopSec=(\d+)", (units / f"{unit}.service").read_text())
        before = PODS[name]["containers"][0].get("lifecycle", {}).get("preStop")
        waits = int(before["exec"]["command"][1]) if before else 0
        assert PODS[name]["terminationGracePeriodSeconds"] == int(patience) + waits, name


def selects(selector, labels):
    return selector["matchLabels"].items() <= labels.items()


def labels_of(workload):
    return WORKLOADS[workload]["spec"]["template"]["metadata"]["labels"]


def test_each_selector_finds_the_pods_that_it_means():
    for name, made in WORKLOADS.items():
        if "selector" in made["spec"]:
            assert selects(made["spec"]["selector"], labels_of(name)), name
        for spread in PODS[name].get("topologySpreadConstraints", []):
            assert selects(spread["labelSelector"], labels_of(name)), name
    for kind in ("Service", "PodDisruptionBudget"):
        for name, made in of_kind(kind).items():
            selector = made["spec"]["selector"]
            meant = selector if kind == "PodDisruptionBudget" else {"matchLabels": selector}
            found = [other for other in WORKLOADS if selects(meant, labels_of(other))]
            assert found == [name], (kind, name)
    for name, made in of_kind("NetworkPolicy").items():
        meant = {"matchLabels": {}, **made["spec"]["podSelector"]}
        found = [other for other in WORKLOADS if selects(meant, labels_of(other))]
        assert found, name


def test_names_that_refer_to_others_exist():
    (rule,) = of_kind("Ingress")["web"]["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    service = of_kind("Service")[path["backend"]["service"]["name"]]
    ports = [port["name"] for port in service["spec"]["ports"]]
    assert path["backend"]["service"]["port"]["name"] in ports
    named = [port["name"] for port in PODS["web"]["containers"][0]["ports"]]
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= set(named)
    assert of_kind("HorizontalPodAutoscaler")["live"]["spec"]["scaleTargetRef"]["name"] in WORKLOADS
    assert WORKLOADS["slow"]["spec"]["serviceName"] in of_kind("Service")
    hosts = settings_of("ConfigMap")["ATTUNE_HOSTS"].split(",")
    assert rule["host"] == hosts[0]
    assert settings_of("ConfigMap")["ATTUNE_ORIGINS"] == f"https://{hosts[0]}"
    assert hosts[2] == "web.attune.svc"


def test_what_runs_more_than_once_is_never_ended_as_a_whole():
    several = {name for name, made in WORKLOADS.items() if made["kind"] == "Deployment"}
    assert of_kind("PodDisruptionBudget").keys() == several
    for name in several:
        assert of_kind("PodDisruptionBudget")[name]["spec"]["maxUnavailable"] == 1
        assert fewest(name) >= 2
    for name in ("web", "live"):
        update = WORKLOADS[name]["spec"]["strategy"]["rollingUpdate"]
        assert update == {"maxSurge": 1, "maxUnavailable": 0}


def fewest(name):
    scaler = of_kind("HorizontalPodAutoscaler").get(name)
    return scaler["spec"]["minReplicas"] if scaler else WORKLOADS[name]["spec"]["replicas"]


def most(name):
    scaler = of_kind("HorizontalPodAutoscaler").get(name)
    told = WORKLOADS[name]["spec"]
    surge = told.get("strategy", {}).get("rollingUpdate", {}).get("maxSurge", 0)
    if told.get("strategy") is None and WORKLOADS[name]["kind"] == "Deployment":
        surge = 1  # Of the default 25 %, rounded up.
    return (scaler["spec"]["maxReplicas"] if scaler else told["replicas"]) + surge


def test_workers_grow_with_a_figure_of_the_site_before_its_alert():
    spec = of_kind("HorizontalPodAutoscaler")["live"]["spec"]
    (metric,) = spec["metrics"]
    name = metric["external"]["metric"]["name"]
    assert name in COUNTED
    (alert,) = re.findall(rf"`{name}` > (\d+) for a minute", PAGE)
    assert int(metric["external"]["target"]["value"]) < int(alert)
    assert "replicas" not in WORKLOADS["live"]["spec"]


def test_the_page_names_enough_connections_of_postgresql():
    told = re.search(
        r"twice this and (\d+) more. A worker takes this and (\d+) more, beat (\d+)", SETTINGS
    )
    web, worker, beat = (int(figure) for figure in told.groups())
    takes = {"web": 2 * MAX_CONNECTIONS + web, "live": MAX_CONNECTIONS + worker,
             "slow": MAX_CONNECTIONS + worker, "beat": beat}  # fmt: skip
    wanted = 3 + 5 + sum(most(name) * each for name, each in takes.items())
    (named,) = re.findall(r"With these manifests `max_connections` must be (\d+) or more", PAGE)
    assert int(named) >= wanted


def test_nothing_reaches_a_pod_but_the_proxy_and_prometheus():
    """`web` trusts the client address of whatever reaches it."""
    policies = of_kind("NetworkPolicy")
    assert policies["nothing"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    into = {name: made["spec"] for name, made in policies.items() if "ingress" in made["spec"]}
    assert into.keys() == {"to-web"}
    assert into["to-web"]["podSelector"]["matchLabels"]["component"] == "web"
    (rule,) = into["to-web"]["ingress"]
    allowed = [each["namespaceSelector"]["matchLabels"] for each in rule["from"]]
    assert [each["kubernetes.io/metadata.name"] for each in allowed] == ["traefik", "monitoring"]
    trusting = {
        name
        for name, pod in PODS.items()
        for container in pod["containers"]
        for each in container.get("env", [])
        if each["name"] == "FORWARDED_ALLOW_IPS"
    }
    assert trusting == {"web"}
