"""The chart gives each service what it reads and nothing of another's, in pods that may do little."""

import importlib
import ipaddress
import json
import re

import pytest
import yaml

from contracts.topics import PARTITIONS, TOPICS
from contracts.vocabulary import Service
from deploy.local.charts import DEPLOY, Example, objects, render
from hosting.settings import split_list
from services.cli.access_lists import Grant, grants
from tests.support.rendered import APPS, BACKING, environment, needs_helm, of_kind, pods
from tests.support.service_settings import settings_of
from transport.topics import settings_of as topic_settings
from webserver.client_address import networks_of
from webserver.probes import PROBES

pytestmark = needs_helm
GRACE = 40
LEFT_TO_SETTINGS = {
    None: "POOL_SIZE SESSION_TIMEOUT LOG_LEVEL OTLP_ENDPOINT HOST PORT SHUTDOWN_GRACE"
    " KAFKA_KEY_PASSWORD KAFKA_TOKEN_FILE KAFKA_TOKEN_URL KAFKA_TOKEN_SCOPE",
    # Only members and the gateway have the operator's keys: a service without them believes no such command.
    Service.SEATS: "OPERATOR_COMMAND_KEYS PURCHASE_GATHER",
    Service.BILLING: "OPERATOR_COMMAND_KEYS STRIPE_BASE STRIPE_CONNECT_TIMEOUT STRIPE_READ_TIMEOUT STRIPE_PER_SECOND"
    " STRIPE_PER_ENDPOINT EVENTS_EVERY SWEEP_HOUR",
    Service.NOTIFIER: "OPERATOR_COMMAND_KEYS SMTP_CONNECTIONS SMTP_GREETING",
    Service.GATEWAY: "PROBES_HOST PROBES_PORT OPERATOR_HOST CONNECTIONS CONNECTIONS_PER_NETWORK CORS_ORIGINS"
    " SESSION_IDLE_HOURS SESSION_DAYS ADMIN_SESSION_IDLE_HOURS ADMIN_SESSION_DAYS WRONG_OPERATOR_KEYS_PER_NETWORK"
    " CODES_PER_NETWORK CODE_MAILS_PER_ADDRESS CODE_MAILS_PER_BROWSER CODE_MAILS_PER_ADDRESS_AND_NETWORK"
    " CODE_MAILS_PER_KNOWN_BROWSER SIGN_UPS_PER_NETWORK TRIES_PER_NETWORK INVITATIONS_PER_AGENCY"
    " INVITATIONS_PER_SEAT INVITATIONS_PER_PERSON INVITATIONS_PER_MAILBOX",
}
"""What has no value of its own in the chart, of all services and of one: defaults stand unless `settings` has it."""
JOBS = ["migrate", "provision", "catalogue"]
every_app = pytest.mark.parametrize("example", APPS, ids=str)


@every_app
@pytest.mark.parametrize("service", list(Service))
def test_a_service_has_all_that_it_needs_and_no_secret_of_anothers(example: Example, service: Service) -> None:
    pod = pods(example)[service.value]
    variables = environment(pod)
    secrets = {name for name, value in variables.items() if isinstance(value, dict)}
    needed, known = settings_of(service)
    assert needed <= set(variables)
    assert secrets <= known
    own = {name for name, value in variables.items() if name not in known} - set(example.values.get("settings", {}))
    assert own == set()
    [container] = pod["containers"]
    assert container["args"] == ["run", service.value]
    assert pod["terminationGracePeriodSeconds"] == GRACE + container.get("lifecycle", {}).get("preStop", {}).get(
        "sleep", {"seconds": 0}
    ).get("seconds")
    probes = [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")]
    assert set(probes) <= set(PROBES)


@pytest.mark.parametrize("service", list(Service))
def test_each_setting_has_a_value_in_the_chart_or_is_listed_as_left_to_its_default(service: Service) -> None:
    _, known = settings_of(service)
    given: set[str] = set()
    for example in APPS:
        services = example.values.get("services", {}).get(service.value, {})
        free = set(example.values.get("settings", {})) | set(services.get("settings", {}))
        given |= set(environment(pods(example)[service.value])) - free
    left = f"{LEFT_TO_SETTINGS[None]} {LEFT_TO_SETTINGS.get(service, '')}".split()
    assert known - given == {f"HEADCOUNT_{name}" for name in left}


def test_pages_and_mails_have_the_same_links() -> None:
    [example] = [one for one in APPS if one.values_file.stem == "operators"]
    links = ("HEADCOUNT_SUPPORT_EMAIL", "HEADCOUNT_PRIVACY_URL", "HEADCOUNT_STATUS_URL")
    has = {
        service: [environment(pods(example)[service.value]).get(name) for name in links] for service in sorted(Service)
    }
    values = list(example.values["links"].values())
    assert [service for service, found in has.items() if found == values] == [Service.GATEWAY, Service.NOTIFIER]
    assert all(found == [None] * 3 for service, found in has.items() if found != values)


@every_app
def test_every_pod_runs_without_rights_and_from_a_digest(example: Example) -> None:
    for pod in pods(example).values():
        [container] = pod["containers"]
        assert re.fullmatch(r"[\w./]+@sha256:[0-9a-f]{64}", container["image"])
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


@every_app
def test_every_service_may_lose_one_process_and_spreads_over_zones_and_nodes(example: Example) -> None:
    budgets = of_kind(example, "PodDisruptionBudget")
    assert set(budgets) == set(Service)
    assert all(budget["spec"]["maxUnavailable"] == 1 for budget in budgets.values())
    for service in Service:
        spread = {one["topologyKey"] for one in pods(example)[service.value]["topologySpreadConstraints"]}
        assert spread == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}


@every_app
def test_each_pod_has_a_network_policy_and_only_billing_and_its_job_reach_stripe(example: Example) -> None:
    policies = of_kind(example, "NetworkPolicy")
    assert set(policies) == set(pods(example))
    reaches = {
        name: {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
        for name, policy in policies.items()
    }
    assert {name for name, ports in reaches.items() if 443 in ports} == {"billing", "catalogue"}
    assert {name for name, ports in reaches.items() if 587 in ports} == {"notifier"}
    assert {name for name, policy in policies.items() if "ingress" not in policy["spec"]} == set(JOBS) & set(policies)


@every_app
def test_the_jobs_run_one_after_another_behind_their_network_policies_and_before_the_services(example: Example) -> None:
    jobs = of_kind(example, "Job")
    wanted = [job for job in JOBS if example.values.get("jobs", {}).get(job, True)]
    weights = {name: int(job["metadata"]["annotations"]["helm.sh/hook-weight"]) for name, job in jobs.items()}
    assert sorted(weights, key=lambda name: weights[name]) == wanted
    assert len(set(weights.values())) == len(wanted)
    hooks = [*jobs.values(), *(of_kind(example, "NetworkPolicy")[name] for name in wanted)]
    # Going back runs none of them: a schema has no way down.
    assert {hook["metadata"]["annotations"]["helm.sh/hook"] for hook in hooks} == {"pre-install,pre-upgrade"}
    assert min(weights.values()) > 0
    passwords = {f"HEADCOUNT_PASSWORD_{service.upper()}" for service in Service}
    assert set(environment(pods(example)["migrate"])) == {"HEADCOUNT_POSTGRES", *passwords}


@every_app
def test_probes_metrics_and_the_operators_calls_are_not_served_on_the_public_port(example: Example) -> None:
    [container] = pods(example)["gateway"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports["operator"] == int(environment(pods(example)["gateway"])["HEADCOUNT_OPERATOR_PORT"])
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert f"HEADCOUNT_PORT={ports['http']}" in dockerfile
    assert f"HEADCOUNT_PROBES_PORT={ports['probes']}" in dockerfile
    assert {container[f"{kind}Probe"]["httpGet"]["port"] for kind in ("startup", "readiness", "liveness")} == {"probes"}
    services = of_kind(example, "Service")
    published = {name: [port["targetPort"] for port in one["spec"]["ports"]] for name, one in services.items()}
    assert published == {"gateway": ["http"], "gateway-operator": ["operator"]}
    for ingress in of_kind(example, "Ingress").values():
        [path] = ingress["spec"]["rules"][0]["http"]["paths"]
        assert path["backend"]["service"]["name"] == "headcount-gateway"


@every_app
def test_the_gateway_trusts_the_proxies_that_the_values_name_and_no_wider_network(example: Example) -> None:
    variables = environment(pods(example)["gateway"])
    networks = networks_of(split_list(variables["HEADCOUNT_TRUSTED_PROXIES"]))
    assert networks
    assert all(ipaddress.ip_network(network).prefixlen >= 16 for network in networks)
    for ingress in of_kind(example, "Ingress").values():
        [tls], [rule] = ingress["spec"]["tls"], ingress["spec"]["rules"]
        assert tls["hosts"] == [rule["host"]]
        assert variables["HEADCOUNT_PUBLIC_URL"] == f"https://{rule['host']}"
        assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-buffering"] == "off"


@every_app
def test_what_is_scaled_has_no_fixed_number_of_processes(example: Example) -> None:
    scaled = of_kind(example, "ScaledObject") | of_kind(example, "HorizontalPodAutoscaler")
    for name, deployment in of_kind(example, "Deployment").items():
        assert (name in scaled) == ("replicas" not in deployment["spec"])
    for name, one in of_kind(example, "ScaledObject").items():
        assert one["spec"]["maxReplicaCount"] <= PARTITIONS
        kafka, postgres = one["spec"]["triggers"]
        assert kafka["metadata"]["consumerGroup"] == name
        assert postgres["metadata"]["userName"] == name
        assert postgres["metadata"]["passwordFromEnv"] in environment(pods(example)[name])


@pytest.mark.parametrize("example", BACKING, ids=str)
def test_strimzi_makes_the_topics_of_provision_and_the_rights_of_acls(example: Example) -> None:
    topics = of_kind(example, "KafkaTopic")
    assert set(topics) == {topic.name for topic in TOPICS}
    for topic in topics.values():
        assert topic["spec"] == {"partitions": PARTITIONS, "replicas": 3, "config": topic_settings(3)}
    given = {
        Grant(name, acl["resource"]["type"], acl["resource"]["name"], tuple(acl["operations"]))
        for name, user in of_kind(example, "KafkaUser").items()
        for acl in user["spec"]["authorization"]["acls"]
    }
    assert given == set(grants("headcount-{service}", "headcount-operator"))


@pytest.mark.parametrize("replication", [1, 2])
def test_a_topic_with_fewer_copies_asks_for_one(replication: int) -> None:
    made = render("headcount-backing", {"kafka": {"replication": replication}})
    assert made.count(f"replicas: {replication}") == len(TOPICS)
    assert made.count('min.insync.replicas: "1"') == len(TOPICS)


def test_postgres_has_the_connections_of_as_many_processes_as_scaling_makes() -> None:
    [example] = [one for one in APPS if one.values_file.stem == "operators"]
    [backing] = BACKING
    most = {
        name: scaled["spec"].get("maxReplicaCount") or scaled["spec"]["maxReplicas"]
        for name, scaled in (of_kind(example, "ScaledObject") | of_kind(example, "HorizontalPodAutoscaler")).items()
    }
    assert set(most) == set(Service)
    pools = {
        service: importlib.import_module(f"services.{service}.app").Settings.model_fields["pool_size"].default
        for service in Service
    }
    # Beside its pool, a process has up to two connections for leads, and one for LISTEN or an operator's command.
    # An upgrade adds a process before it takes one away.
    needed = sum((most[service] + 1) * (pools[service] + 3) for service in Service)
    [cluster] = of_kind(backing, "Cluster").values()
    assert needed <= int(cluster["spec"]["postgresql"]["parameters"]["max_connections"]) - 20


def test_the_chart_gives_the_prometheus_operator_and_grafana_what_is_in_the_folder_of_monitoring() -> None:
    [example] = [one for one in APPS if one.values_file.stem == "operators"]
    values = example.values | {"monitoring": {"podMonitor": True, "rules": True, "dashboard": True}}
    made = {(one["kind"], one["metadata"]["name"]): one for one in objects(render(example.release, values))}
    alerts = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yaml").read_text())
    assert made["PrometheusRule", "headcount"]["spec"] == alerts
    dashboard = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text())
    assert json.loads(made["ConfigMap", "headcount-dashboard"]["data"]["headcount.json"]) == dashboard
    served = {
        name: {port["name"] for port in pod["containers"][0]["ports"]}
        for name, pod in pods(example).items()
        if name in set(Service)
    }
    monitor = made["PodMonitor", "headcount"]["spec"]
    [component] = monitor["selector"]["matchExpressions"]
    assert set(component["values"]) == set(served)
    read = {one["port"] for one in monitor["podMetricsEndpoints"]}
    assert all(ports & read for ports in served.values())
    for endpoint in monitor["podMetricsEndpoints"]:
        job = endpoint["relabelings"][-1]
        assert job["sourceLabels"] == ["__meta_kubernetes_pod_label_app_kubernetes_io_component"]
        assert (job["targetLabel"], job["replacement"]) == ("job", "headcount-$1")
