// A SCIM server on SCIMMY, somebody else's library, in memory: `node scimmy_server.mjs TOKEN`. Its first line out is its port.
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [token] = process.argv.slice(2);

function kept(unique) {
    const rows = new Map();
    let last = 0;
    const found = (id) => {
        if (!rows.has(id)) throw new SCIMMY.Types.Error(404, null, `${id} isn't here`);
        return rows.get(id);
    };
    return {
        egress: (resource) => {
            if (resource.id) return found(resource.id);
            const all = [...rows.values()];
            return resource.filter ? resource.filter.match(all) : all;
        },
        ingress: (resource, data) => {
            const before = resource.id ? found(resource.id) : { id: String(++last), meta: { created: new Date() } };
            const given = JSON.parse(JSON.stringify(data));
            const same = (row) => row.id !== before.id && row[unique].toLowerCase() === given[unique].toLowerCase();
            if ([...rows.values()].some(same)) throw new SCIMMY.Types.Error(409, "uniqueness", `${given[unique]} is taken`);
            const row = { ...given, id: before.id, meta: { created: before.meta.created, lastModified: new Date() } };
            rows.set(row.id, row);
            return row;
        },
        degress: (resource) => void (found(resource.id), rows.delete(resource.id)),
    };
}

SCIMMY.Resources.declare(SCIMMY.Resources.User, kept("userName"));
SCIMMY.Resources.declare(SCIMMY.Resources.Group, kept("displayName"));

const allowed = (request) => {
    if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("Who is there?");
    return "hs-bot";
};
const server = express()
    .use("/scim", new SCIMMYRouters({ type: "bearer", handler: allowed }))
    .listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
