"""What addresses a fleet of nodes needs, foreseen by following the VPC CNI's own algorithm.

`cni` how its daemon is set · `shape` what an instance type gives it · `fleet` what is planned for · `plan` what is
found · `document/` a fleet as a person writes it · `snapshot`, `running/` a fleet as it runs · `ipamd/` what one node
holds, over time · `placing/` which subnet gives it · `growing/` what runs out first · `advice/`, `pod_cidr`, `what_if`
what would help · `planning` all of it together · `answer` as JSON · `max_pods`, `nodeconfig` what to tell a kubelet.
"""
