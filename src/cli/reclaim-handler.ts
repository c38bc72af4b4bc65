/** What `fsd local reclaim` does and shows. */
import { taskIdOf } from "../deploy/service/tasks.ts";
import { serviceStacks } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { connect } from "./connect.ts";
import { numberOption } from "./quantity-text.ts";
import type { Handler } from "./verb.ts";

export const reclaimHandler: Handler = async (context) => {
  const { given, output } = context;
  const name = given.argument("service") ?? "";
  const count = numberOption(given, "count", 1);
  // It has no --env: only the local platform can be told to.
  const { aws, env, connection } = connect(context);
  try {
    const [stack] = await serviceStacks(aws, env, [name]);
    const url = new URL("/_fsd/reclaim-spot-tasks", connection.endpoint);
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
