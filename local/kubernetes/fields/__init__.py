"""Who owns which field, and what follows from it: server-side apply, managedFields, and patches by schema.

`schemas` what a field is · `paths` fieldsV1 · `comparing` `merging` two objects · `applying` server-side apply.
Source of the rules: "Server-Side Apply" in the Kubernetes documentation; sigs.k8s.io/structured-merge-diff.
"""
