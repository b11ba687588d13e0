"""What an API server fills in and what it refuses, kind by kind.

`metadata` names, labels, owners · `defaults` `pod_defaults` what is filled in · `pods` `workloads` `others` what is
refused · `admission` `pod_security` the admission plugins that matter here · `field_errors` how it is said.
"""
