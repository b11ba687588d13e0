"""The instance and its states, each told on the bus when it is entered.

Sources: EC2 User Guide, "Amazon EC2 instance state changes" and, for the event, "State change events for your
instances"; "Terminate Amazon EC2 instances": what is terminated stays visible for about an hour.
"""

import copy
from typing import Any

from moto.ec2.exceptions import EC2ClientError, InvalidInstanceIdError
from moto.ec2.models import instances as moto

from local.ec2 import errors, groups
from local.ec2.attachments import limits_of
from local.ec2.interfaces import after
from local.ec2.network_interfaces import NetworkInterface, internal_name, now, own_tags
from local.ec2.shapes import instance_interface
from local.world import world

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
REMEMBERED = 3600.0


class Instance(moto.Instance):
    """moto's instance with EC2's states, whose interfaces are `interfaces`: {id: interface}."""

    def __init__(self, ec2_backend: Any, *args: Any, **kwargs: Any) -> None:
        self.interfaces: dict[str, NetworkInterface] = {}
        self.terminated_at: float | None = None
        super().__init__(ec2_backend, *args, **kwargs)
        self.launch_time = now()
        self.kernel_id = None
        self._state = moto.InstanceState("pending", CODES["pending"])

    def boot(self) -> None:
        """Pending, and running after the world's delay."""
        self._then(self._enter("pending"), world.delays.pending, self._run)

    def start(self) -> Any:
        previous = copy.copy(self._state)
        if self.state in ("pending", "running"):
            return previous
        if self.state != "stopped":
            raise _wrong_state(f"The instance '{self.id}' is not in a state from which it can be started.")
        self.boot()
        return previous

    def stop(self) -> Any:
        previous = copy.copy(self._state)
        if self.state in ("stopping", "stopped"):
            return previous
        if self.state != "running":
            raise _wrong_state(f"This instance '{self.id}' is not in a state from which it can be stopped.")
        self._then(self._enter("stopping"), world.delays.stopping, self._stopped)
        return previous

    def terminate(self) -> Any:
        previous = copy.copy(self._state)
        if self.state not in ("shutting-down", "terminated"):
            self._then(self._enter("shutting-down"), world.delays.shutting_down, self._terminated)
        return previous

    def _run(self) -> None:
        super().start()
        self._enter("running")

    def _stopped(self) -> None:
        super().stop()
        self._enter("stopped")

    def _terminated(self) -> None:
        for eni in list(self.interfaces.values()):
            goes = eni.delete_on_termination
            eni.detach()
            if goes:
                self.ec2_backend.forget_interface(eni)
        super().terminate()
        self.terminated_at = world.clock.now()
        self._enter("terminated")

    def _enter(self, state: str) -> Any:
        """Who is told may change the state again at once, so what was entered is returned and not read back."""
        entered = self._state = moto.InstanceState(state, CODES[state])
        arn = f"arn:aws:ec2:{self.ec2_backend.region_name}:{self.owner_id}:instance/{self.id}"
        detail = {"instance-id": self.id, "state": state}
        world.publish("aws.ec2", "EC2 Instance State-change Notification", detail, [arn])
        for told in list(world.on_instance_state):
            told(self.id, state)
        return entered

    def _then(self, entered: Any, seconds: float, action: Any) -> None:
        def unless_overtaken() -> None:
            if self._state is entered and self.ec2_backend.get_instance_by_id(self.id) is self:
                action()

        after(seconds, unless_overtaken)

    @property
    def forgotten(self) -> bool:
        return self.terminated_at is not None and world.clock.now() - self.terminated_at > REMEMBERED

    @property
    def attachments(self) -> list[Any]:
        return [eni.attachment for eni in self.interfaces.values()]

    @property
    def primary(self) -> NetworkInterface | None:
        for eni in self.interfaces.values():
            if eni.attachment and (eni.attachment.network_card_index, eni.attachment.device_index) == (0, 0):
                return eni
        return None

    @property
    def network_interfaces(self) -> list[dict[str, Any]]:
        return [instance_interface(eni) for eni in self.interfaces.values()]

    @property
    def nics(self) -> dict[Any, NetworkInterface]:
        """By device index, as moto's models read it; on further network cards by (card, index)."""
        found: dict[Any, NetworkInterface] = {}
        for eni in self.interfaces.values():
            card, index = eni.attachment.network_card_index, eni.attachment.device_index  # type: ignore[union-attr]
            found[index if card == 0 else (card, index)] = eni
        return found

    def prep_nics(self, *args: Any, **kwargs: Any) -> None:
        """moto's constructor calls it; the launch has made the interfaces, by AWS's rules, before."""

    @property
    def security_groups(self) -> list[Any]:
        return self.primary.group_set if self.primary else []

    @security_groups.setter
    def security_groups(self, members: list[Any]) -> None:
        if self.primary:
            self.primary._group_set = list(members)

    @property
    def source_dest_check(self) -> bool | None:
        return self.primary.source_dest_check if self.primary else None

    @source_dest_check.setter
    def source_dest_check(self, value: bool) -> None:
        if self.primary:
            self.primary.source_dest_check = str(value).lower() == "true"

    @property
    def private_ip(self) -> str | None:
        return self.primary.private_ip_address if self.primary else None

    @property
    def private_ip_address(self) -> str | None:
        return self.private_ip

    @property
    def private_dns_name(self) -> str:
        return internal_name(self.private_ip, self.region_name) if self.private_ip else ""

    @property
    def public_ip(self) -> str | None:
        return self.primary.public_address if self.primary else None

    @property
    def public_ip_address(self) -> str | None:
        return self.public_ip

    @property
    def subnet_id(self) -> str | None:
        return None if self.state == "terminated" else self._subnet_id

    def get_tags(self) -> list[dict[str, str]]:
        return own_tags(self)


def _wrong_state(message: str) -> EC2ClientError:
    return errors.refused("IncorrectInstanceState", message)


class InstanceBackend(moto.InstanceBackend):
    """Replaces the part of moto's EC2 backend that finds instances."""

    reservations: dict[str, Any]

    def all_reservations(self, filters: Any = None) -> list[Any]:
        """All that EC2 still knows; terminated instances are dropped after an hour."""
        for reservation in list(self.reservations.values()):
            for instance in [one for one in reservation.instances if getattr(one, "forgotten", False)]:
                reservation.instances.remove(instance)
                self.tags.pop(instance.id, None)
            if not reservation.instances:
                del self.reservations[reservation.id]
        return super().all_reservations(filters)  # type: ignore[no-any-return]

    def instances_with(self, instance_ids: list[str]) -> None:
        """InvalidInstanceID.NotFound or InvalidInstanceID.Malformed unless all are known."""
        for instance_id in instance_ids:
            if not instance_id.startswith("i-"):
                raise errors.malformed("InvalidInstanceID.Malformed", instance_id, "i-")
        known = {one.id for reservation in self.all_reservations() for one in reservation.instances}
        if unknown := [instance_id for instance_id in instance_ids if instance_id not in known]:
            raise InvalidInstanceIdError(unknown)

    def modify_instance_attribute(self, instance_id: str, key: str, value: Any) -> Any:
        """IncorrectInstanceState for another type unless stopped (EC2 User Guide, "Change the instance type")."""
        if key == "instance_type":
            limits_of(value)
            if self.get_instance(instance_id).state != "stopped":
                raise _wrong_state(f"The instance '{instance_id}' is not in the 'stopped' state.")
        return super().modify_instance_attribute(instance_id, key, value)

    def modify_instance_security_groups(self, instance_id: str, new_group_id_list: list[str]) -> Instance:
        instance: Instance = self.get_instance(instance_id)
        instance.security_groups = groups.found(self, new_group_id_list, str(instance.vpc_id))
        return instance
