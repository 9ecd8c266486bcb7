"""A file from one's own machine into the workspace: a button of ours, behind it the uploader that NiceGUI brings."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui
from nicegui.events import UploadEventArguments

from bot.demo.page.tags import Tag, icon
from bot.demo.page.window import Window

MOST = 5_000_000
"""Bytes. More than the bot reads of a list, so that one can see what it says of a larger one."""

Taken = Callable[[str, bytes], Awaitable[None]]


def file_button(window: Window, taken: Taken, *, label: str, text: str = "", kinds: Sequence[str] = ()) -> Tag:
    """Lets one choose a file, and hands `taken` its name and content. `kinds` are endings (`csv`), none for any.

    The browser opens its chooser only in the click itself, so that is told to it there.
    """

    async def uploaded(event: UploadEventArguments) -> None:
        content = await event.file.read()
        chooser.reset()
        await taken(event.file.name, content)

    def rejected() -> None:
        only = f" ending in {' or '.join(kinds)}" if kinds else ""
        window.notify(f"Choose a file{only} of at most {MOST // 1_000_000} MB.")

    with Tag("span", "upload") as root:
        chooser = ui.upload(on_upload=uploaded, on_rejected=rejected, auto_upload=True, max_file_size=MOST)
        chooser.classes("chooser")
        if kinds:
            chooser.props["accept"] = ",".join(f".{kind}" for kind in kinds)
        made = Tag("button", "button" if text else "ghost", type="button", aria_label=label, title=label)
        with made:
            icon("attach_file")
            if text:
                Tag("span", "", text)
        made.on("click", js_handler=f"() => runMethod({chooser.id}, 'pickFiles', [])")
    return root
