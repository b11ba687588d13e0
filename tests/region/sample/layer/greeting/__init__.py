"""What the sample's functions share."""


def greet(name: str) -> str:
    return f"hello {name}"
