"""What every controller has of its cluster."""

from dataclasses import dataclass, field

from local.kubernetes.controllers.cache import Cache
from local.kubernetes.controllers.engine import Engine
from local.kubernetes.controllers.events import Events
from local.kubernetes.controllers.settings import Settings
from local.kubernetes.controllers.writes import Writes
from local.kubernetes.store import Store


@dataclass
class Cluster:
    """`cache` to read, `writes` to write, `engine` to be called again, `events` to tell people."""

    name: str
    store: Store
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        self.cache = Cache()
        self.writes = Writes(self.store, self.cache)
        self.engine = Engine(self.name, self.cache)
        self.events = Events(self.writes)
