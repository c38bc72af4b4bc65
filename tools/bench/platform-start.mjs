import { line, median, residentMb, startPlatform } from "./measure.mjs";

export const name = "platform-start";

export async function run() {
  const starts = [];
  let resident = 0;
  for (let turn = 0; turn < 5; turn++) {
    const platform = await startPlatform();
    try {
      starts.push((await firstAnswer(platform.endpoint)) - platform.spawnedAt);
      // Idle: what start-up left behind has been collected or returned by then.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      resident = Math.max(resident, residentMb(platform.pid));
    } finally {
      await platform.end();
    }
  }
  const ms = median(starts);
  return [
    line("first ECS answer of a starting platform", "the spawn of its process", `${Math.round(ms)} ms`, "at most 500 ms", ms <= 500),
    line("resident memory of an idle platform after that", "nothing", `${Math.round(resident)} MB`, "under 100 MB", resident < 100),
  ];
}

async function firstAnswer(endpoint) {
  for (;;) {
    try {
      const response = await fetch(endpoint, {
        method: "POST",
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonEC2ContainerServiceV20141113.ListClusters" },
        body: "{}",
      });
      if (response.status === 200) {
        await response.text();
        return performance.now();
      }
    } catch {
      // Not listening yet: asked again until the run's own end.
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
