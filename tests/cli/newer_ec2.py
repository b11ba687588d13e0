"""EC2 of a later year, which has an instance type that the table in the package does not have."""

from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs


class NewerEc2(BaseHTTPRequestHandler):
    """EC2 that knows one type more than the table, and refuses others as it does (aws-k8s-tester, pull request 517)."""

    def do_POST(self) -> None:
        wanted = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        unknown = [value for key, [value] in wanted.items() if key.startswith("InstanceType.") and value != "m99.huge"]
        if unknown:
            said = f"The following supplied instance types do not exist: [{', '.join(unknown)}]"
            body = (
                f"<Response><Errors><Error><Code>InvalidInstanceType</Code><Message>{said}</Message></Error></Errors>"
            )
            self._answer(400, f"{body}<RequestID>1</RequestID></Response>")
        else:
            self._answer(200, DESCRIBED)

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


DESCRIBED = """
<DescribeInstanceTypesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><instanceTypeSet><item>
<instanceType>m99.huge</instanceType><hypervisor>nitro</hypervisor><vCpuInfo><defaultVCpus>64</defaultVCpus></vCpuInfo>
<processorInfo><supportedArchitectures><item>arm64</item></supportedArchitectures></processorInfo>
<networkInfo><defaultNetworkCardIndex>0</defaultNetworkCardIndex><ipv4AddressesPerInterface>50</ipv4AddressesPerInterface>
<ipv6AddressesPerInterface>50</ipv6AddressesPerInterface><ipv6Supported>true</ipv6Supported><networkCards><item>
<networkCardIndex>0</networkCardIndex><maximumNetworkInterfaces>10</maximumNetworkInterfaces></item></networkCards>
</networkInfo></item></instanceTypeSet></DescribeInstanceTypesResponse>
"""
