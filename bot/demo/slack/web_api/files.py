"""files.*: the upload in three steps that replaced files.upload."""

from collections.abc import Mapping

from bot.demo.slack.people import BOT_USER_ID
from bot.demo.slack.things import File, Message
from bot.demo.slack.web_api.call import Call, Json, Method, Refused


def _upload_url(call: Call) -> Json:
    name = call.needed("filename")
    length = call.number("length", 0)
    if length <= 0:
        raise Refused("invalid_arguments", response_metadata={"messages": ["[ERROR] length must be more than 0"]})
    with call.workspace.changing():
        file_id = call.workspace.new_id("F")
        call.workspace.files[file_id] = File(
            id=file_id,
            name=name,
            title=name,
            length=length,
            alt_text=call.text("alt_txt"),
            url=f"{call.base_url}/files/{file_id}",
        )
    return {"upload_url": f"{call.base_url}/upload/{file_id}", "file_id": file_id}


def _complete(call: Call) -> Json:
    wanted = call.structure("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted:
        raise Refused("invalid_arguments")
    channel = call.channel("channel_id") if call.text("channel_id") else None
    if channel is not None and BOT_USER_ID not in channel.members:
        raise Refused("not_in_channel")
    files: list[File] = []
    for each in wanted:
        file = call.workspace.files.get(str(each.get("id")))
        if file is None or file.content is None:
            raise Refused("file_not_found")
        if file.shared:
            raise Refused("file_already_completed")
        files.append(file)
    with call.workspace.changing():
        for file, each in zip(files, wanted, strict=True):
            file.title, file.shared = str(each.get("title") or file.name), True
    if channel is not None:
        call.workspace.post(
            channel,
            Message(
                ts=call.workspace.new_ts(),
                channel=channel.id,
                user=BOT_USER_ID,
                text=call.text("initial_comment"),
                thread_ts=call.text("thread_ts"),
                files=files,
            ),
        )
    return {"files": [file.as_json() for file in files]}


def _info(call: Call) -> Json:
    file = call.workspace.files.get(call.needed("file"))
    if file is None:
        raise Refused("file_not_found")
    return {"file": file.as_json()}


def _delete(call: Call) -> Json:
    with call.workspace.changing():
        if call.workspace.files.pop(call.needed("file"), None) is None:
            raise Refused("file_not_found")
    return {}


_WRITE = ("files:write",)

METHODS: Mapping[str, Method] = {
    "files.getUploadURLExternal": Method(run=_upload_url, scopes=_WRITE),
    "files.completeUploadExternal": Method(run=_complete, scopes=_WRITE),
    "files.info": Method(run=_info, scopes=("files:read",)),
    "files.delete": Method(run=_delete, scopes=_WRITE),
}
