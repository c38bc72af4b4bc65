/**
 * A field that holds an id which EC2 or EFS gave: a prefix and hexadecimal digits. EC2 gives 17, and gave 8 before 2018 ("Longer IDs",
 * EC2 user guide); EFS takes 8 to 40 (`FileSystemId`, `AccessPointId`). The local platform's have the same form.
 */
import { text } from "./field.ts";

const kinds = {
  subnet: "a subnet's id",
  sg: "a security group's id",
  vpc: "a network's id",
  fs: "a file system's id",
  fsap: "an access point's id",
} as const;

export const resourceId = (about: string, kind: keyof typeof kinds) => {
  const isOfEfs = kind === "fs" || kind === "fsap";
  return text(about, {
    pattern: isOfEfs ? new RegExp(`^${kind}-[0-9a-f]{8,40}$`) : new RegExp(`^${kind}-([0-9a-f]{8}|[0-9a-f]{17})$`),
    form: `${kinds[kind]} (${kind}- and ${isOfEfs ? "8 to 40" : "17, of old ones 8,"} hexadecimal digits)`,
    example: `${kind}-0123456789abcdef0`,
  });
};
