/** Patches on the generated template. */
import { any, list, object, required, text } from "./field.ts";

export const overrides = list(
  "The way out: patches on the generated template. One that hits nothing is an error.",
  object("One patch.", {
    path: required(
      text("JSON pointer into the template.", {
        pattern: /^\/.+/,
        form: "a path like /Resources/TargetGroup/Properties/Port",
        example: "/Resources/TargetGroup/Properties/Port",
      }),
    ),
    value: required(any("The value to put there; null removes.")),
  }),
);
