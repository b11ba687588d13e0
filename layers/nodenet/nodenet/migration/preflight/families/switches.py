"""Settings of the VPC CNI that the switch meets: custom networking that is there, ENIConfigs, trunks, SNAT."""

from collections.abc import Iterator
from typing import Final

from nodenet.migration.cni.environment import CHOSEN_LABEL, config_name
from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.findings import Finding, Kind, blocker, count, note, some, warning

ALREADY = warning(
    "cni.custom-already",
    "Custom networking is on already: ENIConfigs that change take effect on every node's next interface, whether its "
    "group moves or not, and no restart of aws-node comes first.",
    "See that the ENIConfigs' new subnets are right for all nodes.",
)
PODS_STAY = blocker(
    "cni.custom-stays",
    "Custom networking is on, and mode node-subnets leaves it so: pods of the new nodes would stay in the ENIConfigs' "
    "subnets.",
    "Choose mode custom-networking with new pod subnets, or switch custom networking off first.",
    acceptable=False,
)
CONFIGS = blocker(
    "cni.eni-configs",
    "ENIConfigs of these names are there already and say something else. Where somebody else keeps them they are not "
    "overwritten, and the run would be held.",
    "Delete them if nobody needs them, or name the same subnets. Accept this where nodenet itself made them.",
)
ASTRAY = warning(
    "cni.eni-config-chosen",
    "Nodes carry the label vpc.amazonaws.com/externalEniConfig, or an annotation, which prevails over the zone: they "
    "take another ENIConfig than their zone's.",
    "Take the label or annotation off, or see that the ENIConfig is right.",
)
UNLABELLED = blocker(
    "cni.unlabelled",
    "ENIConfigs are to be chosen by the label k8s.amazonaws.com/eniConfig, which nodes out of scope do not have: they "
    "fall to the ENIConfig `default`, and without it new ones never become Ready.",
    "Label them first, or make an ENIConfig `default`.",
)
MULTI_NIC = warning(
    "cni.multi-nic",
    "With ENABLE_MULTI_NIC the VPC CNI takes every network card, and each gets an interface in the pod subnet.",
    "Nothing; the planner counts them.",
)
BRANCHES = note(
    "cni.security-groups-for-pods",
    "With ENABLE_POD_ENI each node gives a slot to a trunk, and pods with security groups of their own get branch "
    "interfaces in the ENIConfig's subnet.",
    "See that their SecurityGroupPolicies name groups that hold for the new range.",
)
SNAT_CHANGE = warning(
    "cni.snat-change",
    "External SNAT is switched with the run, on every node of the cluster at once: whether pods leave the VPC with "
    "their own addresses or with their node's.",
    "See that what lies beyond the VPC knows the addresses that come then.",
)
SNAT_OWN = warning(
    "cni.snat-external",
    "Pods leave the VPC with their own addresses (AWS_VPC_K8S_CNI_EXTERNALSNAT): firewalls, allow lists and routes "
    "beyond the VPC see the new range.",
    "Add the new range to what lies beyond: transit gateway routes, peers' route tables, firewalls, partners' lists.",
)
SNAT_EXCLUDED = warning(
    "cni.snat-excluded",
    "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS names ranges to which pods go with their own addresses.",
    "See that these destinations have a way back to the new range.",
)

SNAT: Final = "AWS_VPC_K8S_CNI_EXTERNALSNAT"
_EXTERNAL: Final = "vpc.amazonaws.com/externalEniConfig"


def findings(case: Case) -> Iterator[Finding]:
    if case.seen.running.daemon_set:
        yield from _custom(case)
        yield from _switches(case)


def _custom(case: Case) -> Iterator[Finding]:
    if case.now.custom_networking:
        kind: Kind = ALREADY if case.custom else PODS_STAY
        yield kind("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG is true on aws-node", "kube-system/aws-node")
    if not case.custom:
        return
    names = {config_name(wish.zone, wish.label): wish for wish in case.request.pod_subnets}
    different = [
        name
        for name, spec in case.seen.eni_specs.items()
        if name in names and (not names[name].id or spec.get("subnet") != names[name].id)
    ]
    if different:
        yield CONFIGS(f"{count(len(different), 'ENIConfig')} of the same name: {some(different)}", *different)
    key = case.environment.get("ENI_CONFIG_ANNOTATION_DEF") or CHOSEN_LABEL
    astray = [node.name for node in case.seen.nodes if _EXTERNAL in node.labels or key in node.annotations]
    if astray:
        yield ASTRAY(f"{count(len(astray), 'node')} choose an ENIConfig of their own: {some(astray)}", *astray)
    if case.request.label_chosen and "default" not in case.seen.eni_specs:
        lacking = [node.name for node in case.others if node.instance_id and CHOSEN_LABEL not in node.labels]
        if lacking:
            yield UNLABELLED(f"{count(len(lacking), 'node')} out of scope without the label: {some(lacking)}", *lacking)


def _switches(case: Case) -> Iterator[Finding]:
    if case.now.multi_nic:
        yield MULTI_NIC("ENABLE_MULTI_NIC is true on aws-node", "kube-system/aws-node")
    if case.now.pod_eni:
        yield BRANCHES("ENABLE_POD_ENI is true on aws-node", "kube-system/aws-node")
    own = case.environment.get(SNAT, "false").lower() == "true"
    if case.custom and case.request.external_snat is not None and case.request.external_snat != own:
        yield SNAT_CHANGE(f"{SNAT} goes from {str(own).lower()} to {str(not own).lower()}", SNAT)
    if case.request.external_snat if case.request.external_snat is not None else own:
        yield SNAT_OWN(f"pods leave the VPC with addresses of {some([str(each) for each in case.new_ranges])}", SNAT)
    if excluded := case.environment.get("AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS"):
        yield SNAT_EXCLUDED(f"pods go to {excluded} with their own addresses", "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS")
