/** What a template refers to, for tests that hold it against what it has. */

/** Every name that a template refers to by Ref, GetAtt, Sub or DependsOn; pseudo parameters left out. */
export function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === "Ref") return (inner as string).startsWith("AWS::") ? [] : [inner as string];
    if (key === "Fn::GetAtt") return [(inner as string[])[0] as string];
    // Containers have a DependsOn of their own.
    if (key === "DependsOn") return (inner as unknown[]).filter((name) => typeof name === "string");
    if (key === "Fn::Sub" && Array.isArray(inner)) return references(inner[1]);
    if (key === "Fn::Sub")
      return [...(inner as string).matchAll(/\$\{([^!.}][^.}]*)/g)]
        .map((match) => match[1] as string)
        .filter((name) => !name.startsWith("AWS::"));
    return references(inner);
  });
}
