"""What every test may ask for. Each subject has its own file in tests/ground."""

from hypothesis import settings

pytest_plugins = [
    "tests.ground.one_run",
    "tests.ground.postgresql",
    "tests.ground.redis",
    "tests.ground.rabbitmq",
    "tests.ground.databases",
    "tests.ground.network",
    "tests.ground.browser",
    "tests.ground.reference",
]

settings.register_profile("dray", deadline=None, print_blob=True)
settings.load_profile("dray")
