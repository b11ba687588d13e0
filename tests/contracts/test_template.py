"""What template.yaml promises: nothing is lost silently, nothing grows for ever, the functions find what they need."""

import ast
import dataclasses
import json
import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse

from nodenet.settings import Settings
from tests.contracts.stack import CLAIMER, ROOT, Stack

STACK = Stack(ClusterName="demo", ClaimerRoleArns=CLAIMER)
SAMCONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())
FUNCTIONS = STACK.of_type("AWS::Lambda::Function")
QUEUES = STACK.of_type("AWS::SQS::Queue")
ALARMS = STACK.of_type("AWS::CloudWatch::Alarm")
SOURCES = STACK.of_type("AWS::Lambda::EventSourceMapping")

# Names: "Available CloudWatch metrics for Amazon SQS", Amazon SQS Developer Guide; "Types of metrics for Lambda
# functions", AWS Lambda Developer Guide.
METRICS = {
    "AWS/SQS": ("QueueName", {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"}),
    "AWS/Lambda": ("FunctionName", {"Errors", "Throttles"}),
}


def environment(function: str) -> dict[str, str]:
    variables: dict[str, str] = FUNCTIONS[function]["Environment"]["Variables"]
    return variables


def alarmed(metric: str) -> set[str]:
    """The queues or functions that have an alarm on the metric."""
    return {
        a["Dimensions"][0]["Value"].removesuffix(".QueueName") for a in ALARMS.values() if a["MetricName"] == metric
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_handler_exists(function: str) -> None:
    file, name = FUNCTIONS[function]["Handler"].split(".")
    module = ast.parse((ROOT / "functions" / f"{file}.py").read_text())
    names = {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    names |= {
        t.id
        for node in ast.walk(module)
        if isinstance(node, ast.Assign)
        for t in node.targets
        if isinstance(t, ast.Name)
    }
    assert name in names


def test_every_file_of_functions_is_deployed() -> None:
    files = {path.stem for path in (ROOT / "functions").glob("*.py")}
    assert files == {function["Handler"].split(".")[0] for function in FUNCTIONS.values()}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_environment_is_the_settings_contract(function: str) -> None:
    contract = {f"NODENET_{field.name.upper()}" for field in dataclasses.fields(Settings)}
    if function not in {mapping["FunctionName"] for mapping in SOURCES.values()}:
        contract.remove("NODENET_QUEUE_URL")
    if function != "TerminateFunction":
        contract.remove("NODENET_DRAIN_MACHINE")
    contract |= {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
    assert set(environment(function)) == contract


@pytest.mark.parametrize("mapping", SOURCES.values(), ids=SOURCES)
def test_a_function_resends_to_the_queue_it_reads(mapping: dict[str, Any]) -> None:
    assert mapping["EventSourceArn"] == f"{environment(mapping['FunctionName'])['NODENET_QUEUE_URL']}.Arn"


def test_the_configuration_parameter_is_the_cluster_s_unless_named() -> None:
    named = Stack(ClusterName="demo", ConfigurationParameter="/teams/net/demo")
    assert STACK.outputs["ConfigurationParameter"]["Value"] == "/nodenet/demo"
    assert named.outputs["ConfigurationParameter"]["Value"] == "/teams/net/demo"
    for stack, name in ((STACK, "/nodenet/demo"), (named, "/teams/net/demo")):
        for function in stack.of_type("AWS::Lambda::Function").values():
            assert function["Environment"]["Variables"]["NODENET_CONFIGURATION_PARAMETER"] == name


def test_the_hooks_that_are_installed_are_the_hooks_that_are_matched() -> None:
    rules = STACK.of_type("AWS::Events::Rule")
    for rule, variable in (
        ("LaunchActionRule", "NODENET_LAUNCH_HOOK"),
        ("TerminateActionRule", "NODENET_TERMINATE_HOOK"),
    ):
        assert rules[rule]["EventPattern"]["detail"]["LifecycleHookName"] == [environment("HooksFunction")[variable]]


@pytest.mark.parametrize("mapping", SOURCES.values(), ids=SOURCES)
def test_a_failed_message_fails_alone_and_bursts_are_bounded(mapping: dict[str, Any]) -> None:
    """ "Handling errors for an SQS event source" and "Configuring maximum concurrency", AWS Lambda Developer Guide."""
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 2 <= mapping["ScalingConfig"]["MaximumConcurrency"] <= 1000


@pytest.mark.parametrize("mapping", SOURCES.values(), ids=SOURCES)
def test_a_message_stays_hidden_six_times_as_long_as_its_function_may_run(mapping: dict[str, Any]) -> None:
    """ "Creating and configuring an Amazon SQS event source mapping", AWS Lambda Developer Guide; and it comes again
    before the launch hook's heartbeat of 600 s is over."""
    queue = QUEUES[mapping["EventSourceArn"].removesuffix(".Arn")]
    assert FUNCTIONS[mapping["FunctionName"]]["Timeout"] * 6 <= queue["VisibilityTimeout"] < 600


def test_every_queue_is_encrypted_and_redrives_into_a_queue_that_keeps_messages_for_14_days() -> None:
    """MessageRetentionPeriod is 1,209,600 s at most: Amazon SQS API Reference, SetQueueAttributes."""
    assert all(queue["SqsManagedSseEnabled"] for queue in QUEUES.values())
    working = {mapping["EventSourceArn"].removesuffix(".Arn") for mapping in SOURCES.values()}
    dead = {QUEUES[name]["RedrivePolicy"]["deadLetterTargetArn"].removesuffix(".Arn") for name in working}
    assert len(dead) == len(working), "two queues share a dead-letter queue"
    for name in set(QUEUES) - working:
        assert QUEUES[name]["MessageRetentionPeriod"] == 1209600
    assert set(QUEUES) - working == dead | {"UndeliveredQueue"}


def test_schedules_and_their_asynchronous_invocations_have_a_dead_letter_queue() -> None:
    """Scheduler invokes asynchronously ("Invoke a Lambda function on a schedule", AWS Lambda Developer Guide): what it
    cannot hand over, and what the function then fails to do, are lost in two different places."""
    schedules = STACK.of_type("AWS::Scheduler::Schedule").values()
    invocations = {each["FunctionName"]: each for each in STACK.of_type("AWS::Lambda::EventInvokeConfig").values()}
    assert {each["Target"]["Arn"] for each in schedules} == {"HooksFunction.Arn", "SweepFunction.Arn"}
    assert {each["Target"]["DeadLetterConfig"]["Arn"] for each in schedules} == {"UndeliveredQueue.Arn"}
    # CloudFormation, too, invokes asynchronously.
    assert invocations.keys() == {"HooksFunction", "SweepFunction", "UnhookFunction"}
    assert {each["DestinationConfig"]["OnFailure"]["Destination"] for each in invocations.values()} == {
        "UndeliveredQueue.Arn"
    }


def test_every_function_logs_as_json_to_a_group_that_forgets() -> None:
    groups = STACK.of_type("AWS::Logs::LogGroup")
    assert all(group["RetentionInDays"] for group in groups.values())
    used = [function["LoggingConfig"]["LogGroup"] for function in FUNCTIONS.values()]
    assert set(used) == set(groups)
    assert all(function["LoggingConfig"]["LogFormat"] == "JSON" for function in FUNCTIONS.values())


def test_no_log_level_drops_the_metrics() -> None:
    """To Lambda a line without a level, as metrics are, is INFO: "Log-level filtering", AWS Lambda Developer Guide."""
    assert {function["LoggingConfig"]["ApplicationLogLevel"] for function in FUNCTIONS.values()} == {"INFO"}
    quieter = re.search(r"LogLevel:.*?AllowedValues: \[(.*?)\]", (ROOT / "template.yaml").read_text(), re.DOTALL)
    assert quieter
    assert set(quieter[1].split(", ")) == {"DEBUG", "INFO"}


def test_every_queue_and_function_has_its_alarms() -> None:
    working = {mapping["EventSourceArn"].removesuffix(".Arn") for mapping in SOURCES.values()}
    assert alarmed("ApproximateAgeOfOldestMessage") == working
    assert alarmed("ApproximateNumberOfMessagesVisible") == set(QUEUES) - working
    # Who invokes these has the answer: CloudFormation when the stack goes, people, and state machines.
    answering = {"UnhookFunction", "PrepareFunction", "PlanCapacityFunction"}
    assert alarmed("Errors") == alarmed("Throttles") == set(FUNCTIONS) - answering


def test_when_the_stack_goes_hooks_are_taken_off_before_anything_that_answers_them() -> None:
    """A resource is deleted before those it depends on: "DependsOn attribute", AWS CloudFormation User Guide."""
    template = yaml_parse((ROOT / "template.yaml").read_text())
    hooks = STACK.resources["LifecycleHooks"]
    answering = {"AWS::Lambda::EventSourceMapping", "AWS::SQS::QueuePolicy", "AWS::Events::Rule"}
    needed = {name for kind in answering for name in STACK.of_type(kind)}
    # EC2's changes of state and the claims of pods are not what hooks wait for.
    others = {"InstanceRunningRule", "InstanceTerminatedRule", *(name for name in needed if name.startswith("Claim"))}
    assert set(hooks["DependsOn"]) == needed - others
    assert hooks["Properties"]["ServiceToken"] == "UnhookFunction.Arn"
    schedule = template["Resources"]["HooksFunction"]["Properties"]["Events"]["Schedule"]["Properties"]
    assert "${LifecycleHooks}" in str(schedule["Description"])


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=ALARMS)
def test_an_alarm_watches_a_metric_that_exists(alarm: dict[str, Any]) -> None:
    if alarm["Namespace"] in METRICS:
        dimension, names = METRICS[alarm["Namespace"]]
        assert alarm["MetricName"] in names
        assert [d["Name"] for d in alarm["Dimensions"]] == [dimension]
    else:
        variables = environment("LaunchFunction")
        assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
        assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]
        sources = [*(ROOT / "layers/nodenet/nodenet").rglob("*.py"), *(ROOT / "functions").glob("*.py")]
        assert any(alarm["MetricName"] in path.read_text() for path in sources)


def test_the_functions_count_in_the_dimensions_that_the_alarms_watch() -> None:
    """An alarm sees a metric only under exactly its dimensions: "Dimensions", Amazon CloudWatch User Guide."""
    count = (
        "from nodenet.serving import metrics; metrics.add_metric('NodesFailed', 'Count', 1); metrics.flush_metrics()"
    )
    path = str(ROOT / "layers" / "nodenet")
    run = [sys.executable, "-c", count]
    printed = subprocess.run(
        run, env=environment("LaunchFunction") | {"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    counted = json.loads(printed.stdout)
    [directive] = counted["_aws"]["CloudWatchMetrics"]
    alarm = ALARMS["NodesFailedAlarm"]
    assert directive["Namespace"] == alarm["Namespace"]
    assert directive["Dimensions"] == [[dimension["Name"] for dimension in alarm["Dimensions"]]]
    assert [counted[dimension["Name"]] for dimension in alarm["Dimensions"]] == ["nodenet-demo"]


def test_alarms_go_to_the_topic_where_there_is_one() -> None:
    topic = "arn:aws:sns:eu-west-1:111122223333:pager"
    stack = Stack(ClusterName="demo", AlarmTopicArn=topic, ClaimerRoleArns=CLAIMER)
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    assert {name: alarm["AlarmActions"] for name, alarm in alarms.items()} == {name: [topic] for name in ALARMS}
    assert not any("AlarmActions" in alarm for alarm in ALARMS.values())


def test_functions_are_in_a_vpc_only_where_subnets_are_given() -> None:
    inside = Stack(ClusterName="demo", VpcSubnetIds="subnet-0a1,subnet-0b2", VpcSecurityGroupIds="sg-0c3")
    for function in inside.of_type("AWS::Lambda::Function").values():
        assert function["VpcConfig"] == {"SubnetIds": ["subnet-0a1", "subnet-0b2"], "SecurityGroupIds": ["sg-0c3"]}
    assert not any("VpcConfig" in function for function in FUNCTIONS.values())


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_functions_and_layer_share_an_architecture(architecture: str) -> None:
    stack = Stack(ClusterName="demo", Architecture=architecture)
    [layer] = stack.of_type("AWS::Lambda::LayerVersion").values()
    assert layer["CompatibleArchitectures"] == [architecture]
    assert {tuple(f["Architectures"]) for f in stack.of_type("AWS::Lambda::Function").values()} == {(architecture,)}


@pytest.mark.parametrize("table", STACK.of_type("AWS::DynamoDB::Table").values())
def test_a_table_forgets_and_can_be_restored(table: dict[str, Any]) -> None:
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]


def test_no_resource_but_a_log_group_has_a_name_of_its_own() -> None:
    """A fixed name stops a replacement and clashes with a second stack; log groups are found by people, by name."""
    names = {"FunctionName", "QueueName", "TableName", "RoleName", "ManagedPolicyName", "AlarmName", "Name"}
    kinds = ("AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::IAM::Role",
             "AWS::IAM::ManagedPolicy", "AWS::CloudWatch::Alarm", "AWS::Events::Rule")  # fmt: skip
    assert not [(kind, name) for kind in kinds for name, p in STACK.of_type(kind).items() if names & set(p)]


@pytest.mark.parametrize("environment_name", ["default", "local", "production"])
def test_an_environment_of_samconfig_gives_parameters_that_exist(environment_name: str) -> None:
    deploy = SAMCONFIG[environment_name]["deploy"]["parameters"]
    parameters = dict(override.split("=") for override in deploy["parameter_overrides"])
    declared = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]
    assert "ClusterName" in parameters
    assert set(parameters) <= set(declared)
    for name, value in parameters.items():
        assert value in map(str, declared[name].get("AllowedValues", [value]))
    # Roles without names of their own need no more.
    assert deploy["capabilities"] == ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    assert deploy["confirm_changeset"] is (environment_name != "local")
