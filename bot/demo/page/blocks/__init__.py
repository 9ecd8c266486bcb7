"""Block Kit as one can use it: fields, menus, buttons, files."""
