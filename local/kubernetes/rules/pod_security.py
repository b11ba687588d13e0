"""Admission by the Pod Security Standards, as a namespace's label asks for it.

Source: k8s.io/pod-security-admission, policy/check_*.go and admission/admission.go. Of the baseline's checks those are
here that a plain pod of Linux can fail; seccomp, SELinux, sysctls, procMount and AppArmor of the baseline are not.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from local.kubernetes.things import Thing, found

LABEL = "pod-security.kubernetes.io/enforce"

type _Check = Callable[[Thing], tuple[str, str] | None]

_VOLUMES = frozenset({"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"}) | {
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def violation(namespace: Thing, spec: Thing) -> str | None:
    """Why a pod with this spec may not be in the namespace; None if it may."""
    level = found(namespace, "metadata", "labels", LABEL) or "privileged"
    version = found(namespace, "metadata", "labels", f"{LABEL}-version") or "latest"
    results = [result for check in _CHECKS.get(level, ()) if (result := check(spec))]
    if not results:
        return None
    details = ", ".join(f"{reason} ({detail})" for reason, detail in results)
    return f'violates PodSecurity "{level}:{version}": {details}'


def _host_namespaces(spec: Thing) -> tuple[str, str] | None:
    used = [f"{key}=true" for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
    return ("host namespaces", ", ".join(used)) if used else None


def _host_paths(spec: Thing) -> tuple[str, str] | None:
    used = [each["name"] for each in spec.get("volumes") or () if "hostPath" in each]
    return ("hostPath volumes", f"{_many('volume', used)} {_quoted(used)}") if used else None


def _host_ports(spec: Thing) -> tuple[str, str] | None:
    bad = [each for each in _containers(spec) if any(port.get("hostPort") for port in each.get("ports") or ())]
    if not bad:
        return None
    ports = sorted({str(port["hostPort"]) for each in bad for port in each["ports"] if port.get("hostPort")})
    names = [each["name"] for each in bad]
    uses = "uses" if len(names) == 1 else "use"
    return (
        "hostPort",
        f"{_many('container', names)} {_quoted(names)} {uses} {_many('hostPort', ports)} {', '.join(ports)}",
    )


def _privileged(spec: Thing) -> tuple[str, str] | None:
    bad = _named(spec, lambda security: security.get("privileged") is True)
    return ("privileged", f"{_these(bad)} must not set securityContext.privileged=true") if bad else None


def _escalation(spec: Thing) -> tuple[str, str] | None:
    bad = _named(spec, lambda security: security.get("allowPrivilegeEscalation") is not False)
    says = "must set securityContext.allowPrivilegeEscalation=false"
    return ("allowPrivilegeEscalation != false", f"{_these(bad)} {says}") if bad else None


def _capabilities(spec: Thing) -> tuple[str, str] | None:
    kept = _named(spec, lambda security: "ALL" not in (found(security, "capabilities", "drop") or ()))
    added = _named(spec, lambda security: bool(_forbidden(security)))
    names = sorted({name for each in _containers(spec) for name in _forbidden(each.get("securityContext") or {})})
    details = [f'{_these(kept)} must set securityContext.capabilities.drop=["ALL"]'] if kept else []
    if added:
        details.append(f"{_these(added)} must not include {_quoted(names)} in securityContext.capabilities.add")
    return ("unrestricted capabilities", "; ".join(details)) if details else None


def _volumes(spec: Thing) -> tuple[str, str] | None:
    bad = [each for each in spec.get("volumes") or () if not _VOLUMES & each.keys()]
    if not bad:
        return None
    kinds = sorted({next((key for key in each if key != "name"), "unknown") for each in bad})
    names = [each["name"] for each in bad]
    uses = "uses" if len(names) == 1 else "use"
    text = f"{_many('volume', names)} {_quoted(names)} {uses} restricted {_many('volume type', kinds)} {_quoted(kinds)}"
    return "restricted volume types", text


def _not_root(spec: Thing) -> tuple[str, str] | None:
    whole = found(spec, "securityContext", "runAsNonRoot")
    setters = ["pod"] if whole is False else []
    if explicit := _named(spec, lambda security: security.get("runAsNonRoot") is False):
        setters.append(_these(explicit))
    reason = "runAsNonRoot != true"
    if setters:
        return reason, f"{' and '.join(setters)} must not set securityContext.runAsNonRoot=false"
    if not whole and (bad := _named(spec, lambda security: security.get("runAsNonRoot") is None)):
        return reason, f"pod or {_these(bad)} must set securityContext.runAsNonRoot=true"
    return None


def _user(spec: Thing) -> tuple[str, str] | None:
    setters = ["pod"] if found(spec, "securityContext", "runAsUser") == 0 else []
    if explicit := _named(spec, lambda security: security.get("runAsUser") == 0):
        setters.append(_these(explicit))
    return ("runAsUser=0", f"{' and '.join(setters)} must not set runAsUser=0") if setters else None


def _seccomp(spec: Thing) -> tuple[str, str] | None:
    good = ("RuntimeDefault", "Localhost")
    whole = found(spec, "securityContext", "seccompProfile", "type")
    setters = ["pod"] if whole and whole not in good else []
    if explicit := _named(spec, lambda security: _profile(security) not in (None, *good)):
        setters.append(_these(explicit))
    if setters:
        kinds = [whole, *(_profile(each.get("securityContext") or {}) for each in _containers(spec))]
        bad = sorted({str(kind) for kind in kinds if kind and kind not in good})
        return (
            "seccompProfile",
            f"{' and '.join(setters)} must not set securityContext.seccompProfile.type to {_quoted(bad)}",
        )
    if not whole and (bad := _named(spec, lambda security: _profile(security) is None)):
        says = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
        return "seccompProfile", f"pod or {_these(bad)} {says}"
    return None


_BASELINE: Sequence[_Check] = (_host_namespaces, _host_paths, _host_ports, _privileged)
# The restricted level's look at volumes stands in for the baseline's.
_CHECKS: dict[str, Sequence[_Check]] = {
    "baseline": _BASELINE,
    "restricted": (
        _host_namespaces,
        _host_ports,
        _privileged,
        _escalation,
        _capabilities,
        _volumes,
        _not_root,
        _user,
        _seccomp,
    ),
}


def _containers(spec: Thing) -> list[Thing]:
    return [each for key in ("initContainers", "containers", "ephemeralContainers") for each in spec.get(key) or ()]


def _named(spec: Thing, bad: Callable[[Thing], bool]) -> list[str]:
    return [each["name"] for each in _containers(spec) if bad(each.get("securityContext") or {})]


def _forbidden(security: Thing) -> list[str]:
    return [each for each in found(security, "capabilities", "add") or () if each != "NET_BIND_SERVICE"]


def _profile(security: Thing) -> Any:
    return found(security, "seccompProfile", "type")


def _these(names: Sequence[str]) -> str:
    return f"{_many('container', names)} {_quoted(names)}"


def _many(word: str, things: Sequence[str]) -> str:
    return word if len(things) == 1 else f"{word}s"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{each}"' for each in names)
