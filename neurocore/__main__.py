"""``python -m neurocore``: the same door as the ``neurocore`` command."""

from neurocore.cli.main import entry

entry()
