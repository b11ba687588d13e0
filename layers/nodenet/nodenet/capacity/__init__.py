"""What addresses a fleet of nodes needs, foreseen by following the VPC CNI's own algorithm.

`cni` how its daemon is set · `shape` what an instance type gives it · `ipamd` what it does, pass by pass ·
`simulation` pods come and go · `curve` what a node holds for each number of pods · `fleet` what is planned for ·
`planning` which subnet gives what, what runs out first · `plan` what is found.
"""
