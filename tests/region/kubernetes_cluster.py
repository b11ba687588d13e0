"""A cluster's API server, and how its tests ask it: nothing but the standard library's HTTPS."""

import base64
import json
import ssl
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.region import Region
from local.world import ACCOUNT, REGION

NODES = "/api/v1/nodes"
PODS = "/api/v1/namespaces/default/pods"


def signed(
    endpoint: str, cluster: str | None = "prod", keys: Credentials | None = None, age: int = 0, **query: str
) -> str:
    """A token, with a URL that is right but for what is given."""
    parts = {"Action": "GetCallerIdentity", "Version": "2011-06-15", **query}
    headers = {"x-k8s-aws-id": cluster} if cluster else {}
    request = AWSRequest("GET", f"{endpoint}/?{urlencode(parts)}", headers=headers)
    signer = SigV4QueryAuth(keys or Credentials("test", "test"), "sts", REGION, expires=60)
    with patch("botocore.auth.get_current_datetime", return_value=datetime.now(UTC) - timedelta(seconds=age)):
        signer.add_auth(request)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(str(request.url).encode()).decode().rstrip("=")


@dataclass
class Cluster:
    region: Region
    name: str
    endpoint: str
    trust: ssl.SSLContext

    def ask(
        self,
        path: str,
        body: Any = None,
        method: str = "",
        token: str | None = None,
        media_type: str = "application/json",
        **query: Any,
    ) -> dict[str, Any]:
        """The answer's object; HTTPError with the Status otherwise."""
        url = self.endpoint + path + (f"?{urlencode(query)}" if query else "")
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(url, data, method=method or ("POST" if data else "GET"))
        token = signed(self.region.endpoint, self.name) if token is None else token
        request.add_header("Content-Type", media_type)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, context=self.trust, timeout=10) as answer:
            return dict(json.load(answer))

    def refused(self, path: str, body: Any = None, **how: Any) -> dict[str, Any]:
        """The Status with which this is refused."""
        with pytest.raises(HTTPError) as caught:
            self.ask(path, body, **how)
        status = dict(json.load(caught.value))
        caught.value.close()
        assert (status["kind"], status["status"], status["code"]) == ("Status", "Failure", caught.value.code)
        return status

    def node(self, name: str, **labels: str) -> dict[str, Any]:
        return self.ask(NODES, {"metadata": {"name": name, "labels": labels}})

    def pod(self, name: str, node: str = "", phase: str = "", namespace: str = "default") -> None:
        """With a node and a phase, as the scheduler and a kubelet would have given them."""
        path = f"/api/v1/namespaces/{namespace}/pods"
        spec = {"containers": [{"name": "app", "image": "app"}], **({"nodeName": node} if node else {})}
        made = self.ask(path, {"metadata": {"name": name}, "spec": spec})
        if phase:
            self.ask(f"{path}/{name}/status", {**made, "status": {"phase": phase}}, method="PUT")

    def names(self, path: str, **query: Any) -> list[str]:
        return [each["metadata"]["name"] for each in self.ask(path, **query)["items"]]


@pytest.fixture(name="prod")
def cluster_prod(fresh_region: Region) -> Cluster:
    return create(fresh_region, "prod")


def create(region: Region, name: str) -> Cluster:
    ec2 = region.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    made = region.client("eks").create_cluster(
        name=name,
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/cluster",
        resourcesVpcConfig={"subnetIds": [subnet]},
        accessConfig={"authenticationMode": "API"},
    )["cluster"]
    authority = base64.b64decode(made["certificateAuthority"]["data"]).decode()
    return Cluster(region, name, made["endpoint"], ssl.create_default_context(cadata=authority))
