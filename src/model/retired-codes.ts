/** Codes that were given out once and are no more. None of them is used again, so that an old log keeps its meaning. */
export const retiredCodes: Readonly<Record<string, string>> = {
  FSD1202: "CPU is not a Fargate size: FSD1104 says so",
  FSD1206: "Only one task: a remark that everybody had to silence",
  FSD1410: "Requests may be cut while a task stops: FSD1404 and FSD1413 say when they are",
  FSD1803: "Fields exclude each other in an environment's VPC: FSD1107 says so",
  FSD1903: "A field that was not acted on was refused; every field is acted on",
  FSD1905: "A field that had no effect; every field has one",
  FSD5006: "An invalid manifest: its diagnostics have codes of their own",
};
