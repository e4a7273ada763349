"""harbinger completion."""

from __future__ import annotations

import click

EXAMPLES = """\b
Examples:
  eval "$(harbinger completion bash)"                                    # this shell; in ~/.bashrc every one
  harbinger completion zsh > "${fpath[1]}/_harbinger"
  harbinger completion fish > ~/.config/fish/completions/harbinger.fish
"""


@click.command(epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that completes verbs, options and the names of studies in SHELL."""
    from click.shell_completion import ShellComplete, get_completion_class  # noqa: PLC0415  # only where it is asked for

    from backtests.cli.app import app  # noqa: PLC0415  # the group imports its verbs, this one too

    found = get_completion_class(shell)
    assert found is not None
    # The base class's: that of bash starts a bash to ask for its version.
    click.echo(ShellComplete.source(found(app, {}, "harbinger", "_HARBINGER_COMPLETE")))
