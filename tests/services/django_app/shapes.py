"""django-scim2 as people change it by its settings: people are kept when deleted, lists come without members.

Source: django-scim2's documentation, "Extending adapters".
"""

import re
from typing import Any

from django_scim.adapters import SCIMGroup, SCIMUser


class KeptUser(SCIMUser):  # type: ignore[misc]
    """DELETE deactivates, as the adapters of most who run it do."""

    def delete(self) -> None:
        self.obj.is_active = False
        self.obj.save()


class SlimGroup(SCIMGroup):  # type: ignore[misc]
    """Members come with a single group only, and are taken out by a filter in the path."""

    def to_dict(self) -> dict[str, Any]:
        whole: dict[str, Any] = super().to_dict()
        if self.request.path.rstrip("/").endswith("/Groups"):
            del whole["members"]
        return whole

    def handle_operations(self, operations: list[dict[str, Any]]) -> None:
        for operation in operations:
            path = str(operation.get("path", ""))
            found = re.fullmatch(r'members\[value eq "(\d+)"\]', path)
            if operation["op"] == "remove" and found:
                self.obj.user_set.remove(int(found[1]))
            else:
                super().handle_operations([operation])
