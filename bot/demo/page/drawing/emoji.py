"""The emoji that the page draws itself, so that they look the same where no emoji font is installed."""

import re
from html import escape

from bot.policy.typed.emoji import VARIATION, table

# shortcode -> (icon of the Material Icons font that comes with the page, tone)
_KNOWN: dict[str, tuple[str, str]] = {
    "white_check_mark": ("check_circle", "good"),
    "heavy_check_mark": ("check", "good"),
    "x": ("cancel", "bad"),
    "no_entry": ("do_not_disturb_on", "bad"),
    "no_entry_sign": ("block", "bad"),
    "warning": ("warning", "care"),
    "rotating_light": ("notification_important", "bad"),
    "bell": ("notifications", "care"),
    "hourglass": ("hourglass_full", "care"),
    "hourglass_flowing_sand": ("hourglass_top", "care"),
    "alarm_clock": ("alarm", "care"),
    "stopwatch": ("timer", "calm"),
    "calendar": ("event", "calm"),
    "date": ("event", "calm"),
    "lock": ("lock", "calm"),
    "unlock": ("lock_open", "calm"),
    "key": ("key", "care"),
    "shield": ("shield", "calm"),
    "wave": ("waving_hand", "care"),
    "eyes": ("visibility", "calm"),
    "bust_in_silhouette": ("person", "calm"),
    "busts_in_silhouette": ("group", "calm"),
    "ghost": ("person_off", "calm"),
    "mag": ("search", "calm"),
    "memo": ("edit_note", "calm"),
    "clipboard": ("assignment", "calm"),
    "page_facing_up": ("description", "calm"),
    "scroll": ("history_edu", "calm"),
    "bar_chart": ("bar_chart", "calm"),
    "chart_with_upwards_trend": ("trending_up", "good"),
    "chart_with_downwards_trend": ("trending_down", "bad"),
    "link": ("link", "calm"),
    "inbox_tray": ("inbox", "calm"),
    "outbox_tray": ("outbox", "calm"),
    "speech_balloon": ("chat_bubble", "calm"),
    "information_source": ("info", "calm"),
    "bulb": ("lightbulb", "care"),
    "tada": ("celebration", "good"),
    "robot_face": ("smart_toy", "calm"),
    "gear": ("settings", "calm"),
    "arrows_counterclockwise": ("sync", "calm"),
    "arrow_right": ("arrow_forward", "calm"),
    "leftwards_arrow_with_hook": ("undo", "calm"),
    "recycle": ("recycling", "good"),
    "wastebasket": ("delete", "bad"),
    "pencil2": ("edit", "calm"),
    "thumbsup": ("thumb_up", "good"),
    "thumbsdown": ("thumb_down", "bad"),
    "checkered_flag": ("sports_score", "good"),
    "leaves": ("eco", "care"),
    "heavy_plus_sign": ("add_circle", "good"),
    "heavy_minus_sign": ("remove_circle", "bad"),
    "double_vertical_bar": ("pause_circle", "care"),
    "repeat": ("repeat", "calm"),
    "small_blue_diamond": ("change_history", "calm"),
    "raised_hand": ("front_hand", "care"),
    "handshake": ("handshake", "good"),
    "point_right": ("arrow_right_alt", "calm"),
    "eye": ("visibility", "calm"),
    "email": ("mail", "calm"),
    "envelope": ("mail", "calm"),
    "package": ("inventory_2", "calm"),
    "construction": ("construction", "care"),
    "sos": ("sos", "bad"),
    "star": ("star", "care"),
    "crown": ("workspace_premium", "care"),
    "zap": ("bolt", "care"),
    "fire": ("local_fire_department", "bad"),
    "coffin": ("person_off", "calm"),
    "seat": ("event_seat", "calm"),
    "moneybag": ("savings", "care"),
    "red_circle": ("circle", "bad"),
    "large_yellow_circle": ("circle", "care"),
    "large_green_circle": ("circle", "good"),
    "large_blue_circle": ("circle", "calm"),
    "white_circle": ("radio_button_unchecked", "calm"),
}


# of two shortcodes of one character the later names it
_BY_CHARACTER = {table().characters[name].replace(VARIATION, ""): name for name in _KNOWN}
_ANY = re.compile(
    r":([a-z0-9_+-]+):|(?<!\u200d)("
    + "|".join(re.escape(c) for c in sorted(_BY_CHARACTER, key=len, reverse=True))
    + r")\ufe0f?(?!\ufe0f?\u200d)"  # one that is joined to others is part of another picture
)


def drawn(escaped: str, *, shortcodes: bool = True) -> str:
    """HTML with the known emoji as icons; `escaped` is text that is already escaped. Others stay as they are."""

    def icon(match: re.Match[str]) -> str:
        name = match[1] if match[1] is not None else _BY_CHARACTER[match[2]]
        if match[1] is not None and not shortcodes:
            return match[0]
        if name not in _KNOWN:
            return table().characters.get(name, match[0])
        picture, tone = _KNOWN[name]
        label = escape(name.replace("_", " "))
        return f'<span class="emoji {tone}" role="img" aria-label="{label}">{picture}</span>'

    return _ANY.sub(icon, escaped)
