/**
 * The user a container runs as: `uid`, `uid:gid`, `name` or `name:group`, as USER and task definitions write it.
 * Names are looked up in the host's own files, because the task sees those; a user that the base image or a RUN
 * instruction would have made does not exist there and gets an ordinary id.
 */
import { readFileSync } from "node:fs";

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  /** Absent for an id without a name. */
  readonly name?: string;
  readonly home: string;
}

const FIRST_ORDINARY_ID = 1000;

/** Reads a user; `madeUsers` are those the Dockerfile names. Throws an error worded as containerd's when the name is unknown. */
export function containerUser(spec: string, madeUsers: readonly string[], etc = "/etc"): ContainerUser {
  const [user = "", group] = spec.split(":");
  const users = records(`${etc}/passwd`);
  const known = users.find(([name, , uid]) => name === user || uid === user);
  const home = known?.[5] ?? (user === "0" ? "/root" : `/home/${user}`);
  const made = madeUsers.indexOf(user);
  if (known === undefined && made < 0 && !/^\d+$/.test(user)) {
    throw new Error(`unable to find user ${user}: no matching entries in passwd file`);
  }
  const uid = known !== undefined ? Number(known[2]) : made >= 0 ? FIRST_ORDINARY_ID + made : Number(user);
  let gid = known !== undefined ? Number(known[3]) : made >= 0 ? uid : 0;
  if (group !== undefined && group !== "") {
    const found = records(`${etc}/group`).find(([name, , id]) => name === group || id === group);
    if (found !== undefined) gid = Number(found[2]);
    else if (/^\d+$/.test(group)) gid = Number(group);
    else if (madeUsers.includes(group) || made >= 0) gid = uid;
    else throw new Error(`unable to find group ${group}: no matching entries in group file`);
  }
  const name = known?.[0] ?? (made >= 0 ? user : undefined);
  return { uid, gid, ...(name === undefined ? {} : { name }), home };
}

function records(file: string): string[][] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.split(":"));
  } catch {
    return []; // A machine without the file has no named users.
  }
}
