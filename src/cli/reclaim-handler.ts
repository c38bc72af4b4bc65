/** What `fsd local reclaim` does and shows. */
import { connectAws } from "../aws/aws.ts";
import { stateDirectory } from "../aws/platform-record.ts";
import { requirePlatform } from "../deploy/local-platform.ts";
import { taskIdOf } from "../deploy/service/tasks.ts";
import { serviceStacks } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { numberOption } from "./quantity-text.ts";
import type { Handler } from "./verb.ts";

export const reclaimHandler: Handler = async ({ given, output, env, cwd }) => {
  const name = given.argument("service") ?? "";
  const count = numberOption(given, "count", 1);
  const { endpoint } = requirePlatform(stateDirectory(given.text("stateDir"), env, cwd));
  const aws = connectAws({ endpoint, region: "us-east-1", anyCredentials: true });
  try {
    const [stack] = await serviceStacks(aws, "local", [name]);
    const url = new URL("/_fsd/reclaim-spot-tasks", endpoint);
    url.searchParams.set("serviceArn", stack?.outputs.ServiceArn ?? "");
    if (count !== undefined) url.searchParams.set("count", String(count));
    const response = await fetch(url, { method: "POST" });
    if (!response.ok) throw new Error(`the local platform answered ${response.status}: ${await response.text()}`);
    const { reclaimed } = (await response.json()) as { reclaimed: string[] };
    if (reclaimed.length === 0) {
      throw failure("FSD5002", `no running task of ${name} is on FARGATE_SPOT`, {
        hint: `service.capacity: [{provider: FARGATE_SPOT}] or spot: true puts tasks there; fsd status ${name}`,
      });
    }
    if (output.format === "json") output.json({ service: name, reclaimed });
    else {
      const tasks = reclaimed.map((arn) => taskIdOf(arn).slice(0, 8)).join(", ");
      output.line(
        `${output.paint.good("✓")} Spot takes back ${tasks}: the stop signal is sent, two minutes remain at the platform's speed`,
      );
      output.line(`  ${output.paint.faint(`see what replaces it: fsd status ${name}`)}`);
    }
    return ExitCode.done;
  } finally {
    aws.close();
  }
};
