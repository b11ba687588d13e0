"""The stack that template.yaml or migration.yaml makes of given parameters, for the tests to look at."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from moto.events.models import EventPattern
from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_parse

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "events" / "eventbridge"
SCOPE = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333"}
ABSENT = object()
CLAIMER = "arn:aws:iam::111122223333:role/claimers"
"""A role that claims floating addresses: without any the stack has nothing for them."""


class Stack:
    """Resources by logical name, as CloudFormation would have them: SAM's transform done, conditions decided,
    parameters put in. What only a deployment can know stays a name: `LaunchQueue`, `LaunchQueue.Arn`."""

    def __init__(self, file: str = "template.yaml", **parameters: str) -> None:
        template = _transformed(file, **parameters)
        defaults = {name: parameter.get("Default", "") for name, parameter in template["Parameters"].items()}
        self._values: dict[str, Any] = SCOPE | defaults | parameters
        for name, parameter in template["Parameters"].items():
            if parameter["Type"] == "CommaDelimitedList":
                self._values[name] = self._values[name].split(",")
        self._conditions = template["Conditions"]
        self.resources: dict[str, dict[str, Any]] = {
            name: self._resolve(resource)
            for name, resource in template["Resources"].items()
            if "Condition" not in resource or self._holds(resource["Condition"])
        }
        self.outputs: dict[str, Any] = self._resolve(template["Outputs"])

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Properties of all resources of one type, such as `AWS::SQS::Queue`."""
        return {name: r.get("Properties", {}) for name, r in self.resources.items() if r["Type"] == kind}

    def role_statements(self, role: str) -> list[dict[str, Any]]:
        """What a role may do: its own policies and the managed policies of this stack that it carries."""
        properties = self.of_type("AWS::IAM::Role")[role]
        managed = self.of_type("AWS::IAM::ManagedPolicy")
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        documents += [managed[name]["PolicyDocument"] for name in properties.get("ManagedPolicyArns", [])]
        return [statement for document in documents for statement in document["Statement"]]

    def matching_rules(self, event: dict[str, Any]) -> set[str]:
        """Names of the rules whose pattern takes the event."""
        rules = self.of_type("AWS::Events::Rule")
        return {
            name
            for name, rule in rules.items()
            if EventPattern.load(json.dumps(rule["EventPattern"])).matches_event(event)
        }

    def _holds(self, condition: str) -> bool:
        return bool(self._resolve(self._conditions[condition]))

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self._resolve, value) if item is not ABSENT]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._intrinsic(name, argument)
        resolved = {key: self._resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not ABSENT}

    def _intrinsic(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return ABSENT if argument == "AWS::NoValue" else self._values.get(argument, argument)
            case "Fn::GetAtt":
                return ".".join(argument)
            case "Fn::If":
                condition, yes, no = argument
                return self._resolve(yes if self._holds(condition) else no)
            case "Fn::Equals":
                left, right = self._resolve(argument)
                return left == right
            case "Fn::Not":
                return not self._resolve(argument[0])
            case "Fn::Select":
                place, items = self._resolve(argument)
                return items[place]
            case "Fn::Split":
                separator, text = self._resolve(argument)
                return text.split(separator)
            case "Fn::Sub":
                text, extra = argument if isinstance(argument, list) else (argument, {})
                values = self._values | self._resolve(extra)
                return re.sub(r"\$\{([^}]+)\}", lambda found: str(values.get(found[1], found[1])), text)
        raise NotImplementedError(name)


def sample(name: str) -> dict[str, Any]:
    """An event of events/eventbridge, by the name of its file."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


@cache
def _translated(file: str, parameters: frozenset[tuple[str, str]]) -> str:
    template = yaml_parse((ROOT / file).read_text())
    validator = SamTemplateValidator(
        template, managed_policy_loader=None, region=SCOPE["AWS::Region"], parameter_overrides=dict(parameters)
    )
    return json.dumps(yaml_parse(validator.get_translated_template_if_valid()))


def _transformed(file: str, **parameters: str) -> dict[str, Any]:
    template: dict[str, Any] = json.loads(_translated(file, frozenset(parameters.items())))
    return template
