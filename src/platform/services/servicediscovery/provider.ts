/** AWS Cloud Map: names of services inside the tasks' network, and their instances. */
import type { Provider } from "../../gateway/operations.ts";
import type { CloudMap } from "./cloud-map.ts";
import { instanceOperations } from "./instances.ts";
import { namespaceOperations } from "./namespaces.ts";
import { serviceOperations } from "./services.ts";
import { tagOperations } from "./tags.ts";

export function servicediscoveryProvider(map: CloudMap): Provider<"servicediscovery"> {
  return {
    service: "servicediscovery",
    operations: { ...namespaceOperations(map), ...serviceOperations(map), ...instanceOperations(map), ...tagOperations(map) },
  };
}
