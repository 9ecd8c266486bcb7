"""Texts as HTML: mrkdwn, rich text, emoji, times, faces, in the reader's eyes."""
