"""The switches of the simulated Help Scout: what helpscout.md leaves open, a server may do either way."""

from dataclasses import dataclass
from typing import Literal

Reading = Literal["guide", "pages"]
"""Which description of the API is served: the guide that this project follows, or Help Scout's public pages."""


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """May be changed while the simulation runs; every request reads it anew. Durations are in seconds."""

    reading: Reading = "guide"
    page_size: int = 25
    latency: float = 0.0  # waited before each answer, as a network would
    largest_body: int = 1_048_576  # a larger one is answered with 413

    # OAuth
    token_seconds: int = 172_800
    other_token_endpoint: Literal[404, 405, 200] = 404  # of the other reading; 200: it gives tokens too
    rotate_refresh_tokens: bool = True  # a used refresh token dies

    # whose credential it is (`GET /v2/users/me`)
    credential: str = (
        ""  # address of the person on whom the app hangs; "": the app's own user, or by the pages the owner
    )
    tokens_for_gone: bool = True  # False: the token endpoint, too, refuses an app whose person is gone

    # people and teams over REST
    new_calls: bool | None = None  # create and delete users, change members; None: as the reading has it
    missing_call: Literal[404, 405] = 405  # how a call that there is none of is answered
    taken: Literal[400, 409] = 400  # how an address that somebody has is refused
    light_role: Literal["light user", "light_user", "lightuser", "light"] = "light user"  # as it is shown

    # rate limit
    retry_after: Literal["seconds", "date"] = "seconds"
    reset: Literal["epoch", "seconds"] = "epoch"

    # SCIM
    scim_plan: bool = True  # False: a plan without SCIM, answered with 403
    scim_page: int = 100  # most resources in one list answer
    scim_content_type: str = "application/scim+json"
    sparse: bool = False  # no `meta`, no `schemas`, no `displayName`
    string_booleans: bool = False
    patch_status: Literal[200, 204] = 200
    put_only: bool = False  # PATCH of users is refused
    role_ignored: bool = False
    filters: Literal["supported", "refused", "ignored"] = "supported"
    group_get: bool = True  # False: no GET of a single group
    group_name_fixed: bool = False  # renaming a group is refused
    rest_lag: float = 0.0  # SCIM writes show over REST only after this long
    same_id_on_return: bool = False  # creating somebody who was here before revives their REST id

    # duty and conversations: what Help Scout's pages leave open (helpscout-2026.md, 5 and 6)
    snoozed: Literal["listed", "only all"] = "listed"  # which `status` filters list a conversation that is snoozed
    drafts_listed: bool = True  # whether a conversation in state `draft` is in lists
    assign_checks_access: bool = True  # whether `assignTo` refuses a person without that inbox
    assign_ends_snooze: bool = False  # whether another assignee wakes a snoozed conversation
    scheduled_outlives: bool = True  # a scheduled reply of somebody who is gone is sent; else it becomes a draft
    rotation_keeps_gone: bool = False  # a rotation goes on naming who is gone
    workflow_invalid_on_removal: bool = True  # a workflow that assigns to somebody who is gone turns `invalid`
    filters_combine: bool = True  # `mailbox=` and `email=` of `GET /users` hold together; else the later is ignored

    # which groups of calls this account's API has; one that it lacks is answered with `missing`
    missing: Literal[404, 405] = 404
    status_calls: bool = True
    reassignment_calls: bool = True
    routing_calls: bool = True
    snooze_calls: bool = True
    schedule_calls: bool = True
    workflow_calls: bool = True
    webhook_calls: bool = True

    @property
    def has_new_calls(self) -> bool:
        return self.reading == "pages" if self.new_calls is None else self.new_calls

    @property
    def token_path(self) -> str:
        return "/v2/auth/token" if self.reading == "guide" else "/v2/oauth2/token"
