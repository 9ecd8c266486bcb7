"""`hs-bot` itself: whatever goes wrong in a command becomes a sentence and an exit code here, and nowhere else."""

import errno
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from bot import __version__
from bot.cli import streams
from bot.model.problem import Problem
from bot.policy.typed.line import one_line
from bot.policy.typed.place import shown

FAILED, WRONG_USE = 1, 2


class Group(click.Group):
    """The group of all commands. Exit codes: 0 fine, 1 the work failed, 2 wrong use or configuration."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: ARG002 - a command line always ends its process here
        **extra: Any,
    ) -> Any:
        """Run a command line and end the process. With `python -X dev` a fault of our own shows its traceback."""
        streams.prepare()
        arguments = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(arguments, prog_name, complete_var, standalone_mode=False, **extra)
            streams.flush()
        except click.ClickException as wrong:
            _tell_use(wrong, arguments)
            code = wrong.exit_code
        except (click.Abort, KeyboardInterrupt):
            _tell("Stopped.")
            code = FAILED
        except Problem as problem:
            code = _told(problem)
        except BrokenPipeError:  # whoever read has enough
            streams.abandon(sys.stdout)
            code = FAILED
        except OSError as fault:
            code = _of_the_system(fault)
        except Exception as fault:
            if sys.flags.dev_mode:
                raise
            _tell(_inside(fault))
            code = FAILED
        _end(code if isinstance(code, int) else 0)


def _end(code: int) -> NoReturn:
    try:
        streams.flush()
    except (OSError, ValueError):  # told already, or nobody reads
        streams.abandon(sys.stdout)
        code = code or FAILED
    sys.exit(code)


def _tell(sentence: str) -> None:
    try:
        click.echo(sentence, err=True)
    except (OSError, ValueError):  # nobody can be told; the exit code says it
        streams.abandon(sys.stderr)


def _told(problem: Problem) -> int:
    from bot.config.fault import ConfigurationError

    if isinstance(problem, ConfigurationError):
        _tell("\n".join(one_line(line) for line in problem.lines))
        return WRONG_USE
    _tell(one_line(problem.sentence))
    return FAILED


def _tell_use(wrong: click.ClickException, arguments: Sequence[str]) -> None:
    """click repeats an argument it did not expect, and that may be a URL with a password."""
    message = wrong.format_message()
    for argument in arguments:
        message = message.replace(argument, shown(argument))
    context = wrong.ctx if isinstance(wrong, click.UsageError) else None
    usage = f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n" if context else ""
    _tell(f"{usage}Error: {message}")


def _of_the_system(fault: OSError) -> int:
    why = fault.strerror or one_line(str(fault)) or type(fault).__name__
    if fault.filename is not None:
        _tell(f"{one_line(shown(fault.filename))} can't be used: {why}.")
    elif fault.errno in (errno.ENOSPC, errno.EBADF, errno.EIO, errno.EFBIG, errno.EDQUOT, None):
        streams.abandon(sys.stdout)
        _tell(f"The result can't be written to standard output: {why}.")
    else:
        _tell(f"The system refused: {why}.")
    return FAILED


def _inside(fault: Exception) -> str:
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if Path(__file__).parents[1] in Path(frame.filename).parents]
    where = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    more = "Run it with python -X dev -m bot to see more."
    return f"Something went wrong inside hs-bot ({type(fault).__name__}{where}). {more}"


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="hs-bot")
def main() -> None:
    """A Slack bot for the people who run a Help Scout account."""
