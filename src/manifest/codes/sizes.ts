/** Codes FSD12xx: sizes, counts and capacity. */
import { type CodeEntry, error, warning } from "../code-entry.ts";

export const sizesCodes = {
  FSD1201: error(
    "Desired count outside its bounds",
    "Application Auto Scaling moves the count into its bounds at once, so the desired count would never hold.",
    "Choose minCapacity ≤ desiredCount ≤ maxCapacity.",
  ),
  FSD1203: error(
    "Memory is not a Fargate size for this CPU",
    "Fargate sells fixed pairs of CPU and memory, and refuses a task definition with any other.",
    "Use one of the sizes that are named.",
  ),
  FSD1204: error(
    "A singleton is not scaled",
    "A singleton is one task; a count above one or a scaling rule contradicts that.",
    "Remove the counts and the scaling, or remove `singleton`.",
  ),
  FSD1205: error(
    "Memory without CPU",
    "Which memory sizes exist depends on the CPU, so memory alone decides nothing.",
    "Add `cpu`, or use `size`.",
  ),
  FSD1207: error(
    "Scaling that can never act",
    "minCapacity equals maxCapacity, so no rule could change the count.",
    "Raise maxCapacity, or remove autoScaling.",
  ),
  FSD1208: error(
    "Nothing brings the service back from zero",
    "Without tasks there is no CPU, memory or request metric, so a rule on them can never start one again.",
    "Keep minCapacity at 1, or scale on a queue, or add a schedule that raises the minimum.",
  ),
  FSD1209: error(
    "Capacity shares do not add up",
    "A strategy needs at least one weight above zero, and a base on one provider only.",
    "Give each provider a weight, and the base to one of them.",
  ),
  FSD1210: error(
    "Containers need more than the task has",
    "Sidecars and the collector take their CPU and memory from the task's, and a container is killed for memory that is not there.",
    "Give `resources` a larger size, or the sidecars less.",
  ),
  FSD1211: warning(
    "Image of another architecture",
    "The image's name says another processor than the task's; such a container ends with `exec format error`. What the registry says of an image is asked by `fsd deploy` (FSD8012).",
    "Set `resources.architecture`, or use the image for the architecture that is set.",
  ),
  FSD1212: warning(
    "Weights never count",
    "The base of one provider is as large as the service can become, so no task is ever shared out by weight.",
    "Use a smaller base, or name one provider alone.",
  ),
  FSD1213: warning(
    "Queue that may not be read",
    "The service grows with the queue, but nothing permits its tasks to receive from it, so the queue would only grow.",
    "Add the queue to `dependencies`.",
  ),
} as const satisfies Record<string, CodeEntry>;
