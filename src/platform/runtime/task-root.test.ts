import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../../../test/support/requirement.ts";
import { containerOf, openWorld, taskOf, type World } from "./runtime-world.testing.ts";

const DOCKERFILE = 'FROM python:3.12-slim\nWORKDIR /srv/app\nCOPY . .\nENV PYTHONPATH=/srv/app\nCMD ["sh", "main.sh"]';
const FILES = {
  "main.sh": `cat data.txt; echo changed > data.txt && cat data.txt
(echo x > /new) 2>/dev/null && echo root written; (echo x > /usr/x) 2>/dev/null || echo usr kept
[ "$1" = write ] || for folder in /tmp /var/log /run; do (echo x > $folder/x) 2>/dev/null && echo "$folder written"; done
mount | grep -c " / " ; hostname | cut -c1-6; ls /proc | grep -cx 1; echo x > /dev/null && head -c 1 /dev/zero | wc -c; id -un; ls -d /etc/ssl 2>/dev/null; cat /etc/os-release >/dev/null && echo os`,
  "data.txt": "original\n",
};

for (const [where, writableLayer] of [
  ["layered over the image", undefined],
  ["with its own files in memory", "memory"],
  ["copied from the image", "copy"],
] as const) {
  describeWith("namespaces", `a task's root, ${where}`, () => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld(writableLayer === undefined ? {} : { writableLayer });
    });
    afterAll(() => world.close());

    it("is each container's own, and gone with it", async () => {
      const image = await world.images.add("own", DOCKERFILE, FILES);
      for (let time = 0; time < 2; time++) {
        const task = taskOf([containerOf(image)]);
        await world.run(task);
        await world.event("container-exited", task.taskArn);
        const lines = world.logs.text(`svc/app/${task.taskId}`);
        expect(lines).toEqual([
          "original",
          "changed",
          "root written",
          "usr kept",
          "/tmp written",
          "/var/log written",
          "/run written",
          "1",
          "ip-10-",
          "1",
          "1",
          "root",
          ...lines.filter((line) => line === "/etc/ssl"),
          "os",
        ]);
      }
    });

    it("can be read-only", async () => {
      const image = await world.images.add("readonly", DOCKERFILE, FILES);
      const task = taskOf([containerOf(image, { readonlyRootFilesystem: true, command: ["sh", "main.sh", "write"] })]);
      await world.run(task);
      await world.event("container-exited", task.taskArn);
      const lines = world.logs.text(`svc/app/${task.taskId}`);
      // Two streams, so no order between what the shell complains of and what the program says.
      expect(lines.filter((line) => line === "original" || line === "usr kept")).toEqual(["original", "usr kept"]);
      expect(lines).toContainEqual(expect.stringMatching(/read-only file system/i));
    });
  });
}
